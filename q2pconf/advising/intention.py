"""What a person wants of a file, as they write it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from q2pconf import units
from q2pconf._dataclasses import dataclass
from q2pconf.errors import UsageError

__all__ = ["Intention", "intention", "share", "told"]


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
_CPU = "v?cpu|core|thread|processor"
_TIME = r"(?:w(?:ee)?ks?|w|days?|d|h(?:ou)?rs?|h|min(?:ute)?s?|m|sec(?:ond)?s?|s)(?![a-z])"
_ADJOINING = r"\s*(?:,\s*|(?:,\s*)?and\s+)?"
_PARTS = {
    "actions": r"[0-9]+\s*(?:(?:parallel|concurrent|simultaneous)\s+)?"
    rf"(?:(?:{_ACTION})s?|{_AT_ONCE})\b",
    "cpus": r"[0-9]+[\s-]*(?:(?:physical|logical)\s+)?"
    rf"(?:v?cpus?\b(?: cores?\b)?|(?:{_CPU})s?\b)",
    # A single M is a megabyte, a single m a minute.
    "memory_gb": rf"{_NUMBER}\s*"
    r"(?:(?:gig|meg)s?|[kgtp]i?b?|mi?b|(?-i:M)|(?:[kmgtp]|(?:kilo|mega|giga|tera|peta))bytes?)"
    r"(?![a-z])",
    "walltime": r"[0-9]+-[0-9]+(?::[0-9]+)*|[0-9]+(?::[0-9]+)+|"
    rf"{_NUMBER}\s*{_TIME}(?:{_ADJOINING}(?:{_NUMBER}\s*{_TIME}|[0-9]+(?::[0-9]+)+))*",
    "factor": r"[0-9]+(?= ×)|(?<=× )[0-9]+(?![0-9.])",
}
"""Each wish, and how people write it; a factor is a number alone as in 25 x 12."""
_PART = re.compile("|".join(f"(?P<{key}>{text})" for key, text in _PARTS.items()), re.IGNORECASE)
_BETWEEN = re.compile(
    rf"(?:[\s,;+&()=:×]|--(?=[a-z])|(?:(?:per|each|every|/)\s*(?:{_ACTION}|one)|{_AT_ONCE}"
    "|up to|at most|at least|max|maximum|and|with|of|for|each|every|ram|memory|mem|walltime"
    "|time limit|time|limit|i|we|want|need|would like|to|run|please|an?"
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
_NUMBERS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
_SPELT = re.compile(
    rf"\b(?P<n>{'|'.join(_NUMBERS)})\s+(?={_TIME}|(?:(?:{_ACTION}|{_CPU})s?)\b)|"
    r"\ban?\s+(?=week|day|hour|minute)",
    re.IGNORECASE,
)
_EXAMPLE = 'write for example --for "25 actions, 12 cpus, 96GB, 24h", or --for "25 x 12 x 96GB"'
_INSTEAD = (
    (
        rf"(?:-?(?:per|each|every)[-\s]*|/\s*)(?:{_CPU})s?\b",
        "everything is said for each action, not for each core: write what one action needs",
    ),
    (
        r"(?:(?:per|each|every|on|across|/)\s*)?(?:[0-9]+\s*)?nodes?\b",
        "nodes are not asked for: say how many actions run at a time, and the CPUs and memory of"
        " each",
    ),
    (
        r"(?:in )?(?:total|all|sum)\b|altogether|together|overall",
        "everything is said for each action: write what one needs, not all of them together",
    ),
)
"""What people say that cannot be meant so, and what to say instead."""


def told(wanted: Intention) -> str:
    """A wish in words, such as ``25 actions at a time, 12 CPUs and 96 GB each, for 24:00:00``."""
    parts = (
        [] if wanted.actions is None else [f"{units.several(wanted.actions, 'action')} at a time"]
    )
    if size := share(wanted):
        parts.append(f"{size} each" if parts else f"{size} for each action")
    if wanted.walltime is not None:
        parts.append(f"for {wanted.walltime}" if parts else f"{wanted.walltime} for each job")
    return ", ".join(parts)


def share(wanted: Intention) -> str:
    """What one action is to have, such as ``12 CPUs and 96 GB``; empty where nothing is said."""
    sizes = [] if wanted.cpus is None else [units.several(wanted.cpus, "CPU")]
    sizes += [] if wanted.memory_gb is None else [f"{wanted.memory_gb} GB"]
    return " and ".join(sizes)


def intention(text: str) -> Intention:
    """What ``--for "25 actions, 12 cpus, 96GB, 24h"`` says, also as ``25x12x96GB`` or as
    ``25 workers with 12 cores each and 96 GB of memory``. Raises UsageError with an example."""
    plain = _plain(text)
    found: dict[str, Any] = {}
    before, at = "", _end_of_words(plain, 0)
    while at < len(plain):
        part = _PART.match(plain, at)
        if part is None or plain.startswith("×"):
            raise _unread(plain[at:])
        key = part.lastgroup or ""
        if key == "factor":
            key = next((one for one in _PARTS if one not in found), "walltime")
        if key in found:
            again = part[0].strip()
            raise UsageError(f"--for: {again!r} says another time what was said before it")
        if key == "actions" and before in ("cpus", "memory_gb"):
            _not_for_all(plain[:at], part[0])
        found[key] = _value(key, part[0].strip())
        before, at = key, _end_of_words(plain, part.end())
    if not found:
        raise UsageError(f"--for: it does not say what you want; {_EXAMPLE}")
    return Intention(**found)


def _plain(text: str) -> str:
    """A wish without quotes, its numbers in digits and in front of what they are numbers of.

    Raises UsageError for a comma within a number: it may mean thousands or decimals.
    """
    plain = re.sub("[\"'`“”‘’]", " ", text).strip().rstrip(".!")
    if doubt := re.search(r"(?<![0-9:.-])[0-9]+,[0-9]+", plain):
        one = doubt[0].replace(",", "")
        parted = float(doubt[0].replace(",", "."))
        raise UsageError(
            f"--for: {doubt[0]!r} may be one number or two: write {one} or {parted:g}, or a space"
            " behind the comma"
        )
    plain = _SPELT.sub(_in_digits, plain)
    plain = _NAMED.sub(r"\g<n> \g<a>\g<b>", plain)
    if re.fullmatch(r"[0-9]+(?:\s*/\s*[0-9][^/]*){2,3}", plain):
        plain = plain.replace("/", " x ")
    return re.sub(r"(?i)(?<![a-z])\s*[x×*]\s*(?=[0-9])", " × ", plain).strip()


def _in_digits(found: re.Match[str]) -> str:
    """``ten`` as 10, ``a`` week as 1."""
    return f"{_NUMBERS.index(found['n'].lower()) + 1 if found['n'] else 1} "


def _unread(rest: str) -> UsageError:
    """The error for what is not understood, with what to write instead."""
    unread = re.split(r"[,;]", rest)[0].strip()[:40]
    for pattern, instead in _INSTEAD:
        if re.match(pattern, rest, re.IGNORECASE):
            return UsageError(f"--for: {unread!r} is not understood: {instead}; {_EXAMPLE}")
    of_what = f" ({unread} of what?)" if unread.isdigit() else ""
    return UsageError(f"--for: {unread!r} is not understood{of_what}; {_EXAMPLE}")


def _not_for_all(before: str, part: str) -> None:
    """Raise UsageError for ``300 cpus for 25 actions``: each, or all together?"""
    if re.search(r"\bfor\s*\Z", before, re.IGNORECASE):
        raise UsageError(
            f"--for: 'for {part.strip()}' may mean all of them together; write the actions first,"
            f" and what one of them needs: {_EXAMPLE}"
        )


def _end_of_words(text: str, at: int) -> int:
    """Where the words that say nothing end."""
    words = _BETWEEN.match(text, at)
    return words.end() if words else at


def _value(key: str, part: str) -> int | str:
    """The value of a wish."""
    try:
        if key == "walltime":
            return units.read_walltime(_sum_of_times(part)).text
        if key == "memory_gb":
            return units.read_memory(re.sub(r"(?i)([gm])[ie]gs?\Z", r"\1B", part)).gb
        return units.read_count(re.sub(r"[^0-9].*", "", part)).number
    except UsageError as error:
        raise UsageError(f"--for: {error}") from None


def _sum_of_times(part: str) -> str:
    """Adjoining times as one: each unit has to be smaller than the one before it.

    Raises UsageError where it is not, as in ``24h, 2 days``.
    """
    named = re.findall(rf"({_NUMBER}\s*([wdhms])[a-z]*)", part, re.IGNORECASE)
    clock = re.search(r"[0-9]+(?::[0-9]+)+\Z", part)
    order = ["wdhms".index(unit.lower()) for _, unit in named]
    if not named or (len(named) == 1 and clock is None):
        return part
    rising = any(after <= one for one, after in pairwise(order))
    clocks = part.count(":") > (clock[0].count(":") if clock else 0)
    if rising or clocks or (clock is not None and order[-1] > 1):
        raise UsageError(f"{part!r} says more than one time; write for example 36h")
    total = sum(units.read_walltime(text).seconds for text, _ in named)
    return f"{total + (units.read_walltime(clock[0]).seconds if clock else 0)}s"
