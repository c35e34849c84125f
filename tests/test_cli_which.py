"""``q2pconf which`` as it is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from q2pconf.cli import main
from q2pconf.render.terminal import printable, style

NAME = "qiime2_config.toml"
PARSL = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
VARIABLES = ("QIIME2_CONFIG", "CONDA_PREFIX", "XDG_CONFIG_HOME", "QIIMETEST", "NO_COLOR")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*VARIABLES, "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def own(home: Path) -> Path:
    file = home / ".config" / "qiime2" / NAME
    file.parent.mkdir(parents=True)
    file.write_text(PARSL)
    return file


def test_text_shows_release_chain_and_outcome(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["which", "--release", "2026.1"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "\x1b" not in out
    lines = out.splitlines()
    assert lines[0] == "QIIME 2 2026.1 (Parsl 2024.4.15)"
    assert [line for line in lines if line.startswith("->")] == [
        f"-> 2. your file          selected    {own}"
    ]
    assert f"QIIME 2 loads {own}" in lines
    assert [n for n in range(1, 7) if any(f" {n}. " in line for line in lines)] == [*range(1, 7)]


def test_text_failure_is_1_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QIIME2_CONFIG", "/nowhere.toml")
    assert main(["which"]) == 1
    out = capsys.readouterr().out
    assert "QIIME 2 would stop with FileNotFoundError: QIIME2_CONFIG names /nowhere.toml" in out
    assert "what to do: " in out
    assert "QIIME 2 loads" not in out


def test_text_written_says_nothing_is_written(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "env" / "etc").mkdir(parents=True)
    monkeypatch.setenv("CONDA_PREFIX", str(home / "env"))
    assert main(["which"]) == 0
    out = capsys.readouterr().out
    assert f"QIIME 2 would write its default to {home}/env/etc/{NAME}" in out
    assert list((home / "env" / "etc").iterdir()) == []


def test_text_mapping_only_names_both_files(
    home: Path, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "map.toml").write_text('[parsl.executor_mapping.dada2]\ndenoise = "default"\n')
    assert main(["which", "--parallel-config", "map.toml"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "QIIME 2 loads map.toml for its mapping only." in lines
    assert f"Executors: QIIME 2 loads {own}" in lines
    assert "Its mapping of actions to executors counts." in lines


def test_verbose_shows_the_variables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QIIME2_CONFIG", "")
    assert main(["which", "-v"]) == 0
    out = capsys.readouterr().out
    assert "  QIIME2_CONFIG is set, but empty\n" in out
    assert "  CONDA_PREFIX is not set\n" in out


def test_quiet_prints_the_path_alone(own: Path) -> None:
    done = run("-q", "--release", "2026.4")
    assert done.returncode == 0
    assert done.stdout == f"{own}\n".encode()
    assert done.stderr == b"QIIME 2 2026.4 (Parsl 2026.2.23)\n"


def test_quiet_without_a_file_prints_nothing() -> None:
    done = run("-q")
    assert (done.returncode, done.stdout) == (0, b"")


def test_quiet_gives_a_pipe_the_path_byte_for_byte(home: Path) -> None:
    name = os.fsdecode(b"\xff\x1b[31m.toml")
    (home / name).write_text(PARSL)
    done = run("-q", "--parallel-config", name)
    assert done.returncode == 0
    assert done.stdout == b"\xff\x1b[31m.toml\n"


def test_control_characters_stay_away_from_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QIIME2_CONFIG", os.fsdecode(b"/x/\x1b]0;bad\x07\n\xff.toml"))
    monkeypatch.setenv("CONDA_PREFIX", "/\x9b2J")
    assert main(["which", "-v"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert not [c for c in out if c != "\n" and not c.isprintable()]
    assert r"/x/\x1b]0;bad\x07\n\udcff.toml" in out


def test_json_follows_the_contract(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["which", "--format", "json", "--release", "2026.4"]) == 0
    content = json.loads(capsys.readouterr().out)
    candidates = content.pop("candidates")
    assert content == {
        "version": 1,
        "release": "2026.4",
        "source": "user",
        "path": str(own),
        "ok": True,
        "error": None,
        "mapping_applies": False,
    }
    sources = [candidate["source"] for candidate in candidates]
    assert sources == ["env", "user", "site", "conda", "written", "memory"]
    assert candidates[1] == {
        "source": "user",
        "path": str(own),
        "exists": True,
        "status": "selected",
        "reason": "is there, and nothing comes before it",
    }
    assert candidates[0]["path"] is None


def test_json_failure_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["which", "--format", "json", "--parallel-config", "no.toml"]) == 1
    content = json.loads(capsys.readouterr().out)
    assert (content["source"], content["path"]) == ("parallel-config", "no.toml")
    assert content["ok"] is False
    assert content["error"].startswith("FileNotFoundError: ")


def test_unknown_release_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["which", "--release", "1999.1"]) == 2
    assert capsys.readouterr().out == ""


def test_colour_always_reaches_a_pipe(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["which", "--color", "always"]) == 0
    assert "\x1b[1;32m->\x1b[0m 2. your file" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("choice", "env", "terminal", "colour"),
    [
        pytest.param("auto", {}, True, True, id="terminal"),
        pytest.param("auto", {}, False, False, id="pipe"),
        pytest.param("auto", {"NO_COLOR": "1"}, True, False, id="no-color"),
        pytest.param("auto", {"NO_COLOR": ""}, True, True, id="no-color-empty"),
        pytest.param("auto", {"FORCE_COLOR": "1"}, False, True, id="force-color"),
        pytest.param("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False, id="both"),
        pytest.param("auto", {"TERM": "dumb"}, True, False, id="dumb"),
        pytest.param("always", {"NO_COLOR": "1"}, False, True, id="always"),
        pytest.param("never", {"FORCE_COLOR": "1"}, True, False, id="never"),
    ],
)
def test_style_choice(choice: str, env: dict[str, str], terminal: bool, colour: bool) -> None:
    assert style(choice, env, is_terminal=terminal).colour is colour


def test_printable_keeps_letters_of_every_language() -> None:
    assert printable("bærbar 電腦\t\u202e") == "bærbar 電腦\\t\\u202e"


def test_which_imports_nothing_heavy(own: Path) -> None:
    heavy = ("tomlkit", "jsonschema", "psutil", "tree_sitter", "questionary", "parsl", "rich")
    code = (
        "import sys; from q2pconf.cli import main; main(['which']);"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stderr == b"[]\n"


def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "q2pconf", "which", *arguments]
    return subprocess.run(command, capture_output=True, check=False)
