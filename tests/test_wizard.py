"""wizard: what is asked for is what the file comes to, whatever the answers, for every release."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import Any

import pytest

from q2pconf import presets, schema, wizard
from q2pconf.capacity import Capacity, Node, of_config
from q2pconf.checks import check_document
from q2pconf.cluster import Cluster, Queue, Shape
from q2pconf.host import CpuCount
from q2pconf.model import Config
from q2pconf.releases import Release, all_releases, find, newest, other_parsls
from q2pconf.wizard import Draft, Surroundings

RELEASES = (*all_releases(), *other_parsls())
ROUNDS = int(os.environ.get("Q2PCONF_ROUNDS", "500"))
SHARDS = 10

CPUS = CpuCount(count=64, source="psutil", detail="64 CPUs in this machine")
NODE = Node(cores=48, memory_gb=190.0)
QUEUE = Queue(name="main", default=True, shapes=(Shape(cores=48, memory_gb=190, gpus=0, count=9),))
NOWHERE = Surroundings(env={}, cpus=CPUS)

WALLTIMES = (
    ("24h", 86400), ("90 min", 5400), ("1-12:00", 129600), ("36:00:00", 129600), ("7d", 604800),
    ("2 days 3 hours", 183600), ("00:30:00", 1800), ("61s", 120),
)  # fmt: skip
MEMORIES = (("96GB", 96), ("98304M", 96), ("1GB", 1), ("1.5 GiB", 2), (64, 64), ("0.5TB", 512))
NAMES = ("short", "long.q", "bio-2024_x", "QUEUE", "a,b", "group:sub/part")
ENVIRONMENTS = ("qiime2-amplicon-2026.4", "/opt/envs/qiime 2's", '"quoted"', "$HOME", "a\\b")
SETTINGS: tuple[dict[str, Any], ...] = (
    {"retries": 2},
    {"parsl.initialize_logging": False},
    {"strategy": "simple"},
    {"heartbeat_period": 60},
    {"run_dir": "runs_é"},
)
PLACEHOLDERS = ('"PARTITION"', '"ACCOUNT"', '"QOS"', '"QUEUE"', 'worker_init = "true"', "# count: ")


@dataclass(frozen=True)
class Wish:
    """Answers, and what they mean."""

    preset: str
    given: dict[str, Any]
    actions: int
    cpus: int
    memory: int
    seconds: int
    cluster: bool

    @property
    def exclusive(self) -> bool:
        return bool(self.given.get("exclusive"))


def wish(chance: random.Random) -> Wish:
    """Some answers to some preset."""
    preset = chance.choice(("local", "slurm", "slurm", "pbs", "pbs"))
    actions, cpus = chance.choice((1, 2, 3, 7, 25, 200)), chance.choice((1, 2, 5, 12, 48))
    (walltime, seconds), (memory, gb) = chance.choice(WALLTIMES), chance.choice(MEMORIES)
    given: dict[str, Any] = {"actions": actions, "cpus": str(cpus), "memory": memory}
    if preset != "local":
        given["walltime"] = walltime
        optional = ("account", "partition", "qos") if preset == "slurm" else ("account", "queue")
        given |= {name: chance.choice(NAMES) for name in optional if chance.random() < 0.4}
        for name, values in (("environment", ENVIRONMENTS), ("worker_init", ("module load x",))):
            if chance.random() < 0.4:
                given[name] = chance.choice(values)
        if chance.random() < 0.5:
            given["exclusive"] = chance.random() < 0.7
    if chance.random() < 0.2 and preset != "local":
        given["map"] = ["feature-table.summarize=tpool", "dada2.denoise_paired=default"]
    if chance.random() < 0.2:
        given["set"] = chance.choice(SETTINGS)
    return Wish(preset, given, actions, cpus, gb, seconds, chance.random() < 0.5)


def drafted(wanted: Wish, release: Release) -> Draft:
    cluster = None
    if wanted.cluster and wanted.preset != "local":
        cluster = Cluster(scheduler="slurm", queues=(QUEUE,))
    here = Surroundings(env={}, cpus=CPUS, cluster=cluster)
    return wizard.build(presets.find(wanted.preset), wanted.given, release, here)


def main_pool(draft: Draft, node: Node | None = None) -> Capacity:
    """The capacity of the executor that starts workers."""
    config = Config.from_data(draft.document.data, schema.of(draft.release))
    return next(one for one in of_config(config, draft.release, node) if one.provider)


def check_text(wanted: Wish, draft: Draft) -> None:
    report = check_document(draft.document, draft.release)
    assert report.errors == ()
    text = draft.document.text
    assert text.isascii() or "é" in str(wanted.given)
    assert text.endswith("\n")
    lines = text.splitlines()
    for placeholder in PLACEHOLDERS:
        if placeholder != '"QUEUE"' or "QUEUE" not in wanted.given.values():
            assert not any(placeholder in line for line in lines), placeholder
    assert [line for line in draft.said if line.startswith("left for you")] == []


def check_mapping(wanted: Wish, draft: Draft) -> None:
    """The lines of a mapping in the release's shape, in every table where it looks."""
    mapping: Any = None
    if "map" in wanted.given and draft.release.loader.mapping == "flat":
        mapping = {"summarize": "tpool", "denoise_paired": "default"}
    elif "map" in wanted.given:
        mapping = {"feature_table": {"summarize": "tpool"}, "dada2": {"denoise_paired": "default"}}
    data = draft.document.data
    assert data["parsl"].get("executor_mapping") == mapping
    twin = mapping if draft.release.loader.chain_mapping == "executor_mapping" else None
    assert data.get("executor_mapping") == twin


