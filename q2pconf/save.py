"""Write a file so that whoever reads it finds the old text or the new, never a part of it.

A text is written into a file without a name, which appears, whole, in one step; what replaces
another has a name of its own between two calls, link and rename. Where the system has no such files
(a network folder, macOS) it has that name from the beginning. A writer that is killed just then
leaves it behind, and the next one in that folder removes it.

Writers take turns in a folder, so the second looks at what the first has written.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from q2pconf.errors import InputError, Q2pconfError, RefusedError

__all__ = ["make_folder", "replace_text", "save_text"]

# What a file system answers that has no hard links.
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}

# The name says nothing of the target's, which may be as long as a name can be.
TEMPORARY = re.compile(r"\.q2pconf-[0-9a-f]{16}\.tmp")

PATIENCE = 10.0
"""Seconds that a writer waits for another one in the same folder; writing takes milliseconds."""

LEFT_BEHIND = 3600.0
"""Seconds after which a temporary file is nobody's, where writers cannot take turns."""


def replace_text(path: str | Path, text: str, before: str) -> Path:
    """Replace a file, and keep it as it was beside it; return the back-up.

    ``before`` is what was read from it: a file that has changed since is left alone. Raises
    RefusedError or InputError; then there is no back-up either.
    """
    target = Path(os.path.realpath(path))
    beside = Path(os.path.realpath(Path(path).parent))
    with _alone_in(target.parent, beside):
        try:
            like = os.stat(target)
            if not stat.S_ISREG(like.st_mode) or target.read_bytes() != before.encode("utf-8"):
                raise RefusedError(
                    f"{path} was changed by somebody else meanwhile; nothing was written"
                )
        except OSError as error:
            raise RefusedError(
                f"cannot replace {path}: it cannot be read any more ({error.strerror})"
            ) from error
        kept = _back_up(path, beside / Path(path).name, before, like)
        try:
            _save(path, target, text, overwrite=True)
        except BaseException:
            with suppress(OSError):
                os.unlink(kept)
            raise
    return kept


def save_text(path: str | Path, text: str, *, overwrite: bool) -> Path:
    """Write the text as UTF-8, whole or not at all, and return the file that was written.

    A link is followed: its target is written. An existing file keeps its mode, owner and access
    list. Without ``overwrite`` an existing file stays, even one that appears at the last moment.

    Raises RefusedError where the file exists or cannot be written, InputError where the place
    makes no sense; both name the path.
    """
    target = Path(os.path.realpath(path))
    if str(path).endswith(os.sep):
        raise InputError(f"cannot write {path}: that names a folder; name a file in it")
    with _alone_in(target.parent):
        _save(path, target, text, overwrite=overwrite)
    return target


