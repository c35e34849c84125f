"""The JSON Schema of a release, and what it says of a file, told for the class that is named."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any, Literal

from q2pconf import _resources, names, proving
from q2pconf._dataclasses import dataclass
from q2pconf.findings import KeyPath
from q2pconf.releases import Release

__all__ = ["Problem", "Schema", "check", "load", "of"]

Kind = Literal[
    "unknown-key", "missing-key", "type", "value", "range", "pattern", "unsettable",
    "no-class", "unknown-class", "not-a-table",
]  # fmt: skip

_KIND_OF_KEYWORD: Mapping[str, Kind] = {
    "type": "type",
    "enum": "value",
    "const": "value",
    "pattern": "pattern",
    "minimum": "range",
    "maximum": "range",
    "exclusiveMinimum": "range",
    "not": "unsettable",
    "maxItems": "unsettable",
}


_ANY_EXECUTOR = "HighThroughputExecutor"


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The schema of one Parsl version, as it is shipped or was read off an installed one."""

    parsl: str
    content: Mapping[str, Any]

    def of_class(self, name: str | None) -> Mapping[str, Any]:
        """What the schema says of a class; empty for one that this Parsl has not."""
        found = self.content["definitions"].get(name, {}) if name else {}
        return found if "properties" in found else {}

    def classes(self, kind: str) -> tuple[str, ...]:
        """The classes of a kind (executor, provider, launcher, channel, monitoring)."""
        branches = self.content["definitions"].get(kind, {}).get("oneOf", [])
        return tuple(branch["$ref"].rpartition("/")[2] for branch in branches)

    @cached_property
    def validator(self) -> Any:
        """jsonschema's validator for it."""
        from jsonschema import Draft7Validator, validators

        # TOML tells 1 from 1.0, and so does Parsl: a float never passes for an integer.
        types = Draft7Validator.TYPE_CHECKER.redefine(
            "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
        )
        extend: Any = validators.extend
        own = {
            "items": _unproven_items(self.content, Draft7Validator.VALIDATORS["items"]),
            "oneOf": _meant_branch(self.content, Draft7Validator.VALIDATORS["oneOf"]),
        }
        return extend(Draft7Validator, own, type_checker=types)(self.content)


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that the schema says against a file.

    ``path`` is the value at fault (for ``missing-key``: the table that lacks ``key``), ``owner``
    the class of the table around it, ``rule`` the schema of that value.
    """

    kind: Kind
    path: KeyPath
    owner: str
    key: str
    value: Any
    rule: Mapping[str, Any]


def of(release: Release) -> Schema:
    """The schema that a release's files are judged by."""
    if release.generated is None:
        return load(release.parsl)
    return _parsed(release.parsl, release.generated)


def load(parsl: str) -> Schema:
    """The shipped schema of a Parsl version. Raises FileNotFoundError if there is none."""
    return _parsed(parsl, None)


@lru_cache(maxsize=16)
def _parsed(parsl: str, text: str | None) -> Schema:
    if text is None:
        text = _resources.read_text("schemas", f"parsl-{parsl}.json")
    return Schema(parsl=parsl, content=json.loads(text))


def _unproven_items(root: Mapping[str, Any], judge: Any) -> Any:
    """The keyword ``items`` without the elements that are surely right: one wrong executor among
    thousands is found as fast as alone."""

    def items(validator: Any, rule: Any, value: Any, owner: Any) -> Iterator[Any]:
        if not (isinstance(rule, dict) and isinstance(value, list)):
            yield from judge(validator, rule, value, owner)
            return
        for index, one in enumerate(value):
            if not proving.proven(one, rule, root):
                yield from validator.descend(one, rule, path=index)

    return items


def _meant_branch(root: Mapping[str, Any], judge: Any) -> Any:
    """The keyword ``oneOf`` for tables with a ``class``: the errors of the branch that is meant,
    without a look at the others, which say no more than that their class is another."""

    def one_of(validator: Any, branches: Any, value: Any, owner: Any) -> Iterator[Any]:
        from jsonschema import ValidationError

        if proving.proven(value, {"oneOf": branches}, root):
            return
        at = _branch(value, branches)
        errors = [] if at is None else validator.descend(value, branches[at], schema_path=at)
        if found := list(errors):
            yield ValidationError("no branch fits", context=found)
        else:
            yield from judge(validator, branches, value, owner)

    return one_of


