"""What a QIIME 2 release's loader and its Parsl really do with configuration files.

Run with the Python of that release's environment:

    python judge.py < request.json > verdicts.json
    python judge.py --classes > classes.json

The request is ``{"files": [...]}``; optionally "jobs" (files at a time, 1), "seconds" (for one
file, 20) and "machine" ({"cores": 64, "memory_gb": 256}).
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import judge_standins

_SECONDS = 20.0
_PR_SET_CHILD_SUBREAPER = 36


def main(arguments: list[str]) -> int:
    """Judge the files of the request on stdin, or list the classes of the installed Parsl."""
    if arguments == ["--classes"]:
        import judge_classes

        json.dump(judge_classes.classes(), sys.stdout, indent=1)
        return 0
    request = json.load(sys.stdin)
    folder = Path(tempfile.mkdtemp(prefix="judge-"))
    try:
        json.dump(_answer(request, folder), sys.stdout, default=str)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _answer(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    judge_standins.install(folder / "standins")
    _prepare_environment(folder)
    home = os.getcwd()
    os.chdir(folder)
    from judge_family import Family
    from judge_model import Machine

    family = Family()
    family.isolate()
    machine = Machine(**request.get("machine", {}))
    files = [os.path.join(home, name) for name in request["files"]]
    court = Court(family, machine, folder, float(request.get("seconds", _SECONDS)))
    verdicts = court.judge_all(files, int(request.get("jobs", 1)))
    for given, verdict in zip(request["files"], verdicts, strict=True):
        verdict["file"] = given
    return {"family": family.versions(), "verdicts": verdicts}


def _prepare_environment(folder: Path) -> None:
    """As in an activated environment, with the stand-ins first on PATH."""
    own = str(Path(sys.executable).parent)
    path = [str(folder / "standins" / "submit"), own, os.defpath, "/usr/sbin", "/sbin"]
    os.environ["PATH"] = os.pathsep.join(path)
    os.environ["HOME"] = str(folder)
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    for name in list(os.environ):
        if name.startswith(("QIIME", "PARSL_", "SLURM_", "PBS_", "XDG_", "CONDA_")):
            del os.environ[name]


@dataclass
class _Case:
    """A file being judged in a process of its own."""

    index: int
    file: str
    pid: int
    pipe: int
    box: Path
    limit: float
    stage: str = "parse"
    heard: bytes = b""
    verdict: dict[str, Any] | None = None


@dataclass
class Court:
    """Judges files, each in a forked process, so that none can harm the others."""

    family: Any
    machine: Any
    folder: Path
    seconds: float
    running: dict[int, _Case] = field(default_factory=dict)

    def judge_all(self, files: list[str], jobs: int) -> list[dict[str, Any]]:
        """The verdicts, in the files' order."""
        _adopt_orphans()
        verdicts: list[dict[str, Any]] = [{} for _ in files]
        waiting = list(enumerate(files))[::-1]
        while waiting or self.running:
            while waiting and len(self.running) < jobs:
                self._begin(*waiting.pop())
            for case in self._listen():
                verdicts[case.index] = self._end(case)
        _bury(set())
        return verdicts

    def _begin(self, index: int, file: str) -> None:
        box = self.folder / f"box{index % 1000:03}"
        box.mkdir()
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            self._judge_one(file, box, writing)
        os.close(writing)
        limit = time.monotonic() + self.seconds
        self.running[reading] = _Case(index, file, pid, reading, box, limit)

    def _judge_one(self, file: str, box: Path, pipe: int) -> None:
        """In the child: never returns."""
        import judge_stages
        import judge_worker

        def tell(**message: Any) -> None:
            text = json.dumps(message, default=str).replace(str(box), "BOX")
            with open(pipe, "w", closefd=False) as stream:
                stream.write(text + "\n")

        try:
            os.setsid()
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            os.chdir(box)
            known = set(judge_worker.RESULTS)
            verdict = judge_stages.judge(
                file, self.family, self.machine, box, lambda name: tell(stage=name)
            )
            news = {key: judge_worker.RESULTS[key] for key in set(judge_worker.RESULTS) - known}
            tell(verdict=asdict(verdict), news=news)
        finally:
            os._exit(0)

    def _listen(self) -> list[_Case]:
        """The cases that ended: with a verdict, without one, or by the clock."""
        ended = []
        ready, _, _ = select.select(list(self.running), [], [], 0.5)
        for case in list(self.running.values()):
            if case.pipe in ready and _hear(case):
                ended.append(case)
            elif time.monotonic() > case.limit:
                error = f"Timeout: no end after {self.seconds:g} s"
                case.verdict = _without_word(case, error)
                ended.append(case)
        return ended

    def _end(self, case: _Case) -> dict[str, Any]:
        """Clean up behind a case."""
        del self.running[case.pipe]
        os.close(case.pipe)
        if case.verdict is None or (case.verdict["error"] or "").startswith("Timeout"):
            os.kill(case.pid, signal.SIGKILL)
        _, status = os.waitpid(case.pid, 0)
        if case.verdict is None:
            case.verdict = _without_word(case, f"Crash: wait status {status}")
        _bury({other.pid for other in self.running.values()})
        shutil.rmtree(case.box, ignore_errors=True)
        return case.verdict


def _hear(case: _Case) -> bool:
    """Read what the case's process says; true when it has said all."""
    import judge_worker

    data = os.read(case.pipe, 1 << 16)
    *lines, case.heard = (case.heard + data).split(b"\n")
    for line in lines:
        message = json.loads(line)
        case.stage = message.get("stage", case.stage)
        if "verdict" in message:
            judge_worker.RESULTS.update(message["news"])
            case.verdict = message["verdict"]
    return case.verdict is not None or not data


def _without_word(case: _Case, error: str) -> dict[str, Any]:
    return {"file": case.file, "stage": case.stage, "error": error, "detail": {}}


def _adopt_orphans() -> None:
    """Become the parent of what the judged processes leave behind (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _bury(living: set[int]) -> None:
    """End the adopted processes: every child that judges no file."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    if not children.exists():
        return
    for pid in {int(word) for word in children.read_text().split()} - living:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
