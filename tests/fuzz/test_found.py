"""Files that the fuzzers found something with; each is answered within the contract now."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import checked

FOUND = {
    "a class that comes later, with a worker command": (
        '[parsl]\n[[parsl.executors]]\nclass = "MPIExecutor"\nlaunch_cmd = "x"\nprovider = []\n',
        ["validate", "f.toml", "--release=all"],
    ),
    "the same, explained": (
        '[parsl]\n[[parsl.executors]]\nclass = "MPIExecutor"\nlaunch_cmd = "x"\n',
        ["explain", "f.toml", "--release=2023.7"],
    ),
    "the same, carried back": (
        '[parsl]\n[[parsl.executors]]\nclass = "MPIExecutor"\nlaunch_cmd = "x"\n',
        ["migrate", "f.toml", "--to=2023.7"],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_found(tmp_path: Path, name: str) -> None:
    text, words = FOUND[name]
    (tmp_path / "f.toml").write_text(text)
    assert checked(words, tmp_path).code == 1
