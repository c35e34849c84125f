"""How many blocks Parsl starts: init_blocks, then what its strategy adds while actions wait."""

from __future__ import annotations

import math
from typing import Any

from q2pconf._dataclasses import dataclass
from q2pconf.model import POOLS, Config, Table
from q2pconf.releases import Release

__all__ = [
    "Blocks",
    "accelerators",
    "blocks_of",
    "cap_of",
    "cores_each",
    "memory_each",
    "slots_of",
]

_GROWING = ("simple", "htex_auto_scale")
_CORES = {
    "SlurmProvider": "cores_per_node",
    "LSFProvider": "cores_per_node",
    "CondorProvider": "cores_per_slot",
}
"""The key that Parsl counts a block's workers by, where the provider has one."""
_LONGEST = 9223372036
"""Seconds: threading.TIMEOUT_MAX."""
_NEWER = "max_workers_per_node"
_MEMORY = {"SlurmProvider": "mem_per_node", "CondorProvider": "mem_per_slot"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocks:
    """The block counts of a provider, and the most blocks that Parsl ever starts."""

    init: int | None
    min: int | None
    max: int | None
    reachable: int | None


def blocks_of(
    config: Config, executor: Table, provider: Table, release: Release, nodes: int | None
) -> tuple[Blocks, list[str]]:
    """The blocks of an executor, with as many actions waiting as it may take."""
    first, low, high = (provider.integer(f"{name}_blocks") for name in ("init", "min", "max"))
    if provider.class_name == "AdHocProvider":
        channels = provider.get("channels")
        first = low = high = len(channels) if isinstance(channels, list) else 0
    notes: list[str] = []
    if executor.class_name == "FluxExecutor":
        notes.append("FluxExecutor starts one job, whatever the block counts say.")
        reachable: int | None = 1
    else:
        slots = slots_of(executor, provider, nodes, release)
        reachable = _reachable(config, provider, release, (first, high), slots, notes)
    return Blocks(init=first, min=low, max=high, reachable=reachable), notes


def _reachable(
    config: Config,
    provider: Table,
    release: Release,
    counts: tuple[int | None, int | None],
    slots: float | None,
    notes: list[str],
) -> int | None:
    """The most blocks at a time; why that is not max_blocks goes into the notes."""
    first, high = counts
    strategy = config.strategy
    if strategy != "none" and strategy not in _GROWING:
        shown = f' called "{strategy}"' if strategy is not None else ""
        notes.append(f"Parsl knows no strategy{shown}, so no run starts.")
        return None
    if first is None or (high is None and strategy != "none"):
        name = "init_blocks" if first is None else "max_blocks"
        notes.append(f"How many jobs start cannot be said: `{name}` must be a whole number.")
        return None
    if (config.table.number("strategy_period") or 0) > _LONGEST:
        notes.append("`strategy_period` is longer than Parsl can wait: no job ever starts.")
        return 0
    start = max(first, 0)
    if strategy == "none":
        if high is not None and high > start:
            notes.append(
                f'With strategy = "none" Parsl starts init_blocks = {first} and never another:'
                f" max_blocks = {high} is without effect."
            )
        return start
    assert high is not None
    return _grown(provider, release, (start, high), slots, notes)


def _grown(
    provider: Table,
    release: Release,
    counts: tuple[int, int],
    slots: float | None,
    notes: list[str],
) -> int | None:
    """As ``_general_strategy`` adds blocks, asked over and over with any number of actions."""
    start, high = counts
    if start >= high:
        if start > high:
            notes.append(f"Parsl starts init_blocks = {start}, though max_blocks is {high}.")
        return start
    parallelism = 1.0 if provider.class_name == "AdHocProvider" else provider.number("parallelism")
    if parallelism is None or slots is None:
        what = "`parallelism` must be a number" if parallelism is None else "it is for the node"
        notes.append(f"Whether Parsl adds jobs to the first {start} cannot be said: {what}.")
        return None
    if not parallelism > 0:  # nan too
        if slots == 0:
            return high  # no slot ever: one more block at each look
        notes.append(
            f"With parallelism = {parallelism:g} Parsl adds no job for the actions that wait."
        )
        return max(start, 1)
    stuck = _stuck(provider, release, parallelism, slots)
    if stuck is not None:
        notes.append(f"Parsl fails to add jobs to the first {start}: {stuck}.")
        return start
    if parallelism < 1:
        notes.append(
            f"With parallelism = {parallelism:g} Parsl adds a job only when"
            f" {1 / parallelism:.3g} actions wait for each worker."
        )
    return high


def _stuck(provider: Table, release: Release, parallelism: float, slots: float) -> str | None:
    """Why Parsl fails each time that it wants to add a block."""
    if slots <= 0:
        return "it expects no worker in a job"
    if math.isinf(parallelism):
        return f"it cannot count with parallelism = {parallelism}"
    if not release.loader.plain_values and isinstance(provider.get("parallelism"), float):
        return f"the loader of {release} hands it a number that it cannot round"
    return None


def slots_of(executor: Table, provider: Table, nodes: int | None, release: Release) -> float | None:
    """How many actions Parsl expects a block to take at a time; it need not be what it takes."""
    if nodes is None:
        return None
    if executor.class_name == "WorkQueueExecutor":
        known = executor.knows("scaling_cores_per_worker")
        each = executor.integer("scaling_cores_per_worker") if known else 1
        return None if each is None else each * nodes
    if executor.class_name not in POOLS:
        return None
    cap = cap_of(executor)
    limits = [cap, float(listed(executor) or math.inf)]
    limits += _shares(executor, provider, release)
    each_node = min(limits)
    return (1 if math.isinf(each_node) else each_node) * nodes


def _shares(executor: Table, provider: Table, release: Release) -> list[float]:
    """The workers that the provider's own numbers leave room for."""
    cores = provider.number(_CORES.get(provider.class_name, ""))
    memory = provider.number(_MEMORY.get(provider.class_name, ""))
    found = []
    for total, share in ((cores, cores_each(executor)), (memory, memory_each(executor))):
        if total is not None and share:
            ratio = total / share
            whole = int if _tomlkits(total, share, release) else math.floor
            found.append(float(whole(ratio)) if math.isfinite(ratio) else 0.0)
    return found


def _tomlkits(total: float, share: float, release: Release) -> bool:
    """Whether both are tomlkit's own integers, whose ratio is cut to one."""
    plain = release.loader.plain_values
    return not plain and isinstance(total, int) and isinstance(share, int)


def cores_each(executor: Table) -> float | None:
    """cores_per_worker; MPIExecutor has none, and takes next to nothing for it."""
    return 1e-9 if executor.class_name == "MPIExecutor" else executor.number("cores_per_worker")


def memory_each(executor: Table) -> float | None:
    """mem_per_worker, where it limits anything."""
    share = executor.number("mem_per_worker")
    return share if share is not None and share > 0 else None


def cap_of(executor: Table) -> float:
    """The most workers of a manager that the file allows; inf where it gives no cap."""
    if executor.class_name == "MPIExecutor":
        return executor.integer("max_workers_per_block") or math.inf
    newer = executor.number("max_workers_per_node") if executor.knows(_NEWER) else None
    older = executor.number("max_workers") if executor.knows("max_workers") else None
    if executor.knows(_NEWER):
        return newer or older or math.inf
    return math.inf if older is None else older


def listed(executor: Table) -> int:
    """How many accelerators Parsl counts; 0 for none."""
    value: Any = executor.get("available_accelerators")
    if isinstance(value, int):
        return max(int(value), 0)
    return len(value) if isinstance(value, str | list) else 0


def accelerators(executor: Table) -> int:
    """How many accelerators the workers are told of: names with a blank are two."""
    value: Any = executor.get("available_accelerators")
    if isinstance(value, list | str):
        return len(" ".join(part for part in value if isinstance(part, str)).split())
    return listed(executor)
