"""Values of the wrong type: how they look to a person, whether they break a run, what to write."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from q2pconf import units
from q2pconf.errors import UsageError
from q2pconf.findings import Fix
from q2pconf.releases import Release
from q2pconf.schema import Problem

__all__ = ["ARTICLE", "breaks", "tells", "type_remedy"]

ARTICLE = {
    "string": 'text in quotes, as in "…"',
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list, as in [ … ]",
    "object": "a table",
}
_NAMES = ("partition", "queue", "account", "project", "qos", "constraint", "clusters", "gres")
"""Keys for which the scheduler takes several, with commas."""
_QUOTES = '"""'
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_SECONDS = re.compile(r"(\d{1,9})\s*(s|sec|secs|seconds?|m|min|mins|minutes?|h|hours?)")
_TIMES = ("_period", "_timeout", "_threshold", "_idletime")
"""Endings of keys that say a time, in seconds."""
_OFF_IF_FALSE = ("max_workers", "max_workers_per_node", "address_probe_timeout", "worker_port")


def tells(value: Any) -> str:
    """A value as a person sees it in the file, and what kind it is."""
    if isinstance(value, bool):
        return f"{str(value).lower()} (true or false)"
    if isinstance(value, str):
        return f'"{value}" (text)' if len(value) <= 40 else "a long text"
    if isinstance(value, int):
        return f"{value} (a whole number)"
    if isinstance(value, float):
        return f"{value} (a number with a decimal point)"
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, Mapping) else f"{value} (a date or time)"


def breaks(problem: Problem, release: Release) -> bool:
    """Whether a value of the wrong type makes a run fail, as far as that was measured."""
    tolerated, value, key = problem.rule.get("x-tolerates", []), problem.value, problem.key
    if key == "cmd_timeout" and isinstance(value, float) and not release.loader.plain_values:
        return True  # the first loaders' decimal numbers cannot be rounded
    if not value and (key == "select_options" or (value is False and key in _OFF_IF_FALSE)):
        return False
    if key in ("cmd_timeout", "cores_per_node") and _is_no_number(value):
        return True
    if key == "nodes_per_block" and isinstance(value, float):
        return True  # launchers hand it on, and most schedulers want a whole number
    if key == "max_blocks" and isinstance(value, float) and math.isfinite(value):
        return True  # the first block comes, and Parsl cannot count any further
    if problem.owner == "AdHocProvider" and (
        key in ("move_files", "parallelism")
        or (key == "cmd_timeout" and isinstance(value, bool | float))
    ):
        return False
    if key in ("debug", "fail_on_any") and problem.owner.endswith("Launcher"):
        return not (_counts_as_number(value) or "object" in tolerated)
    if _kind_of(value) in tolerated:
        return False
    if isinstance(value, float) and (value.is_integer() or not math.isfinite(value)):
        return "whole" not in tolerated
    is_text = problem.rule.get("type") == "string"
    return not (value in ([], {}) and is_text and "boolean" in tolerated)


def _is_no_number(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _counts_as_number(value: Any) -> bool:
    """Whether a launcher can make 0 or 1 of it, as it does with int()."""
    try:
        int(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return kinds.get(type(value), "datetime")


def type_remedy(problem: Problem, wanted: list[str], words: str) -> tuple[str, Fix | None]:
    """What to write instead of a value of the wrong type, and the change where that is known."""
    value, key = problem.value, problem.key
    if key == "walltime" and "string" in wanted and isinstance(value, int | float):
        return 'write hours, minutes and seconds in quotes, as in `walltime = "24:00:00"`', None
    if wanted == ["string"] and isinstance(value, list) and all(isinstance(v, str) for v in value):
        if key in _NAMES:
            return f'write one text: `{key} = "{",".join(value)}"`', None
        lines = f"write one text between `{_QUOTES}`, with these as its lines, behind `{key} =`"
        return lines, None
    new, safe = _meant(key, value, wanted)
    if new is None:
        return f"write {words} behind `{key} =`", None
    shown = f'"{new}"' if isinstance(new, str) else str(new).lower()
    return f"write `{key} = {shown}`", Fix(kind="set", key=problem.path, value=new, safe=safe)


def _meant(key: str, value: Any, wanted: list[str]) -> tuple[str | int | float | bool | None, bool]:
    """The value of a right type that was meant, None where that is not known, and whether nothing
    else can have been meant."""
    if isinstance(value, str):
        if key.startswith("mem_per_"):
            return _gigabytes(value)
        if key.endswith(_TIMES) and (timed := _SECONDS.fullmatch(value.strip().lower())):
            return int(timed[1]) * {"s": 1, "m": 60, "h": 3600}[timed[2][0]], True
        return _from_text(value, wanted), True
    if isinstance(value, float) and "integer" in wanted and value == value and value.is_integer():
        return int(value), True
    if wanted == ["boolean"] and not isinstance(value, bool) and value in (0, 1):
        return bool(value), True
    if "string" in wanted and not isinstance(value, bool | list | dict):
        return str(value), True
    return None, False


def _gigabytes(text: str) -> tuple[int | None, bool]:
    """Memory in GB as schedulers count it; not sure where it had to be rounded."""
    try:
        found = units.read_memory(text)
    except UsageError:
        return None, False
    return found.gb, not (found.said and "rounded" in found.said)


def _from_text(value: str, wanted: list[str]) -> int | float | bool | None:
    text = value.strip()
    if "boolean" in wanted and text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    for kind, convert in (("integer", int), ("number", float)):
        if kind in wanted or (kind == "integer" and "number" in wanted):
            try:
                return convert(text.removesuffix("GB").strip())
            except ValueError:
                continue
    return None
