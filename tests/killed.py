"""Kill a writer at every one of its system calls, by the kernel's own ptrace."""

from __future__ import annotations

import ctypes
import itertools
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from q2pconf import save

__all__ = ["Check", "killed_at_every_call"]

_TRACEME, _SYSCALL, _SETOPTIONS = 0, 24, 0x4200
_KILL_IT_WITH_US = 0x100000

Check = Callable[[int, bool], None]
"""Asked after each run: at which stop it was killed, and whether it ended before."""


def killed_at_every_call(run: Callable[[], int], folder: Path, check: Check) -> int:
    """Run a writer up to where it writes, then go on from there again and again, killed before and
    after each system call, until it ends; the folder is as it was before each time.

    Returns how many times it was killed. Raises AssertionError with what ``check`` raised.
    """
    reading, writing = os.pipe()
    server = os.fork()
    if server == 0:
        _serve(run, folder, check, writing)
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        told = pipe.read()
    _, status = os.waitpid(server, 0)
    assert status == 0, told or f"status {status}"
    assert told.isdigit(), told
    return int(told)


def _serve(run: Callable[[], int], folder: Path, check: Check, writing: int) -> None:
    """In a child: the writer stops where it begins to write, and is copied for each kill."""
    try:
        begin = save._alone_in
        server = os.getpid()

        @contextmanager
        def first(*folders: Path) -> Iterator[None]:
            save._alone_in = begin
            if os.getpid() == server:
                _kill_copies(folder, check, writing)
            with begin(*folders):
                yield
            os._exit(0)  # what comes after that is no writing

        save._alone_in = first
        raise AssertionError(f"nothing was written (exit code {run()})")
    except BaseException:
        os.write(writing, traceback.format_exc().encode())
        os._exit(1)


def _kill_copies(folder: Path, check: Check, writing: int) -> None:
    """Returns in the copies only."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = _state(folder)
    for number in itertools.count(1):
        copy = os.fork()
        if copy == 0:
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            libc.ptrace(_TRACEME, 0, None, None)
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        ended = _stop_at(libc, copy, number)
        check(number, ended)
        if ended:
            os.write(writing, str(number - 1).encode())
            os._exit(0)
        _restore(folder, before)


def _stop_at(libc: ctypes.CDLL, copy: int, number: int) -> bool:
    """Let it run to this stop and kill it there; True where it ended before, well."""
    os.waitpid(copy, 0)
    libc.ptrace(_SETOPTIONS, copy, None, ctypes.c_void_p(_KILL_IT_WITH_US))
    for _ in range(number):
        assert libc.ptrace(_SYSCALL, copy, None, None) == 0, os.strerror(ctypes.get_errno())
        _, status = os.waitpid(copy, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, status
            return True
    os.kill(copy, signal.SIGKILL)
    os.waitpid(copy, 0)
    return False


def _state(folder: Path) -> dict[str, tuple[str, bytes | str, int]]:
    """What is in a folder: each name with its kind, content and mode."""
    found: dict[str, tuple[str, bytes | str, int]] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = ("link", os.readlink(path), 0)
        elif path.is_dir():
            found[name] = ("folder", "", 0)
        else:
            found[name] = ("file", path.read_bytes(), path.stat().st_mode & 0o7777)
    return found


def _restore(folder: Path, before: dict[str, tuple[str, bytes | str, int]]) -> None:
    """Make files what they were; folders and links stay, and are looked at by the checks."""
    for name in _state(folder).keys() - before.keys():
        with suppress(IsADirectoryError, PermissionError):
            os.unlink(folder / name)
    for name, (kind, content, mode) in before.items():
        if kind == "file":
            assert isinstance(content, bytes)
            (folder / name).write_bytes(content)
            (folder / name).chmod(mode)


if sys.platform != "linux":
    raise ImportError("ptrace as it is used here is Linux's")
