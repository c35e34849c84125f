"""The scripts that the judge sees submitted, for the Python of a release.

Reads a JSON request on stdin, {"release": …, "files": […]}, and answers with a JSON list: for each
file label → command, arguments and script, with BOX for the folder that it was in; None where the
release does not get as far as that.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import judge
import judge_standins
import judge_submit
from judge_stages import Trial, _start


def main() -> None:
    """Answer the request."""
    request = json.load(sys.stdin)
    folder = Path(tempfile.mkdtemp(prefix="judge-"))
    try:
        judge_standins.install(folder / "standins")
        judge._prepare_environment(folder)
        os.chdir(folder)
        hearing = judge.Hearing(folder, request["release"], {})
        found = [
            scripts(file, hearing, folder / f"box{n}") for n, file in enumerate(request["files"])
        ]
        json.dump(found, sys.stdout)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def scripts(file: str, hearing: judge.Hearing, box: Path) -> dict[str, Any] | None:
    """The scripts of one file, found in a process of its own."""
    box.mkdir()
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            os.chdir(box)
            told = json.dumps(_found(Trial(file, hearing.family, hearing.machine, box), box))
            (box / "told.json").write_text(told.replace(str(box), "BOX"))
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    told = box / "told.json"
    return json.loads(told.read_text()) if told.exists() else None


def _found(trial: Trial, box: Path) -> dict[str, Any]:
    family = trial.family
    verdict = trial.load(lambda stage: None)
    assert trial.config is not None, verdict
    executors = list(trial.config.executors)
    _start(trial.config, family)
    blocks = [e for e in executors if isinstance(e, family.status_handling.BlockProviderExecutor)]
    jobs = [judge_submit.submit(executor, box) for executor in blocks]
    return {job.label: [job.command, job.words, job.text] for job in jobs}


if __name__ == "__main__":
    main()
