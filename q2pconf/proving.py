"""Prove that data keep to a JSON Schema, without jsonschema, which takes longer to import.

Most files are right, and for those nothing needs to be said. This judges the part of draft-07 that
the schemas here are made of, as jsonschema does; what it is not sure of it leaves unproven, and
jsonschema has the word. It never says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["known_keywords", "proven"]

_Rule = Mapping[str, Any]


class _UnsureError(Exception):
    """The schema has a keyword, or the data a kind of value, that is left to jsonschema."""


def proven(data: Any, schema: _Rule, root: _Rule) -> bool:
    """Whether data surely keep to a schema; ``root`` has the definitions that it refers to."""
    try:
        return _Proof(root).holds(data, schema)
    except _UnsureError:
        return False


class _Proof:
    """The judgement of each keyword, within one root schema."""

    def __init__(self, root: _Rule) -> None:
        self.root = root

    def holds(self, value: Any, schema: _Rule) -> bool:
        """Whether a value keeps to a schema."""
        if not isinstance(schema, dict):
            raise _UnsureError(schema)
        if "$ref" in schema:  # in draft-07 it stands for the whole of its table
            return self.holds(value, self.definition(schema["$ref"]))
        for keyword, rule in schema.items():
            judge = _JUDGES.get(keyword)
            if judge is not None:
                if not judge(self, value, rule, schema):
                    return False
            elif not (keyword in _SAY_NOTHING or keyword.startswith("x-")):
                raise _UnsureError(keyword)
        return True

    def definition(self, reference: str) -> _Rule:
        start, _, name = reference.rpartition("/")
        found = self.root.get("definitions", {}).get(name)
        if start != "#/definitions" or found is None:
            raise _UnsureError(reference)
        rule: _Rule = found
        return rule

    def type(self, value: Any, kinds: str | list[str], _: _Rule) -> bool:
        if isinstance(kinds, str):
            return _is(value, kinds)
        return any(_is(value, kind) for kind in kinds)

    def properties(self, value: Any, rules: Mapping[str, _Rule], _: _Rule) -> bool:
        if not isinstance(value, dict):
            return True
        # The class first: it decides between the branches of a union.
        first = ("class",) if "class" in value and "class" in rules else ()
        return all(self.holds(value[key], rules[key]) for key in (*first, *value) if key in rules)

    def extra_properties(self, value: Any, rule: bool | _Rule, schema: _Rule) -> bool:
        if "patternProperties" in schema:
            raise _UnsureError("patternProperties")
        if not isinstance(value, dict):
            return True
        known = schema.get("properties", ())
        extra = [key for key in value if key not in known]
        if isinstance(rule, bool):
            return rule or not extra
        return all(self.holds(value[key], rule) for key in extra)

    def required(self, value: Any, keys: list[str], _: _Rule) -> bool:
        return not isinstance(value, dict) or all(key in value for key in keys)

    def items(self, value: Any, rule: _Rule, _: _Rule) -> bool:
        return not isinstance(value, list) or all(self.holds(one, rule) for one in value)

    def max_items(self, value: Any, most: int, _: _Rule) -> bool:
        return not isinstance(value, list) or len(value) <= most

    def any_of(self, value: Any, rules: list[_Rule], _: _Rule) -> bool:
        return any(self.holds(value, rule) for rule in rules)

    def one_of(self, value: Any, rules: list[_Rule], _: _Rule) -> bool:
        return sum(self.holds(value, rule) for rule in rules) == 1

    def never(self, value: Any, rule: _Rule, _: _Rule) -> bool:
        return not self.holds(value, rule)

    def const(self, value: Any, wanted: Any, _: _Rule) -> bool:
        return _same(value, wanted)

    def enum(self, value: Any, wanted: list[Any], _: _Rule) -> bool:
        return any(_same(value, one) for one in wanted)

    def pattern(self, value: Any, pattern: str, _: _Rule) -> bool:
        import re

        return not isinstance(value, str) or re.search(pattern, value) is not None

    def minimum(self, value: Any, limit: float, _: _Rule) -> bool:
        return not _is_number(value) or not value < limit

    def maximum(self, value: Any, limit: float, _: _Rule) -> bool:
        return not _is_number(value) or not value > limit

    def above(self, value: Any, limit: float, _: _Rule) -> bool:
        return not _is_number(value) or not value <= limit


_JUDGES: Mapping[str, Callable[[_Proof, Any, Any, _Rule], bool]] = {
    "type": _Proof.type,
    "properties": _Proof.properties,
    "additionalProperties": _Proof.extra_properties,
    "required": _Proof.required,
    "items": _Proof.items,
    "maxItems": _Proof.max_items,
    "anyOf": _Proof.any_of,
    "oneOf": _Proof.one_of,
    "not": _Proof.never,
    "const": _Proof.const,
    "enum": _Proof.enum,
    "pattern": _Proof.pattern,
    "minimum": _Proof.minimum,
    "maximum": _Proof.maximum,
    "exclusiveMinimum": _Proof.above,
}

_SAY_NOTHING = frozenset(
    {"$schema", "$comment", "title", "description", "default", "examples", "definitions"}
)


def known_keywords() -> frozenset[str]:
    """The keywords that are judged or say nothing; those that begin with ``x-`` say nothing."""
    return _SAY_NOTHING | set(_JUDGES) | {"$ref"}


def _is(value: Any, kind: str) -> bool:
    """Whether a value is of a kind, as schema.py tells jsonschema to see it."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "number":
        return _is_number(value)
    python = _PYTHON.get(kind)
    if python is None:
        raise _UnsureError(kind)
    return isinstance(value, python)


_PYTHON: Mapping[str, type] = {
    "boolean": bool,
    "string": str,
    "integer": int,
    "array": list,
    "object": dict,
}


def _is_number(value: Any) -> bool:
    if isinstance(value, int | float):
        return not isinstance(value, bool)
    if isinstance(value, str | list | dict) or value is None:
        return False
    raise _UnsureError("number")  # Python has more kinds of numbers than TOML


def _same(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, str):
        raise _UnsureError("const")  # 1, 1.0 and true are a matter of their own
    return isinstance(value, str) and value == wanted
