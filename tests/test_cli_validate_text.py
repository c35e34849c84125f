"""The text and the concise format of ``q2pconf validate``, for people and their editors."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from q2pconf.cli import main

GOOD = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
ERROR = f"[parsl]\nretry = 1\n\n{GOOD}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file, and an environment that says nothing."""
    for name in ("NO_COLOR", "FORCE_COLOR", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "error.toml").write_text(ERROR)
    (tmp_path / "good.toml").write_text(GOOD)
    return tmp_path


def validate(*arguments: str) -> int:
    return main(["validate", "--release", "2026.4", *arguments])


def run(*arguments: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "q2pconf", "validate", *arguments],
        capture_output=True,
        timeout=30,
        check=False,
        **more,
    )


def test_text_has_line_mark_consequence_and_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("error.toml") == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines() == [
        "error.toml:2:1: error[Q2P021]: [parsl] has no key `retry`",
        "  2 | retry = 1",
        "    | ^^^^^",
        "    what happens: QIIME 2 stops with TypeError: Config.__init__() got an unexpected"
        " keyword argument 'retry'",
        "    do this: write `retries` instead",
        "1 error for QIIME 2 2026.4 (Parsl 2026.2.23)",
    ]


@pytest.mark.parametrize(
    ("arguments", "variables", "coloured"),
    [
        pytest.param([], {}, False, id="pipe"),
        pytest.param(["--color", "always"], {}, True, id="always"),
        pytest.param(["--color", "always"], {"NO_COLOR": "1"}, True, id="always before NO_COLOR"),
        pytest.param(["--color", "never"], {"FORCE_COLOR": "1"}, False, id="never"),
        pytest.param([], {"FORCE_COLOR": "1"}, True, id="FORCE_COLOR"),
        pytest.param([], {"FORCE_COLOR": ""}, False, id="FORCE_COLOR empty"),
        pytest.param([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, id="NO_COLOR wins"),
        pytest.param(["--color", "auto"], {}, False, id="auto"),
    ],
)
def test_colour(
    arguments: list[str],
    variables: dict[str, str],
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert validate("error.toml", *arguments) == 1
    out = capsys.readouterr().out
    assert ("\x1b[31m" in out) is coloured
    assert ("\x1b" in out) is coloured
    assert validate("error.toml", "--format", "json", *arguments) == 1
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        pytest.param({"TERM": "xterm"}, True, id="terminal"),
        pytest.param({"TERM": "xterm", "NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param({"TERM": "dumb"}, False, id="dumb terminal"),
    ],
)
def test_colour_on_a_terminal(variables: dict[str, str], coloured: bool, folder: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "q2pconf", "validate", "error.toml"],
            stdout=theirs,
            env={**os.environ, **variables},
            timeout=30,
            check=False,
        )
        os.close(theirs)
        out = os.read(ours, 65536)
    finally:
        os.close(ours)
    assert done.returncode == 1
    assert (b"\x1b[31m" in out) is coloured


CONTROL = "\x1b[31m\x07\x9b\u202e\u2028"


def test_control_characters_of_keys_and_values_are_written_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    escaped = "\\u001b[31m\\u0007\\u009b\\u202e\\u2028"
    (folder / "c.toml").write_text(
        f'[parsl]\n"{escaped}" = 1\nstrategy = "{escaped}"\n{GOOD}"{escaped}" = 1\n# \u202e\n',
        encoding="utf-8",
    )
    assert validate("c.toml") == 1
    out = capsys.readouterr().out
    assert "\\x1b[31m" in out
    assert [c for c in out if not c.isprintable() and c != "\n"] == []


def test_raw_control_characters_of_the_file_are_written_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "c.toml").write_text(f"[parsl]\nretries = {CONTROL}\n", encoding="utf-8")
    assert validate("c.toml") == 1
    out = capsys.readouterr().out
    assert "\\x1b[31m" in out
    assert [c for c in out if not c.isprintable() and c != "\n"] == []


