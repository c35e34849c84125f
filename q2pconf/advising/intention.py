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


_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_ACTION = "action|step|job|worker|task"
_AT_ONCE = "at a time|at once|at the same time|in parallel|simultaneously|concurrently"
_PARTS = {
    "actions": r"[0-9]+\s*(?:(?:parallel|concurrent|simultaneous)\s+)?"
    rf"(?:(?:{_ACTION})s?|{_AT_ONCE})\b",
    "cpus": r"[0-9]+[\s-]*(?:v?cpus?\b(?: cores?\b)?|(?:core|thread|processor)s?\b)",
    # A single M is a megabyte, a single m a minute.
    "memory_gb": rf"{_NUMBER}\s*"
    r"(?:[kgtp]i?b?|mi?b|(?-i:M)|(?:kilo|mega|giga|tera|peta)bytes?)(?![a-z])",
    "walltime": r"[0-9]+-[0-9]+(?::[0-9]+)*|[0-9]+(?::[0-9]+)+|"
    rf"(?:{_NUMBER}\s*(?:w(?:ee)?ks?|w|days?|d|h(?:ou)?rs?|h|min(?:ute)?s?|m|sec(?:ond)?s?|s)"
    r"(?![a-z])\s*)+",
    "factor": r"[0-9]+(?= ×)|(?<=× )[0-9]+(?![0-9.])",
}
"""Each wish, and how people write it; a factor is a number alone as in 25 x 12."""
_PART = re.compile("|".join(f"(?P<{key}>{text})" for key, text in _PARTS.items()), re.IGNORECASE)
_BETWEEN = re.compile(
    rf"(?:[\s,;+&()=:×]|--(?=[a-z])|(?:(?:per|each|every|/)\s*(?:{_ACTION}|one)|{_AT_ONCE}"
    "|up to|at most|at least|max|and|with|of|for|each|every|ram|memory|mem|walltime|time"
    ")(?![a-z]))*",
    re.IGNORECASE,
)
"""What may stand between them, and says nothing."""
_NAMED = re.compile(
    rf"(?:--(?P<a>actions|cpus)[\s=]+|\b(?P<b>(?:{_ACTION}|cpu|core|thread)s)\s*[=:]\s*)"
    r"(?P<n>[0-9]+)\b",
    re.IGNORECASE,
)
"""As options and in answers files: the name before the number."""
_EXAMPLE = 'write for example --for "25 actions, 12 cpus, 96GB, 24h", or --for "25 x 12 x 96GB"'


def intention(text: str) -> Intention:
    """What ``--for "25 actions, 12 cpus, 96GB, 24h"`` says, also as ``25x12x96GB`` or as
    ``25 workers with 12 cores each and 96 GB of memory``. Raises UsageError with an example."""
    told = _NAMED.sub(r"\g<n> \g<a>\g<b>", text.strip().rstrip(".!"))
    told = re.sub(r"(?i)(?<![a-z])\s*[x×*]\s*(?=[0-9])", " × ", told)
    found: dict[str, Any] = {}
    at = _end_of_words(told, 0)
    while at < len(told):
        part = _PART.match(told, at)
        if part is None:
            unread = re.split(r"[,;]", told[at:])[0].strip()[:40]
            of_what = f" ({unread} of what?)" if unread.isdigit() else ""
            raise UsageError(f"--for: {unread!r} is not understood{of_what}; {_EXAMPLE}")
        key = part.lastgroup or ""
        if key == "factor":
            key = next((one for one in _PARTS if one not in found), "walltime")
        if key in found:
            again = part[0].strip()
            raise UsageError(f"--for: {again!r} says another time what was said before it")
        found[key] = _value(key, part[0].strip())
        at = _end_of_words(told, part.end())
    if not found:
        raise UsageError(f"--for: it does not say what you want; {_EXAMPLE}")
    return Intention(**found)


def _end_of_words(text: str, at: int) -> int:
    """Where the words that say nothing end."""
    words = _BETWEEN.match(text, at)
    return words.end() if words else at


def _value(key: str, part: str) -> int | str:
    """The value of a wish."""
    try:
        if key == "walltime":
            return units.read_walltime(part).text
        if key == "memory_gb":
            return units.read_memory(part).gb
        return units.read_count(re.sub(r"[^0-9].*", "", part)).number
    except UsageError as error:
        raise UsageError(f"--for: {error}") from None
