"""``q2pconf validate`` as it is called: exit codes, releases, JSON, stdin."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from q2pconf.cli import main

GOOD = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
ERROR = f"[parsl]\nretry = 1\n\n{GOOD}"
WARNING = f"[parsl]\nretries = -1\n\n{GOOD}"
INFO = "[parsl]\n"
BOTH = f"[parsl]\nretry = 1\nretries = -1\n\n{GOOD}"


FINDING = {
    "code": str,
    "severity": str,
    "message": str,
    "key": list | None,
    "line": int | None,
    "column": int | None,
    "end_line": int | None,
    "end_column": int | None,
    "hint": str | None,
    "fixable": bool,
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of each kind, and an environment that says nothing."""
    for name in ("NO_COLOR", "FORCE_COLOR", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("good", GOOD), ("error", ERROR), ("warning", WARNING), ("info", INFO), ("both", BOTH),
        ("empty", ""), ("notoml", f"{GOOD}max_threads = True\n"),
    ):  # fmt: skip
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "binary.toml").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00" + bytes(range(256)))
    (tmp_path / "bom.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    (tmp_path / "large.toml").write_bytes(b"#" * (2 * 1024 * 1024 + 1))
    (tmp_path / "dir.toml").mkdir()
    return tmp_path


def validate(*arguments: str) -> int:
    return main(["validate", "--release", "2026.4", *arguments])


def read_json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    out, err = capsys.readouterr()
    assert err == ""
    told: dict[str, Any] = json.loads(out)
    return told


def run(*arguments: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "q2pconf", "validate", *arguments],
        capture_output=True,
        timeout=30,
        check=False,
        **more,
    )


@pytest.mark.parametrize(
    ("files", "code", "strict"),
    [
        pytest.param(["good.toml"], 0, 0, id="good"),
        pytest.param(["info.toml"], 0, 0, id="info only"),
        pytest.param(["warning.toml"], 0, 1, id="warning"),
        pytest.param(["error.toml"], 1, 1, id="error"),
        pytest.param(["both.toml"], 1, 1, id="error and warning"),
        pytest.param(["empty.toml"], 1, 1, id="empty"),
        pytest.param(["/dev/null"], 1, 1, id="/dev/null"),
        pytest.param(["notoml.toml"], 1, 1, id="no TOML"),
        pytest.param(["binary.toml"], 1, 1, id="binary"),
        pytest.param(["bom.toml"], 1, 1, id="BOM"),
        pytest.param(["missing.toml"], 2, 2, id="missing"),
        pytest.param(["dir.toml"], 2, 2, id="folder"),
        pytest.param(["good.toml/below.toml"], 2, 2, id="below a file"),
        pytest.param(["large.toml"], 2, 2, id="too large"),
        pytest.param(["/dev/zero"], 2, 2, id="endless"),
        pytest.param([""], 2, 2, id="empty name"),
        pytest.param(["good.toml", "info.toml"], 0, 0, id="two good"),
        pytest.param(["good.toml", "warning.toml"], 0, 1, id="good and warning"),
        pytest.param(["good.toml", "error.toml"], 1, 1, id="good and error"),
        pytest.param(["good.toml", "missing.toml"], 2, 2, id="good and missing"),
        pytest.param(["missing.toml", "error.toml"], 2, 2, id="missing and error"),
    ],
)
@pytest.mark.parametrize("shape", ["text", "json"])
def test_exit_code(
    files: list[str], code: int, strict: int, shape: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert validate("--format", shape, *files) == code
    first = capsys.readouterr()
    assert validate("--format", shape, "--strict", *files) == strict
    assert capsys.readouterr() == first
    assert "Traceback" not in first.out + first.err
    assert ("q2pconf: " in first.err) is (code == 2)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("missing.toml", "there is no such file", id="missing"),
        pytest.param("dir.toml", "there is no file to check in this folder", id="folder"),
        pytest.param("good.toml/x", "cannot be read", id="below a file"),
        pytest.param("large.toml", "larger than 2 MB", id="too large"),
    ],
)
def test_unreadable_is_one_line_on_stderr(
    name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert validate(name) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"q2pconf: {name}: ")
    assert words in err
    assert err.count("\n") == 1


