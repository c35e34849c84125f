"""cluster.slurm: what the commands of Slurm print, from release 19 on, and what is made of it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from q2pconf.cluster import Answer, Cluster, Queue, Shape, detect
from q2pconf.cluster.slurm import time_limit

SINFO = """\
batch|batch*|up|7-00:00:00|mixed|100|64|257000|(null)
batch|batch*|up|7-00:00:00|allocated|20|64|257000|(null)
batch|batch*|up|7-00:00:00|idle~|4|128|2051200|(null)
batch|batch*|up|7-00:00:00|drained*|2|128|4101200|(null)
batch|batch*|up|7-00:00:00|down$|1|64|257000|(null)
gpu|gpu|up|2-00:00:00|mixed-|6|48|500000|gpu:a100:4(S:0,3),nsight:no_consume:1
gpu|gpu|up|2-00:00:00|idle|2|48|500000|gpu:a100:2(S:0-1),gpu:v100:2,shard:16
short|short|up|30:00|idle|12|64|257000|(null)
dynamic|dynamic|up|infinite|n/a|0|0|0|(null)
night|night|down|infinite|idle|12|64|257000|(null)
old|old|inact|infinite|idle|12|64|257000|(null)
broken|broken|up|infinite|down*|3|4|8000|(null)
plain|plain|up|infinite|idle|1|8|1|(null)
"""

PARTITION = (
    "PartitionName={name} AllowGroups=ALL {accounts} AllowQos={qos} AllocNodes=ALL"
    " Default={default} QoS=N/A DefaultTime=01:00:00 DisableRootJobs=NO ExclusiveUser=NO"
    " GraceTime=0 Hidden={hidden} MaxNodes={most} MaxTime={time} MinNodes={least} LLN=NO"
    " MaxCPUsPerNode={cpus} Nodes={nodes} PriorityJobFactor=1 PriorityTier=1 RootOnly={root}"
    " ReqResv={reserved} OverSubscribe={shared} OverTimeLimit=NONE PreemptMode=OFF State={state}"
    " TotalCPUs=9 TotalNodes={total} SelectTypeParameters=NONE JobDefaults=(null)"
    " DefMemPerCPU=4315 MaxMemPerNode={memory} TRES=cpu=9,mem=75512.50G,node=9,gres/gpu:p100=154"
)
USUAL = {
    "accounts": "AllowAccounts=ALL", "qos": "ALL", "default": "NO", "hidden": "NO",
    "most": "UNLIMITED", "time": "UNLIMITED", "least": "0", "cpus": "UNLIMITED",
    "nodes": "o[0002-0006,0008]", "root": "NO", "reserved": "NO", "shared": "NO", "state": "UP",
    "total": "12", "memory": "UNLIMITED",
}  # fmt: skip

ACCOUNTS = """\
lab|here|lab||normal,+long
lab|here|core|gpu|gpu,normal
lab|there|far||far
"""


def partition(name: str, **settings: str) -> str:
    return PARTITION.format(name=name, **{**USUAL, **settings}) + "\n"


def cluster(
    sinfo: str | Answer = "",
    scontrol: str | Answer = "",
    sacctmgr: str | Answer = "",
    config: str | Answer = "",
) -> Cluster:
    """What is made of these answers."""
    given = {"sinfo": sinfo, "scontrol": scontrol, "sacctmgr": sacctmgr, "config": config}

    def run(command: Sequence[str]) -> Answer:
        answer = given["config" if "config" in command else command[0]]
        return Answer(out=answer) if isinstance(answer, str) else answer

    found = detect({"USER": "alice"}, find_program=lambda name: name[0] == "s" or None, run=run)  # type: ignore[arg-type,return-value]
    assert found is not None
    return found


def queue(sinfo: str, scontrol: str = "") -> Queue:
    (found,) = cluster(sinfo, scontrol).queues
    return found


def test_partitions_from_sinfo_alone() -> None:
    found = cluster(SINFO)
    assert [each.name for each in found.queues] == [
        "batch", "gpu", "short", "dynamic", "night", "old", "broken", "plain",
    ]  # fmt: skip
    assert found.default_queue is not None
    assert found.default_queue.name == "batch"
    assert found.notes == ()
    batch = found.queues[0]
    assert batch == Queue(
        name="batch",
        default=True,
        max_walltime_seconds=7 * 86400,
        nodes=127,
        nodes_down=3,
        shapes=(
            Shape(cores=128, memory_gb=2003.1, gpus=0, count=4),
            Shape(cores=64, memory_gb=250.9, gpus=0, count=120),
        ),
    )
    assert found.queue("short") == Queue(
        name="short",
        max_walltime_seconds=1800,
        nodes=12,
        shapes=(Shape(cores=64, memory_gb=250.9, gpus=0, count=12),),
    )


def test_partitions_in_trouble() -> None:
    troubles = {each.name: each.trouble for each in cluster(SINFO).queues if not each.up}
    assert troubles == {
        "dynamic": "it has no nodes",
        "night": "it is down: jobs wait until it is opened",
        "old": "it takes no new jobs (state INACT)",
        "broken": "all of its 3 nodes are down",
    }


def test_nodes_that_are_down_count_where_there_are_no_others() -> None:
    broken = cluster(SINFO).queue("broken")
    assert broken is not None
    assert broken.cores_per_node == 4
    assert queue("a|a|up|1|drng|1|4|8000|").trouble == "its only node is down"


@pytest.mark.parametrize(
    "state",
    [
        "idle", "allocated", "allocated+", "mixed", "mixed-", "completing", "reserved", "planned",
        "idle~", "idle#", "idle%", "idle!", "idle@", "idle^", "powered_down", "maint", "reboot^",
    ],
)  # fmt: skip
def test_nodes_that_get_jobs_again(state: str) -> None:
    assert queue(f"a|a|up|1|{state}|1|4|8000|").nodes_down == 0


@pytest.mark.parametrize(
    "state",
    ["down", "down*", "down~", "DOWN$", "idle*", "drained", "drained*", "draining", "drng", "drain",
     "drain$", "fail", "failing", "future", "unknown", "unk*", "inval", "error"],
)  # fmt: skip
def test_nodes_that_get_none(state: str) -> None:
    assert queue(f"a|a|up|1|{state}|1|4|8000|").nodes_down == 1


@pytest.mark.parametrize(
    ("devices", "gpus"),
    [
        ("(null)", 0),
        ("", 0),
        ("gpu:4", 4),
        ("gpu", 1),
        ("gpu:a100:4(S:0-3)", 4),
        ("gpu:a100:2(S:0,3),gpu:v100:2(S:1)", 4),
        ("gpu:a100_3g.39gb:2,shard:a100:16", 2),
        ("gpfs:scratch:no_consume:1,gpu:tesla:no_consume", 1),
        ("gpumem:80", 0),
    ],
)
def test_gpus(devices: str, gpus: int) -> None:
    assert queue(f"a|a|up|1|idle|1|4|8000|{devices}").gpus_per_node == gpus


def test_limits_from_scontrol() -> None:
    rows = "fat|fat|up|1:00:00|idle|4|128|2051200|(null)\n"
    record = partition(
        "fat", accounts="DenyAccounts=bad,worse", qos="high,low", default="YES", most="2",
        time="1-12:00:00", least="2", cpus="32", shared="EXCLUSIVE", memory="100000", total="4",
    )  # fmt: skip
    assert queue(rows, record) == Queue(
        name="fat",
        default=True,
        max_walltime_seconds=36 * 3600,
        nodes=4,
        shapes=(Shape(cores=32, memory_gb=97.6, gpus=0, count=4),),
        min_nodes=2,
        max_nodes=2,
        whole_nodes=True,
        denied_accounts=("bad", "worse"),
        qos=("high", "low"),
    )


def test_partition_for_some_accounts() -> None:
    rows = "some|some|up|infinite|idle|12|4|8000|(null)\n"
    found = queue(rows, partition("some", accounts="AllowAccounts=lab,core"))
    assert found.accounts == ("lab", "core")
    assert found.max_walltime_seconds is None
    assert found.up


@pytest.mark.parametrize(
    ("settings", "trouble"),
    [
        ({"state": "DOWN"}, "it is down: jobs wait until it is opened"),
        ({"state": "DRAIN"}, "it takes no new jobs (state DRAIN)"),
        ({"state": "INACTIVE"}, "it takes no new jobs (state INACTIVE)"),
        ({"root": "YES"}, "only root may use it"),
        ({"reserved": "YES"}, "it takes only jobs with a reservation"),
        ({"total": "0", "nodes": "(null)"}, "it has no nodes"),
    ],
)
def test_trouble_from_scontrol(settings: dict[str, str], trouble: str) -> None:
    assert queue("", partition("a", **settings)).trouble == trouble


def test_hidden_partitions_are_left_out() -> None:
    rows = "a|a|up|1|idle|1|4|8000|\nsecret|secret|up|1|idle|1|4|8000|\n"
    found = cluster(rows, partition("a") + partition("secret", hidden="YES"))
    assert [each.name for each in found.queues] == ["a"]


def test_partitions_from_scontrol_alone() -> None:
    failed = Answer(trouble="did not answer within 5 seconds")
    found = cluster(failed, partition("a", time="30", total="7") + partition("b"))
    assert found.queues == (
        Queue(name="a", max_walltime_seconds=1800, nodes=7),
        Queue(name="b", nodes=12),
    )
    assert found.notes[0] == (
        "the partitions could not be asked: sinfo did not answer within 5 seconds"
    )


def test_nodes_of_the_cloud_that_sinfo_does_not_show() -> None:
    found = queue("a|a|up|1|n/a|0|0|0|(null)\n", partition("a", total="40"))
    assert (found.nodes, found.shapes, found.trouble) == (40, (), None)


def test_nodes_without_memory() -> None:
    plain = cluster(SINFO).queue("plain")
    assert plain is not None
    assert plain.no_memory
    assert plain.memory_gb_per_node is None


def test_numbers_with_letters() -> None:
    (shape,) = queue("a|a|up|infinite|idle|1.5K|128+|4101200+|(null)").shapes
    assert shape == Shape(cores=128, memory_gb=4005.0, gpus=0, count=1536)


def test_lines_that_are_none() -> None:
    rows = (
        "CLUSTER: here\na|a|up|1|idle|1|4|8000|(null)\n\nsinfo: warning\n"
        "|||||||||\nb|b|up|1|idle|x|4|8000|(null)\nc|c|up\n"
    )
    found = cluster(rows, "garbage\nPartitionName=\nNodes=a b=c\n=\n")
    assert [each.name for each in found.queues] == ["a"]
    assert found.notes[0] == "4 lines of sinfo could not be read"


@pytest.mark.parametrize(
    "rows", ["\0\x1b[31m|||", "|" * 100000, "a|a|up|1|idle|9999999999999|1|1|"]
)
def test_broken_output(rows: str) -> None:
    assert cluster(rows, rows, rows).queues == ()


def test_accounts() -> None:
    found = cluster(SINFO, "", ACCOUNTS, "Configuration data\nClusterName             = Here\n")
    assert found.accounts == ("lab", "core")
    assert found.qos == ("normal", "long", "gpu")
    assert found.default_account == "lab"


def test_accounts_of_every_cluster_where_this_one_has_no_name() -> None:
    found = cluster(SINFO, "", ACCOUNTS, Answer(trouble="stopped with exit code 1"))
    assert found.accounts == ("lab", "core", "far")
    assert found.notes == (
        "the name of the cluster could not be asked: scontrol stopped with exit code 1",
    )


def test_accounts_of_one_cluster_need_no_second_question() -> None:
    found = cluster(SINFO, "", "|here|lab||\n", Answer(trouble="was asked"))
    assert (found.accounts, found.qos, found.default_account) == (("lab",), (), None)
    assert found.notes == ()


def test_no_accounts_are_kept() -> None:
    said = "You are not running a supported accounting_storage plugin"
    found = cluster(SINFO, "", Answer(trouble=f"stopped with exit code 1: {said}"))
    assert found.accounts == ()
    assert found.notes == ("this Slurm keeps no accounts",)


@pytest.mark.parametrize("name", [None, "", "alice,bob", "al ice", "alice where"])
def test_only_a_plain_name_is_asked_for(name: str | None) -> None:
    def run(command: Sequence[str]) -> Answer:
        assert command[0] != "sacctmgr"
        return Answer()

    found = detect({}, find_program=str, run=run, whoami=lambda: name)
    assert found is not None
    assert found.notes == ("the accounts could not be asked: the user's name is not known",)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("infinite", None),
        ("UNLIMITED", None),
        ("n/a", None),
        ("NONE", None),
        ("", None),
        ("30", 1800),
        ("30:00", 1800),
        ("1:00:00", 3600),
        ("01:30:30", 5430),
        ("1-00:00:00", 86400),
        ("7-12", 7 * 86400 + 12 * 3600),
        ("2-01:30", 2 * 86400 + 5400),
        ("365-00:00:00", 365 * 86400),
    ],
)
def test_time_limit(text: str, seconds: int | None) -> None:
    assert time_limit(text) == seconds


def test_ten_thousand_kinds_of_nodes() -> None:
    rows = "".join(
        f"p{i % 50}|p{i % 50}|up|1-00:00:00|idle|1|64|{250000 + i}|(null)\n" for i in range(10000)
    )
    records = "".join(partition(f"p{i}", nodes=f"n[{'1,' * 20000}]") for i in range(50))
    begun = time.monotonic()
    found = cluster(rows, records)
    assert time.monotonic() - begun < 5
    assert sum(each.nodes or 0 for each in found.queues) == 10000
    assert max(len(each.shapes) for each in found.queues) < 110
