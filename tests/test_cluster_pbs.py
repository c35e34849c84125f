"""cluster.pbs: what PBS Professional, OpenPBS and Torque print, and what is made of it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from q2pconf.cluster import Answer, Cluster, Queue, Shape, detect, exceeds

SERVER = """\
Server: pbs1
    server_state = Active
    server_host = pbs1.cluster.example
    scheduling = True
    total_jobs = 367
    state_count = Transit:0 Queued:235 Held:0 Waiting:0 Running:132 Exiting:0 B
\tegun:0
    managers = root@pbs1.cluster.example
    default_queue = default
    resources_default.ncpus = 1
    resources_max.nodect = 16
    pbs_version = 2022.1.1.20220926110806
    license_count = Avail_Global:1000000 Avail_Local:1000000 Used:0 High_Use:0
\tAvail_Sockets:1000000 Unused_Sockets:1000000
"""

QUEUES = """\
Queue: default
    queue_type = Route
    total_jobs = 0
    resources_max.ngpus = 0
    route_destinations = short,workq@pbs1.cluster.example,lo
\tng
    enabled = True
    started = True

Queue: short
    queue_type = Execution
    Priority = 120
    total_jobs = -14
    state_count = Transit:0 Queued:0 Held:1 Waiting:0 Running:4 Exiting:0 Begun
        :0
    from_route_only = True
    resources_max.walltime = 02:00:00
    default_chunk.Qlist = cpu
    enabled = True
    started = True

Queue: workq
    queue_type = Execution
    resources_max.mem = 512gb
    resources_max.ncpus = 96
    resources_max.walltime = 72:00:00
    resources_min.walltime = 02:00:01
    comment = For all = every one|F\\u00fcr alle
    default_chunk.Qlist = cpu
    max_run_res.ncpus = [u:PBS_GENERIC=500]
    enabled = True
    started = True

Queue: long
    queue_type = Execution
    resources_max.walltime = 14:00:00:00
    default_chunk.Qlist = cpu
    enabled = True
    started = True

Queue: gpu
    queue_type = Execution
    acl_group_enable = True
    acl_groups = chem,phys
    resources_max.ngpus = 99
    resources_max.nodect = 2
    resources_default.ngpus = 1
    default_chunk.Qlist = gpu
    enabled = True
    started = True

Queue: private
    queue_type = Execution
    acl_user_enable = True
    acl_users = bob,carol@*,dave,erin,frank,grace,heidi,ivan,judy,mallory,oscar,pe
\tggy,trent
    default_chunk.Qlist = cpu
    enabled = True
    started = True

Queue: closed
    queue_type = Execution
    default_chunk.Qlist = cpu
    enabled = False
    started = True

Queue: stopped
    queue_type = Execution
    default_chunk.Qlist = none
    enabled = True
    started = False
"""

NODES = """\
n001
     Mom = n001.cluster.example
     Port = 15002
     pbs_version = 2022.1.1
     ntype = PBS
     state = free
     pcpus = 48
     resources_available.arch = linux
     resources_available.host = n001
     resources_available.mem = 263842692kb
     resources_available.ncpus = 48
     resources_available.Qlist = cpu,long
     resources_available.vnode = n001
     resources_assigned.mem = 0kb
     resources_assigned.ncpus = 0
     resv_enable = True
     sharing = default_shared
     last_state_change_time = Fri Aug  9 12:58:31 2019

n002
     state = job-busy
     jobs = 41[].pbs1/0, 41[].pbs1/1, 42.pbs1/2, 43.pbs1/3, 44.pbs1/4, 45.pbs1/
\t5
     resources_available.host = n002
     resources_available.mem = 263842690kb
     resources_available.ncpus = 48
     resources_available.Qlist = cpu

n003
     state = state-unknown,down
     resources_available.host = n003
     resources_available.mem = 2113929216kb
     resources_available.ncpus = 96
     resources_available.Qlist = cpu
     comment = node down: communication closed

g001
     state = free
     resources_available.host = g001
     resources_available.mem = 0b
     resources_available.ncpus = 0