def test_unreadable_among_others_hides_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("error.toml", "missing.toml", "warning.toml") == 2
    out, err = capsys.readouterr()
    assert err == "q2pconf: missing.toml: there is no such file\n"
    assert "error.toml:2:1: error[Q2P021]" in out
    assert "warning.toml:2:11: warning[Q2P023]" in out
    assert out.endswith("2 files: 1 error, 1 warning for QIIME 2 2026.4 (Parsl 2026.2.23)\n")


def test_json_says_what_could_not_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "missing.toml", "--format", "json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == []
    assert told["unreadable"] == [{"path": "missing.toml", "message": "there is no such file"}]


def test_json_of_unreadable_has_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("--format", "json", "good.toml", "missing.toml", "error.toml") == 2
    told = json.loads(capsys.readouterr().out)
    assert [(file["path"], file["ok"]) for file in told["files"]] == [
        ("good.toml", True),
        ("error.toml", False),
    ]
    assert told["summary"] == {"files": 2, "errors": 1, "warnings": 0}


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--release", "1999.1", "good.toml"], id="unknown release"),
        pytest.param(["--release", "", "good.toml"], id="empty release"),
        pytest.param(["--release", "parsl==1.0", "good.toml"], id="unknown Parsl"),
        pytest.param(["--release"], id="no release"),
        pytest.param([], id="no file"),
        pytest.param(["--format", "xml", "good.toml"], id="unknown format"),
        pytest.param(["--color", "sometimes", "good.toml"], id="unknown colour"),
        pytest.param(["--nonsense", "good.toml"], id="unknown option"),
        pytest.param(["--stri", "good.toml"], id="cut option"),
    ],
)
def test_usage_error_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "q2pconf" in err
    assert "Traceback" not in err


