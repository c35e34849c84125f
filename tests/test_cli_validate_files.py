"""Many files in one call of ``q2pconf validate``, a name for stdin, and a file for the result."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from q2pconf.cli import main
from q2pconf.cli.validate import FORMATS
from q2pconf.cli.validate_inputs import Progress

GOOD = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
ERROR = f"[parsl]\nretry = 1\n\n{GOOD}"

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "configs/good.toml": GOOD,
        "configs/pyproject.toml": "[project]\n",
        "configs/deep/error.toml": ERROR,
        "none/pyproject.toml": "[project]\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def validate(*arguments: str) -> int:
    return main(["validate", "--release", "2026.4", *arguments])


def checked(capsys: Captured, *arguments: str) -> list[str]:
    validate("--format", "json", *arguments)
    return [file["path"] for file in json.loads(capsys.readouterr().out)["files"]]


@pytest.mark.parametrize("name", ["configs", "configs/**/*r.toml", "configs/*"])
def test_folders_and_patterns(name: str, capsys: Captured) -> None:
    assert "configs/deep/error.toml" in checked(capsys, name)
    assert validate(name) == 1


def test_file_that_is_meant_twice_is_checked_once(capsys: Captured) -> None:
    names = ["configs/good.toml", "configs", "./configs/good.toml", "configs/*.toml"]
    assert checked(capsys, *names).count("configs/good.toml") == 1


@pytest.mark.parametrize("name", ["none", "*.toml", "none/", "nowhere/**/*.toml"])
@pytest.mark.parametrize("shape", sorted(FORMATS))
def test_nothing_to_check_is_2(name: str, shape: str, capsys: Captured) -> None:
    assert validate(name, "--format", shape) == 2
    assert capsys.readouterr().err.startswith(f"q2pconf: {name}: ")
    assert validate(name, "configs/good.toml", "--format", shape) == 2


def test_what_is_passed_over_is_told_on_request(capsys: Captured) -> None:
    assert validate("configs/good.toml", "configs") == 1
    assert capsys.readouterr().err == ""
    assert validate("configs", "-v") == 1
    assert capsys.readouterr().err == (
        "passed over 1 TOML file without a table [parsl]:\n  configs/pyproject.toml\n"
    )


def test_every_release_takes_folders_and_a_file_for_the_result(capsys: Captured) -> None:
    assert main(["validate", "--release", "all", "configs", "-o", "table.txt"]) == 1
    assert capsys.readouterr().out == ""
    text = Path("table.txt").read_text()
    assert text.startswith("configs/good.toml\n")
    assert "configs/deep/error.toml\n" in text


@pytest.mark.parametrize("shape", ["concise", "json-lines", "github", "gitlab", "junit", "sarif"])
def test_every_release_has_no_format_for_machines_but_json(shape: str, capsys: Captured) -> None:
    assert main(["validate", "--release", "all", "configs", "--format", shape]) == 2
    assert "--release all has the formats text and json" in capsys.readouterr().err


@pytest.mark.parametrize("shape", sorted(FORMATS))
def test_output_file_holds_what_would_be_printed(shape: str, capsys: Captured) -> None:
    call = ["configs", "--format", shape]
    assert validate(*call) == 1
    printed = capsys.readouterr().out
    assert validate(*call, "-o", "-") == 1
    assert capsys.readouterr().out == printed
    Path("report").write_text("an old report")
    assert validate(*call, "--output", "report") == 1
    out, err = capsys.readouterr()
    assert (out, Path("report").read_text()) == ("", printed)
    assert err == "wrote report: 2 files: 1 error for QIIME 2 2026.4 (Parsl 2026.2.23)\n"
    assert validate(*call, "-o", "report", "-q") == 1
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("output", "words"),
    [
        pytest.param("configs/good.toml", "would replace a configuration", id="an input"),
        pytest.param("new.toml", "would replace a configuration", id="named like one"),
        pytest.param("link", "would replace a configuration", id="link to an input"),
        pytest.param("configs/pyproject.toml", "would replace a configuration", id="passed over"),
        pytest.param("nowhere/report", "create it first", id="no folder"),
        pytest.param("configs", "is a folder", id="folder"),
        pytest.param("", "-o is empty", id="empty"),
    ],
)
def test_output_that_is_refused(output: str, words: str, folder: Path, capsys: Captured) -> None:
    (folder / "link").symlink_to("configs/deep/error.toml")
    assert validate("configs", "-o", output) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert (folder / "configs/good.toml").read_text() == GOOD
    assert (folder / "configs/deep/error.toml").read_text() == ERROR


def test_output_never_has_colour(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    assert validate("configs", "-o", "report") == 1
    assert "\x1b" not in Path("report").read_text()
    assert validate("configs", "-o", "report", "--color", "always") == 1
    assert "\x1b[31m" in Path("report").read_text()
    assert "\x1b" not in capsys.readouterr().err


def test_output_of_a_name_that_is_no_utf8() -> None:
    name = os.fsdecode(b"\xff.toml")
    Path(name).write_text(ERROR)
    for shape in FORMATS:
        assert validate(name, "--format", shape, "-o", "report", "-q") == 1
        assert "udcff" in Path("report").read_text() or shape == "sarif"


def stdin(*arguments: str, content: str = ERROR) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "q2pconf", "validate", "--release", "2026.4", *arguments],
        input=content,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_stdin_has_the_name_that_it_is_given() -> None:
    done = stdin("-", "--stdin-filename", "my/x.toml", "--format", "concise", "-q")
    assert done.stdout == "my/x.toml:2:1: Q2P021 [parsl] has no key `retry`\n"
    done = stdin("-", "-", "--stdin-filename", "x.toml", "--format", "json")
    assert [file["path"] for file in json.loads(done.stdout)["files"]] == ["x.toml"]
    done = stdin("-", "--stdin-filename", "x.toml", content="\0" * 17_000_000)
    assert done.stderr.startswith("q2pconf: x.toml: larger than 2 MB")


@pytest.mark.parametrize(
    "arguments", [["configs", "--stdin-filename", "x"], ["-", "--stdin-filename", ""]]
)
def test_name_for_stdin_without_stdin(arguments: list[str], capsys: Captured) -> None:
    assert validate(*arguments) == 2
    assert "--stdin-filename" in capsys.readouterr().err


class Clock:
    """Time that passes by a step for each look at it."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.mark.parametrize(
    ("total", "step", "lines"),
    [
        pytest.param(20, 0.01, 0, id="few and quick"),
        pytest.param(1, 5.0, 0, id="one"),
        pytest.param(21, 0.2, 21, id="many"),
        pytest.param(10, 0.5, 9, id="slow"),
        pytest.param(1000, 0.001, 10, id="not too often"),
    ],
)
def test_progress(total: int, step: float, lines: int) -> None:
    stream = io.StringIO()
    progress = Progress(total, stream, Clock(step))
    for number in range(1, total + 1):
        progress.show(number, "a\x1b\n.toml")
    progress.clear()
    text = stream.getvalue()
    assert text.count("checking") == lines
    assert "a\\x1b\\n.toml" in text or not lines
    assert text == "" or text.endswith("\r\x1b[K")
    assert "\n" not in text


def told_at_terminal(*arguments: str, **variables: str) -> str:
    """What comes to stderr where that is a terminal."""
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "q2pconf", "validate", "--release", "2026.4", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", **variables},
            timeout=60,
            check=False,
        )
        os.write(theirs, b"end")
        text = os.read(ours, 65536).decode()
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.returncode == 0
    return text.removesuffix("end")


def test_progress_is_for_people(folder: Path) -> None:
    for number in range(25):
        (folder / "none" / f"{number}.toml").write_text(GOOD)
    assert "checking 1 of 25: none/0.toml" in told_at_terminal("none")
    assert told_at_terminal("none", "-q") == ""
    assert told_at_terminal("none", TERM="dumb") == ""
    assert told_at_terminal("configs/good.toml") == ""
    assert stdin("none").stderr == ""
