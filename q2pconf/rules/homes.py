"""Where a key belongs that stands in a table whose class does not have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from q2pconf import history
from q2pconf.schema import Problem, Schema

__all__ = ["comes_right", "home_of", "others_with"]

_UP = "a key belongs to the last [table] above it, indented or not"
_TABLES = {
    "provider": "[parsl.executors.provider]",
    "launcher": "[parsl.executors.provider.launcher]",
}
_MANY = ("class", "debug", "executors", "executor")
"""Keys that say nothing about where they belong."""
_USUAL = ("HighThroughputExecutor", "ThreadPoolExecutor")
"""The executors that a key may be taken for one of; the others can hardly be used."""


def home_of(problem: Problem, schema: Schema) -> tuple[str, str] | None:
    """Whose key it is, and what to do; None where it is no other table's either."""
    key, owner, here = problem.key, problem.owner, kind_of(problem.owner, schema)
    if key in ("provider", "launcher"):
        return _misplaced_table(key, owner, here)
    if here == "Config" and is_executor(problem.value, schema.classes("executor")):
        return "the executors", f'write [[parsl.executors]], and `label = "{key}"` below it'
    if not here or key in _MANY:
        return None
    if key == "executor_mapping":
        return "[parsl]", "write the header as [parsl.executor_mapping.PLUGIN]"
    for kind in ("Config", "executor", "provider", "launcher"):
        if kind != here and _has(kind, key, schema):
            if owner == "ThreadPoolExecutor" and kind in ("provider", "launcher"):
                return (
                    f"a {kind}",
                    "a thread pool has none: delete the line, or move it below the"
                    f" {_TABLES[kind]} of another executor",
                )
            return _names(kind), _move(key, kind, here)
    return None


def is_executor(value: Any, classes: Iterable[str]) -> bool:
    """Whether this is a table for an executor, wherever it stands."""
    return isinstance(value, Mapping) and value.get("class") in tuple(classes)


def comes_right(problem: Problem, schema: Schema, table: Mapping[str, Any]) -> bool:
    """Whether nothing is left to say of a key: it follows `provider = "…"`, and belongs to the
    table that has to be written there instead."""
    if problem.kind != "unknown-key":
        return False
    for kind in ("provider", "launcher"):
        if kind in table and not isinstance(table[kind], Mapping | list):
            keys = list(table)
            if keys.index(kind) < keys.index(problem.key):
                return any(_knows(name, problem.key, schema) for name in schema.classes(kind))
    return False


def others_with(problem: Problem, schema: Schema) -> str | None:
    """The classes of the same kind that have the key, in words."""
    kind = kind_of(problem.owner, schema)
    if kind not in ("executor", "provider", "launcher"):
        return None
    having = [name for name in schema.classes(kind) if _knows(name, problem.key, schema)]
    if len(having) > 3:
        return f"other {kind}s have"
    return f"{' and '.join(having)} {'has' if len(having) == 1 else 'have'}" if having else None


def kind_of(owner: str, schema: Schema) -> str:
    """What a class is: Config for [parsl] itself, "" for one that the schema does not have."""
    kinds = ("executor", "provider", "launcher")
    found = (kind for kind in kinds if owner in schema.classes(kind))
    return "Config" if owner == "Config" else next(found, "")


def _misplaced_table(key: str, owner: str, here: str) -> tuple[str, str] | None:
    if owner == "ThreadPoolExecutor":
        if key == "launcher":
            return "a provider", "a thread pool has neither provider nor launcher: delete the table"
        return (
            "another executor",
            "a thread pool has no provider; put this table below the other executor",
        )
    belongs = {"provider": "an executor", "launcher": "a provider"}[key]
    if here not in ("Config", "executor", "provider", "launcher"):
        return None
    below = "[[parsl.executors]]" if key == "provider" else _TABLES["provider"]
    return belongs, f"write the header as {_TABLES[key]}, and put it below its {below}"


def _names(kind: str) -> str:
    return {"Config": "[parsl]", "executor": "the executor"}.get(kind, f"the {kind}")


def _move(key: str, kind: str, here: str) -> str:
    if kind == "Config":
        return f"move `{key}` up, right below the line [parsl]: {_UP}"
    if kind == "executor":
        if here == "Config":
            return f"move `{key}` down, below the line [[parsl.executors]]"
        return f"move `{key}` up, above the line {_TABLES['provider']}: {_UP}"
    if here == "launcher":
        return f"move `{key}` up, above the line {_TABLES['launcher']}: {_UP}"
    return f"move `{key}` below the line {_TABLES[kind]} (which needs a `class`)"


def _has(kind: str, key: str, schema: Schema) -> bool:
    """Whether a class of this kind has the key, or had it in another Parsl."""
    if kind == "Config":
        return _knows("Config", key, schema)
    common = {"executor": "HighThroughputExecutor", "provider": "SlurmProvider"}.get(kind)
    past = history.of_key(common, key) if common else None
    known = past is not None and (past.removed or past.added)
    classes = _USUAL if kind == "executor" else schema.classes(kind)
    return bool(known) or any(_knows(name, key, schema) for name in classes)


def _knows(name: str, key: str, schema: Schema) -> bool:
    return key != "class" and key in schema.of_class(name).get("properties", {})
