"""Keys that the target's Parsl does not know, values that it takes another way."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from q2pconf import edits, history, quoting, schema
from q2pconf.edits import Splice
from q2pconf.findings import KeyPath
from q2pconf.history import Past
from q2pconf.layout import Layout
from q2pconf.migrating.work import Work
from q2pconf.model import Table
from q2pconf.schema import Problem

__all__ = ["defaults", "unknown_keys", "values"]

_CAPS = ("max_workers", "max_workers_per_node")
_ROUNDED = ("cores_per_worker", "mem_per_worker", "parallelism", "cores_per_node", "mem_per_slot")


def unknown_keys(work: Work) -> None:
    """Rename, move, delete or comment out every key that the target does not know."""
    _one_cap(work)
    before = work.document.data
    for problem in list(schema.check(before, work.new)):
        past = history.of_key(problem.owner, problem.key)
        if problem.key in ("channel", "channels"):
            continue
        if problem.kind == "unknown-key" and _was_known(work, problem, past):
            _unknown_key(work, problem, past, _table_at(before, problem.path[:-1]))


def _was_known(work: Work, problem: Problem, past: Past) -> bool:
    """Whether another release knows it, so that it is not just a slip."""
    known = work.old.of_class(problem.owner).get("properties", {})
    return problem.key in known or past.added is not None or past.removed is not None


def _unknown_key(work: Work, problem: Problem, past: Past, table: Mapping[str, Any]) -> None:
    path, key, owner = problem.path, problem.key, problem.owner
    known = work.new.of_class(owner).get("properties", {})
    gone = f"Parsl {work.target.parsl} has no `{key}`"
    if past.instead in known and past.instead is not None:
        _rename(work, path, past.instead, problem.value)
    elif past.option and problem.value in past.neutral:
        message = f"{gone}; without it Parsl does the same"
        work.remove(path, message)
    elif past.option and owner == "SlurmProvider" and isinstance(problem.value, str | int):
        _into_options(work, path, f"{past.option}{problem.value}")
    elif past.harmless or _says_nothing(problem.value, past, table):
        why = past.why if past.harmless else "without it Parsl does the same"
        work.remove(path, f"{gone}; {why}")
    elif not past.neutral and _is_default(work, owner, key, problem.value):
        message = f"{gone}; this value was its default"
        work.remove(path, message)
    else:
        work.comment_out(path, f"{gone}{f'; {past.why}' if past.why else ''}")


def _says_nothing(value: Any, past: Past, table: Mapping[str, Any]) -> bool:
    """Whether the key says no more than leaving it out."""
    idle = past.only_with is not None and table.get(past.only_with) is not True
    return idle or any(value == one and type(value) is type(one) for one in past.neutral)


def _is_default(work: Work, owner: str, key: str, value: Any) -> bool:
    rule = work.old.of_class(owner).get("properties", {}).get(key, {})
    return "default" in rule and rule["default"] == value and type(rule["default"]) is type(value)


def _one_cap(work: Work) -> None:
    """Where both names of the workers' cap are given, keep the one that counts."""
    for executor in list(work.config.executors()):
        if not all(executor.has(key) for key in _CAPS):
            continue
        loser = "max_workers" if executor.values["max_workers_per_node"] else "max_workers_per_node"
        if all(executor.knows(key) for key in _CAPS) and loser == "max_workers":
            continue  # as before: the target takes the same one
        path = executor.at(loser)
        message = f"Parsl does not look at `{loser}` beside the other cap"
        work.remove(path, message)


def _rename(work: Work, path: KeyPath, new: str, value: Any) -> None:
    old = path[-1]
    if old == "max_workers_per_node" and not value:
        work.remove(path, f"`{old} = {value}` is no limit, and so is leaving it out")
        return
    message = f"`{old}` is called `{new}` in Parsl {work.target.parsl}"
    work.rename(path, new, message, (*path[:-1], new))


