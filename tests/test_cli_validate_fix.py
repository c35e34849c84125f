"""``q2pconf validate --fix`` and ``--diff``."""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path

import pytest

from q2pconf.cli import main

OLD = """\
# kept
[parsl]
[[parsl.executors]]
class = "ThreadPoolExecutor"
label = "default"
max_thread = "4"  # and this
"""
NEW = OLD.replace('max_thread = "4"', "max_threads = 4")
LEFT = OLD.replace('max_thread = "4"', 'max_threads = "many"')


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "f.toml"
    path.write_text(OLD, encoding="utf-8")
    return path


def run(*words: str | Path) -> int:
    return main(["validate", "--release", "2026.4", *map(str, words)])


def test_fix_mends_the_file_and_keeps_the_old_one(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.chmod(0o640)
    assert run("--fix", file) == 0
    assert file.read_text(encoding="utf-8") == NEW
    assert Path(f"{file}.bak").read_text(encoding="utf-8") == OLD
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    told = capsys.readouterr()
    assert told.out == "ok for QIIME 2 2026.4 (Parsl 2026.2.23)\n"
    assert f"wrote {file}; the file as it was is {file}.bak" in told.err
    assert f"mended {file}:6: Q2P101: ThreadPoolExecutor has no key `max_thread`" in told.err


def test_a_second_run_changes_nothing(file: Path) -> None:
    run("--fix", file)
    assert run("--fix", file) == 0
    assert sorted(file.parent.iterdir()) == [file, Path(f"{file}.bak")]


def test_diff_changes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--diff", file) == 1
    told = capsys.readouterr()
    assert told.out.startswith(f"--- {file}\n+++ {file}\n@@ ")
    assert '-max_thread = "4"  # and this\n+max_threads = 4  # and this\n' in told.out
    assert told.err == "--fix would mend 2 problems; 0 would be left\n"
    assert list(file.parent.iterdir()) == [file]
    assert file.read_text(encoding="utf-8") == OLD


def test_what_cannot_be_mended_is_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(LEFT, encoding="utf-8")
    assert run("--fix", file) == 1
    assert "error[Q2P102]" in capsys.readouterr().out
    assert file.read_text(encoding="utf-8") == LEFT
    assert list(file.parent.iterdir()) == [file]


def test_unsafe_fixes_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f.toml"
    path.write_text(OLD.replace('label = "default"\nmax_thread = "4"', "max_threads = 4"))
    assert run(path) == 1
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("q2pconf.cli.validate.is_terminal", lambda stream: True)
    assert run(path) == 1
    assert "--fix --unsafe-fixes would change 1 of these" in capsys.readouterr().err
    assert run("--fix", path) == 1
    assert run("--fix", "--unsafe-fixes", path) == 0
    assert 'label = "default"\n' in path.read_text(encoding="utf-8")


def test_ignored_findings_are_not_mended(file: Path) -> None:
    assert run("--fix", "--ignore", "Q2P101", file) == 0
    assert file.read_text(encoding="utf-8") == OLD.replace('"4"', "4") or (
        file.read_text(encoding="utf-8") == OLD
    )


def test_stdin_is_mended_to_stdout(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(OLD.encode())))
    assert run("--fix", "-") == 0
    told = capsys.readouterr()
    assert told.out == NEW
    assert told.err.endswith("ok for QIIME 2 2026.4 (Parsl 2026.2.23)\n")


def test_one_of_several_cannot_be_written(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "g.toml"
    other.write_text(OLD, encoding="utf-8")
    os.mkdir(tmp_path / "d")
    link = tmp_path / "d" / "f.toml"
    link.symlink_to("/dev/full")
    assert run("--fix", link, other) == 2
    assert other.read_text(encoding="utf-8") == NEW
    assert str(link) in capsys.readouterr().err


def test_json_tells_what_is_left(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--fix", "--format", "json", file) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"][0]["findings"] == []
    assert file.read_text(encoding="utf-8") == NEW


@pytest.mark.parametrize(
    "words",
    [
        ("--unsafe-fixes",),
        ("--fix", "--release", "all"),
        ("--diff", "--format", "json"),
        ("--diff", "-o", "out.txt"),
    ],
)
def test_what_makes_no_sense_together(
    words: tuple[str, ...], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words, file) == 2
    assert capsys.readouterr().err.startswith("q2pconf: --")
    assert file.read_text(encoding="utf-8") == OLD


def test_stdin_goes_alone(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--fix", "-", file) == 2
    assert "give - alone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words", "summary"),
    [
        (OLD, ("--fix",), "2 problems mended, 0 left\n"),
        (NEW, ("--fix",), "nothing to mend\n"),
        (NEW, ("--diff",), "nothing to mend\n"),
        (LEFT, ("--fix",), "nothing to mend, 1 left\n"),
        (LEFT, ("--diff",), "nothing to mend, 1 left\n"),
        (
            LEFT.replace('label = "default"\n', ""),
            ("--fix",),
            "nothing to mend, 2 left (--unsafe-fixes would change 1)\n",
        ),
        (OLD + "thread = 1\n", ("--diff",), "--fix would mend 2 problems; 1 would be left"),
        ("[parsl\n", ("--fix",), "nothing to mend, 1 left\n"),
        ("\ufeff[parsl\n", ("--fix",), "1 problem mended, 1 left\n"),
    ],
)
def test_what_was_done_is_counted(
    text: str, words: tuple[str, ...], summary: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text, encoding="utf-8")
    run(*words, file)
    assert summary in capsys.readouterr().err


def test_several_files_are_counted_together(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("g.toml", "h.toml"):
        (file.parent / name).write_text(OLD if name[0] == "g" else LEFT, encoding="utf-8")
    assert run("--diff", file.parent) == 1
    assert "--fix would mend 4 problems; 1 would be left\n" in capsys.readouterr().err
    assert run("--fix", file.parent) == 1
    assert capsys.readouterr().err.endswith("4 problems mended, 1 left\n")


def test_a_byte_order_mark_is_mended(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + NEW.encode())
    assert run(file) == 1
    assert "Q2P002" in capsys.readouterr().out
    assert run("--fix", file) == 0
    assert file.read_bytes() == NEW.encode()
    assert Path(f"{file}.bak").read_bytes() == b"\xef\xbb\xbf" + NEW.encode()


def test_json_calls_fixable_what_fix_mends(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(
        '[parsl.executor_mapping.my_plugin]\nx = "a"\n'
        '[parsl.executor_mapping.your_plugin]\nx = "a"\n',
        encoding="utf-8",
    )  # a copy would repeat what is wrong with the names
    run("--format", "json", file)
    found = json.loads(capsys.readouterr().out)["files"][0]["findings"]
    assert {each["code"]: each["fixable"] for each in found}["Q2P303"] is False
    run("--fix", "--unsafe-fixes", file)
    assert "nothing to mend" in capsys.readouterr().err
