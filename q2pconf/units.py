"""Walltimes, memory and counts as people write them, and as Parsl wants them."""

from __future__ import annotations

import re
from typing import NamedTuple

from q2pconf.errors import UsageError

__all__ = [
    "Count",
    "Memory",
    "Walltime",
    "parsl_minutes",
    "plain_walltime",
    "read_count",
    "read_memory",
    "read_walltime",
    "seconds",
    "several",
    "spoken",
    "walltime",
]

LONGEST = 366 * 86400
MOST_GB = 1024**2
MOST = 100_000

BARE_GB = 1024
"""From here on, a number without a unit is more likely one of megabytes."""

_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_WORDS = re.compile(
    r"(\d{1,9}(?:\.\d{1,9})?)\s*"
    r"(w|wks?|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)(?![a-z])\s*",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:(\d+)-)?(\d+):(\d+)(?::(\d+))?(?:\s*(?:h|hrs?|hours?))?", re.IGNORECASE)
_ENDLESS = ("unlimited", "infinite", "infinity", "none", "no limit", "max", "maximum", "forever")

_NUMBER = r"((?:\d*\.)?\d+)\.?(?:e\+?(\d{1,2}))?"
_BARE = re.compile(_NUMBER, re.IGNORECASE)
_SIZE = re.compile(
    rf"{_NUMBER}\s*(?:([kmgtp])(?:ilo|ega|iga|era|eta)?)?(?:i?b(?:ytes?)?)?", re.IGNORECASE
)
_COUNTED = "actions?|blocks?|cores?|cpus?|jobs?|nodes?|processes|tasks?|threads?|workers?"
_WHOLE = re.compile(rf"{_NUMBER}\s*(?:{_COUNTED})?", re.IGNORECASE)


class Walltime(NamedTuple):
    """A walltime as Parsl wants it, ``HH:MM:SS``, and what was rounded or assumed, if anything."""

    text: str
    said: str | None = None

    @property
    def seconds(self) -> int:
        """The walltime in seconds."""
        return seconds(self.text) or 0

    def __str__(self) -> str:
        return self.text


class Memory(NamedTuple):
    """Memory in whole GB as schedulers count them (1024 MB), and what was rounded or assumed."""

    gb: int
    said: str | None = None

    def __str__(self) -> str:
        return f"{self.gb}GB"


class Count(NamedTuple):
    """How many of something, and what was assumed."""

    number: int
    said: str | None = None

    def __str__(self) -> str:
        return str(self.number)


def parsl_minutes(text: str) -> int | None:
    """The minutes that Parsl makes of a walltime, seconds dropped; None where it fails.

    This is Parsl's own rule: three whole numbers with colons between them.
    """
    parts = text.split(":")
    try:
        hours, minutes, _ = (int(part) for part in parts)
    except ValueError:
        return None
    return hours * 60 + minutes


def plain_walltime(text: str) -> bool:
    """Whether PBS and Grid Engine take it: seconds, MM:SS or HH:MM:SS."""
    return re.fullmatch(r"\d+(:\d{1,2}){0,2}(\.\d+)?", text.strip()) is not None


def seconds(text: str) -> int | None:
    """The seconds of a duration as people write it (24h, 90 min, 1-12:00:00); None if unclear."""
    text = text.strip()
    days = re.fullmatch(r"(\d{1,9})-(\d{1,2})(?::(\d{1,2}))?(?::(\d{1,2}))?", text)
    if days:
        numbers = [int(part or 0) for part in days.groups()]
        return numbers[0] * 86400 + numbers[1] * 3600 + numbers[2] * 60 + numbers[3]
    clock = re.fullmatch(r"(\d{1,9}):(\d{1,2}):(\d{1,2})", text)
    if clock:
        hours, minutes, rest = (int(part) for part in clock.groups())
        return hours * 3600 + minutes * 60 + rest
    if text and _WORDS.sub("", text) == "":
        return round(sum(float(n) * _UNITS[unit[0].lower()] for n, unit in _WORDS.findall(text)))
    return None


def walltime(duration: int) -> str:
    """A duration in seconds as Parsl wants it, ``HH:MM:SS``."""
    minutes, rest = divmod(duration, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest:02}"


def spoken(duration: int) -> str:
    """A duration in seconds in words, such as ``1 day 12 hours``."""
    parts: list[str] = []
    for name in ("day", "hour", "minute", "second"):
        number, duration = divmod(duration, _UNITS[name[0]])
        if number:
            parts.append(several(number, name))
    return " ".join(parts) or "0 seconds"