g001[0]
     state = free
     resources_available.host = g001
     resources_available.mem = 126gb
     resources_available.ncpus = 32
     resources_available.ngpus = 2
     resources_available.Qlist = gpu

g001[1]
     state = job-exclusive
     resources_available.host = g001
     resources_available.mem = 131070mb
     resources_available.ncpus = 32
     resources_available.ngpus = 2
     resources_available.Qlist = gpu

g001[2]
     state = offline
     resources_available.host = g001
     resources_available.mem = 126gb
     resources_available.ncpus = 32
     resources_available.Qlist = gpu
"""

TORQUE_QUEUES = """\
Queue: batch
    queue_type = Execution
    total_jobs = 0
    state_count = Transit:0 Queued:0 Held:0 Waiting:0 Running:0 Exiting:0 Complete:0
    resources_max.walltime = 100:00:00
    resources_default.nodes = 1
    resources_default.neednodes = thin
    mtime = 1604051516
    enabled = True
    started = True

Queue: all
    queue_type = Execution
    resources_max.walltime = 3600
    resources_default.neednodes = 1:ppn=1
    enabled = True
    started = True
"""

TORQUE_NODES = """\
node1
     state = free
     power_state = Running
     np = 20
     properties = thin,x86_64
     ntype = cluster
     jobs = 0-19/123.master.example
     status = opsys=linux,uname=Linux node1 2.6.18-164.6.1.el5 #1 SMP Tue Oct 27 11:28:30 EDT 2009 x86_64,sessions=1720 7063,nsessions=4,totmem=139520132kb,physmem=131915544kb,ncpus=20,loadave=0.36,state=free,jobs=,varattr=,rectime=1263989477
     mom_service_port = 15002
     gpus = 0

node2
     state = down
     np = 64
     properties = fat
     ntype = cluster

node3
     state = job-exclusive
     np = 64
     properties = fat
     ntype = cluster
     status = rectime=1263989477,physmem=1056000000kb,ncpus=64
     gpus = 2
