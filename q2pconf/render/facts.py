"""What an executor comes to, as rows of a name and a few words, for text and picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from q2pconf.capacity import Capacity
from q2pconf.explanation import Explanation
from q2pconf.units import several, spoken

__all__ = ["UNKNOWN", "actions", "amount", "by_default_first", "destinations", "places", "rows"]

UNKNOWN = "not decided by this file; the notes say what does"

_LIMITS = {
    "max_workers": "the worker cap of the file",
    "cores": "the cores of a node",
    "memory": "the memory of a node",
    "accelerators": "the accelerators of a node",
    "threads": "max_threads",
}


def by_default_first(found: Explanation) -> list[tuple[Capacity, str]]:
    """The executors and where their jobs go, the one labelled default first."""
    places = found.places or ("",) * len(found.executors)
    pairs = zip(found.executors, places, strict=True)
    return sorted(pairs, key=lambda pair: pair[0].label != "default")


def rows(one: Capacity, place: str) -> Iterator[tuple[str, str]]:
    """An executor's figures, one after the other; field's words stand once in brackets."""
    yield "actions at a time", actions(one)
    if one.limited_by:
        yield "decided by", _LIMITS[one.limited_by]
    share = [amount(one.cores_per_action, "CPU"), _memory(one.memory_gb_per_action)]
    if any(share):
        yield "each action gets", ", ".join(part for part in share if part)
    if one.provider is None:
        return
    if one.walltime_seconds is not None:
        yield "a job runs", f"at most {spoken(one.walltime_seconds)}"
    if place:
        yield "jobs go to", place
    blocks = one.blocks
    if not one.here or (blocks.init, blocks.reachable) != (1, 1):
        name = "groups (blocks)" if one.here else "jobs (blocks)"
        yield name, f"{_shown(blocks.init)} at the start, at most {_shown(blocks.reachable)}"
    if one.here:
        yield "asked for", "nothing: it all runs on this machine"
        return
    yield "asked for in all", _requested(one)
    cost = one.least_core_hours
    if cost is not None:
        told = f"{round(cost):,}" if cost >= 100 else f"{cost:.3g}"
        if one.core_hours is None:
            yield "which costs", f"at least {told} core-hours: jobs take whole nodes"
        else:
            yield "which costs", f"{told} core-hours, if all jobs run to their end"


def actions(one: Capacity) -> str:
    """How many actions run at a time, and how that comes about."""
    total = one.concurrent_actions
    if total is None:
        return UNKNOWN
    numbers = (one.blocks.reachable, one.managers_per_block, one.workers_per_manager)
    if one.provider is None or None in numbers:
        return str(total)
    blocks, managers, workers = (number or 0 for number in numbers)
    parts = [several(workers, "worker")]
    if one.here:
        groups = blocks * managers
        parts = [several(groups, "group"), *parts] if groups != 1 else parts
    else:
        spread = managers == one.nodes_used
        parts = [several(managers, "node" if spread else "group"), *parts]
        parts = [several(blocks, "job"), *parts]
    return f"{total}  ({' x '.join(parts)})"


def _requested(one: Capacity) -> str:
    asked = one.requested
    parts = [
        "" if asked.jobs is None else several(asked.jobs, "job"),
        amount(asked.nodes, "node"),
        amount(asked.cores, "CPU"),
        _memory(asked.memory_gb),
    ]
    return ", ".join(part for part in parts if part) or UNKNOWN


def destinations(found: Explanation) -> Iterator[tuple[str, str]]:
    """Which action goes to which executor; what this release does not read is said to be so."""
    flat = found.release.loader.mapping == "flat"
    any_used = False
    for key, value in found.mapping.items():
        nested = isinstance(value, Mapping)
        inside: Mapping[str, Any] = value if isinstance(value, Mapping) else {"": value}
        for action, label in inside.items():
            used = nested != flat
            any_used |= used
            told = str(label) if used else f"{label}? this release does not read that line"
            yield (f"{key}.{action}" if nested else str(key)), told
    yield ("every other action" if any_used else "every action"), "default"


def places(found: Explanation) -> str:
    """Where logs and job scripts are."""
    folder = found.run_dir
    return folder if folder.startswith("/") else f"{folder}, in the folder where QIIME 2 is started"


def amount(number: float | None, word: str) -> str:
    """A number of things, "" where it is not known."""
    return "" if number is None else f"{_figure(number)} {word}{'' if number == 1 else 's'}"


def _memory(number: float | None) -> str:
    return "" if number is None else f"{_figure(number)} GB"


def _figure(number: float) -> str:
    """Whole numbers as they are, others without digits that say nothing."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        number = int(number)
    return str(number) if isinstance(number, int) else f"{number:.6g}"


def _shown(number: int | None) -> str:
    return "?" if number is None else str(number)