def read_walltime(value: object, *, longest: int | None = None) -> Walltime:
    """The walltime that a person means, rounded up to whole minutes.

    ``longest`` is what ``unlimited`` stands for, in seconds. Raises UsageError with a reason.
    """
    text, shown = _typed(value, "a walltime such as 24h or 36:00:00")
    if text.lower() in _ENDLESS:
        return _endless(shown, longest)
    if text.startswith(("-", "−")):
        raise UsageError(f"a walltime cannot be negative, as {shown} is; write for example 24h")
    if _BARE.fullmatch(text):
        few = text if re.fullmatch(r"[1-9]\d{0,3}", text) else "24"
        raise UsageError(
            f"{shown} is a number without a unit, which Slurm reads as minutes and PBS as seconds;"
            f" write for example {few}h for hours or {few}m for minutes"
        )
    duration, said = _duration(text, shown)
    if duration == 0:
        raise UsageError(f"{shown} is no time at all; write for example 24h")
    if duration > LONGEST:
        raise UsageError(f"{shown} is longer than a year; write for example 24h")
    whole = -(-duration // 60) * 60
    if whole != duration:
        note = f"{shown} is rounded up to {spoken(whole)}: Slurm and LSF do not count seconds"
        said = f"{said}, and rounded up to {spoken(whole)}" if said else note
    return Walltime(walltime(whole), said)


def read_memory(value: object) -> Memory:
    """The memory that a person means in whole GB, rounded up; 1 GB is 1024 MB, as for schedulers.

    A number alone means GB, as in Parsl. Raises UsageError with a reason.
    """
    text, shown = _typed(value, "an amount of memory such as 96GB or 1.5TB")
    if text.startswith(("-", "−")):
        raise UsageError(f"memory cannot be negative, as {shown} is; write for example 96GB")
    found = _SIZE.fullmatch(text)
    if found is None:
        raise UsageError(f"{shown} is not an amount of memory; write for example 96GB or 1.5TB")
    bare = _BARE.fullmatch(text) is not None
    unit = "g" if bare else (found[3] or "b").lower()
    over, under = _ratio(found[1], int(found[2] or 0))
    over, under = over * 1024 ** "bkmgtp".index(unit), under * 1024**3
    if bare and over > BARE_GB * under:
        raise UsageError(
            f"{shown} is a number without a unit, which Slurm reads as MB and Parsl as GB;"
            f" write for example {text}MB or {text}GB"
        )
    if over == 0:
        raise UsageError(f"{shown} is no memory at all; write for example 96GB")
    if over > MOST_GB * under:
        raise UsageError(f"{shown} is more memory than any node has; write for example 96GB")
    gb = -(-over // under)
    notes = [f"read as {text} GB"] if bare else []
    if gb * under != over:
        notes.append(f"rounded up to {gb} GB")
    return Memory(gb, f"{shown} is {' and '.join(notes)}" if notes else None)


def read_count(value: object, *, least: int = 1, most: int = MOST) -> Count:
    """A whole number from ``least`` on, such as 12, 12 CPUs or 1e3.

    Raises UsageError with a reason.
    """
    wanted = f"a whole number from {least} on is needed, such as {max(least, 12)}"
    text, shown = _typed(value, "a whole number such as 12")
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise UsageError(f"{wanted}, not {shown}")
    over, under = _ratio(found[1], int(found[2] or 0))
    if over % under or over // under < least:
        raise UsageError(f"{wanted}, not {shown}")
    if over // under > most:
        raise UsageError(f"{shown} is more than {most}; write for example {max(least, 12)}")
    return Count(over // under)


def _typed(value: object, wanted: str) -> tuple[str, str]:
    """What was written, in plain form to read and in a form to show; numbers come from files."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UsageError(f"{wanted} is needed, not {value!r}")
    raw = value if isinstance(value, str) else repr(value)
    text = re.sub(r"\s+", " ", raw).strip()
    shown = repr(raw if len(raw) <= 40 else f"{raw[:37]}...") if isinstance(value, str) else raw
    if not text:
        raise UsageError(f"{wanted} is needed, and nothing is there")
    if not text.isascii() and "−" not in text:
        raise UsageError(f"{wanted} is needed, in plain letters and digits, not {shown}")
    if re.search(r"\d,\d", text):
        raise UsageError(f"{wanted} is needed, decimals with a point, not {shown}")
    if re.search(r"\d{20}", text):
        raise UsageError(f"{wanted} is needed, and {shown} is far too large")
    return text, shown


def _endless(shown: str, longest: int | None) -> Walltime:
    if not longest:
        raise UsageError(
            f"Parsl needs a number, not {shown}:"
            " write the longest that your queue allows, as in 24h"
        )
    minutes = max(longest // 60, 1) * 60
    return Walltime(walltime(minutes), f"{shown} is read as the longest here, {spoken(minutes)}")


def _duration(text: str, shown: str) -> tuple[int, str | None]:
    """The seconds of a walltime, and what was assumed."""
    if re.search(r"\d{10}", text):
        raise UsageError(f"{shown} is longer than a year; write for example 24h")
    plain = re.sub(r",? and |, ?", " ", text)
    plain = re.sub(r" ?: ?", ":", plain)
    plain = re.sub(r"^(\d+) ?d(?:ays?)? (?=\d+:)", r"\1-", plain, flags=re.IGNORECASE)
    plain = re.sub(r"(\d)h ?(\d\d)$", r"\1h \2m", plain, flags=re.IGNORECASE)
    found = _CLOCK.fullmatch(plain)
    if found is None:
        duration = seconds(plain)
        if duration is None:
            raise UsageError(
                f"{shown} is not a walltime; write for example 24h, 90 min or 36:00:00"
            )
        return duration, None
    days, hours, minutes, rest = (int(part or 0) for part in found.groups())
    if minutes > 59 or rest > 59:
        raise UsageError(
            f"{shown} has more than 59 minutes or seconds; write for example 1:30:00 or 90 min"
        )
    duration = days * 86400 + hours * 3600 + minutes * 60 + rest
    clear = found[1] or found[4] or not plain[-1].isdigit()
    return duration, None if clear else f"{shown} is read as {spoken(duration)} (hours:minutes)"


def _ratio(number: str, exponent: int) -> tuple[int, int]:
    """A decimal number as an exact fraction."""
    whole, _, rest = number.partition(".")
    return int(whole + rest) * 10**exponent, 10 ** len(rest)


def several(number: int, name: str) -> str:
    """A number of things in words: ``1 job``, ``2 jobs``."""
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
