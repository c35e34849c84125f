"""Keeps judging whatever a file does: workers that are replaced when they hang or die."""

from __future__ import annotations

import ctypes
import json
import os
import select
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import psutil

_PR_SET_CHILD_SUBREAPER = 36


class Tell(Protocol):
    """Says something to the court: stage=…, verdict=… or crash=…."""

    def __call__(self, **message: Any) -> None: ...


class Hears(Protocol):
    """Judges one file."""

    def hear(self, index: int, file: str, tell: Tell) -> None:
        """Say its stages and its verdict."""


@dataclass
class _Worker:
    """A process that judges its files one after the other."""

    pid: int
    pipe: int
    waiting: list[tuple[int, str]]
    limit: float
    stage: str = "parse"
    heard: bytes = b""


class Court:
    """Hands files to workers and collects the verdicts."""

    def __init__(self, hearing: Hears, seconds: float, jobs: int) -> None:
        self.hearing = hearing
        self.seconds = seconds
        self.jobs = max(jobs, 1)
        self.workers: dict[int, _Worker] = {}
        self.verdicts: list[dict[str, Any]] = []

    def judge_all(self, files: Sequence[str]) -> list[dict[str, Any]]:
        """The verdicts, in the files' order."""
        _adopt_orphans()
        self.verdicts = [{} for _ in files]
        numbered = list(enumerate(files))
        for start in range(self.jobs):
            self._hire(numbered[start :: self.jobs])
        while self.workers:
            ready, _, _ = select.select(list(self.workers), [], [], 0.2)
            for worker in list(self.workers.values()):
                if worker.pipe in ready:
                    self._listen(worker)
                elif time.monotonic() > worker.limit:
                    self._replace(worker, f"Timeout: no end after {self.seconds:g} s")
        _end_processes(psutil.Process().children(recursive=True))
        return self.verdicts

    def _hire(self, files: list[tuple[int, str]]) -> None:
        if not files:
            return
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            _work(self.hearing, files, writing)
        os.close(writing)
        self.workers[reading] = _Worker(pid, reading, files, time.monotonic() + self.seconds)

    def _listen(self, worker: _Worker) -> None:
        data = os.read(worker.pipe, 1 << 16)
        *lines, worker.heard = (worker.heard + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if message["index"] != worker.waiting[0][0]:
                continue
            worker.stage = message.get("stage", worker.stage)
            if "verdict" in message:
                self._note(worker, message["verdict"])
            elif "crash" in message:
                self._note(worker, _without_word(worker, message["crash"]))
            if not worker.waiting:
                self._dismiss(worker)
                return
        if not data:
            self._replace(worker, "Crash: the judging process ended")

    def _note(self, worker: _Worker, verdict: dict[str, Any]) -> None:
        index, file = worker.waiting.pop(0)
        self.verdicts[index] = {**verdict, "file": file}
        worker.stage = "parse"
        worker.limit = time.monotonic() + self.seconds

    def _replace(self, worker: _Worker, error: str) -> None:
        self._note(worker, _without_word(worker, error))
        self._dismiss(worker)
        self._hire(worker.waiting)

    def _dismiss(self, worker: _Worker) -> None:
        del self.workers[worker.pipe]
        os.close(worker.pipe)
        process = psutil.Process(worker.pid)
        _end_processes([*process.children(recursive=True), process])


def _work(hearing: Hears, files: list[tuple[int, str]], pipe: int) -> None:
    """In the worker: never returns."""
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        for index, file in files:

            def tell(index: int = index, **message: Any) -> None:
                text = json.dumps({"index": index, **message}, default=str) + "\n"
                with open(pipe, "w", closefd=False) as stream:
                    stream.write(text)

            hearing.hear(index, file, tell)
    finally:
        os._exit(0)


def _without_word(worker: _Worker, error: str) -> dict[str, Any]:
    return {"stage": worker.stage, "error": error, "detail": {}}


def _adopt_orphans() -> None:
    """Become the parent of what the judged processes leave behind (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_processes(processes: Sequence[psutil.Process]) -> None:
    """End these, all started here; those of ours leave their last word."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    for process in processes:
        with suppress(ChildProcessError):
            os.waitpid(process.pid, 0)
