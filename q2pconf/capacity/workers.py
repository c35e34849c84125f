"""How many workers a manager starts, as its own program counts them."""

from __future__ import annotations

import math
from typing import Literal

from q2pconf._dataclasses import dataclass
from q2pconf.capacity.job import Job
from q2pconf.capacity.scaling import accelerators, cap_of, cores_each, memory_each
from q2pconf.model import POOLS, Table

__all__ = ["Limit", "Workers", "workers_of"]

Limit = Literal["max_workers", "cores", "memory", "accelerators", "threads"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Workers:
    """The workers of a manager."""

    count: int | None
    limited_by: Limit | None = None
    notes: tuple[str, ...] = ()


def workers_of(executor: Table, job: Job) -> Workers:
    """The workers of a manager, as its own program counts them."""
    if executor.class_name == "WorkQueueExecutor":
        if executor.flag("autolabel") or executor.text("worker_options"):
            return Workers(count=None, notes=("Work Queue decides how many actions a worker has.",))
        return Workers(count=1, notes=("Work Queue gives each action a whole worker.",))
    if executor.class_name == "FluxExecutor":
        note = "Flux gives each action one of the cores that it finds in its job."
        return Workers(count=None, notes=(note,))
    if executor.class_name not in POOLS:
        return Workers(count=None)
    refused = _refused(executor)
    if refused is not None:
        return Workers(count=0, notes=(f"No worker starts: {refused}.",))
    if not _own_command(executor):
        note = (
            "How many workers start, and so what each action gets, depends on `launch_cmd`, which"
            " is the file's own."
        )
        return Workers(count=None, notes=(note,))
    return _counted(executor, job)


def _refused(executor: Table) -> str | None:
    """Why the workers' program dies at its start."""
    keys = ("max_workers_per_node", "max_workers")
    key = next((key for key in keys if executor.knows(key) and executor.number(key)), None)
    cap = executor.get(key) if key is not None else None
    if key is not None and (isinstance(cap, bool) or (isinstance(cap, float) and cap != math.inf)):
        return f"the workers' program refuses `{key} = {str(cap).lower()}`, no whole number"
    each = cores_each(executor)
    if each is not None and (each == 0 or math.isnan(each)):
        return f"it cannot count with `cores_per_worker = {each:g}`"
    return None


def _own_command(executor: Table) -> bool:
    """Whether the command that starts workers hands on what limits them, as Parsl's own does."""
    command = executor.text("launch_cmd")
    needed = ("process_worker_pool", "{cores_per_worker}", "{mem_per_worker}", "{max_workers")
    return not command or all(part in command for part in needed)


def _counted(executor: Table, job: Job) -> Workers:
    """The least of cap, cores, memory and accelerators."""
    known: dict[Limit, float] = {}
    unknown: dict[Limit, str] = {}
    cap = cap_of(executor)
    if not math.isinf(cap):
        known["max_workers"] = cap
    each, share = cores_each(executor), memory_each(executor)
    if each is None:
        unknown["cores"] = "`cores_per_worker` must be a number"
    elif each < 0 or math.isinf(each):
        known["cores"] = 0
    elif job.seen_cores is not None:
        known["cores"] = _floor(job.seen_cores, each)
    elif not _surely_enough(job.asked_cores, each, cap):
        unknown["cores"] = job.cores_from
    if share is not None and math.isinf(share):
        known["memory"] = 0
    elif share is not None and job.seen_memory is not None:
        known["memory"] = _floor(job.seen_memory, share)
    elif share is not None:
        unknown["memory"] = job.memory_from
    listed = accelerators(executor)
    if listed:
        known["accelerators"] = listed
    return _least(known, unknown, (each, share), "this machine" if job.one_place else "the node")


def _surely_enough(cores: float | None, each: float, cap: float) -> bool:
    """Whether a node with at least these cores (1 where not known) has room for the cap."""
    return _floor(cores or 1.0, each) >= cap


def _floor(total: float, each: float) -> float:
    ratio = total / each
    return math.floor(ratio) if math.isfinite(ratio) else 0


def _least(
    known: dict[Limit, float],
    unknown: dict[Limit, str],
    each: tuple[float | None, float | None],
    place: str,
) -> Workers:
    """What decides; a cap and accelerators decide where the rest is not known, which is noted."""
    limit = min(known, key=lambda name: known[name], default=None)
    count = None if limit is None else max(int(known[limit]), 0)
    if count == 0 or not unknown:
        return Workers(count=count, limited_by=limit)
    if count is not None and limit in ("max_workers", "accelerators") and None not in each[:1]:
        parts = []
        if "cores" in unknown and each[0]:
            parts.append(f"{math.ceil(count * each[0])} cores")
        if "memory" in unknown and each[1]:
            parts.append(f"{count * each[1]:g} GB of free memory")
        note = f"{count} workers start if {place} has at least {' and '.join(parts)}, else fewer."
        return Workers(count=count, limited_by=limit, notes=(note,))
    what = " and ".join(unknown.values())
    most = f" It is at most {count}." if count is not None else ""
    note = f"How many workers start is not in the file; it depends on {what}.{most}"
    return Workers(count=None, notes=(note,))
