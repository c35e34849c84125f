"""Walltimes as people write them, and as Parsl wants them."""

from __future__ import annotations

import re

__all__ = ["parsl_minutes", "plain_walltime", "seconds", "walltime"]

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_WORDS = re.compile(
    r"(\d{1,9}(?:\.\d{1,9})?)\s*(d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)\b\s*",
    re.IGNORECASE,
)


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
