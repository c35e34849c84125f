"""What a person wants of a file, as they write it."""

from __future__ import annotations

import re
from typing import Any

from q2pconf import units
from q2pconf._dataclasses import dataclass
from q2pconf.errors import UsageError

__all__ = ["Intention", "intention"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Intention:
    """What a person wants: so many actions at a time, CPUs and memory for each, for how long."""

    actions: int | None = None
    cpus: int | None = None
    memory_gb: int | None = None
    walltime: str | None = None


_COUNTED = re.compile(
    r"(\d+)\s*(?:(actions?|steps?|jobs?|workers?)(?: at (?:once|a time|the same time))?"
    r"|cpus?|cores?|threads?)",
    re.IGNORECASE,
)


def intention(text: str) -> Intention:
    """What ``--for "25 actions, 12 cpus, 96GB, 24h"`` says. Raises UsageError with an example."""
    found: dict[str, Any] = {}
    for part in filter(None, re.split(r"\s*[,;]\s*", text.strip())):
        key, value = _read(part)
        if key in found:
            raise UsageError(f"--for: {part!r} says another time what was said before it")
        found[key] = value
    if not found:
        raise UsageError('--for: write what you want, such as "25 actions, 12 cpus, 96GB, 24h"')
    return Intention(**found)


def _read(part: str) -> tuple[str, Any]:
    """One part: which wish it is, and its value."""
    counted = _COUNTED.fullmatch(part)
    if counted:
        return ("actions" if counted[2] else "cpus"), units.read_count(counted[1]).number
    if units.seconds(part) is not None and not re.fullmatch(r"[\d.]+\s*M", part):
        return "walltime", units.read_walltime(part).text
    try:
        return "memory_gb", units.read_memory(part).gb
    except UsageError:
        raise UsageError(
            f"--for: {part!r} is not understood; write N actions, N cpus, memory such as 96GB, or"
            " a time such as 24h"
        ) from None
