"""names: the key or class that was meant."""

from __future__ import annotations

import pytest

from q2pconf import schema
from q2pconf.names import alike, meant, same
from q2pconf.releases import find


def keys_of(owner: str, release: str = "2026.4") -> list[str]:
    known = schema.load(find(release).parsl).of_class(owner)["properties"]
    assert known
    return [key for key in known if key != "class"]


@pytest.mark.parametrize(
    ("written", "owner", "wanted"),
    [
        pytest.param("max_workers", "HighThroughputExecutor", "max_workers_per_node", id="renamed"),
        pytest.param("max_workers", "ThreadPoolExecutor", "max_threads", id="of another executor"),
        pytest.param("max_workers", "MPIExecutor", "max_workers_per_block", id="of MPI"),
        pytest.param("queue", "SlurmProvider", "partition", id="word of PBS"),
        pytest.param("partition", "PBSProProvider", "queue", id="word of Slurm"),
        pytest.param("project", "SlurmProvider", "account", id="project of Slurm"),
        pytest.param("account", "LSFProvider", "project", id="account of LSF"),
        pytest.param("cpus_per_node", "SlurmProvider", "cores_per_node", id="cpus of Slurm"),
        pytest.param("cores_per_node", "PBSProProvider", "cpus_per_node", id="cores of PBS"),
        pytest.param("mem", "SlurmProvider", "mem_per_node", id="memory of Slurm"),
        pytest.param("memory", "PBSProProvider", "select_options", id="memory of PBS"),
        pytest.param("mem_per_node", "CondorProvider", "mem_per_slot", id="memory of HTCondor"),
        pytest.param("time", "SlurmProvider", "walltime", id="time"),
        pytest.param("nodes", "SlurmProvider", "nodes_per_block", id="nodes"),
        pytest.param("worker_ports", "HighThroughputExecutor", "worker_port", id="ports"),
        pytest.param("Walltime", "SlurmProvider", "walltime", id="capital"),
        pytest.param("wall-time", "SlurmProvider", "walltime", id="hyphen"),
        pytest.param("maxblocks", "SlurmProvider", "max_blocks", id="no underscore"),
        pytest.param("waltime", "SlurmProvider", "walltime", id="misspelt"),
        pytest.param("strateggy", "Config", "strategy", id="misspelt in [parsl]"),
        pytest.param("executor", "Config", "executors", id="singular"),
        pytest.param("cpus_per_task", "SlurmProvider", "cores_per_node", id="cpus of a task"),
        pytest.param("cpus_per_task", "HighThroughputExecutor", "cores_per_worker", id="of htex"),
        pytest.param("gpus_per_task", "SlurmProvider", "gpus_per_node", id="gpus of a task"),
        pytest.param("log_dir", "HighThroughputExecutor", "worker_logdir_root", id="logs"),
        pytest.param("tasks_per_node", "SlurmProvider", None, id="not gpus_per_node"),
        pytest.param("max_retries", "Config", "retries", id="retries"),
        pytest.param("mapping", "Config", "executor_mapping", id="mapping"),
        pytest.param("xyzzy", "SlurmProvider", None, id="nothing near"),
        pytest.param("", "SlurmProvider", None, id="empty"),
    ],
)
def test_meant_key(written: str, owner: str, wanted: str | None) -> None:
    assert meant(written, keys_of(owner)) == wanted


@pytest.mark.parametrize(
    ("written", "kind", "wanted"),
    [
        pytest.param("slurm", "provider", "SlurmProvider", id="word"),
        pytest.param("Slurm", "provider", "SlurmProvider", id="capital word"),
        pytest.param("slurm_provider", "provider", "SlurmProvider", id="underscore"),
        pytest.param("PBSProvider", "provider", "PBSProProvider", id="PBS"),
        pytest.param("SGEProvider", "provider", "GridEngineProvider", id="SGE"),
        pytest.param("HTCondorProvider", "provider", "CondorProvider", id="HTCondor"),
        pytest.param("SlurmProvidr", "provider", "SlurmProvider", id="misspelt"),
        pytest.param("htex", "executor", "HighThroughputExecutor", id="HTEX"),
        pytest.param("threads", "executor", "ThreadPoolExecutor", id="threads"),
        pytest.param("ProcessPoolExecutor", "executor", "HighThroughputExecutor", id="processes"),
        pytest.param("highthroughputexecutor", "executor", "HighThroughputExecutor", id="small"),
        pytest.param("Srunlauncher", "launcher", "SrunLauncher", id="launcher"),
        pytest.param("srun", "launcher", "SrunLauncher", id="short launcher"),
        pytest.param("parsl.providers.SlurmProvider", "provider", "SlurmProvider", id="module"),
        pytest.param("Zzz", "provider", None, id="nothing near"),
    ],
)
def test_meant_class(written: str, kind: str, wanted: str | None) -> None:
    assert meant(written, schema.load(find("2026.4").parsl).classes(kind)) == wanted


def test_meant_is_never_what_is_not_known() -> None:
    assert meant("queue", ["queue_name", "partition"]) == "partition"
    assert meant("queue", ["qos"]) is None
    assert meant("slurm", []) is None


def test_alike_is_about_spelling_only() -> None:
    assert alike("defualt", ["default", "tpool"]) == "default"
    assert alike("queue", ["partition"]) is None


def test_a_word_that_is_understood_is_not_compared_by_its_letters() -> None:
    assert meant("memory_per_node", keys_of("LSFProvider")) is None
    assert meant("workers", keys_of("LocalProvider")) is None
    assert meant("select_options", keys_of("SlurmProvider")) is None


@pytest.mark.parametrize(
    ("written", "name", "certain"),
    [
        ("queue", "partition", True),
        ("project", "account", True),
        ("cpus_per_node", "cores_per_node", True),
        ("max_workers", "max_threads", True),
        ("mem_per_node", "mem_per_slot", True),
        ("waltime", "walltime", True),
        ("max-blocks", "max_blocks", True),
        ("mem_per_node", "select_options", False),
        ("mem", "mem_per_node", False),
        ("time", "walltime", False),
        ("jobs", "max_blocks", False),
        ("cores_per_task", "cores_per_node", False),
        ("Slurm", "SlurmProvider", True),
        ("HTEX", "HighThroughputExecutor", True),
        ("SlurmProvidr", "SlurmProvider", True),
        ("PBSProvider", "PBSProProvider", False),
        ("PBSProvider", "TorqueProvider", False),
    ],
)
def test_what_can_only_be_meant(written: str, name: str, certain: bool) -> None:
    assert same(written, name) is certain


@pytest.mark.parametrize("written", ["max_worker", "maxworkers", "n_workers", "max_workrs"])
def test_old_names_misspelt(written: str) -> None:
    assert meant(written, keys_of("HighThroughputExecutor")) == "max_workers_per_node"
    assert not same(written, "mem_per_worker")


def test_memory_for_each_cpu_is_no_memory_of_a_node() -> None:
    assert meant("mem_per_cpu", keys_of("SlurmProvider")) is None