def _into_options(work: Work, path: KeyPath, line: str) -> None:
    """Say with a line of scheduler_options what a key of SlurmProvider said."""
    options = (*path[:-1], "scheduler_options")

    def make(layout: Layout) -> list[Splice]:
        before = _table_at(layout.document.data, path[:-1]).get("scheduler_options")
        if before is None:
            text = quoting.written(line)
            named = edits.naming(layout, path, "scheduler_options")
            return [*named, *edits.setting(layout, path, text)]
        if not isinstance(before, str):
            return []
        joined = f"{before}\n{line}" if before.strip() else line
        more = edits.setting(layout, options, quoting.written(joined))
        return [*more, *edits.dropping(layout, path)]

    message = f"Parsl {work.target.parsl} has no `{path[-1]}`; scheduler_options now has {line}"
    work.edit("set", path, make, message, options)


def _table_at(data: Mapping[str, Any], path: KeyPath) -> Mapping[str, Any]:
    table: Any = data
    for part in path:
        table = table[part]
    found: Mapping[str, Any] = table
    return found


def values(work: Work) -> None:
    """Write values the way that the target takes them."""
    if not work.target.loader.plain_values:
        _whole_numbers(work)
    spec = work.new.of_class("Config").get("properties", {})
    usage = work.config.table.values.get("usage_tracking")
    if spec.get("usage_tracking", {}).get("type") == "boolean" and type(usage) is int:
        path = work.config.table.at("usage_tracking")
        work.set(path, quoting.written(usage > 0), "`usage_tracking` is true or false there")
    if spec.get("usage_tracking", {}).get("type") != "boolean" and isinstance(usage, bool):
        path = work.config.table.at("usage_tracking")
        message = "`usage_tracking` is a number from 0 to 3 there"
        work.set(path, quoting.written(int(usage)), message)
    _no_limit(work)
    for executor in list(work.config.executors()):
        cap = executor.values.get("max_workers_per_node")
        rule = executor.spec.get("properties", {}).get("max_workers_per_node", {})
        if isinstance(cap, float) and math.isinf(cap) and rule.get("type") == "integer":
            path = executor.at("max_workers_per_node")
            message = "`max_workers_per_node` must be a whole number there; no limit is the default"
            work.remove(path, message)


def _no_limit(work: Work) -> None:
    """0 workers mean no limit from Parsl 2024.4.15 on, and none at all before."""
    if not work.target.parsl_order < (2024, 4) <= work.origin.parsl_order:
        return
    for executor in list(work.config.executors()):
        if executor.values.get("max_workers") == 0:
            path = executor.at("max_workers")
            message = "`max_workers = 0` meant no limit, which leaving it out says there"
            work.remove(path, message)


def _whole_numbers(work: Work) -> None:
    """The first loaders hand on decimal numbers that Parsl cannot round: 2.0 becomes 2."""
    for table in list(_tables(work)):
        for key in _ROUNDED:
            value = table.values.get(key)
            if isinstance(value, float) and value.is_integer():
                path, whole = table.at(key), quoting.written(int(value))
                message = f"QIIME 2 {work.target.name} cannot round `{key} = {value}`: now {whole}"
                work.set(path, whole, message)


def defaults(work: Work) -> None:
    """Say which defaults of keys that the file leaves out are others now."""
    for table in _tables(work):
        name = table.class_name
        before = work.old.of_class(name).get("properties", {})
        after = work.new.of_class(name).get("properties", {})
        for key in before:
            if not table.has(key):
                _default(work, name, key, before[key].get("default"), after.get(key))


def _default(work: Work, owner: str, key: str, old: Any, rule: Mapping[str, Any] | None) -> None:
    """Say it of one key; ``rule`` is None where the target does not have it."""
    if old is None or isinstance(old, dict):
        return
    past = history.of_key(owner, key)
    was = f"`{key}` of {owner}, which the file leaves out, was {quoting.written(old)} by default"
    if rule is None and past.neutral and old not in past.neutral:
        note = f"{was}; Parsl {work.target.parsl} has no such key: {past.why}"
    elif rule is not None and rule.get("default") not in (None, old):
        note = f"{was} and is {quoting.written(rule['default'])} now"
    else:
        return
    if note not in work.notes:
        work.notes.append(note)


def _tables(work: Work) -> Iterator[Table]:
    """[parsl], its executors and their providers."""
    yield work.config.table
    yield from work.config.executors()
    yield from work.config.providers()
