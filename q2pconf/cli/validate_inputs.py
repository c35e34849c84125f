"""What ``q2pconf validate`` reads: each file once, with a word on the way when there are many."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import IO, NamedTuple

from q2pconf.checks import check_document, with_doubts
from q2pconf.cli import complain, is_terminal, say
from q2pconf.document import MAX_BYTES, Document, DocumentError
from q2pconf.errors import InputError
from q2pconf.findings import Report
from q2pconf.gathering import STDIN, Gathered, Problem
from q2pconf.releases import Release
from q2pconf.render.terminal import printable
from q2pconf.selection import Selection, selected

__all__ = ["Progress", "Read", "checked", "read", "tell_gathered"]

STDIN_NAME = "<stdin>"


class Read(NamedTuple):
    """For each file that could be read its reports, one for each release; the others with why they
    could not."""

    rows: list[tuple[Report, ...]]
    unreadable: list[Problem]


def read(name: str, shown: str = STDIN_NAME) -> Document:
    """The document of this file, or of stdin for ``-``, which messages call ``shown``.

    Raises InputError where it cannot be read, DocumentError where it is no text.
    """
    return Document.load(name) if name != STDIN else Document.from_bytes(_stdin(), shown)


def _to_check(name: str, shown: str) -> Document:
    """The same, with a byte order mark still there."""
    if name == STDIN:
        return Document.from_bytes(_stdin(), shown, keep_mark=True)
    return Document.load(name, keep_mark=True)


def _stdin() -> bytes:
    if sys.stdin is None:
        raise InputError("-: there is no standard input")
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def checked(
    files: Sequence[str],
    releases: tuple[Release, ...],
    selection: Selection,
    *,
    stdin_name: str,
    progress: Progress,
    check: Callable[[Document, Release], Report] = check_document,
) -> Read:
    """Read and check every file against every release; what cannot be read is told at once."""
    found = Read([], [])
    for number, name in enumerate(files, 1):
        progress.show(number, name)
        shown = stdin_name if name == STDIN else name
        try:
            document = _to_check(name, shown)
        except DocumentError as error:
            row = [Report(path=shown, release=r, findings=error.findings) for r in releases]
        except InputError as error:
            progress.clear()
            complain(str(error))
            reason = str(error).removeprefix(f"{shown}: ")
            found.unreadable.append(Problem(shown, reason))
            continue
        else:
            row = [check(document, release) for release in releases]
            if name != STDIN:
                row = [with_doubts(report, name) for report in row]
        found.rows.append(tuple(selected(report, selection) for report in row))
    progress.clear()
    return found


def tell_gathered(gathered: Gathered, *, verbose: bool) -> None:
    """Say what is wrong with the names, and with -v which files of folders were passed over."""
    for problem in gathered.problems:
        complain(str(problem))
    count = len(gathered.passed_over)
    if verbose and count:
        files = "TOML file" if count == 1 else "TOML files"
        say(f"passed over {count} {files} without a table [parsl]:")
        for path in gathered.passed_over:
            say(f"  {path}")


class Progress:
    """A line on stderr that says how far it is, at a terminal, when there is much to do."""

    MANY, PATIENCE, PAUSE = 20, 1.0, 0.1

    def __init__(
        self, total: int, stream: IO[str] | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.total, self.stream, self.clock = total, stream, clock
        self.began, self.last, self.shown = clock(), float("-inf"), False

    @classmethod
    def on_stderr(cls, total: int, *, quiet: bool) -> Progress:
        """On stderr, if a person is there and has not asked for quiet."""
        wanted = is_terminal(sys.stderr) and not quiet and os.environ.get("TERM") != "dumb"
        return cls(total, sys.stderr if wanted else None)

    def show(self, number: int, name: str) -> None:
        """Say that this file is next, not more often than can be read."""
        now = self.clock()
        little = self.total <= self.MANY and now - self.began < self.PATIENCE
        if self.stream is None or self.total < 2 or little or now - self.last < self.PAUSE:
            return
        self.last, self.shown = now, True
        self.stream.write(f"\r\x1b[Kchecking {number} of {self.total}: {printable(name)[-50:]}")
        self.stream.flush()

    def clear(self) -> None:
        """Leave nothing of it behind."""
        if self.shown and self.stream is not None:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self.shown = False