@pytest.mark.parametrize("name", ["\x1b[31mred.toml", "two\nlines.toml", "\x9b.toml"])
@pytest.mark.parametrize(
    "shape",
    ["text", "concise", "json", "json-lines", "github", "gitlab", "junit", "sarif"],
)
def test_control_characters_of_file_names_are_written_out(
    name: str, shape: str, folder: Path
) -> None:
    Path(name).write_text(ERROR)
    for path, code in ((name, 1), (f"missing{name}", 2)):
        done = run("--format", shape, path)
        assert done.returncode == code
        shown = (done.stdout + done.stderr).decode("utf-8")
        assert "Traceback" not in shown
        assert [c for c in shown if not c.isprintable() and c != "\n"] == []


def test_full_is_another_word_for_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("error.toml") == 1
    first = capsys.readouterr()
    assert validate("error.toml", "--format", "full") == 1
    assert capsys.readouterr() == first


def test_line_ends_do_not_matter(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for end in ("\n", "\r\n", "\r"):
        (folder / "x.toml").write_bytes(ERROR.rstrip("\n").replace("\n", end).encode())
        assert validate("x.toml") == 1
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] == told[2]
    assert "  2 | retry = 1\n    | ^^^^^\n" in told[0]


def test_value_of_several_lines_is_marked_on_its_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "x.toml").write_text(f"[parsl]\nretries = [\n  1,\n]\n{GOOD}")
    assert validate("x.toml") == 1
    assert "  2 | retries = [\n    |           ^\n" in capsys.readouterr().out


def test_many_of_a_code_are_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = "".join(f"x{number} = 1\n" for number in range(200))
    (folder / "x.toml").write_text(f"[parsl]\nretries = -1\n{keys}{GOOD}")
    assert validate("x.toml") == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 70
    assert lines[-2] == "x.toml: … and 190 more of error[Q2P021], lines 13–202 (-v lists them)"
    assert lines[-1].startswith("200 errors, 1 warning for ")
    assert any("Q2P023" in line for line in lines)
    assert validate("x.toml", "-v") == 1
    out = capsys.readouterr().out
    assert out.count("error[Q2P021]") == 200
    assert "more of" not in out


def test_thousands_of_findings_take_little_time(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = "".join(f"x{number} = 1\n" for number in range(2000))
    (folder / "x.toml").write_text(f"{GOOD}{keys}")
    for shape in ("text", "concise", "json", "gitlab", "sarif"):
        begin = time.process_time()
        assert validate("x.toml", "-v", "--format", shape) == 1
        assert time.process_time() - begin < 10
        assert capsys.readouterr().out.count("Q2P101") >= 2000


def test_concise_is_a_line_each_and_the_summary_elsewhere(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty.toml").write_text("")
    assert validate("error.toml", "empty.toml", "good.toml", "--format", "concise") == 1
    out, err = capsys.readouterr()
    first, second = out.splitlines()
    assert first == "error.toml:2:1: Q2P021 [parsl] has no key `retry`"
    assert second.startswith("empty.toml:1:1: Q2P010 ")
    assert err == "3 files: 2 errors for QIIME 2 2026.4 (Parsl 2026.2.23)\n"
    assert validate("error.toml", "--format", "concise", "-q") == 1
    assert capsys.readouterr() == (f"{first}\n", "")


def test_concise_of_a_good_file_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("good.toml", "--format", "concise") == 0
    assert capsys.readouterr() == ("", "ok for QIIME 2 2026.4 (Parsl 2026.2.23)\n")


def test_summary_says_what_was_not_counted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "x.toml").write_text(
        ERROR.replace("retry = 1", "retry = 1 # q2pconf: ignore[Q2P021]\nretries = -1\nx = 1")
    )
    assert validate("x.toml", "--ignore", "Q2P023") == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        "1 error for QIIME 2 2026.4 (Parsl 2026.2.23); ignored by comments: 1 error;"
        " left out by --select and --ignore: 1 warning"
    )
