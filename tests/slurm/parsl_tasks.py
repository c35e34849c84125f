"""Runs tasks with the configuration in a file, and prints as JSON where each of them ran.

For the Python of a release: ``python parsl_tasks.py FILE WORKERS [LABEL]``. There are at least two
tasks for each worker, and more until this many workers have answered.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import parsl
from rachis.sdk.parallel_config import load_config_from_file


def where() -> dict[str, Any]:
    """What a task sees of the place where it runs."""
    import os
    import socket
    import time

    time.sleep(0.3)
    names = ("SLURM_JOB_ID", "SLURMD_NODENAME", "SLURM_CPUS_ON_NODE", "PARSL_CORES")
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "cores": os.cpu_count(),
        "manager": os.getppid(),
        **{name: os.environ.get(name) for name in (*names, "PARSL_MEMORY_GB")},
    }


def main(path: str, workers: int, label: str = "default") -> None:
    """Submit the tasks, wait for them, and end Parsl as QIIME 2 does."""
    config, _ = load_config_from_file(path)
    parsl.load(config)
    app = parsl.python_app(where, executors=[label])
    tasks: list[dict[str, Any]] = []
    deadline = time.monotonic() + 60
    while len({task["pid"] for task in tasks}) < workers and time.monotonic() < deadline:
        futures = [app() for _ in range(2 * workers)]
        tasks += [future.result(timeout=200) for future in futures]
    squeue = ["squeue", "--noheader", "--format=%i %T %D %C %P"]
    queue = subprocess.run(squeue, capture_output=True, text=True, check=True).stdout.splitlines()
    parsl.dfk().cleanup()
    print(json.dumps({"parsl": parsl.__version__, "tasks": tasks, "queue": queue}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