def _branch(value: Any, branches: Any) -> int | None:
    """The branch of the class that a table names, or surely means."""
    if not isinstance(value, dict):
        return None
    known = [branch["$ref"].rpartition("/")[2] for branch in branches]
    name = _stand_in(value.get("class"), known)
    return None if name is None else known.index(name)


def _stand_in(name: Any, known: list[str]) -> str | None:
    """The class that a table is judged by: the one that it names or surely means; for executors
    else the usual one."""
    if name in known:
        return str(name)
    meant = names.surely(name, known) if isinstance(name, str) else None
    return meant or (_ANY_EXECUTOR if _ANY_EXECUTOR in known else None)


def check(data: Mapping[str, Any], schema: Schema) -> Iterator[Problem]:
    """Everything that the schema says against these data, one problem for each mistake.

    jsonschema finds them; it is not asked about data that are proven to be right.
    """
    if proving.proven(data, schema.content, schema.content):
        return
    meant: dict[str, str] = {}
    for error in schema.validator.iter_errors(data):
        for found in _unfold(error):
            owner = _owner(data, found.path, found.kind)
            if owner not in meant:
                meant[owner] = _meant_class(owner, schema)
            yield Problem(
                kind=found.kind,
                path=found.path,
                owner=meant[owner],
                key=found.key,
                value=found.value,
                rule=found.error.schema,
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    kind: Kind
    path: KeyPath
    key: str
    value: Any
    error: Any


def _unfold(error: Any) -> Iterator[_Found]:
    """The mistakes behind one error of jsonschema's."""
    path: KeyPath = tuple(error.absolute_path)
    if error.validator == "oneOf":
        yield from _of_union(error, path)
    elif error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        for key, value in error.instance.items():
            if key not in known:
                yield _Found(
                    kind="unknown-key", path=(*path, key), key=key, value=value, error=error
                )
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance and f"'{key}'" in error.message:
                kind: Kind = "no-class" if key == "class" else "missing-key"
                yield _Found(kind=kind, path=path, key=key, value=None, error=error)
    else:
        kind = _KIND_OF_KEYWORD.get(error.validator, "value")
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        yield _Found(kind=kind, path=path, key=key, value=error.instance, error=error)


def _of_union(error: Any, path: KeyPath) -> Iterator[_Found]:
    """The errors of the branch that ``class`` names, instead of those of all branches."""
    instance = error.instance
    if not isinstance(instance, dict):
        key = next(part for part in reversed(path) if isinstance(part, str))
        yield _Found(kind="not-a-table", path=path, key=key, value=instance, error=error)
        return
    known = [branch["$ref"].rpartition("/")[2] for branch in error.validator_value]
    name, place = instance.get("class"), (*path, "class")
    if name in known:
        yield from _of_branch(error, known.index(name))
        return
    if "class" not in instance:
        yield _Found(kind="no-class", path=path, key="class", value=None, error=error)
    else:
        yield _Found(kind="unknown-class", path=place, key="class", value=name, error=error)
    # What else is wrong can be told of the class that was surely meant; of any class, what hangs
    # below it.
    meant = names.surely(name, known) if isinstance(name, str) else None
    stand_in = _stand_in(name, known)
    if stand_in is not None:
        for found in _of_branch(error, known.index(stand_in)):
            below = len(found.path) > len(path) + 1 or found.kind == "not-a-table"
            if found.path != place and (meant or below):
                yield found


def _of_branch(error: Any, index: int) -> Iterator[_Found]:
    for inner in error.context:
        if inner.schema_path[0] == index:
            yield from _unfold(inner)


def _meant_class(name: str, schema: Schema) -> str:
    """The class that a misspelt name can only mean, else the name itself."""
    if schema.of_class(name):
        return name
    return names.surely(name, schema.content["definitions"]) or name


def _owner(data: Any, path: KeyPath, kind: Kind) -> str:
    """The class of the table that a problem is in; Config for the table [parsl] itself."""
    owner = "Config" if path[:1] == ("parsl",) else ""
    steps = path if kind in ("missing-key", "no-class") else path[:-1]
    for part in steps:
        data = data[part]
        if isinstance(data, dict) and isinstance(data.get("class"), str):
            owner = data["class"]
    return owner
