"""What a worker sees of the place where it runs.

The text of this file is sent to every worker, so that nothing of q2pconf has to be there: it needs
the standard library alone, of Python 3.8 or later.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import threading
import time
from contextlib import suppress
from typing import Any

__all__ = ["look"]

_JOB = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID", "COBALT_JOBID", "_CONDOR_JOB_AD")
_NODE = ("SLURMD_NODENAME",)
_TOLD_CORES = ("SLURM_CPUS_ON_NODE", "NCPUS", "PBS_NUM_PPN", "NSLOTS", "LSB_DJOB_NUMPROC")
_GIB = 2**30


def look(question: dict[str, Any]) -> dict[str, Any]:
    """The facts, as JSON can hold them; takes ``question["hold"]`` seconds, as an action would.

    ``question["marks"]`` are files written where QIIME 2 was started, as pairs of path and text.
    """
    started = time.time()
    facts = {
        "started": started,
        "host": socket.gethostname(),
        "node": _first(_NODE) or socket.gethostname(),
        "worker": f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}",
        "job": _first(_JOB),
        "block": os.environ.get("PARSL_WORKER_BLOCK_ID"),
        "manager": os.environ.get("PARSL_WORKER_POOL_ID"),
        "cores": _cores(),
        "machine_cores": os.cpu_count(),
        "told_cores": _number(_first(_TOLD_CORES)),
        "memory_gb": _memory(),
        "python": ".".join(map(str, sys.version_info[:3])),
        "prefix": sys.prefix,
        "parsl": _version("parsl"),
        "framework": _framework(),
        "folder": os.getcwd(),
        "folder_writable": os.access(os.getcwd(), os.W_OK),
        "temporary": _temporary(),
        "marks": [_same(path, text) for path, text in question.get("marks", ())],
    }
    time.sleep(max(0.0, question.get("hold", 0.0) - (time.time() - started)))
    facts["ended"] = time.time()
    return facts


def _first(names: Any) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _cores() -> int | None:
    """The cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count()


def _memory() -> float | None:
    """The memory of the machine, or what the control groups of this process leave of it, in GB."""
    limits: list[int] = []
    with suppress(ValueError, OSError):
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for path in _limit_files():
        with suppress(OSError, ValueError), open(path) as stream:
            limits.append(int(stream.read()))
    return round(min(limits) / _GIB, 1) if limits else None


def _limit_files() -> list[str]:
    """Where the memory limits of this process's control groups, and of those above, stand."""
    found = []
    try:
        with open("/proc/self/cgroup") as stream:
            lines = [line.rstrip("\n").split(":", 2) for line in stream]
    except (OSError, ValueError):
        return []
    for line in lines:
        if len(line) != 3 or (line[1] and "memory" not in line[1].split(",")):
            continue
        root, name = "/sys/fs/cgroup", "memory.max"
        if line[1]:
            root, name = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
        parts = [part for part in line[2].split("/") if part and part != ".."]
        found += [os.path.join(root, *parts[:depth], name) for depth in range(len(parts), -1, -1)]
    return found


def _version(*names: str) -> str | None:
    """The version of the first of these packages that is installed."""
    from importlib import metadata

    for name in names:
        try:
            return str(metadata.version(name))
        except Exception:
            continue
    return None


def _framework() -> str | None:
    """QIIME 2's framework, by its name and version."""
    for name in ("rachis", "qiime2"):
        found = _version(name)
        if found:
            return f"{name} {found}"
    return None


def _temporary() -> dict[str, Any]:
    """The folder for temporary files, whether a file can be written there, and the space."""
    try:
        folder = tempfile.gettempdir()
    except OSError as error:
        return {"path": os.environ.get("TMPDIR"), "trouble": str(error), "free_gb": None}
    asked = os.environ.get("TMPDIR")
    trouble = None
    if asked and os.path.abspath(asked) != os.path.abspath(folder):
        trouble = f"TMPDIR is {asked}, where no file can be written"
    try:
        with tempfile.TemporaryFile(dir=folder) as stream:
            stream.write(b"q2pconf")
            stream.flush()
        space = os.statvfs(folder)
    except OSError as error:
        return {"path": folder, "trouble": str(error), "free_gb": None}
    free = round(space.f_bavail * space.f_frsize / _GIB, 1)
    return {"path": asked or folder, "trouble": trouble, "free_gb": free}


def _same(path: str, text: str) -> bool:
    """Whether this file is there and says this."""
    try:
        with open(path) as stream:
            return stream.read() == text
    except (OSError, ValueError):
        return False
