"""interpreters: the Python that has Parsl, and the variables that it is run with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from q2pconf import interpreters
from q2pconf.errors import UsageError


def environment(folder: Path, *packages: str, python: bool = True) -> Path:
    (folder / "bin").mkdir(parents=True)
    for name in packages:
        (folder / "lib/python3.12/site-packages" / f"{name}.dist-info").mkdir(parents=True)
    if python:
        (folder / "bin" / "python").touch()
    return folder


def test_named_environment(tmp_path: Path) -> None:
    folder = environment(tmp_path / "q2", "parsl-2026.2.23", "rachis-2026.4.0")
    env = {"PATH": "/usr/bin:/bin", "PYTHONHOME": "/elsewhere", "TMPDIR": "/scratch"}
    found = interpreters.find(env, prefix=str(folder))
    assert found.program == str(folder / "bin" / "python")
    assert (found.framework, found.parsl) == ("2026.4.0", "2026.2.23")
    assert found.prefix == str(folder)
    assert found.env["PATH"].split(os.pathsep) == [str(folder / "bin"), "/usr/bin", "/bin"]
    assert found.env["TMPDIR"] == "/scratch"
    assert "PYTHONHOME" not in found.env


def test_programs_of_the_environment_come_first_and_once(tmp_path: Path) -> None:
    folder = environment(tmp_path / "q2", "parsl-2026.2.23")
    own = str(folder / "bin")
    found = interpreters.find({"PATH": f"/usr/bin:{own}"}, prefix=str(folder))
    assert found.env["PATH"].split(os.pathsep) == [own, "/usr/bin"]


def test_no_parsl(tmp_path: Path) -> None:
    folder = environment(tmp_path / "q2", "rachis-2026.4.0")
    with pytest.raises(UsageError, match=f"--env {folder}: there is no Parsl there"):
        interpreters.find({}, prefix=str(folder))
    with pytest.raises(UsageError, match=r"activate the environment of QIIME 2.*q2pconf\[try\]"):
        interpreters.find({}, [str(tmp_path)], python=sys.executable)


def test_no_python(tmp_path: Path) -> None:
    folder = environment(tmp_path / "q2", "parsl-2026.2.23", python=False)
    with pytest.raises(UsageError, match="has no Python that could be run"):
        interpreters.find({}, prefix=str(folder))


def test_parsl_beside_q2pconf(tmp_path: Path) -> None:
    (tmp_path / "parsl-2026.2.23.dist-info").mkdir()
    found = interpreters.find({"PATH": "/usr/bin"}, [str(tmp_path)], python=sys.executable)
    assert (found.program, found.prefix) == (os.path.abspath(sys.executable), None)


def test_files_of_the_agent_find_each_other(tmp_path: Path) -> None:
    interpreters.unpack(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} >= {"running.py", "probe.py", "wire.py"}
    assert not (tmp_path / "__init__.py").exists()
    command = [sys.executable, "-I", "-B", tmp_path / "probe.py"]
    subprocess.run(command, check=True, cwd=tmp_path)


def test_agent_whose_master_has_gone_removes_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "agent"
    folder.mkdir()
    interpreters.unpack(folder)
    command = [sys.executable, "-B", folder / "running.py"]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    assert not folder.exists()
