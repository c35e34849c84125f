"""Every writer, killed at every system call: the file is the old or the new one, whole."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from killed import killed_at_every_call

from q2pconf import save
from q2pconf.cli import main
from q2pconf.errors import RefusedError
from q2pconf.save import replace_text, save_text

OLD = """\
[parsl]
strategy = "none"

[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
max_workers = 8

[parsl.executors.provider]
class = "LocalProvider"
"""

WRITERS = {
    "init": (["init", "--preset=local", "--yes", "-o", "new.toml"], "new.toml"),
    "init over a file": (["init", "--preset=local", "--yes", "--force", "-o", "f.toml"], "f.toml"),
    "init on a file": (["init", "--cpus=2", "--yes", "--force", "-o", "good.toml"], "good.toml"),
    "migrate --write": (["migrate", "f.toml", "--to=2026.4", "--write"], "f.toml"),
    "migrate --write of a link": (["migrate", "link.toml", "--to=2026.4", "--write"], "link.toml"),
    "migrate -o": (["migrate", "f.toml", "--to=2026.4", "-o", "new.toml"], "new.toml"),
    "migrate -o --force": (
        ["migrate", "f.toml", "--to=2026.4", "-o", "report.txt", "--force"],
        "report.txt",
    ),
    "validate --fix": (["validate", "f.toml", "--release=2026.4", "--fix"], "f.toml"),
    "validate -o": (["validate", "good.toml", "-o", "report.txt"], "report.txt"),
    "explain --svg": (["explain", "good.toml", "--svg", "picture.svg"], "picture.svg"),
    "explain --svg --force": (
        ["explain", "good.toml", "--svg", "report.txt", "--force"],
        "report.txt",
    ),
}
"""Every way to write: the words, and the file that is written."""

QUICK = ("init", "migrate --write of a link", "validate -o")
"""One for each way in which a file comes to be: new, with a back-up, without."""


def slow(writer: str) -> tuple[pytest.MarkDecorator, ...]:
    """The others run with the fuzzers."""
    return () if writer in QUICK else (pytest.mark.fuzz,)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    (folder / "there").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/nonexistent")
    (folder / "f.toml").write_text(OLD)
    (folder / "f.toml").chmod(0o640)
    (folder / "good.toml").write_text(OLD.replace("max_workers", "max_workers_per_node"))
    (folder / "report.txt").write_text("an old report\n")
    (folder / "there" / "real.toml").write_text(OLD)
    (folder / "link.toml").symlink_to("there/real.toml")
    return folder


def strays(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if save.TEMPORARY.fullmatch(path.name)]


@pytest.mark.parametrize(
    ("writer", "unnamed"),
    [pytest.param(writer, True, marks=slow(writer)) for writer in WRITERS]
    + [pytest.param(writer, False, marks=pytest.mark.fuzz) for writer in QUICK],
)
def test_killed_at_every_system_call(
    folder: Path, monkeypatch: pytest.MonkeyPatch, writer: str, unnamed: bool
) -> None:
    words, name = WRITERS[writer]
    if not unnamed:
        monkeypatch.delattr(os, "O_TMPFILE")
    path = folder / name
    old = path.read_bytes() if path.exists() else None
    mode = path.stat().st_mode if old is not None else None
    seen: set[bytes | None] = set()
    left: list[int] = []

    def check(number: int, ended: bool) -> None:
        now = path.read_bytes() if path.exists() else None
        seen.add(now)
        assert len(seen | {old}) <= 2, (number, now)
        assert now != b"", number
        assert mode is None or path.stat().st_mode == mode
        assert (folder / "link.toml").is_symlink()
        kept = [each.read_bytes() for each in folder.glob("*.bak*")]
        assert kept in ([], [old]), (number, kept)
        by_hand = writer.startswith(("validate -o", "explain", "migrate -o"))
        assert now == old or old is None or by_hand or kept, (number, "no back-up")
        if strays(folder):
            left.append(number)
            assert not ended
            assert not unnamed or old is not None, "a new file needs no temporary one"
            # The next writer in that folder cleans up.
            for place in {each.parent for each in strays(folder)}:
                save_text(place / "another", "x", overwrite=False)
                (place / "another").unlink()
            assert not strays(folder), number
        if ended:
            assert now != old
            # Between link and rename there is nothing else.
            assert not unnamed or len(left) <= 4, left

    assert killed_at_every_call(lambda: main(words), folder, check) > 20


ERRORS = (errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.ENOENT)


@pytest.mark.parametrize(
    ("writer", "number"),
    [pytest.param(writer, errno.ENOSPC, marks=slow(writer)) for writer in WRITERS]
    + [
        pytest.param(writer, number, marks=pytest.mark.fuzz)
        for writer in ("migrate --write", "migrate -o")
        for number in ERRORS
    ],
)
def test_every_call_may_fail(
    folder: Path, monkeypatch: pytest.MonkeyPatch, writer: str, number: int
) -> None:
    words, _ = WRITERS[writer]
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    for at in range(1, 60):
        left = [at]
        with monkeypatch.context() as patch:
            for call in ("open", "link", "fsync", "replace", "fchmod", "fstat", "scandir"):
                patch.setattr(save.os, call, failing_at(left, getattr(os, call), number))
            code = main(words)
        done = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        assert code in (0, 1, 2)
        assert not strays(folder), (at, code)
        new = {path for path in done if before.get(path) != done[path]}
        for path in new:
            assert done[path], (at, path)
        if code == 2:
            assert not new, (at, new)
        for path in new:
            path.unlink()
        for path, content in before.items():
            path.write_bytes(content)
        if left[0] > 0:
            return
    pytest.fail("it never ended")


def failing_at(left: list[int], real: Callable[..., Any], number: int) -> Callable[..., Any]:
    """Count the calls that come from the room that writes, and let one of them fail."""

    def instead(*args: Any, **more: Any) -> Any:
        if sys._getframe(1).f_globals.get("__name__") == "q2pconf.save":
            left[0] -= 1
            if left[0] == 0:
                raise OSError(number, os.strerror(number))
        return real(*args, **more)

    return instead


@pytest.mark.parametrize("writer", WRITERS)
def test_no_room_left(folder: Path, capsys: pytest.CaptureFixture[str], writer: str) -> None:
    words, _ = WRITERS[writer]
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    # The kernel takes some bytes of the text and refuses the rest.
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        code = main(words)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert code == 2
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert "File too large" in capsys.readouterr().err


def test_two_at_once_one_wins(tmp_path: Path) -> None:
    code = (
        "import sys; from q2pconf.save import replace_text\n"
        "from q2pconf.errors import RefusedError\n"
        "sys.stdin.read(1)\n"
        "try: replace_text(sys.argv[1], sys.argv[2] * 50_000, 'old')\n"
        "except RefusedError as error: sys.exit(2 if 'somebody else' in str(error) else 3)"
    )
    target = tmp_path / "f"
    target.write_text("old")
    writers = [
        subprocess.Popen([sys.executable, "-c", code, target, letter], stdin=subprocess.PIPE)
        for letter in "abcdef"
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
    assert sorted(writer.wait() for writer in writers) == [0, 2, 2, 2, 2, 2]
    assert len(set(target.read_text())) == 1
    assert (tmp_path / "f.bak").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["f", "f.bak"]


@pytest.mark.parametrize("writer", ["migrate --write", "validate --fix"])
@pytest.mark.parametrize("change", ["other text", None, "folder"], ids=str)
def test_changed_between_reading_and_writing(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    writer: str,
    change: str | None,
) -> None:
    path = folder / "f.toml"
    real = save._alone_in

    def first(*folders: Path) -> Any:
        path.unlink()
        if change == "folder":
            path.mkdir()
        elif change is not None:
            path.write_text(change)
        return real(*folders)

    monkeypatch.setattr(save, "_alone_in", first)
    assert main(WRITERS[writer][0]) == 2
    err = capsys.readouterr().err
    assert "somebody else" in err or "cannot be read any more" in err
    assert not list(folder.glob("*.bak"))
    if change == "other text":
        assert path.read_text() == change


def test_a_writer_that_does_not_end_is_not_waited_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(save, "PATIENCE", 0.05)
    with (
        save._alone_in(tmp_path),
        pytest.raises(RefusedError, match="another q2pconf is writing in the folder"),
    ):
        save_text(tmp_path / "f", "new", overwrite=False)
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.EBADF, "not on this file system")

    monkeypatch.setattr(save.fcntl, "flock", flock)
    fresh, left = (tmp_path / f".q2pconf-{letter * 16}.tmp" for letter in "ab")
    fresh.write_text("somebody writes it just now")
    left.write_text("left by a killed one")
    os.utime(left, (1, 1))
    save_text(tmp_path / "f", "new", overwrite=False)
    assert sorted(os.listdir(tmp_path)) == [fresh.name, "f"]


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".q2pconf-0123456789abcdef.tmp").write_text("half")
    (tmp_path / ".q2pconf-mine.tmp").write_text("a person's")
    (tmp_path / "f").write_text("old")
    replace_text(tmp_path / "f", "new", "old")
    assert sorted(os.listdir(tmp_path)) == [".q2pconf-mine.tmp", "f", "f.bak"]


def test_a_planted_link_is_no_back_up(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("old")
    (tmp_path / "f.bak").symlink_to(tmp_path / "elsewhere")
    kept = replace_text(tmp_path / "f", "new", "old")
    assert kept.name == "f.bak2"
    assert not (tmp_path / "elsewhere").exists()


def test_back_up_is_no_more_readable_than_the_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("old")
    (tmp_path / "f").chmod(0o4600)
    assert stat.S_IMODE(replace_text(tmp_path / "f", "new", "old").stat().st_mode) == 0o600


def test_access_list_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f").write_text("old")
    given: list[tuple[str, bytes]] = []
    monkeypatch.setattr(os, "listxattr", lambda _: ["system.posix_acl_access", "user.note"])
    monkeypatch.setattr(os, "getxattr", lambda _, name: name.encode())

    def setxattr(_: int, name: str, value: bytes) -> None:
        given.append((name, value))
        if name == "user.note":
            raise OSError(errno.ENOTSUP, "no notes here")

    monkeypatch.setattr(os, "setxattr", setxattr)
    save_text(tmp_path / "f", "new", overwrite=True)
    assert given[:2] == [
        ("system.posix_acl_access", b"system.posix_acl_access"),
        ("user.note", b"user.note"),
    ]
    assert (tmp_path / "f").read_text() == "new"


def test_access_list_that_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f").write_text("old")
    monkeypatch.setattr(os, "listxattr", lambda _: ["system.posix_acl_access"])
    monkeypatch.setattr(os, "getxattr", lambda *_: b"")

    def setxattr(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "no lists here")

    monkeypatch.setattr(os, "setxattr", setxattr)
    with pytest.raises(RefusedError):
        save_text(tmp_path / "f", "new", overwrite=True)
    assert (tmp_path / "f").read_text() == "old"
    assert os.listdir(tmp_path) == ["f"]
