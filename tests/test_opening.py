"""What QIIME 2 would meet on opening or writing a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from q2pconf.opening import Opened, read, why_absent, write_failure

NOBODY = 65534


@pytest.fixture
def folder_of_nobody() -> Iterator[Path]:
    """A folder, entered as somebody whom permissions bind: root may read and write everything."""
    with tempfile.TemporaryDirectory() as name:
        folder, root = Path(name), os.getuid() == 0
        if root:
            os.chown(folder, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, 0)
        try:
            yield folder
        finally:
            if root:
                os.setresuid(0, 0, 0)
            folder.chmod(0o755)


def opened(path: Path, tomlkit: str = "0.14.0") -> Opened:
    return read(str(path), name=path.name, tomlkit=tomlkit)


def failure_of(tmp_path: Path, content: bytes, tomlkit: str = "0.14.0") -> tuple[str, str]:
    file = tmp_path / "f.toml"
    file.write_bytes(content)
    failure = opened(file, tomlkit).failure
    assert failure is not None
    return failure.kind, failure.problem


def test_read_data(tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_bytes(b"[parsl]\r\na = 1\rb = 2\n")
    assert opened(tmp_path / "f.toml").data == {"parsl": {"a": 1, "b": 2}}


def test_read_missing(tmp_path: Path) -> None:
    failure = opened(tmp_path / "f.toml").failure
    assert failure is not None
    assert failure.kind == "FileNotFoundError"
    assert str(failure) == (
        "FileNotFoundError: there is no file f.toml, so QIIME 2 would stop."
        " Correct the path, or make the file with `q2pconf init`."
    )


def test_read_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    failure = opened(tmp_path / "f" / "g").failure
    assert failure is not None
    assert failure.kind == "NotADirectoryError"


def test_read_byte_order_mark(tmp_path: Path) -> None:
    kind, problem = failure_of(tmp_path, b"\xef\xbb\xbf[parsl]\n")
    assert kind == "EmptyKeyError"
    assert "byte order mark" in problem


def test_read_not_utf8(tmp_path: Path) -> None:
    kind, problem = failure_of(tmp_path, b"[parsl]\na = '\xe6'\n")
    assert kind == "UnicodeDecodeError"
    assert "0xe6" in problem


def test_read_not_toml(tmp_path: Path) -> None:
    kind, problem = failure_of(tmp_path, b"[parsl]\nstrategy = None\n")
    assert kind == "ParseError"
    assert problem.startswith("line 2 of f.toml")


def test_read_nested_too_deep(tmp_path: Path) -> None:
    assert failure_of(tmp_path, b"a = " + b"[" * 5000)[0] == "RecursionError"


def test_read_out_of_order_only_where_the_reader_minds(tmp_path: Path) -> None:
    text = b"[[parsl.executors]]\n[tool]\n[[parsl.executors]]\n"
    kind, problem = failure_of(tmp_path, text)
    assert kind == "ParseError"
    assert problem.startswith("[[parsl.executors]] in line 3 of f.toml stands")
    assert 'Key "executors" already exists' in problem
    assert failure_of(tmp_path, text, tomlkit="0.12.3")[0] == "ConfigurationError"
    assert opened(tmp_path / "f.toml", tomlkit="0.15.1").failure is None


def test_read_twice_is_a_failure_for_executors_only(tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_text("[[parsl.x]]\n[tool]\n[[parsl.x]]\n")
    found = opened(tmp_path / "f.toml", tomlkit="0.12.1")
    assert found.failure is None
    assert found.data is not None


def test_read_headers_within_a_string_do_not_count(tmp_path: Path) -> None:
    text = '[[parsl.executors]]\na = """\n[tool]\n[parsl.executors.provider]\n"""\n'
    (tmp_path / "f.toml").write_text(text)
    assert opened(tmp_path / "f.toml").failure is None


def test_read_pipe_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f.toml")
    found = opened(tmp_path / "f.toml")
    assert (found.data, found.failure) == (None, None)
    assert found.skipped is not None


def test_read_huge_is_left_alone(tmp_path: Path) -> None:
    with open(tmp_path / "f.toml", "wb") as file:
        file.truncate(1 << 30)
    assert opened(tmp_path / "f.toml").skipped is not None


def test_why_absent_words(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    assert why_absent(str(tmp_path / "there")) is None
    assert why_absent(str(tmp_path / "missing")) == "no such file"
    assert why_absent(str(tmp_path / "dangling")) == "a link to a file that is not there"
    assert str(why_absent(str(tmp_path / "loop"))).startswith("counts as absent")


def test_write_possible(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("target")
    assert write_failure(str(tmp_path / "new"), name="new") is None
    assert write_failure(str(tmp_path / "dangling"), name="dangling") is None
    assert sorted(os.listdir(tmp_path)) == ["dangling"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param("missing/new", "FileNotFoundError", id="no-folder"),
        pytest.param("file/new", "NotADirectoryError", id="through-a-file"),
        pytest.param("nowhere", "FileNotFoundError", id="link-into-nothing"),
        pytest.param("loop", "OSError", id="loop"),
        pytest.param("x" * 300, "OSError", id="too-long"),
    ],
)
def test_write_impossible(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "nowhere").symlink_to("missing/target")
    (tmp_path / "loop").symlink_to("loop")
    failure = write_failure(str(tmp_path / name), name=name)
    assert failure is not None
    assert failure.kind == kind


def test_write_read_only_folder(folder_of_nobody: Path) -> None:
    folder_of_nobody.chmod(0o555)
    failure = write_failure(str(folder_of_nobody / "new"), name="new")
    assert failure is not None
    assert failure.kind == "PermissionError"


def test_read_unreadable(folder_of_nobody: Path) -> None:
    (folder_of_nobody / "f.toml").write_text("")
    (folder_of_nobody / "f.toml").chmod(0)
    failure = opened(folder_of_nobody / "f.toml").failure
    assert failure is not None
    assert failure.kind == "PermissionError"
