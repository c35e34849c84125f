"""The agent's files run in environments of QIIME 2 that have Python 3.8 and nothing of q2pconf."""

from __future__ import annotations

import ast
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from q2pconf import agent
from q2pconf.agent import probe

FILES = sorted(Path(agent.__file__).parent.glob("*.py"))
WITH_PARSL = {"parsl", "tomlkit"}

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


@each_file
def test_syntax_of_python_3_8(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


@each_file
def test_imports(path: Path) -> None:
    beside = {other.stem for other in FILES}
    assert imported(path) - set(sys.stdlib_module_names) - beside <= WITH_PARSL


def test_probe_needs_the_standard_library_alone() -> None:
    """Its text is sent to workers, where no file of q2pconf is."""
    assert imported(Path(probe.__file__)) <= set(sys.stdlib_module_names)


def looked(question: dict[str, Any]) -> dict[str, Any]:
    """As a worker does it: from the text, by functions that Python has built in."""
    code = Path(probe.__file__).read_text(encoding="utf-8")
    found = eval(f"[it := {{}}, exec({code!r}, it), it['look']({question!r})][-1]")
    assert isinstance(found, dict)
    return found


def test_what_a_probe_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = {"SLURM_JOB_ID": "7", "SLURMD_NODENAME": "n1", "SLURM_CPUS_ON_NODE": "3"}
    for name, value in job.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mark").write_text("token", encoding="utf-8")
    marks = [(str(tmp_path / "mark"), "token"), (str(tmp_path / "mark"), "other"), ("/no", "x")]
    told = looked({"marks": marks})
    assert told["marks"] == [True, False, False]
    assert (told["job"], told["node"], told["told_cores"]) == ("7", "n1", 3)
    assert (told["folder"], told["folder_writable"]) == (str(tmp_path), True)
    assert told["python"] == "{}.{}.{}".format(*sys.version_info[:3])
    assert told["prefix"] == sys.prefix
    assert told["machine_cores"] == os.cpu_count()
    assert told["cores"] <= told["machine_cores"]
    assert told["memory_gb"] > 0
    assert json.loads(json.dumps(told)) == told


def test_probe_holds_its_worker() -> None:
    told = looked({"hold": 0.3})
    assert told["ended"] - told["started"] >= 0.3


def test_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    found = looked({})["temporary"]
    assert (found["path"], found["trouble"]) == (str(tmp_path), None)
    assert found["free_gb"] >= 0
    assert list(tmp_path.iterdir()) == []

    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    found = looked({})["temporary"]
    assert found["trouble"] == f"TMPDIR is {tmp_path / 'none'}, where no file can be written"