def make_folder(path: str | Path) -> None:
    """Make a folder, and those above it, if they are not there. Raises RefusedError."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise RefusedError(f"cannot make the folder {path}: {error.strerror or error}") from error


class _Content(NamedTuple):
    """What a new file gets: its bytes, and the mode (and owner, if it replaces that file) of
    another; ``path`` is what messages call it."""

    path: str | Path
    data: bytes
    replaced: os.stat_result | None = None
    lists: tuple[tuple[str, bytes], ...] = ()
    like: os.stat_result | None = None

    def fill(self, descriptor: int) -> None:
        """Write all of it, down to the disk, and leave the file open."""
        if self.replaced is not None:
            _take_over(self.path, descriptor, self.replaced, self.lists)
        elif self.like is not None:
            os.fchmod(descriptor, stat.S_IMODE(self.like.st_mode) & 0o777)
        with open(descriptor, "wb", closefd=False) as file:
            file.write(self.data)
        os.fsync(descriptor)


def _save(path: str | Path, target: Path, text: str, *, overwrite: bool) -> None:
    try:
        old = _existing(path, target, overwrite=overwrite)
        lists = _access_lists(target) if old is not None else ()
        content = _Content(path, text.encode("utf-8"), old, lists)
        _write(content, target, overwrite=overwrite)
    except OSError as error:
        raise _explained(path, target, error) from error


def _back_up(path: str | Path, beside: Path, text: str, like: os.stat_result) -> Path:
    """Write the text as FILE.bak or the first free of FILE.bak2, FILE.bak3, …; return its path.

    It is for the same people to read as the file. A link of such a name is not followed. Raises
    RefusedError or InputError where that is impossible.
    """
    content = _Content(path, text.encode("utf-8"), like=like)
    for number in range(1, 1000):
        name = Path(f"{beside}.bak{number if number > 1 else ''}")
        try:
            _write(content, name, overwrite=False)
            return name
        except FileExistsError:
            continue
        except OSError as error:
            raise _explained(name, name, error) from error
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


def _write(content: _Content, target: Path, *, overwrite: bool) -> None:
    temporary = target.parent / f".q2pconf-{secrets.token_hex(8)}.tmp"
    try:
        if overwrite:
            if not _appears(content, temporary):
                _fill_named(content, temporary)
            os.replace(temporary, target)
        elif not _appears(content, target):
            _fill_named(content, temporary)
            _put_new(temporary, target)
    finally:
        # Runs on Ctrl-C too; after a success there is nothing left to remove.
        with suppress(OSError):
            os.unlink(temporary)
    _sync_folder(target.parent)


def _appears(content: _Content, name: Path) -> bool:
    """Whether the file could be written without a name, and then given this one, which was free."""
    try:
        descriptor = os.open(name.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
    except (AttributeError, OSError):
        return False  # there are no such files here; or what is wrong shows once more
    try:
        content.fill(descriptor)
        # With a descriptor for the source Python calls linkat, which follows the link in /proc.
        os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=descriptor, follow_symlinks=True)
    except FileExistsError:
        raise
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _fill_named(content: _Content, name: Path) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        content.fill(descriptor)
    finally:
        os.close(descriptor)


def _put_new(temporary: Path, target: Path) -> None:
    """Give the file its name, and fail if that name is taken: a link never replaces anything."""
    try:
        os.link(temporary, target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        # No hard links here: take the name first, which also works only once. (A kill in between
        # leaves an empty file; to replace without a look could lose somebody else's.)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        try:
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(target)
            raise


def _access_lists(target: Path) -> tuple[tuple[str, bytes], ...]:
    """The access control list of a file, and what else is noted with it, by name."""
    try:
        return tuple((name, os.getxattr(target, name)) for name in os.listxattr(target))
    except (AttributeError, OSError):
        return ()


def _take_over(
    path: str | Path,
    descriptor: int,
    old: os.stat_result,
    lists: tuple[tuple[str, bytes], ...],
) -> None:
    """Give the new file the old one's owner, access list and mode (in this order: the first resets
    some modes, and without the list the mode would let others in)."""
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except PermissionError as error:
            raise RefusedError(
                f"cannot replace {path}: it belongs to another user or group, and would then belong"
                " to you; nothing was changed"
            ) from error
    for name, value in lists:
        try:
            os.setxattr(descriptor, name, value)
        except OSError:
            if name.startswith("system.posix_acl"):
                raise
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


@contextmanager
def _alone_in(*folders: Path) -> Iterator[None]:
    """Be the only writer of ours in these folders, and remove what a killed one left there.

    Where a folder cannot be locked (some network file systems) writers do without.
    Raises RefusedError where another writer does not end.
    """
    with ExitStack() as stack:
        for folder in sorted(set(folders)):
            descriptor = _locked(folder)
            if descriptor is not None:
                stack.callback(os.close, descriptor)
            _tidy(folder, older_than=LEFT_BEHIND if descriptor is None else 0.0)
        yield


def _locked(folder: Path) -> int | None:
    """A descriptor that holds the folder until it is closed, be it by a kill; None without."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() > end:
                os.close(descriptor)
                raise RefusedError(
                    f"another q2pconf is writing in the folder {folder} and does not end;"
                    " nothing was changed"
                ) from None
            time.sleep(0.01)
        except OSError:
            os.close(descriptor)
            return None


def _tidy(folder: Path, *, older_than: float) -> None:
    """Remove the temporary files that are nobody's any more."""
    latest = time.time() - older_than
    with suppress(OSError), os.scandir(folder) as entries:
        left = [entry for entry in entries if TEMPORARY.fullmatch(entry.name)]
        for entry in left:
            with suppress(OSError):
                if not older_than or entry.stat(follow_symlinks=False).st_mtime < latest:
                    os.unlink(entry.path)


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
