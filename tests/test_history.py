"""history.toml and the shipped schemas tell the same story."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from q2pconf import _resources, _toml

HISTORY = _toml.loads(_resources.read_text("schemas", "history.toml"))
EVENTS: dict[str, dict[str, str]] = {**HISTORY["classes"], **HISTORY["keys"]}


def order_of(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def names_in(parsl: str) -> tuple[set[str], set[str]]:
    """The classes of a shipped schema, and their keys as ``Class.key``."""
    content = json.loads(_resources.read_text("schemas", f"parsl-{parsl}.json"))
    shapes = {name: spec for name, spec in content["definitions"].items() if "properties" in spec}
    ours = {"class", "executor_mapping"}
    return set(shapes), {
        f"{name}.{key}" for name, spec in shapes.items() for key in set(spec["properties"]) - ours
    }


VERSIONS = sorted(
    (
        entry.name.removeprefix("parsl-").removesuffix(".json")
        for entry in _resources.folder("schemas").iterdir()
        if entry.name.startswith("parsl-")
    ),
    key=order_of,
)


def has(name: str, version: str) -> bool:
    """Whether the history says that a version has this class or key."""
    happened = EVENTS[name]
    here = order_of(version)
    added, removed = happened.get("added"), happened.get("removed")
    return (added is None or order_of(added) <= here) and (
        removed is None or here < order_of(removed)
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_schema_has_what_history_says(version: str) -> None:
    classes, keys = names_in(version)
    assert {name for name in HISTORY["classes"] if has(name, version)} <= classes
    assert {name for name in HISTORY["classes"] if not has(name, version)} & classes == set()
    of_classes_here = {name for name in HISTORY["keys"] if name.partition(".")[0] in classes}
    assert {name for name in of_classes_here if has(name, version)} <= keys
    assert {name for name in of_classes_here if not has(name, version)} & keys == set()


@pytest.mark.parametrize(("older", "newer"), list(pairwise(VERSIONS)))
def test_difference_between_schemas_is_in_history(older: str, newer: str) -> None:
    old_classes, old_keys = names_in(older)
    new_classes, new_keys = names_in(newer)
    stayed = old_classes & new_classes
    for event, names in (
        ("added", (new_classes - old_classes) | (new_keys - old_keys)),
        ("removed", (old_classes - new_classes) | (old_keys - new_keys)),
    ):
        for name in names:
            owner, dot, _ = name.partition(".")
            if not dot or owner in stayed:
                assert order_of(older) < order_of(EVENTS[name][event]) <= order_of(newer), name


def test_history_is_of_releases_in_order() -> None:
    for name, happened in EVENTS.items():
        assert set(happened) <= {"added", "removed"}, name
        assert happened, name
        for version in happened.values():
            assert version == ".".join(str(part) for part in order_of(version)), name
            assert order_of(VERSIONS[0]) < order_of(version) <= order_of(VERSIONS[-1]), name
        if len(happened) == 2:
            assert order_of(happened["added"]) < order_of(happened["removed"]), name
