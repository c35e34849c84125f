"""What TOML 1.1 allows and the readers of most releases refuse."""

from __future__ import annotations

import pytest

from q2pconf.newer_toml import findings
from q2pconf.releases import find

OLD = (
    'a = { b = [1,\n2, # c\n], c = "}" }\n',
    "a = \"\\\\x41 \\u0041\"\nb = '\\x41'\n",
    'a = """\n{\n}\n\\\n  c"""\n# {\n',
    "a = {}\nb = { }\nc = [1,\n]\n",
    "a = '''\n{ \\e\n'''\n",
)
NEW = {
    "a = { b = 1,\n c = 2 }\n": (1, 13),
    "a = { b = 1, # c\n }\n": (1, 14),
    "a = { b = 1, }\n": (1, 12),
    "a = [\n { b = { c = 1 }, },\n]\n": (2, 17),
    'a = "\\e"\n': (1, 6),
    'a = 1\nb = "é\\x41"\n': (2, 7),
    'a = """\n\\x41"""\n': (2, 1),
}


@pytest.mark.parametrize("text", OLD)
def test_every_release_reads_it(text: str) -> None:
    assert list(findings(text, find("2026.4"))) == []


@pytest.mark.parametrize("text", NEW)
def test_only_later_releases_read_it(text: str) -> None:
    (found,) = findings(text, find("2023.7"))
    assert found.code == "Q2P006"
    assert found.span is not None
    assert (found.span.line, found.span.column) == NEW[text]
    assert list(findings(text, find("2026.7"))) == []