def check_capacity(wanted: Wish, draft: Draft) -> None:
    """Exactly what was asked; of whole nodes at least that, and less than one node more."""
    found = main_pool(draft)
    assert found.walltime_seconds == wanted.seconds
    if not wanted.exclusive:
        assert found.concurrent_actions == wanted.actions
        assert found.cores_per_action == wanted.cpus
        assert found.memory_gb_per_action == wanted.memory
        assert found.requested.jobs == wanted.actions
        return
    found = main_pool(draft, NODE)
    assert found.concurrent_actions is not None
    assert found.workers_per_manager is not None
    more = found.concurrent_actions - wanted.actions
    assert 0 <= more < found.workers_per_manager
    assert found.cores_per_action is None or found.cores_per_action >= wanted.cpus
    assert (
        found.memory_gb_per_action is None
        or found.memory_gb_per_action >= wanted.memory
        or (wanted.memory > 190)
    )


@pytest.mark.parametrize("shard", range(SHARDS))
def test_what_is_asked_for_is_what_comes_out(shard: int) -> None:
    chance = random.Random(4000 + shard)
    for number in range(ROUNDS // SHARDS):
        wanted, release = wish(chance), RELEASES[(number + shard) % len(RELEASES)]
        try:
            draft = drafted(wanted, release)
            check_text(wanted, draft)
            check_mapping(wanted, draft)
            if wanted.preset != "local":
                check_capacity(wanted, draft)
        except Exception as error:
            raise AssertionError(f"{release.name}: {wanted}") from error


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
@pytest.mark.parametrize("name", ["slurm", "pbs"])
def test_25_workers_of_12_cpus_are_not_300_of_one(name: str, release: Release) -> None:
    given = {"actions": 25, "cpus": 12, "memory": "96 GB", "walltime": "24 h"}
    draft = wizard.build(presets.find(name), given, release, NOWHERE)
    found = main_pool(draft)
    assert found.label == "default"
    assert found.concurrent_actions == 25
    assert found.cores_per_action == 12
    assert found.memory_gb_per_action == 96
    assert found.walltime_seconds == 86400
    asked = found.requested
    assert (asked.jobs, asked.nodes, asked.cores, asked.memory_gb) == (25, 25, 300, 2400)


@pytest.mark.parametrize("name", ["slurm", "pbs"])
def test_whole_nodes_take_as_many_as_fit(name: str) -> None:
    """A node of 48 cores and 190 GB has room for 3 of 12 CPUs and 60 GB."""
    given = {"actions": 10, "cpus": 12, "memory": 60, "walltime": "1h", "exclusive": True}
    here = Surroundings(env={}, cpus=CPUS, cluster=Cluster(scheduler="slurm", queues=(QUEUE,)))
    found = main_pool(wizard.build(presets.find(name), given, newest(), here), NODE)
    assert found.requested.jobs == 4
    assert found.workers_per_manager == 3
    assert found.concurrent_actions == 12


def test_whole_nodes_of_an_unknown_size_take_one_each() -> None:
    given = {"actions": 10, "cpus": 12, "memory": 60, "walltime": "1h", "exclusive": True}
    found = main_pool(wizard.build(presets.find("slurm"), given, newest(), NOWHERE))
    assert (found.requested.jobs, found.workers_per_manager) == (10, 1)


def test_defaults_of_the_presets_are_what_the_preset_says() -> None:
    for name in ("slurm", "pbs"):
        found = main_pool(wizard.build(presets.find(name), {}, newest(), NOWHERE))
        each = (found.concurrent_actions, found.cores_per_action, found.memory_gb_per_action)
        assert (*each, found.walltime_seconds) == (4, 4, 16, 86400)


def test_local_takes_the_cpus_of_this_machine() -> None:
    executors = wizard.build(presets.find("local"), {"cpus": 4}, newest(), NOWHERE).document.data
    assert [e.get("max_threads", e.get("max_workers_per_node")) for e in
            executors["parsl"]["executors"]] == [15, 15]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "doubt"),
    [
        ({"actions": 65}, "65 CPUs are more than the 64"),
        ({"actions": 2, "cpus": 40}, "80 CPUs are more than the 64"),
        ({"actions": 3, "memory": 50}, "150 GB are more than the 100 GB of this machine"),
        ({"actions": 64}, None),
    ],
)
def test_local_doubts(given: dict[str, Any], doubt: str | None) -> None:
    here = Surroundings(env={}, cpus=CPUS, memory_gb=100.0)
    said = wizard.build(presets.find("local"), given, find("2026.4"), here).said
    assert [line for line in said if "more than" in line] == [
        line for line in said if doubt and line.startswith(doubt)
    ]
    assert bool(doubt) == bool([line for line in said if "more than" in line])
