"""save: whole or not at all, whatever gets in between."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

from q2pconf.errors import InputError, RefusedError
from q2pconf.save import save_text


def failing(error: BaseException) -> object:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


def test_new_file(tmp_path: Path) -> None:
    target = tmp_path / "f.toml"
    assert save_text(target, "é = 1\r\n", overwrite=False) == target
    assert target.read_bytes() == "é = 1\r\n".encode()
    assert os.listdir(tmp_path) == ["f.toml"]


def test_new_file_obeys_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        save_text(tmp_path / "f", "x", overwrite=False)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o640


def test_existing_file_stays(tmp_path: Path) -> None:
    target = tmp_path / "f"
    target.write_text("old")
    with pytest.raises(RefusedError, match=r"exists already.*--force"):
        save_text(target, "new", overwrite=False)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["f"]


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_file_that_appears_at_the_last_moment_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    target = tmp_path / "f"
    real = os.link

    def link(source: Path, destination: Path, **more: Any) -> None:
        destination.write_text("theirs")
        if not links:
            raise OSError(errno.EOPNOTSUPP, "no links")
        real(source, destination, **more)

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(RefusedError, match="exists already"):
        save_text(target, "ours", overwrite=False)
    assert target.read_text() == "theirs"
    assert os.listdir(tmp_path) == ["f"]


def test_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", failing(OSError(errno.EPERM, "no links")))
    save_text(tmp_path / "f", "new", overwrite=False)
    assert (tmp_path / "f").read_text() == "new"
    assert os.listdir(tmp_path) == ["f"]


def test_no_hard_links_and_stopped_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", failing(OSError(errno.EPERM, "no links")))
    monkeypatch.setattr(os, "replace", failing(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        save_text(tmp_path / "f", "new", overwrite=False)
    assert os.listdir(tmp_path) == []


def test_overwrite_keeps_mode(tmp_path: Path) -> None:
    target = tmp_path / "f"
    target.write_text("old")
    target.chmod(0o604)
    save_text(target, "new", overwrite=True)
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o604
    assert os.listdir(tmp_path) == ["f"]


def test_overwrite_takes_over_the_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "f"
    target.write_text("old")
    owned: list[tuple[int, int]] = []
    real = os.stat

    def stat_of_another(path: Path) -> os.stat_result:
        found = list(real(path))
        found[4:6] = [4711, 4712]
        return os.stat_result(found)

    monkeypatch.setattr(os, "stat", stat_of_another)
    monkeypatch.setattr(os, "fchown", lambda _, uid, gid: owned.append((uid, gid)))
    save_text(target, "new", overwrite=True)
    assert owned == [(4711, 4712)]


def test_owner_that_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "f"
    target.write_text("old")
    real = os.fstat

    def fstat_of_another(descriptor: int) -> os.stat_result:
        found = list(real(descriptor))
        found[4:6] = [4711, 4712]
        return os.stat_result(found)

    monkeypatch.setattr(os, "fstat", fstat_of_another)
    monkeypatch.setattr(os, "fchown", failing(PermissionError(errno.EPERM, "no")))
    with pytest.raises(RefusedError, match=r"f: it belongs to another"):
        save_text(target, "new", overwrite=True)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["f"]


def test_overwrite_of_nothing(tmp_path: Path) -> None:
    save_text(tmp_path / "f", "new", overwrite=True)
    assert (tmp_path / "f").read_text() == "new"


def test_write_protected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "f"
    target.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(RefusedError, match="write-protected"):
        save_text(target, "new", overwrite=True)
    assert target.read_text() == "old"


def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "real"
    target.write_text("old")
    link = tmp_path / "link"
    link.symlink_to("there/real")
    assert save_text(link, "new", overwrite=True) == target
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_link_to_an_existing_file_stays(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(RefusedError, match="exists already"):
        save_text(tmp_path / "link", "new", overwrite=False)
    assert (tmp_path / "real").read_text() == "old"


def test_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    save_text(tmp_path / "link", "new", overwrite=False)
    assert (tmp_path / "real").read_text() == "new"
    assert (tmp_path / "link").is_symlink()


def test_link_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("link")
    with pytest.raises(RefusedError, match="cannot write"):
        save_text(tmp_path / "link", "new", overwrite=True)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.EIO, "no"), ValueError()])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_stopped_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, step: str
) -> None:
    target = tmp_path / "f"
    target.write_text("old")
    monkeypatch.setattr(os, step, failing(error))
    expected = RefusedError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        save_text(target, "new", overwrite=True)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["f"]


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "full"),
        (errno.EACCES, "may not write in the folder"),
        (errno.EROFS, "may not write in the folder"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str
) -> None:
    monkeypatch.setattr(os, "fsync", failing(OSError(number, os.strerror(number))))
    with pytest.raises(RefusedError, match=message) as caught:
        save_text(tmp_path / "f", "new", overwrite=False)
    assert str(tmp_path / "f") in str(caught.value)
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_folder_missing_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        save_text(tmp_path / "no" / "f", "new", overwrite=True)
    assert os.listdir(tmp_path) == []


def test_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "no").write_text("")
    with pytest.raises(InputError, match="is a file, not a folder"):
        save_text(tmp_path / "no" / "f", "new", overwrite=True)


def test_target_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it is a folder"):
        save_text(tmp_path, "new", overwrite=True)


def test_target_names_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="names a folder"):
        save_text(f"{tmp_path}/new/", "new", overwrite=True)
    assert os.listdir(tmp_path) == []


def test_target_is_a_device() -> None:
    with pytest.raises(InputError, match="not an ordinary file"):
        save_text("/dev/null", "new", overwrite=True)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_name_as_long_as_can_be(tmp_path: Path) -> None:
    save_text(tmp_path / ("n" * 255), "new", overwrite=False)
    assert os.listdir(tmp_path) == ["n" * 255]
    with pytest.raises(RefusedError, match="too long"):
        save_text(tmp_path / ("n" * 256), "new", overwrite=False)


def test_folder_that_cannot_be_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "no")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    save_text(tmp_path / "f", "new", overwrite=False)
    assert (tmp_path / "f").read_text() == "new"


def test_many_writers_one_wins(tmp_path: Path) -> None:
    code = (
        "import sys; from q2pconf.save import save_text; from q2pconf.errors import RefusedError\n"
        "try: save_text(sys.argv[1], sys.argv[2] * 100_000, overwrite=False)\n"
        "except RefusedError: sys.exit(2)"
    )
    target = tmp_path / "f"
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(target), letter]) for letter in "abcd"
    ]
    assert sorted(writer.wait() for writer in writers) == [0, 2, 2, 2]
    assert len(set(target.read_text())) == 1
    assert os.listdir(tmp_path) == ["f"]
