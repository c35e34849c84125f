"""One call of the command line in this process, and what must hold for every call."""

from __future__ import annotations

import io
import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple
from unittest import mock

from q2pconf.cli import main

__all__ = ["Called", "Hang", "call", "checked"]

MOST_SECONDS = 20
"""Far more than any call needs: what takes longer hangs."""

_OWN_CODES = re.compile(r"\x1b\[[0-9;]*m|\r\x1b\[K|\r(?=\n)")
"""Colours, the line that says how far it is, and the line ends of a file in a diff."""


class Hang(BaseException):
    """A call that does not come back."""


class Called(NamedTuple):
    """What a call gave back."""

    arguments: tuple[str, ...]
    code: int
    out: bytes
    err: str


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def call(
    arguments: Sequence[str],
    folder: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    *,
    terminal: bool = False,
) -> Called:
    """Run a command in ``folder``; ``terminal``: what it prints seems to go to one."""
    stream = _Terminal if terminal else io.TextIOWrapper
    out, err = io.BytesIO(), io.BytesIO()
    streams = {
        "stdin": io.TextIOWrapper(io.BytesIO(stdin), "utf-8", "surrogateescape"),
        "stdout": stream(out, "utf-8", write_through=True),
        "stderr": stream(err, "utf-8", write_through=True),
    }
    plain = {"HOME": str(folder), "PATH": "/nonexistent", "TERM": "xterm", **(env or {})}
    with (
        mock.patch.multiple(sys, **streams),
        mock.patch.dict(os.environ, plain, clear=True),
        mock.patch("q2pconf.document.PATIENCE", 0.05),
        _in(folder),
        _limited(),
    ):
        code = main(arguments)
    for each in streams.values():
        each.flush()
    return Called(tuple(arguments), code, out.getvalue(), err.getvalue().decode())


def checked(
    arguments: Sequence[str],
    folder: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    *,
    terminal: bool = False,
) -> Called:
    """The same, and the contract: an exit code that is documented, no bug of ours, words where
    something is wrong, nothing that could steer a terminal."""
    # No argument of a program can hold NUL.
    words = [word.replace("\0", "") for word in arguments]
    found = call(words, folder, stdin, env, terminal=terminal)
    assert found.code in (0, 1, 2), found
    assert "Traceback" not in found.err, found
    assert found.code == 0 or found.out or found.err, found
    shown = found.err + (found.out.decode() if terminal else "")
    odd = {c for c in _OWN_CODES.sub("", shown) if not c.isprintable() and c != "\n"}
    assert not odd, (odd, found)
    return found


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _limited() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Hang(f"not done after {MOST_SECONDS} seconds")

    # Time of our own, for a machine may be busy; and of the clock, for who waits uses none.
    limits = (
        (signal.SIGPROF, signal.ITIMER_PROF, MOST_SECONDS),
        (signal.SIGALRM, signal.ITIMER_REAL, 6 * MOST_SECONDS),
    )
    before = [signal.signal(number, stop) for number, _, _ in limits]
    for _, timer, seconds in limits:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for (number, timer, _), handler in zip(limits, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)