def test_unknown_release_lists_those_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--release", "2024.1", "good.toml"]) == 2
    assert "2024.5, 2024.10" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("release", "shown"),
    [
        pytest.param("2024.5", "QIIME 2 2024.5 (Parsl 2024.4.15)", id="by name"),
        pytest.param("parsl==2024.4.15", "QIIME 2 2026.1 (Parsl 2024.4.15)", id="by Parsl"),
    ],
)
def test_release_is_always_shown(
    release: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", "good.toml", "--release", release]) == 0
    assert capsys.readouterr().out == f"ok for {shown}\n"


def test_release_installed_is_that_of_conda(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "conda-meta").mkdir()
    (folder / "conda-meta" / "qiime2-2024.10.1-py310_0.json").touch()
    monkeypatch.setenv("CONDA_PREFIX", str(folder))
    for arguments in (["good.toml"], ["good.toml", "--release", "installed"]):
        assert main(["validate", *arguments]) == 0
        assert "QIIME 2 2024.10 " in capsys.readouterr().out


def test_json_by_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("--format", "json", "both.toml", "good.toml", "info.toml", "empty.toml") == 1
    told = read_json(capsys)
    assert list(told) == ["version", "release", "parsl", "files", "summary"]
    assert (told["version"], told["release"], told["parsl"]) == (1, "2026.4", "2026.2.23")
    assert told["summary"] == {"files": 4, "errors": 2, "warnings": 1}
    assert [file["path"] for file in told["files"]] == [
        "both.toml", "good.toml", "info.toml", "empty.toml",
    ]  # fmt: skip
    assert [file["ok"] for file in told["files"]] == [False, True, True, False]
    for file in told["files"]:
        assert list(file) == ["path", "ok", "findings"]
        for finding in file["findings"]:
            assert list(finding) == list(FINDING)
            for key, kind in FINDING.items():
                assert isinstance(finding[key], kind)
            assert finding["severity"] in ("error", "warning", "info")


def test_json_positions_are_of_the_key_and_of_the_value(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert validate("--format", "json", "both.toml") == 1
    first, second = read_json(capsys)["files"][0]["findings"]
    assert first["key"] == ["parsl", "retry"]
    assert [first[k] for k in ("line", "column", "end_line", "end_column")] == [2, 1, 2, 6]
    assert first["fixable"] is True
    assert second["key"] == ["parsl", "retries"]
    assert [second[k] for k in ("line", "column", "end_line", "end_column")] == [3, 11, 3, 13]
    assert second["fixable"] is False


def test_json_has_null_where_there_is_no_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("--format", "json", "empty.toml") == 1
    (finding,) = read_json(capsys)["files"][0]["findings"]
    assert finding["code"] == "Q2P010"
    assert [finding[k] for k in ("line", "column", "end_line", "end_column")] == [None] * 4


def test_json_columns_are_characters(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "wide.toml").write_text(
        '[parsl]\n"µ🦠" = 1\n[[parsl.executors]]\nclass = "ThreadPoolExecutor"\n'
        'label = "default"\nx = { "🦠" = 1 }\n',
        encoding="utf-8",
    )
    assert validate("--format", "json", "wide.toml") == 1
    first = read_json(capsys)["files"][0]["findings"][0]
    assert first["key"] == ["parsl", "µ🦠"]
    assert (first["column"], first["end_column"]) == (1, 5)


def test_json_key_has_numbers_for_elements(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "two.toml").write_text(GOOD + GOOD.replace("default", "x") + "threads = 1\n")
    assert validate("--format", "json", "two.toml") == 1
    (finding,) = read_json(capsys)["files"][0]["findings"]
    assert finding["key"] == ["parsl", "executors", 1, "threads"]
    assert finding["line"] == 7


def test_file_name_that_is_no_utf8(capfd: pytest.CaptureFixture[str]) -> None:
    assert validate("missing\udcff.toml") == 2
    assert "missing\\udcff.toml" in capfd.readouterr().err


def test_json_gives_the_file_name_back(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a\x1b\nü.toml").write_text(GOOD)
    assert validate("--format", "json", "a\x1b\nü.toml") == 0
    assert read_json(capsys)["files"][0]["path"] == "a\x1b\nü.toml"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        pytest.param(GOOD.encode(), 0, b"ok for QIIME 2", id="good"),
        pytest.param(ERROR.encode(), 1, b"<stdin>:2:1: error[Q2P021]", id="error"),
        pytest.param(b"", 1, b"<stdin>: error[Q2P010]", id="empty"),
        pytest.param(b"\xff\xfe\x00", 1, b"<stdin>:1:1: error[Q2P003]", id="binary"),
        pytest.param(GOOD.replace("\n", "\r\n").encode(), 0, b"ok for QIIME 2", id="CRLF"),
    ],
)
def test_stdin(content: bytes, code: int, words: bytes) -> None:
    done = run("--release", "2026.4", "-", input=content)
    assert done.returncode == code
    assert words in done.stdout
    assert done.stderr == b""


def test_stdin_among_files() -> None:
    done = run("--format", "json", "good.toml", "-", "missing.toml", input=ERROR.encode())
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert [(file["path"], file["ok"]) for file in told["files"]] == [
        ("good.toml", True),
        ("<stdin>", False),
    ]


def test_stdin_too_large() -> None:
    done = run("-", input=b"#" * (2 * 1024 * 1024 + 1))
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.startswith(b"q2pconf: <stdin>: larger than 2 MB")


def test_output_that_nobody_reads(folder: Path) -> None:
    (folder / "many.toml").write_text(ERROR + "".join(f"x{n} = 1\n" for n in range(500)))
    with subprocess.Popen(
        [sys.executable, "-m", "q2pconf", "validate", "-v", "many.toml"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
