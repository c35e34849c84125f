"""cluster.sge: what Grid Engine prints, and what is made of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from q2pconf.cluster import Answer, Cluster, Queue, Shape, detect
from q2pconf.cluster.sge import _seconds

QUEUES = """\
qname                 all.q
hostlist              @allhosts
seq_no                0
pe_list               make mpi \\
                      smp
slots                 1,[node1=16],[node2=16], \\
                      [node3=64]
user_lists            NONE
projects              NONE
s_rt                  INFINITY
h_rt                  INFINITY
h_vmem                INFINITY
qname                 short.q
hostlist              @allhosts
user_lists            lab core,deadlineusers
s_rt                  00:55:00
h_rt                  01:00:00,[@big=02:00:00]
"""

HOSTS = """\
HOSTNAME                ARCH         NCPU NSOC NCOR NTHR  LOAD  MEMTOT  MEMUSE  SWAPTO  SWAPUS
----------------------------------------------------------------------------------------------
global                  -               -    -    -    -     -       -       -       -       -
node1                   lx-amd64       16    2   16   16  0.01  125.8G    2.1G    4.0G     0.0
   all.q                BIP   0/0/16
   short.q              BIP   0/0/4
node2                   lx-amd64       16    2   16   16     -  125.8G       -    4.0G       -
   all.q                BIP   0/0/16        au
   short.q              BIP   0/0/4         d
node3                   lx-amd64       64    2   32   64  0.00    1.5T    8.9G   95.4G    0.0
   all.q                BIP   0/64/64
   other.q              BIP   0/0/64
"""

OLD_HOSTS = """\
HOSTNAME                ARCH         NCPU  LOAD  MEMTOT  MEMUSE  SWAPTO  SWAPUS
-------------------------------------------------------------------------------
global                  -               -     -       -       -       -       -
i101                    lx24-amd64     16 15.98   31.4G    3.4G     0.0     0.0
   all.q                BIP   16/16
"""


def cluster(
    names: str | Answer = "all.q\nshort.q\n",
    queues: str | Answer = QUEUES,
    hosts: str | Answer = HOSTS,
) -> Cluster:
    """What is made of these answers."""
    given = {"-sql": names, "-sq": queues, "-q": hosts}

    def run(command: Sequence[str]) -> Answer:
        answer = given[command[1]]
        return Answer(out=answer) if isinstance(answer, str) else answer

    found = detect({}, find_program=lambda name: name if name[0] == "q" else None, run=run)
    assert found is not None
    return found


def test_grid_engine() -> None:
    assert cluster() == Cluster(
        scheduler="sge",
        queues=(
            Queue(
                name="all.q",
                nodes=3,
                nodes_down=1,
                shapes=(
                    Shape(cores=64, memory_gb=1536.0, gpus=0, count=1),
                    Shape(cores=16, memory_gb=125.8, gpus=0, count=1),
                ),
            ),
            Queue(
                name="short.q",
                max_walltime_seconds=3300,
                nodes=2,
                nodes_down=1,
                shapes=(Shape(cores=4, memory_gb=125.8, gpus=0, count=1),),
                groups=("lab", "core", "deadlineusers"),
            ),
        ),
    )


def test_hosts_of_older_releases() -> None:
    found = cluster("all.q\n", QUEUES, OLD_HOSTS)
    assert found.queues[0].shapes == (Shape(cores=16, memory_gb=31.4, gpus=0, count=1),)


def test_queue_that_is_closed_everywhere() -> None:
    hosts = HOSTS.replace("0/0/4\n", "0/0/4         d\n")
    assert cluster(hosts=hosts).queues[1].trouble == "it is closed on all of its hosts"


def test_nothing_is_answered() -> None:
    failed = Answer(trouble="stopped with exit code 1: error: commlib error")
    assert cluster(failed, failed, failed) == Cluster(
        scheduler="sge",
        notes=(
            "the names of queues could not be asked:"
            " qconf stopped with exit code 1: error: commlib error",
            "the hosts could not be asked: qhost stopped with exit code 1: error: commlib error",
        ),
    )


@pytest.mark.parametrize(
    "text", ["", "qname", "qname\n\\\n", "HOSTNAME\n   all.q a b\n", "\0 \0\n"]
)
def test_broken_output(text: str) -> None:
    found = cluster("all.q\n", text, text)
    assert found.queues == (Queue(name="all.q"),)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("INFINITY", None),
        ("24:00:00", 86400),
        ("3600", 3600),
        ("1440:00:00", 1440 * 3600),
        (":30:00", 1800),
        ("01:00:00,[@big=02:00:00],[n1=90]", 7200),
        ("01:00:00,[@big=INFINITY]", None),
        ("", None),
    ],
)
def test_limits(text: str, seconds: int | None) -> None:
    assert _seconds(text) == seconds
