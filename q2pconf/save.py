"""Write a file so that whoever reads it finds the old text or the new, never a part of it."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from q2pconf.errors import InputError, Q2pconfError, RefusedError

__all__ = ["back_up", "make_folder", "replace_text", "save_text"]

# What a file system answers that has no hard links.
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


def replace_text(path: str | Path, text: str, before: str) -> Path:
    """Replace a file, and keep it as it was beside it; return the back-up.

    Raises RefusedError or InputError; then there is no back-up either.
    """
    kept = back_up(path, before)
    try:
        save_text(path, text, overwrite=True)
    except BaseException:
        with suppress(OSError):
            os.unlink(kept)
        raise
    return kept


def save_text(
    path: str | Path, text: str, *, overwrite: bool, like: os.stat_result | None = None
) -> Path:
    """Write the text as UTF-8, whole or not at all, and return the file that was written.

    A link is followed: its target is written. An existing file keeps its mode and owner. Without
    ``overwrite`` an existing file stays, even one that appears at the last moment. A new one gets
    the mode of ``like``, if given.

    Raises RefusedError where the file exists or cannot be written, InputError where the place
    makes no sense; both name the path.
    """
    data = text.encode("utf-8")
    target = Path(os.path.realpath(path))
    if str(path).endswith(os.sep):
        raise InputError(f"cannot write {path}: that names a folder; name a file in it")
    try:
        old = _existing(path, target, overwrite=overwrite)
        _write(path, target, data, old, overwrite=overwrite, like=like)
    except OSError as error:
        raise _explained(path, target, error) from error
    return target


def make_folder(path: str | Path) -> None:
    """Make a folder, and those above it, if they are not there. Raises RefusedError."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise RefusedError(f"cannot make the folder {path}: {error.strerror or error}") from error


def back_up(path: str | Path, text: str) -> Path:
    """Write the text beside a file, as FILE.bak or the first free of FILE.bak2, FILE.bak3, …

    It is for the same people to read as the file. Raises RefusedError or InputError where that is
    impossible.
    """
    like = os.stat(path)
    for number in range(1, 1000):
        try:
            name = f"{path}.bak{number if number > 1 else ''}"
            return save_text(name, text, overwrite=False, like=like)
        except RefusedError as error:
            if not isinstance(error.__cause__, FileExistsError):
                raise
    raise RefusedError(f"there are a thousand back-ups beside {path}; remove some")


def _existing(path: str | Path, target: Path, *, overwrite: bool) -> os.stat_result | None:
    """What is there now, None for nothing; refuses whatever must not be replaced."""
    try:
        old = os.stat(target)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(old.st_mode):
        raise InputError(f"cannot write {path}: it is a folder; name a file in it")
    if not stat.S_ISREG(old.st_mode):
        raise InputError(f"cannot write {path}: it is not an ordinary file")
    if not overwrite:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    if not os.access(target, os.W_OK):
        raise RefusedError(f"cannot write {path}: the file is write-protected; nothing was changed")
    return old


def _write(
    path: str | Path,
    target: Path,
    data: bytes,
    old: os.stat_result | None,
    *,
    overwrite: bool,
    like: os.stat_result | None,
) -> None:
    # The name says nothing of the target's, which may be as long as a name can be.
    temporary = target.parent / f".q2pconf-{secrets.token_hex(8)}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with open(descriptor, "wb") as file:
            if old is not None:
                _take_over(path, descriptor, old)
            elif like is not None:
                os.fchmod(descriptor, stat.S_IMODE(like.st_mode) & 0o777)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        if overwrite:
            os.replace(temporary, target)
        else:
            _put_new(temporary, target)
    finally:
        # Runs on Ctrl-C too; after a success of os.replace there is nothing left to remove.
        with suppress(OSError):
            os.unlink(temporary)
    _sync_folder(target.parent)


def _take_over(path: str | Path, descriptor: int, old: os.stat_result) -> None:
    """Give the new file the old one's owner and mode (the owner first: it resets some modes)."""
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except PermissionError as error:
            raise RefusedError(
                f"cannot replace {path}: it belongs to another user or group, and would then belong"
                " to you; nothing was changed"
            ) from error
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def _put_new(temporary: Path, target: Path) -> None:
    """Give the file its name, and fail if that name is taken: a link never replaces anything."""
    try:
        os.link(temporary, target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        # No hard links here: take the name first, which also works only once.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        try:
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(target)
            raise


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where the file system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _explained(path: str | Path, target: Path, error: OSError) -> Q2pconfError:
    """The error in one line that says what to do."""
    folder = target.parent
    if isinstance(error, FileExistsError):
        return RefusedError(f"{path} exists already; nothing was changed (--force replaces it)")
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return RefusedError(f"cannot write {path}: you may not write in the folder {folder}")
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return RefusedError(f"cannot write {path}: the disk or your share of it is full")
    if not os.path.lexists(folder):
        return InputError(f"cannot write {path}: there is no folder {folder}; create it first")
    if error.errno == errno.ENOTDIR:
        return InputError(f"cannot write {path}: a part of it is a file, not a folder")
    return RefusedError(f"cannot write {path}: {error.strerror or error}")
