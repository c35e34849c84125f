"""Run a configuration for real: probes to every executor, until it gave what it promises.

The agent in the environment of QIIME 2 does what Parsl is needed for; here is decided what to ask
for, when it is enough, and what the answers mean.
"""

from __future__ import annotations

import os
import secrets
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from q2pconf import interpreters
from q2pconf.document import Document
from q2pconf.interpreters import Interpreter
from q2pconf.probe.facts import Outcome, Problem, Progress, SeenNode, Tried
from q2pconf.probe.session import AgentError, Session
from q2pconf.probe.trial import Trial
from q2pconf.releases import Release

__all__ = ["AgentError", "Outcome", "Problem", "Progress", "SeenNode", "Tried", "run"]


def run(
    document: Document,
    release: Release,
    interpreter: Interpreter,
    *,
    seconds: float,
    jobs: int | None = None,
    labels: Sequence[str] = (),
    cwd: str | None = None,
    tell: Callable[[Sequence[Progress]], None] = lambda _: None,
    closing: Callable[[], None] = lambda: None,
) -> Outcome:
    """Start a configuration, probe its executors for so many seconds at most, and end it.

    ``jobs`` is the most that each executor may start, ``labels`` those to try (default: all).
    ``tell`` hears how far it is, ``closing`` that the jobs are being cancelled. Ctrl-C ends the
    run; what was found until then is in the outcome, with ``stopped_by``. Raises UsageError for a
    label that is not there, AgentError where the Python of the environment cannot be run.
    """
    trial = Trial(document, release, interpreter, seconds, jobs, labels)
    where, token = cwd or interpreters.working_folder(), secrets.token_hex(8)
    temporary = interpreters.temporary()
    with (
        _Stop() as stop,
        tempfile.TemporaryDirectory(
            prefix="q2pconf-", dir=temporary, ignore_cleanup_errors=True
        ) as name,
        _marks(where, token) as marks,
    ):
        session = Session(interpreter, Path(name), where, token)
        try:
            with _stopping(trial, stop):
                session.start(trial.request(_on_disk(document, Path(name)), marks))
                trial.follow(session, tell)
                trial.examine()
            trial.conclude()
        finally:
            stop.late = True
            closing()
            session.end()
            trial.keep_log(session)
            trial.sweep(session)
    return trial.outcome()


def _on_disk(document: Document, folder: Path) -> str:
    """The file to load: QIIME 2 reads a path, and what came from elsewhere gets one."""
    if document.path is not None and os.path.isfile(document.path):
        return os.path.abspath(document.path)
    path = folder / "qiime2_config.toml"
    path.write_text(document.text, encoding="utf-8", newline="")
    return str(path)


@contextmanager
def _marks(folder: str, token: str) -> Iterator[tuple[tuple[str, str], ...]]:
    """Names of files by which workers tell whether they see the same folders; removed at last."""
    places = (folder, tempfile.gettempdir())
    marks = tuple((os.path.join(place, f".q2pconf-try-{token}"), token) for place in places)
    try:
        yield marks
    finally:
        for path, _ in marks:
            with suppress(OSError):
                os.unlink(path)


class _Stop:
    """Ctrl-C and its like interrupt once; the cancelling of jobs is short, and nothing stops it.

    ``late`` says that it has begun, ``number`` which signal came. What was ignored before, as nohup
    has it, stays ignored; only the main thread can decide about signals.
    """

    def __init__(self) -> None:
        self.late = False
        self.number: int = signal.SIGINT
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Stop:
        with suppress(ValueError):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if not self.late:
            self.late, self.number = True, number
            raise KeyboardInterrupt


@contextmanager
def _stopping(trial: Trial, stop: _Stop) -> Iterator[None]:
    """Ctrl-C ends what is done here, and no more."""
    try:
        yield
    except KeyboardInterrupt:
        trial.stopped_by = stop.number
