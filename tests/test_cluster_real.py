"""cluster: what is seen of a real Slurm, and whether it takes the jobs that exceed nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

import pytest
from slurm.cluster import Slurm, running

from q2pconf import units
from q2pconf.cluster import Cluster, Queue, Shape, detect, exceeds

pytestmark = pytest.mark.slurm

PARTITIONS = (
    "PartitionName=narrow Nodes=node1 MaxTime=1-12:30:00 MaxCPUsPerNode=6 MaxMemPerNode=10240",
    "PartitionName=wide Nodes=node1,node2 MinNodes=2 MaxNodes=2 OverSubscribe=EXCLUSIVE",
    "PartitionName=single Nodes=node1,node2 MaxNodes=1 MaxTime=45",
    "PartitionName=theirs Nodes=node1 AllowAccounts=lab,core",
    "PartitionName=hidden Nodes=node1 Hidden=YES",
    "PartitionName=roots Nodes=node1 RootOnly=YES",
    "PartitionName=reserved Nodes=node1 ReqResv=YES",
    "PartitionName=draining Nodes=node1 State=DRAIN",
    "PartitionName=inactive Nodes=node1 State=INACTIVE",
    "PartitionName=empty",
)
WHOLE = Shape(cores=16, memory_gb=64.0, gpus=0, count=1)
BOTH = Shape(cores=16, memory_gb=64.0, gpus=0, count=2)


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    """A Slurm with more partitions, which refuses what it could never run."""
    with running() as own:
        with own.conf.open("a", encoding="utf-8") as conf:
            conf.write("EnforcePartLimits=ALL\n")
        own.run("scontrol", "reconfigure")
        for partition in PARTITIONS:
            own.run("scontrol", "create", *partition.split())
        yield own


def seen(slurm: Slurm) -> Cluster:
    found = detect({**slurm.env, "USER": "nobody"})
    assert found is not None
    return found


def test_what_is_seen(slurm: Slurm) -> None:
    found = seen(slurm)
    assert found.scheduler == "slurm"
    assert found.notes == ("this Slurm keeps no accounts",)
    assert {queue.name: queue for queue in found.queues} == {
        queue.name: queue
        for queue in (
            Queue(name="short", default=True, max_walltime_seconds=3600, nodes=2, shapes=(BOTH,)),
            Queue(name="long", max_walltime_seconds=2 * 86400, nodes=2, shapes=(BOTH,)),
            Queue(
                name="closed",
                nodes=2,
                shapes=(BOTH,),
                trouble="it is down: jobs wait until it is opened",
            ),
            Queue(
                name="narrow",
                max_walltime_seconds=36 * 3600 + 1800,
                nodes=1,
                shapes=(Shape(cores=6, memory_gb=10.0, gpus=0, count=1),),
            ),
            Queue(name="wide", nodes=2, shapes=(BOTH,), min_nodes=2, max_nodes=2, whole_nodes=True),
            Queue(name="single", max_walltime_seconds=2700, nodes=2, shapes=(BOTH,), max_nodes=1),
            Queue(name="theirs", nodes=1, shapes=(WHOLE,), accounts=("lab", "core")),
            Queue(name="roots", nodes=1, shapes=(WHOLE,), trouble="only root may use it"),
            Queue(
                name="reserved",
                nodes=1,
                shapes=(WHOLE,),
                trouble="it takes only jobs with a reservation",
            ),
            Queue(
                name="draining",
                nodes=1,
                shapes=(WHOLE,),
                trouble="it takes no new jobs (state DRAIN)",
            ),
            Queue(
                name="inactive",
                nodes=1,
                shapes=(WHOLE,),
                trouble="it takes no new jobs (state INACTIVE)",
            ),
            Queue(name="empty", nodes=0, trouble="it has no nodes"),
        )
    }


def test_nodes_that_are_drained(slurm: Slurm) -> None:
    slurm.run("scontrol", "update", "NodeName=node1", "State=DRAIN", "Reason=test")
    try:
        found = seen(slurm)
    finally:
        slurm.run("scontrol", "update", "NodeName=node1", "State=RESUME")
        end = time.monotonic() + 30
        while "idle*" in slurm.run("sinfo", "--noheader", "--format=%T").stdout:
            assert time.monotonic() < end
            time.sleep(0.05)
    narrow, long = found.queue("narrow"), found.queue("long")
    assert narrow is not None
    assert long is not None
    assert (narrow.trouble, narrow.nodes_down) == ("its only node is down", 1)
    assert (long.trouble, long.nodes, long.nodes_down, long.shapes) == (None, 2, 1, (WHOLE,))
    assert seen(slurm).queue("narrow") != narrow


def test_slurm_takes_what_exceeds_nothing_and_refuses_the_rest(slurm: Slurm) -> None:
    """What `exceeds` says of many requests is what sbatch says of them."""
    random = Random(4)
    names = ("short", "long", "narrow", "wide", "single")
    queues = {queue.name: queue for queue in seen(slurm).queues}
    verdicts = set()
    for _ in range(150):
        name = random.choice(names)
        limit = queues[name].max_walltime_seconds or 86400
        seconds = max(60, limit + 60 * random.choice((-30, -1, 0, 0, 0, 1, 2000)))
        cores = random.choice((1, 2, 5, 6, 7, 15, 16, 17))
        memory = random.choice((1, 9, 10, 11, 63, 64, 65))
        nodes = random.choice((1, 1, 1, 2, 3))
        asked = (
            f"--partition={name}", f"--time={units.walltime(seconds)}", f"--nodes={nodes}",
            "--ntasks-per-node=1", f"--cpus-per-task={cores}", f"--mem={memory}g",
        )  # fmt: skip
        said = slurm.run("sbatch", "--test-only", "--wrap=true", *asked, check=False)
        found = exceeds(queues[name], seconds, cores, memory, nodes=nodes)
        assert (said.returncode == 0) == (found == ()), (asked, said.stderr, found)
        verdicts.add((name, found == ()))
    assert len(verdicts) == 2 * len(names)


def test_a_controller_that_does_not_answer(slurm: Slurm) -> None:
    """Slurm's own commands try for longer than we wait."""
    text = slurm.conf.read_text(encoding="utf-8")
    wrong = slurm.conf.parent / "wrong.conf"
    wrong.write_text("".join(
        line for line in text.splitlines(keepends=True) if "SlurmctldPort" not in line
    ) + "SlurmctldPort=1\n")  # fmt: skip
    found = detect({**slurm.env, "SLURM_CONF": str(wrong), "USER": "nobody"}, seconds=0.5)
    assert found is not None
    assert found.queues == ()
    assert found.notes[0] == (
        "the partitions could not be asked: sinfo did not answer within 0.5 seconds"
    )
