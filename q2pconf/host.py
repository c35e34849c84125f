"""This machine: the CPUs and the memory that this process may really use, and what decides it."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Literal

from q2pconf._dataclasses import dataclass

__all__ = [
    "CpuCount",
    "Host",
    "Limit",
    "Source",
    "end_processes_with",
    "processes_with",
    "resolve_cpus",
    "resolve_host",
]

Source = Literal["affinity", "cgroup", "slurm", "pbs", "lsf", "sge", "psutil", "given"]

# Where several limits are equally small, the first of these is the one to name.
TELLING: tuple[Source, ...] = ("slurm", "pbs", "lsf", "sge", "cgroup", "affinity", "psutil")

WHOLE = r"[0-9]{1,9}"
GIB = 2**30


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """One thing that limits how many CPUs this process may use; ``detail`` says it to a person."""

    source: Source
    count: int
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CpuCount:
    """How many CPUs to reckon with, which limit decided, and every limit that was looked at."""

    count: int
    source: Source
    detail: str
    considered: tuple[Limit, ...] = ()

    @property
    def usable(self) -> int:
        """What this process may really use, whatever number was given."""
        return min((limit.count for limit in self.considered), default=self.count)

    @property
    def workers(self) -> int:
        """The number for a configuration file: as given, else one CPU is left, as QIIME 2 does."""
        return self.count if self.source == "given" else max(self.count - 1, 1)

    @property
    def reason(self) -> str:
        """Why ``workers`` is what it is, in a few words."""
        if self.source == "given":
            return f"as given; this process may use {_cpus(self.usable)}"
        if self.workers == self.count:
            return self.detail
        return f"{self.detail}, less one that stays free"


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """This machine as far as this process may use it; memory in GiB, None where unknown."""

    name: str
    cpus: CpuCount
    memory_gb: float | None
    available_gb: float | None


def _affinity() -> int | None:
    # macOS has no such call.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def _machine_cpus() -> int | None:
    import psutil

    return psutil.cpu_count()


def _machine_memory() -> tuple[int, int]:
    import psutil

    memory = psutil.virtual_memory()
    return memory.total, memory.available


def resolve_cpus(
    env: Mapping[str, str] | None = None,
    *,
    given: int | None = None,
    root: Path = Path("/"),
    hostname: Callable[[], str] = socket.gethostname,
    affinity: Callable[[], int | None] = _affinity,
    machine: Callable[[], int | None] = _machine_cpus,
) -> CpuCount:
    """The smallest of the limits that apply here, or the number ``given``.

    Looks at the CPUs this process is bound to, cgroup limits, the allocation of a batch job, and
    the machine itself. ``env`` is the environment (default: this process's).
    """
    variables = os.environ if env is None else env
    whole = machine() or 1
    limits = [
        Limit(source="psutil", count=whole, detail=f"{_cpus(whole)} in this machine (psutil)")
    ]
    bound = affinity()
    if bound is not None:
        told = f"this process is bound to {_cpus(bound)} of this machine (CPU affinity)"
        limits.append(Limit(source="affinity", count=bound, detail=told))
    limits += _cgroup_limits(root)
    limits += _slurm_limits(variables)
    limits += _pbs_limits(variables, root, hostname)
    limits += _other_limits(variables)
    if given is not None:
        return CpuCount(
            count=given, source="given", detail="the number given", considered=tuple(limits)
        )
    # On Linux every process has an affinity; where it covers the machine it limits nothing.
    deciding = [limit for limit in limits if limit.source != "affinity" or limit.count < whole]
    least = min(deciding, key=lambda limit: (limit.count, TELLING.index(limit.source)))
    return CpuCount(
        count=max(least.count, 1),
        source=least.source,
        detail=least.detail,
        considered=tuple(limits),
    )


def resolve_host(
    env: Mapping[str, str] | None = None,
    *,
    root: Path = Path("/"),
    hostname: Callable[[], str] = socket.gethostname,
    affinity: Callable[[], int | None] = _affinity,
    machine: Callable[[], int | None] = _machine_cpus,
    memory: Callable[[], tuple[int, int]] = _machine_memory,
) -> Host:
    """This machine's name, CPUs and memory, each within the limits set for this process."""
    total, available = memory()
    limits = [_bytes(folder / file) for folder, file in _memory_files(root)]
    cap = min([total, *(limit for limit in limits if limit is not None)])
    return Host(
        name=hostname(),
        cpus=resolve_cpus(env, root=root, hostname=hostname, affinity=affinity, machine=machine),
        memory_gb=round(cap / GIB, 1),
        available_gb=round(min(cap, available) / GIB, 1),
    )


def _cpus(count: int) -> str:
    return "1 CPU" if count == 1 else f"{count} CPUs"


def _slurm_limits(env: Mapping[str, str]) -> Iterator[Limit]:
    """What Slurm gave this task, and what it gave the job on this node."""
    for name in ("SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"):
        count = _number(env.get(name, ""))
        if count:
            yield _allocated("slurm", "Slurm", name, count)
    nodes = _per_node(env.get("SLURM_JOB_CPUS_PER_NODE", ""))
    if nodes:
        # The node's own place in the list is told to processes on it; else be careful.
        place = env.get("SLURM_NODEID", "")
        known = re.fullmatch(WHOLE, place) is not None and int(place) < len(nodes)
        count = nodes[int(place)] if known else min(nodes)
        yield _allocated("slurm", "Slurm", "SLURM_JOB_CPUS_PER_NODE", count)


def _per_node(text: str) -> list[int]:
    """``8(x2),4`` is 8 CPUs on each of two nodes and 4 on a third."""
    counts: list[int] = []
    for part in text.split(",") if text else []:
        match = re.fullmatch(rf"({WHOLE})(?:\(x([0-9]{{1,5}})\))?", part.strip())
        if match is None or int(match[1]) == 0:
            return []
        counts += [int(match[1])] * int(match[2] or 1)
    return counts


def _pbs_limits(env: Mapping[str, str], root: Path, hostname: Callable[[], str]) -> Iterator[Limit]:
    """What PBS Professional (NCPUS) or Torque (PBS_NUM_PPN) gave the job on this node."""
    if not any(name.startswith("PBS_") for name in env):
        return
    told_directly = False
    for name in ("NCPUS", "PBS_NUM_PPN"):
        count = _number(env.get(name, ""))
        if count:
            told_directly = True
            yield _allocated("pbs", "PBS", name, count)
    path = env.get("PBS_NODEFILE", "")
    if told_directly or not path:
        return
    # A last resort: PBS Professional lists a node once per MPI process, not per CPU.
    text = _read(_under(root, path))
    here = hostname().split(".")[0].lower()
    lines = [line.strip().split(".")[0].lower() for line in (text or "").splitlines()]
    if here in lines:
        count = lines.count(here)
        told = f"PBS allocation: {count} of the lines in PBS_NODEFILE name this machine"
        yield Limit(source="pbs", count=count, detail=told)


def _other_limits(env: Mapping[str, str]) -> Iterator[Limit]:
    """The slots of an LSF or Grid Engine job; both count those on all of its machines."""
    lsf = _number(env.get("LSB_DJOB_NUMPROC", ""))
    if lsf:
        yield _allocated("lsf", "LSF", "LSB_DJOB_NUMPROC", lsf)
    sge = _number(env.get("NSLOTS", ""))
    if sge and any(name.startswith("SGE_") for name in env):
        yield _allocated("sge", "Grid Engine", "NSLOTS", sge)


def _allocated(source: Source, scheduler: str, variable: str, count: int) -> Limit:
    told = f"{scheduler} allocation of {_cpus(count)} ({variable})"
    return Limit(source=source, count=count, detail=told)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(WHOLE, text.strip()) else None


def _cgroup_limits(root: Path) -> Iterator[Limit]:
    """The tightest CPU quota of this process's cgroups, their ancestors included."""
    quotas = [_quota_v2(folder) for folder in _cgroup_folders(root, None)]
    quotas += [_quota_v1(folder) for folder in _cgroup_folders(root, "cpu")]
    found = [quota for quota in quotas if quota is not None]
    if found:
        quota = min(found)
        told = f"cgroup limit of {quota:.4g} CPUs (a container, a service or a batch job)"
        yield Limit(source="cgroup", count=max(int(quota), 1), detail=told)


def _quota_v2(folder: Path) -> float | None:
    words = (_read(folder / "cpu.max") or "").split()
    quota = _number(words[0]) if words else None
    period = _number(words[1]) if len(words) > 1 else 100_000
    return quota / period if quota and period else None


def _quota_v1(folder: Path) -> float | None:
    quota = _number(_read(folder / "cpu.cfs_quota_us") or "")
    period = _number(_read(folder / "cpu.cfs_period_us") or "")
    return quota / period if quota and period else None


def _memory_files(root: Path) -> Iterator[tuple[Path, str]]:
    for folder in _cgroup_folders(root, None):
        yield folder, "memory.max"
    for folder in _cgroup_folders(root, "memory"):
        yield folder, "memory.limit_in_bytes"


def _cgroup_folders(root: Path, controller: str | None) -> Iterator[Path]:
    """This process's cgroup and its ancestors; ``controller`` None is the hierarchy of v2."""
    own = _own_cgroup(root, controller)
    if own is None:
        return
    top, mount = _cgroup_mount(root, controller)
    try:
        inside = PurePosixPath(own).relative_to(top)
    except ValueError:
        inside = PurePosixPath()
    if ".." in inside.parts:
        # The cgroup lies above what this container is shown.
        inside = PurePosixPath()
    for part in (inside, *inside.parents):
        yield _under(root, mount) / part


def _own_cgroup(root: Path, controller: str | None) -> str | None:
    for line in (_read(root / "proc/self/cgroup") or "").splitlines():
        number, names, path = (*line.split(":", 2), "", "")[:3]
        if controller in names.split(",") if controller else (number, names) == ("0", ""):
            return path
    return None


def _cgroup_mount(root: Path, controller: str | None) -> tuple[str, str]:
    """Which cgroup is mounted where: a container often sees its own as the topmost."""
    for line in (_read(root / "proc/self/mountinfo") or "").splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) < 5 or len(kind) < 3:
            continue
        if kind[0] == "cgroup2" if controller is None else _controls(kind, controller):
            return _unescaped(fields[3]), _unescaped(fields[4])
    return "/", "/sys/fs/cgroup" if controller is None else f"/sys/fs/cgroup/{controller}"


def _controls(kind: list[str], controller: str) -> bool:
    return kind[0] == "cgroup" and controller in kind[2].split(",")


def _unescaped(text: str) -> str:
    """The kernel writes blanks and backslashes in paths as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _under(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return None


def _bytes(path: Path) -> int | None:
    text = (_read(path) or "").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,30}", text) else None


def processes_with(name: str, value: str) -> tuple[int, ...]:
    """The other processes of this user that were started with this environment variable."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            own = process.uids().real == os.getuid() and process.pid != os.getpid()
            if own and process.environ().get(name) == value:
                found.append(process.pid)
    return tuple(found)


def end_processes_with(name: str, value: str) -> None:
    """End these processes at once."""
    for pid in processes_with(name, value):
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
