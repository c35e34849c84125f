"""Data for a JSON Schema by the seed: mostly what it asks for, with slips, and anything at all."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping
from typing import Any

__all__ = ["anything", "keeping"]

_PLAIN: tuple[Any, ...] = (
    0, 1, -1, 2**63, 0.0, 1.0, 0.5, -2.5, float("inf"), float("nan"), True, False, "", "1",
    "simple", "none", "default", "24:00:00", "ä\n", [], {}, [1], ["x"], {"class": "x"}, {"x": 1},
    datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1, 12), datetime.time(12),
)  # fmt: skip
"""Every kind of value that TOML has, and what lies at the edges of the rules."""

_SLIPS = 0.04
"""How often something else stands where the schema asks for a value."""


def anything(randomly: random.Random, depth: int = 0) -> Any:
    """A value of any kind, with the words that configurations use."""
    roll = randomly.random()
    if depth < 4 and roll < 0.3:
        count = randomly.randrange(4)
        return {randomly.choice(_WORDS): anything(randomly, depth + 1) for _ in range(count)}
    if depth < 4 and roll < 0.45:
        return [anything(randomly, depth + 1) for _ in range(randomly.randrange(4))]
    return randomly.choice(_WORDS) if roll < 0.6 else randomly.choice(_PLAIN)


_WORDS = (
    "parsl", "executors", "class", "label", "provider", "launcher", "executor_mapping", "channel",
    "HighThroughputExecutor", "ThreadPoolExecutor", "SlurmProvider", "LocalProvider",
    "SrunLauncher", "max_threads", "strategy", "walltime", "monitoring", "dada2", "nonsense",
)  # fmt: skip


def keeping(randomly: random.Random, rule: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """A value that a schema takes, unless a slip is made on the way."""
    if randomly.random() < _SLIPS:
        return anything(randomly, 2)
    if "$ref" in rule:
        return keeping(randomly, root["definitions"][rule["$ref"].rpartition("/")[2]], root)
    branches = rule.get("oneOf", rule.get("anyOf"))
    if branches is not None:
        return keeping(randomly, randomly.choice(branches), root)
    if "const" in rule or "enum" in rule:
        return randomly.choice(rule.get("enum", [rule.get("const")]))
    kinds = rule.get("type", "string")
    kind = kinds if isinstance(kinds, str) else randomly.choice(kinds)
    if kind == "object":
        return _table(randomly, rule, root)
    if kind == "array":
        items = rule.get("items", {})
        return [keeping(randomly, items, root) for _ in range(randomly.randrange(3))]
    return _plain(randomly, kind, rule)


def _table(
    randomly: random.Random, rule: Mapping[str, Any], root: Mapping[str, Any]
) -> dict[str, Any]:
    known, needed = rule.get("properties", {}), rule.get("required", ())
    share = randomly.choice((0.05, 0.2, 0.5))
    table = {
        key: keeping(randomly, one, root)
        for key, one in known.items()
        if (key in needed and randomly.random() > _SLIPS)
        or ("not" not in one and randomly.random() < share)
    }
    more = rule.get("additionalProperties", True)
    if isinstance(more, dict):
        table |= {word: keeping(randomly, more, root) for word in randomly.sample(_WORDS, 2)}
    elif randomly.random() < _SLIPS:
        table[randomly.choice(_WORDS)] = anything(randomly, 3)
    return table


def _plain(randomly: random.Random, kind: str, rule: Mapping[str, Any]) -> Any:
    if kind == "boolean":
        return randomly.random() < 0.5
    if kind == "string":
        return randomly.choice(("24:00:00", "default", "x"))
    low, high = rule.get("minimum", rule.get("exclusiveMinimum", 0)), rule.get("maximum", 9)
    near = randomly.choice((low, low, high, low + 1, low + 1, low - (randomly.random() < 0.2)))
    return near if kind == "integer" or randomly.random() < 0.5 else near + 0.5
