"""What a file comes to, in a few lines."""

from __future__ import annotations

from collections.abc import Iterable

from q2pconf.capacity import Capacity
from q2pconf.units import several, spoken

__all__ = ["outline"]


def outline(capacities: Iterable[Capacity]) -> list[str]:
    """For the executor that runs most: how many actions at a time, with what, for how long."""
    one = next((each for each in capacities if each.label == "default"), None)
    if one is None:
        return []
    return [line for line in (_how_many(one), _with_what(one), _asked(one)) if line]


def _how_many(one: Capacity) -> str:
    total = one.concurrent_actions
    if total is None:
        return "how many actions run at a time is for the node to decide"
    text = f"up to {several(total, 'action')} at a time"
    if one.blocks.reachable and one.provider and one.provider != "LocalProvider":
        jobs = several(one.blocks.reachable, "job")
        per_job = total // one.blocks.reachable
        text += f": {jobs}, {several(per_job, 'action')} in each"
    return text


def _with_what(one: Capacity) -> str:
    parts = []
    if one.cores_per_action:
        parts.append(f"{one.cores_per_action:g} CPU{'' if one.cores_per_action == 1 else 's'}")
    if one.memory_gb_per_action:
        parts.append(f"{one.memory_gb_per_action:g} GB")
    text = f"each with {' and '.join(parts)}" if parts else ""
    if one.walltime_seconds:
        text += f"{', ' if text else ''}for at most {spoken(one.walltime_seconds)}"
    return text


def _asked(one: Capacity) -> str:
    asked = one.requested
    parts = []
    if asked.nodes:
        parts.append(several(asked.cores, "CPU") if asked.cores else several(asked.nodes, "node"))
    if asked.memory_gb:
        parts.append(f"{asked.memory_gb:g} GB")
    if not parts or one.provider in (None, "LocalProvider"):
        return ""
    return f"asks the scheduler for up to {' and '.join(parts)} at a time"
