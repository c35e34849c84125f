"""Starts the real worker pools of a file and says how many workers each of them announces.

Run with the Python of a release's environment:

    python judge_managers.py < request.json > counts.json

The request is ``{"file": path, "release": name, "seconds": 60}``. The answer has the number that
each executor's manager.log announces, by label, what the pools see of this machine, and the logs
of those that announce nothing. Slurm is stood in for by a command that runs a job's script here;
interchange and pools are the real ones.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from judge_family import Family

_COMMANDS = {
    "sbatch": 'setsid bash "$1" </dev/null >/dev/null 2>&1 &\necho "Submitted batch job $!"',
    "squeue": 'for id in $(echo "$*" | grep -oE "[0-9]+"); do echo "$id R"; done',
    "sacct": "exit 1",
    "scancel": "exit 0",
}
_ANNOUNCED = re.compile(r"Manager will spawn (-?\d+) workers")


def main() -> None:
    """Answer the request on stdin, and end whatever was started for it."""
    request = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(prefix="managers-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _surround(folder)
        try:
            answer = _answer(request, folder)
            sys.stdout.write(json.dumps(answer))
            sys.stdout.flush()
        finally:
            _end([*psutil.Process().children(recursive=True), *_pools(folder)])
    os._exit(0)  # the threads of Parsl wait for what was ended


def _surround(folder: Path) -> None:
    """Go into the folder, with the stand-ins and this environment's programs first on PATH."""
    commands = folder / "commands"
    commands.mkdir()
    for name, text in _COMMANDS.items():
        (commands / name).write_text(f"#!/bin/bash\n{text}\n")
        (commands / name).chmod(0o755)
    own = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([str(commands), own, os.environ["PATH"]])
    for name in [one for one in os.environ if one.startswith(("PARSL_", "SLURM_", "QIIME"))]:
        del os.environ[name]
    os.chdir(folder)


def _answer(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    family = Family(request["release"])
    config, _ = family.loader.build(family.loader.read(request["file"]))
    config.run_dir = str(folder / "runinfo")
    labels = [executor.label for executor in config.executors]
    family.parsl.load(config)
    end = time.monotonic() + request["seconds"]
    found: dict[str, int] = {}
    while len(found) + _gone(folder) < len(labels) and time.monotonic() < end:
        time.sleep(0.5)
        new = {label: n for label, n in _announced(folder, labels).items() if label not in found}
        found.update(new)
        for label in new:  # its workers would only be in the way of the others
            _end([one for one in _pools(folder) if f"/{label}/" in " ".join(one.cmdline())])
    machine = {
        "cores": multiprocessing.cpu_count(),
        "memory_gb": psutil.virtual_memory().available / 2**30,
    }
    silent = [label for label in labels if label not in found]
    return {"workers": found, "machine": machine, "silent": _logs(folder, silent)}


def _announced(folder: Path, labels: list[str]) -> dict[str, int]:
    """The workers that are announced so far; a manager's folder is below its executor's."""
    found = {}
    for path in folder.glob("runinfo/*/**/manager.log"):
        said = _ANNOUNCED.search(path.read_text(errors="replace"))
        label = next((part for part in path.parts if part in labels), None)
        if said and label:
            found[label] = int(said[1])
    return found


def _gone(folder: Path) -> int:
    """How many managers gave up before they announced anything."""
    logs = folder.glob("runinfo/*/**/manager.log")
    return sum("No viable address found" in path.read_text(errors="replace") for path in logs)


def _logs(folder: Path, labels: list[str]) -> dict[str, str]:
    """The last lines of what the managers of these executors wrote."""
    logs = [path for path in folder.glob("runinfo/*/**/*") if path.is_file()]
    return {
        label: "".join(
            f"{path.name}: {path.read_text(errors='replace')[-600:]}\n"
            for path in logs
            if label in path.parts or f".{label}." in path.name
        )
        for label in labels
    }


def _pools(folder: Path) -> list[psutil.Process]:
    """The processes of pools, and the scripts that start them: their commands name the folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if str(folder) in " ".join(process.cmdline()) and process.pid != os.getpid():
                found.append(process)
    return found


def _end(processes: list[psutil.Process]) -> None:
    """End these processes and those that they started."""
    for process in processes:
        with suppress(psutil.Error):
            for one in [*process.children(recursive=True), process]:
                with suppress(psutil.Error):
                    one.kill()


if __name__ == "__main__":
    main()