"""  # noqa: E501

PRO = "pbs_version = 2022.1.1\n"
TORQUE = "Version: 6.1.3\n"


def cluster(
    queues: str | Answer = QUEUES,
    nodes: str | Answer = NODES,
    server: str | Answer = SERVER,
    version: str = PRO,
    user: str = "alice",
) -> Cluster:
    """What is made of these answers."""
    given = {
        "qstat -B -f": server,
        "qstat -Q -f": queues,
        "pbsnodes -a": nodes,
        "qstat --version": version,
    }

    def run(command: Sequence[str]) -> Answer:
        answer = given[" ".join(command)]
        return Answer(out=answer) if isinstance(answer, str) else answer

    found = detect(
        {"USER": user},
        find_program=lambda name: name if name in ("qsub", "qstat", "pbsnodes") else None,
        run=run,
    )
    assert found is not None
    return found


def queue(name: str, found: Cluster | None = None) -> Queue:
    wanted = (found or cluster()).queue(name)
    assert wanted is not None
    return wanted


def test_queues_of_pbs() -> None:
    found = cluster()
    assert found.scheduler == "pbs"
    assert found.notes == ()
    assert [each.name for each in found.queues] == [
        "default", "short", "workq", "long", "gpu", "private", "closed", "stopped",
    ]  # fmt: skip
    assert found.default_queue is not None
    assert found.default_queue.name == "default"


def test_one_queue_in_full() -> None:
    assert queue("workq") == Queue(
        name="workq",
        max_walltime_seconds=72 * 3600,
        min_walltime_seconds=7201,
        nodes=3,
        nodes_down=1,
        shapes=(Shape(cores=48, memory_gb=251.6, gpus=0, count=2),),
        max_nodes=16,
        max_cores=96,
        max_memory_gb=512.0,
    )
    assert exceeds(queue("workq"), 100 * 3600, 49, 300, nodes=3) == (
        "a walltime of 4 days 4 hours is more than the 3 days that workq allows",
        "147 cores are more than the 96 that workq allows a job",
        "900 GB are more than the 512 GB that workq allows a job",
        "49 cores are more than the 48 of any node of workq",
        "300 GB are more than the 251.6 GB of any node of workq",
    )


def test_parts_of_a_host_are_one_node() -> None:
    gpu = queue("gpu")
    assert gpu.shapes == (Shape(cores=64, memory_gb=253.9, gpus=4, count=1),)
    assert gpu.max_nodes == 2
    assert gpu.groups == ("chem", "phys")


def test_routing_queue_has_what_is_behind_it() -> None:
    default = queue("default")
    assert default.routes_to == ("short", "workq", "long")
    assert default.max_walltime_seconds == 14 * 86400
    assert default.shapes == queue("workq").shapes
    assert (default.nodes, default.nodes_down) == (3, 1)
    assert default.up


def test_queues_in_trouble() -> None:
    assert {each.name: each.trouble for each in cluster().queues if not each.up} == {
        "short": "it takes jobs only from a routing queue",
        "private": "it is kept for certain users, and alice is not among them",
        "closed": "it takes no new jobs (enabled = False)",
        "stopped": "it starts no jobs (started = False)",
    }


@pytest.mark.parametrize("user", ["bob", "carol", "peggy", "trent"])
def test_queue_for_certain_users(user: str) -> None:
    assert queue("private", cluster(user=user)).up


def test_users_who_are_kept_out() -> None:
    text = (
        "Queue: q\n    queue_type = Execution\n    acl_user_enable = True\n"
        "    acl_users = -alice,+*@host\n"
    )
    assert not queue("q", cluster(text)).up
    assert queue("q", cluster(text, user="bob")).up


def test_queue_whose_nodes_are_down() -> None:
    text = "Queue: q\n    queue_type = Execution\n    default_chunk.host = n003\n"
    found = queue("q", cluster(text))
    assert found.trouble == "its only node is down"
    assert found.cores_per_node == 96


def test_nodes_bound_to_a_queue() -> None:
    nodes = (
        "a\n     state = free\n     queue = own\n     resources_available.ncpus = 4\n"
        "b\n     state = free\n     resources_available.ncpus = 8\n"
        "c\n     state = free\n     resources_available.ncpus = 16\n"
        "     resources_available.queue_list = third,else\n"
    )
    text = "".join(
        f"Queue: {name}\n    queue_type = Execution\n" for name in ("own", "two", "third")
    )
    found = cluster(text, nodes)
    assert {each.name: sorted(s.cores for s in each.shapes) for each in found.queues} == {
        "own": [4],
        "two": [8, 16],
        "third": [8, 16],
    }


def test_nodes_without_a_list_take_jobs_of_every_queue() -> None:
    nodes = (
        "a\n     state = free\n     resources_available.ncpus = 4\n"
        "     resources_available.Qlist = gpuq\n"
        "b\n     state = free\n     resources_available.ncpus = 8\n"
        "c\n     state = free\n     resources_available.ncpus = 16\n"
        "     resources_available.Qlist = other\n"
    )
    text = "Queue: gpuq\n    queue_type = Execution\n"
    assert [s.cores for s in queue("gpuq", cluster(text, nodes)).shapes] == [8, 4]


def test_torque() -> None:
    server = "Server: master\n    default_queue = batch\n    pbs_version = 6.1.3\n"
    found = cluster(TORQUE_QUEUES, TORQUE_NODES, server, TORQUE)
    assert found == Cluster(
        scheduler="torque",
        queues=(
            Queue(
                name="batch",
                default=True,
                max_walltime_seconds=360000,
                nodes=1,
                shapes=(Shape(cores=20, memory_gb=125.8, gpus=0, count=1),),
            ),
            Queue(
                name="all",
                max_walltime_seconds=3600,
                nodes=3,
                nodes_down=1,
                shapes=(
                    Shape(cores=64, memory_gb=1007.0, gpus=2, count=1),
                    Shape(cores=20, memory_gb=125.8, gpus=0, count=1),
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("server", "scheduler"),
    [
        ("pbs_version = 6.1.3", "torque"),
        ("pbs_version = 2.5.12", "torque"),
        ("pbs_version = PBSPro_10.4.0.101257", "pbs"),
        ("pbs_version = 14.1.2", "pbs"),
        ("pbs_version = 23.06.06", "pbs"),
    ],
)
def test_flavour_from_the_server(server: str, scheduler: str) -> None:
    found = cluster(server=f"Server: s\n    {server}\n", version="")
    assert found.scheduler == scheduler


def test_nothing_is_answered() -> None:
    failed = Answer(trouble="stopped with exit code 1: Connection refused")
    found = cluster(failed, failed, failed, "")
    assert found == Cluster(
        scheduler="pbs",
        notes=(
            "the server could not be asked: qstat stopped with exit code 1: Connection refused",
            "the queues could not be asked: qstat stopped with exit code 1: Connection refused",
            "the nodes could not be asked: pbsnodes stopped with exit code 1: Connection refused",
        ),
    )


def test_queues_without_nodes_or_server() -> None:
    failed = Answer(trouble="did not answer within 5 seconds")
    found = cluster(QUEUES, failed, failed)
    assert len(found.queues) == 8
    assert found.default_queue is None
    assert queue("workq", found).nodes is None
    assert queue("workq", found).max_walltime_seconds == 72 * 3600


def test_pbsnodes_may_not_be_there() -> None:
    found = detect({}, find_program=lambda n: n if n in ("qsub", "qstat") else None, run=lambda _: Answer(), whoami=lambda: None)  # fmt: skip  # noqa: E501
    assert found is not None
    assert found.notes == ("the nodes could not be asked: there is no pbsnodes on PATH",)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("24:00:00", 86400),
        ("100:00:00", 360000),
        ("3600", 3600),
        ("90:00", 5400),
        ("7:00:00:00", 7 * 86400),
        ("unlimited", None),
        ("-1", None),
        ("", None),
        ("1:2:3:4:5", None),
    ],
)
def test_walltimes(text: str, seconds: int | None) -> None:
    text = f"Queue: q\n    queue_type = Execution\n    resources_max.walltime = {text}\n"
    assert queue("q", cluster(text)).max_walltime_seconds == seconds


@pytest.mark.parametrize(
    ("text", "gb"),
    [
        ("263842692kb", 251.6),
        ("131070mb", 127.9),
        ("96gb", 96.0),
        ("96GB", 96.0),
        ("2tb", 2048.0),
        ("103079215104b", 96.0),
        ("103079215104", 96.0),
        ("12gw", 96.0),
        ("0kb", None),
        ("lots", None),
        ("", None),
    ],
)
def test_memory(text: str, gb: float | None) -> None:
    nodes = f"n\n     state = free\n     resources_available.mem = {text}\n"
    found = cluster("Queue: q\n    queue_type = Execution\n", nodes)
    assert queue("q", found).memory_gb_per_node == gb


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "    goes = on\n",
        "\tgoes on\n",
        "Queue: \n    a = b\n",
        "\0" * 100,
        "x\n" * 1000,
        "n\n     resources_available.ncpus = many\n     state = \n",
    ],
)
def test_broken_output(text: str) -> None:
    found = cluster(text, text, text, text)
    assert found.scheduler == "pbs"
    assert all(each.cores_per_node is None for each in found.queues)


def test_ten_thousand_nodes() -> None:
    one = (
        "n{0}\n     Mom = n{0}.cluster.example\n     ntype = PBS\n     state = free\n"
        "     jobs = " + "123456.server/0, " * 40 + "\n     resources_available.host = n{0}\n"
        "     resources_available.mem = {1}kb\n     resources_available.ncpus = 64\n"
        "     resources_available.Qlist = cpu\n\n"
    )
    nodes = "".join(one.format(number, 527672488 + number) for number in range(10000))
    queues = "".join(
        f"Queue: q{i}\n    queue_type = Execution\n    default_chunk.Qlist = cpu\n"
        for i in range(50)
    )
    begun = time.monotonic()
    found = cluster(queues, nodes)
    assert time.monotonic() - begun < 10
    assert len(found.queues) == 50
    assert {each.nodes for each in found.queues} == {10000}
    assert len(found.queues[0].shapes) <= 2
