"""What the rooms of ``syntax`` share: a slip, and how lines of TOML look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from q2pconf import _toml
from q2pconf._dataclasses import dataclass

__all__ = ["Pair", "Slip", "is_toml", "names", "pair"]

_KEY = re.compile(r"(\s*(?P<key>[\w\-.\"']+)\s*=\s*)")
_TOKEN = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|#|[^\"'#]+|.")
_NAME = re.compile(r"\s*(\[+[^#\]]*\]+|[^=#]*[^=#\s])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Slip:
    """One thing that is no TOML, on one line from ``column`` on; ``instead`` are lines that can
    stand in, by their numbers, so that the rest can be judged."""

    message: str
    line: int
    column: int
    width: int
    hint: str
    code: str = "Q2P001"
    instead: Mapping[int, str] | None = None


class Pair(NamedTuple):
    """A line ``key = value``: all in front of the value, the key, the value without a comment, and
    the comment."""

    lead: str
    key: str
    value: str
    comment: str


def pair(line: str) -> Pair | None:
    """The parts of a line ``key = value``, None for any other line."""
    found = _KEY.match(line)
    if found is None:
        return None
    ends = (one.start() for one in _TOKEN.finditer(line, found.end()) if one[0] == "#")
    end = next(ends, len(line))
    return Pair(found[1], found["key"], line[found.end() : end].rstrip(), line[end:])


def is_toml(value: str) -> bool:
    """Whether this can stand behind ``key =``, on one line."""
    return _reads(f"x = {value}") if value else False


def _reads(text: str) -> bool:
    try:
        _toml.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def names(line: str) -> tuple[str, int]:
    """The header of a table, or the key of a line, and where it begins."""
    found = _NAME.match(line)
    return (found[1].strip(), found.start(1)) if found else (line.strip(), 0)
