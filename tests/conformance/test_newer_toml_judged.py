"""What is too new for a release's reader of TOML is what its own tomlkit refuses."""

from __future__ import annotations

import subprocess

import pytest
from conftest import Family

from q2pconf.newer_toml import findings
from q2pconf.releases import find

pytestmark = pytest.mark.conformance

TEXTS = (
    "a = { b = 1,\n c = 2 }\n",
    "a = { b = 1, # c\n c = 2 }\n",
    "a = { b = 1, }\n",
    "a = { b = [1,\n2], c = 1 }\n",
    'a = "\\e"\n',
    'a = "\\x41"\n',
    'a = """\n\\x41"""\n',
    "a = '\\x41 {\\e'\n",
    'a = "\\\\x41"\n',
)
READ = "import sys, tomlkit; tomlkit.parse(sys.stdin.read())"


@pytest.mark.parametrize("text", TEXTS)
def test_refused_where_the_reader_refuses(family: Family, text: str) -> None:
    done = subprocess.run(
        [family.python, "-c", READ], input=text, capture_output=True, text=True, check=False
    )
    told = list(findings(text, find(family.release)))
    assert bool(told) == (done.returncode != 0), done.stderr
