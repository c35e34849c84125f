"""What a command imports: the rooms and libraries that it uses, and no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

VALID = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
LIBRARIES = {
    "tomlkit",
    "jsonschema",
    "psutil",
    "tree_sitter",
    "questionary",
    "parsl",
    "referencing",
}
COSTLY = {"dataclasses", "inspect", "subprocess", "socket", "configparser", "importlib.resources"}


def imported(code: str, folder: Path) -> set[str]:
    """The modules that this code brings in, beyond those that argparse needs itself."""
    program = (
        "import json, sys, argparse, contextlib, errno; argparse.ArgumentParser().parse_args([]);"
        f"before = set(sys.modules); {code};"
        "print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, cwd=folder,
        env={"HOME": str(folder), "PATH": os.environ["PATH"]},
    )  # fmt: skip
    return set(json.loads(done.stderr.splitlines()[-1]))


def command(*arguments: str) -> str:
    return f"from q2pconf.cli import main; main({list(arguments)!r})"


def test_the_face_brings_nothing(tmp_path: Path) -> None:
    assert imported("import q2pconf", tmp_path) - {"__future__"} == {"q2pconf"}


def test_which_without_a_file_reads_no_toml(tmp_path: Path) -> None:
    found = imported(command("which"), tmp_path)
    assert found & {*LIBRARIES, *COSTLY, "tomllib", "tomli", "typing", "shutil"} == set()
    assert "q2pconf.chain" in found


@pytest.mark.parametrize("name", ["validate", "explain"])
def test_a_valid_file_needs_no_judge_and_no_places(tmp_path: Path, name: str) -> None:
    (tmp_path / "f.toml").write_text(VALID)
    found = imported(command(name, "f.toml"), tmp_path)
    assert found & LIBRARIES == set()
    assert "q2pconf.proving" in found


def test_validate_brings_nothing_costly(tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_text(VALID)
    assert imported(command("validate", "f.toml"), tmp_path) & COSTLY == set()


def test_mistakes_are_jsonschemas(tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_text(f'{VALID}max_threads = "2"\n')
    assert "jsonschema" in imported(command("validate", "f.toml"), tmp_path)
