"""What a QIIME 2 release's loader and its Parsl really do with configuration files.

Run with the Python of that release's environment:

    python judge.py < request.json > verdicts.json
    python judge.py --classes > classes.json

The request is ``{"files": [...]}``; optionally "release" (whose loader reads them; else the one
that is installed), "jobs" (files at a time, 1), "seconds" (for one file, 20) and "machine"
({"cores": 64, "memory_gb": 256}).
"""

from __future__ import annotations

import gc
import inspect
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import judge_standins
from judge_court import Court, Tell

_SECONDS = 20.0


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
    home = os.getcwd()
    files = [os.path.join(home, name) for name in request["files"]]
    judge_standins.install(folder / "standins")
    (folder / "results").mkdir()
    _prepare_environment(folder)
    os.chdir(folder)
    hearing = Hearing(folder, request.get("release"), request.get("machine", {}))
    court = Court(hearing, float(request.get("seconds", _SECONDS)), int(request.get("jobs", 1)))
    verdicts = court.judge_all(files)
    for given, verdict in zip(request["files"], verdicts, strict=True):
        verdict["file"] = given
    return {"family": hearing.family.versions(), "verdicts": verdicts}


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


class Hearing:
    """How one file is judged: the loader's part here, Parsl's part in a process of its own."""

    def __init__(self, folder: Path, release: str | None, machine: dict[str, Any]) -> None:
        from judge_family import Family
        from judge_model import Machine

        self.folder = folder
        self.family = Family(release)
        self.family.isolate()
        self.machine = Machine(**machine)
        self._warm_up()

    def _warm_up(self) -> None:
        """What the first file would pay for, and every forked process again."""
        from judge_stages import Trial
        from judge_worker import pool_code

        pool_code(self.family.pool)
        inspect.stack()
        sample = self.folder / "sample.toml"
        sample.write_text(_SAMPLE)
        Trial(str(sample), self.family, self.machine, self.folder).load(lambda stage: None)
        gc.collect()
        gc.freeze()

    def hear(self, index: int, file: str, tell: Tell) -> None:
        """Say the verdict on one file through ``tell``."""
        from judge_stages import Trial

        box = self.folder / f"box{index}"
        box.mkdir()
        os.chdir(box)
        trial = Trial(file, self.family, self.machine, box)
        try:
            verdict = trial.load(lambda stage: tell(stage=stage))
            if verdict is None and trial.config is not None:
                self._run(trial, tell)
            else:
                tell(verdict=asdict(verdict or trial.look_up(lambda stage: tell(stage=stage))))
        finally:
            os.chdir(self.folder)
            shutil.rmtree(box, ignore_errors=True)

    def _run(self, trial: Any, tell: Tell) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                verdict = trial.run(lambda stage: tell(stage=stage))
                text = json.dumps(asdict(verdict), default=str).replace(str(trial.box), "BOX")
                tell(verdict=json.loads(text))
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(pid, 0)
        if status != 0:
            tell(crash=f"Crash: wait status {status}")


_SAMPLE = """
[parsl]
strategy = "none"
[[parsl.executors]]
class = "ThreadPoolExecutor"
label = "tpool"
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
[parsl.executors.provider]
class = "SlurmProvider"
walltime = "01:00:00"
"""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
