"""Capacity over every executor, provider and launcher that a release has: no number is made up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from q2pconf import schema
from q2pconf.capacity import Capacity, Node, of_config
from q2pconf.model import Config
from q2pconf.releases import Release, all_releases

NODE = Node(cores=64, memory_gb=256.0)
ONE_OF_EACH = tuple(
    {release.parsl + release.loader.name: release for release in all_releases()}.values()
)
"""Releases that differ in their Parsl or their loader."""


def combinations(release: Release) -> Iterator[dict[str, Any]]:
    """A file for every class of executor on every provider with every launcher, small and large."""
    known = schema.of(release)
    providers = [None, *known.classes("provider")]
    for executor in known.classes("executor"):
        for provider in providers:
            for launcher in [None, *known.classes("launcher")]:
                for nodes in (1, 3):
                    yield {
                        "parsl": {"executors": [_table(known, executor, provider, launcher, nodes)]}
                    }


def _table(
    known: schema.Schema, executor: str, provider: str | None, launcher: str | None, nodes: int
) -> dict[str, Any]:
    table: dict[str, Any] = {"class": executor, "label": "default"}
    if provider is None or not _has(known, executor, "provider"):
        return table
    inside: dict[str, Any] = {"class": provider, "max_blocks": 4}
    if _has(known, provider, "nodes_per_block"):
        inside["nodes_per_block"] = nodes
    if launcher is not None and _has(known, provider, "launcher"):
        inside["launcher"] = {"class": launcher}
    return {**table, "provider": inside}


def _has(known: schema.Schema, name: str, key: str) -> bool:
    return key in known.of_class(name)["properties"]


def found(data: dict[str, Any], release: Release, node: Node | None) -> Capacity:
    (one,) = of_config(Config.from_data(data, schema.of(release)), release, node)
    return one


@pytest.mark.parametrize("release", ONE_OF_EACH, ids=lambda release: release.name)
@pytest.mark.parametrize("node", [None, NODE], ids=["unknown node", "known node"])
def test_every_combination(release: Release, node: Node | None) -> None:
    count = 0
    for data in combinations(release):
        one = found(data, release, node)
        count += 1
        try:
            check(one, data)
        except AssertionError as error:
            raise AssertionError(f"{data}: {one}") from error
    assert count > 1000


def check(one: Capacity, data: dict[str, Any]) -> None:
    """The numbers fit each other, and what is not known has a note."""
    table = data["parsl"]["executors"][0]
    assert one.class_name == table["class"]
    if "provider" in table:
        assert one.provider == table["provider"]["class"]
    for number in (one.workers_per_manager, one.managers_per_block, one.concurrent_actions):
        assert number is None or number >= 0
    _unknown_has_a_note(one)
    _actions_are_the_product(one)
    _nodes_fit(one, table.get("provider", {}).get("nodes_per_block"))
    asked = one.requested
    if one.here:
        assert (asked.jobs, asked.nodes, asked.cores, asked.memory_gb) == (0, 0, 0, 0)
        assert one.core_hours == 0
    elif asked.jobs is not None and one.blocks.reachable is not None:
        assert asked.jobs in (0, one.blocks.reachable)
    if one.cores_per_action is not None and one.concurrent_actions:
        assert one.cores_per_action > 0


def _unknown_has_a_note(one: Capacity) -> None:
    about = " ".join(one.notes)
    if one.concurrent_actions is None:
        assert about
    if one.provider is not None and one.workers_per_manager is None:
        assert any(word in about for word in ("depends on", "Work Queue", "Flux", "cannot be read"))
    if one.managers_per_block is None and one.provider is not None:
        words = ("groups of workers", "cannot be", "start is for", "depends on")
        assert any(word in about for word in words)
    if 0 in (one.workers_per_manager, one.managers_per_block, one.blocks.reachable):
        assert "waits for ever" in about
        assert one.concurrent_actions == 0


def _actions_are_the_product(one: Capacity) -> None:
    factors = (one.blocks.reachable, one.managers_per_block, one.workers_per_manager)
    if one.provider is None or None in factors:
        return
    blocks, managers, workers = (factor or 0 for factor in factors)
    assert one.concurrent_actions == blocks * managers * workers


def _nodes_fit(one: Capacity, wanted: int | None) -> None:
    if wanted is None or one.nodes_per_block is None or one.nodes_used is None:
        return
    assert one.nodes_per_block in (wanted, 1)
    assert one.nodes_used <= one.nodes_per_block
    if one.nodes_used < one.nodes_per_block and not one.here and one.managers_per_block:
        words = ("idle", "on one node", "workers on one", "on the first")
        assert any(word in note for note in one.notes for word in words)
