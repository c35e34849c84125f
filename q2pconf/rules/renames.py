"""What to write instead of a key that a class does not have: another key, in other words or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from q2pconf import names, units
from q2pconf.errors import UsageError
from q2pconf.findings import Fix
from q2pconf.schema import Problem, Schema

__all__ = ["instead", "renamed"]

_GB = ("mem_per_node", "mem_per_slot")
"""Keys of Parsl's that say memory in GB."""

_ACTIVATE = 'worker_init = "source /path/to/conda/etc/profile.d/conda.sh; conda activate qiime2"'


def instead(problem: Problem, schema: Schema, *, spelling: bool) -> tuple[str, Fix | None] | None:
    """What to write, and a change of the name where its value still fits; None where no key of the
    class is near. ``spelling``: whether the key may be a slip of the pen."""
    rules: Mapping[str, Any] = schema.of_class(problem.owner).get("properties", {})
    known = [key for key, rule in rules.items() if key != "class" and "not" not in rule]
    find = names.meant if spelling else names.synonym
    name = find(problem.key, known)
    if name is None:
        return None
    advice = _said_otherwise(problem, name)
    if advice is not None:
        return advice, None
    fits = _fits(problem.value, rules[name])
    return f"write `{name}` instead", renamed(problem, name) if fits else None


def renamed(problem: Problem, name: str) -> Fix:
    """Another name for the key; safe where nothing else can be meant, by name and value."""
    safe = names.same(problem.key, name)
    return Fix(kind="rename", key=problem.path, value=name, safe=safe)


def _said_otherwise(problem: Problem, name: str) -> str | None:
    """What to write where another key says the same with another kind of value."""
    if name == "select_options":
        return f'write `select_options = "mem={_gigabytes(problem)}gb"` instead'
    if name == "worker_init" and problem.key.lower() == "environment":
        return f"write the commands that activate it: `{_ACTIVATE}`"
    if name == "worker_port" and isinstance(problem.value, list):
        return "write one fixed port: `worker_port = 54321`"
    if name == "executors" and not isinstance(problem.value, list):
        return "write the header of each executor as [[parsl.executors]], in double brackets"
    return None


def _gigabytes(problem: Problem) -> int:
    """The memory that the file asks for, where its unit is sure; else an example."""
    value = problem.value
    if problem.key in _GB or isinstance(value, str):
        try:
            return units.read_memory(value).gb
        except UsageError:
            pass
    return 96


def _fits(value: Any, rule: Mapping[str, Any]) -> bool:
    """Whether the key takes a list, a table or a single value, as this one is."""
    kinds = rule.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, list):
        return "array" in kinds
    if isinstance(value, Mapping):
        return "object" in kinds or not kinds
    return kinds != ["array"]
