"""installed: the schema of another Python's Parsl, and what is said where there is none."""

from __future__ import annotations

import json
import os
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from q2pconf import installed
from q2pconf.installed import InstalledError

STAND_IN = {
    "__init__.py": "import sys\n__version__ = '2199.01.05'\n"
    "print('noise')\nprint('noise', file=sys.stderr)\n",
    "config.py": "class Config:\n    def __init__(self, retries: int = 0, unheard_of: bool = True,"
    " untold=None): ...\n",
    "executors.py": "class ThreadPoolExecutor:\n    def __init__(self, label: str = 'threads',"
    " max_threads: int = 2): raise SystemExit('constructed')\n",
}
"""A package like Parsl, newer than any that is known."""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An environment without any package."""
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    return folder


def python_in(folder: Path) -> str:
    found = installed.python_of(str(folder))
    assert found is not None
    return found


def with_stand_in(folder: Path) -> str:
    """The interpreter of an environment, after the stand-in is put there."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    package = folder / "lib" / name / "site-packages" / "parsl"
    package.mkdir()
    for file, text in STAND_IN.items():
        (package / file).write_text(text, encoding="utf-8")
    return python_in(folder)


needs_posix = pytest.mark.skipif(os.name == "nt", reason="scripts and folders as on POSIX")


@needs_posix
def test_schema_of_an_unknown_parsl(bare: Path) -> None:
    schema: dict[str, Any] = json.loads(installed.generate(with_stand_in(bare)))
    assert schema["x-parsl"] == "2199.1.5"
    shapes = schema["definitions"]
    assert shapes["executor"] == {"oneOf": [{"$ref": "#/definitions/ThreadPoolExecutor"}]}
    assert shapes["Config"]["properties"]["unheard_of"] == {
        "description": "", "type": "boolean", "default": True,
    }  # fmt: skip
    assert shapes["Config"]["properties"]["untold"] == {"description": ""}
    threads = shapes["ThreadPoolExecutor"]["properties"]["max_threads"]
    assert (threads["type"], threads["minimum"]) == ("integer", 1)
    assert "Threads" in threads["description"]


@needs_posix
def test_unknown_parsl_tolerates_what_the_newest_known_does(bare: Path) -> None:
    schema: dict[str, Any] = json.loads(installed.generate(with_stand_in(bare)))
    threads = schema["definitions"]["ThreadPoolExecutor"]["properties"]["max_threads"]
    assert threads["x-tolerates"] == ["boolean"]


@needs_posix
def test_nothing_is_left_in_the_environment(bare: Path) -> None:
    python = with_stand_in(bare)
    before = sorted(bare.rglob("*"))
    installed.generate(python)
    assert sorted(bare.rglob("*")) == before


@needs_posix
def test_relative_path_of_an_interpreter(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_stand_in(bare)
    monkeypatch.chdir(bare)
    assert json.loads(installed.generate("bin/python"))["x-parsl"] == "2199.1.5"


@needs_posix
def test_variables_lead_to_no_other_parsl(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "elsewhere" / "parsl"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise SystemExit('the wrong one')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(other.parent))
    assert json.loads(installed.generate(with_stand_in(bare)))["x-parsl"] == "2199.1.5"


def test_no_parsl(bare: Path) -> None:
    python = python_in(bare)
    with pytest.raises(InstalledError) as caught:
        installed.generate(python)
    assert str(caught.value).startswith(f"{python} has no Parsl")
    assert "\n" not in str(caught.value)


def test_no_such_python(tmp_path: Path) -> None:
    missing = str(tmp_path / "bin" / "python")
    with pytest.raises(InstalledError, match="cannot be run: "):
        installed.generate(missing)


@needs_posix
def test_python_that_may_not_be_run(tmp_path: Path) -> None:
    (tmp_path / "python").write_text("text\n", encoding="utf-8")
    with pytest.raises(InstalledError, match="cannot be run: "):
        installed.generate(str(tmp_path / "python"))


def script(folder: Path, text: str) -> str:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@needs_posix
def test_python_that_hangs(tmp_path: Path) -> None:
    python = script(tmp_path, "exec sleep 60")
    with pytest.raises(InstalledError, match=r"did not say within 0\.2 s"):
        installed.generate(python, seconds=0.2)


@needs_posix
def test_python_that_fails(tmp_path: Path) -> None:
    with pytest.raises(InstalledError) as caught:
        installed.generate(script(tmp_path, "echo first; echo 'ValueError: why' >&2; exit 1"))
    assert str(caught.value).endswith("could not say which keys its Parsl takes: ValueError: why")


@needs_posix
def test_python_that_says_nothing(tmp_path: Path) -> None:
    with pytest.raises(InstalledError, match="it stopped silently"):
        installed.generate(script(tmp_path, "exit 3"))


def test_error_is_one_of_q2pconf() -> None:
    assert InstalledError("x").exit_code == 2


@pytest.mark.parametrize("name", ["bin/python", "python.exe"])
def test_python_of_an_environment(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    assert installed.python_of(str(tmp_path)) == str(tmp_path / name)


def test_folder_without_python(tmp_path: Path) -> None:
    (tmp_path / "bin" / "python").mkdir(parents=True)
    assert installed.python_of(str(tmp_path)) is None
    assert installed.python_of(str(tmp_path / "nowhere")) is None
