"""cluster: which scheduler is here, how it is asked, and what a job goes beyond."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NoReturn

import psutil
import pytest

from q2pconf.cluster import Answer, Cluster, Queue, Shape, detect, exceeds
from q2pconf.cluster.asking import ask, plain_environment

NOTHING = {"USER": "alice"}


def detected(*programs: str, env: dict[str, str] | None = None, **answers: str) -> Cluster | None:
    """The cluster that is seen with these programs on PATH and these answers of theirs."""

    def run(command: Sequence[str]) -> Answer:
        assert not isinstance(command, str)
        if command[0] in answers:
            return Answer(out=answers[command[0]])
        return Answer(trouble="stopped with exit code 1: no")

    return detect(
        env or NOTHING,
        find_program=lambda name: f"/usr/bin/{name}" if name in programs else None,
        run=run,
    )


@pytest.mark.parametrize(
    "programs",
    [(), ("sinfo",), ("sbatch",), ("qsub",), ("qstat", "pbsnodes"), ("sinfo", "qstat", "qconf")],
)
def test_no_scheduler(programs: tuple[str, ...]) -> None:
    assert detected(*programs) is None


def test_nobody_is_asked_where_there_is_no_scheduler() -> None:
    def no(*_: object) -> NoReturn:
        raise AssertionError

    assert detect({}, find_program=lambda _: None, run=no, whoami=no) is None


@pytest.mark.parametrize(
    ("programs", "answers", "scheduler"),
    [
        (("sbatch", "sinfo"), {}, "slurm"),
        (("sbatch", "sinfo", "qsub", "qstat"), {"sinfo": "a|a*|up|1:00|idle|1|4|4096|"}, "slurm"),
        (("qsub", "qstat"), {"qstat": "pbs_version = 2022.1.1\n"}, "pbs"),
        (("qsub", "qstat"), {"qstat": "pbs_version = PBSPro_11.3.0.121723\n"}, "pbs"),
        (("qsub", "pbsnodes"), {"pbsnodes": "pbs_version = 23.06.06\n"}, "pbs"),
        (("qsub", "qstat"), {"qstat": "Version: 6.1.2\nCommit: 661e0925\n"}, "torque"),
        (("qsub", "qstat"), {"qstat": "version: 2.5.12\n"}, "torque"),
        (("qsub", "pbsnodes"), {"pbsnodes": "n1\n     state = free\n     np = 8\n"}, "torque"),
        (("qsub", "qstat"), {}, "pbs"),
        (("qsub", "qstat", "qconf"), {}, "sge"),
    ],
)  # fmt: skip
def test_scheduler(programs: tuple[str, ...], answers: dict[str, str], scheduler: str) -> None:
    found = detected(*programs, **answers)
    assert found is not None
    assert found.scheduler == scheduler


def test_grid_engine_by_its_folder() -> None:
    found = detected("qsub", "qstat", env={"SGE_ROOT": "/opt/sge"})
    assert found is not None
    assert found.scheduler == "sge"


def test_version_of_torque_comes_on_its_other_stream() -> None:
    def run(command: Sequence[str]) -> Answer:
        if command[-1] == "--version":
            return Answer(err="Version: 4.2.10\n", trouble="stopped with exit code 1")
        return Answer(trouble="stopped with exit code 1")

    found = detect(NOTHING, find_program=str, run=run)
    assert found is not None
    found = detect(NOTHING, find_program=lambda n: n if n in ("qsub", "qstat") else None, run=run)
    assert found is not None
    assert found.scheduler == "torque"


def test_pbs_where_the_commands_of_slurm_answer_nothing() -> None:
    queues = "Queue: workq\n    queue_type = Execution\n    enabled = True\n    started = True\n"
    found = detected("sbatch", "sinfo", "qsub", "qstat", qstat=queues)
    assert found is not None
    assert (found.scheduler, [queue.name for queue in found.queues]) == ("pbs", ["workq"])


def test_every_question_unanswered_is_a_note() -> None:
    found = detected("sbatch", "sinfo")
    assert found == Cluster(
        scheduler="slurm",
        notes=(
            "the partitions could not be asked: sinfo stopped with exit code 1: no",
            "the limits of partitions could not be asked: scontrol stopped with exit code 1: no",
            "the accounts could not be asked: sacctmgr stopped with exit code 1: no",
        ),
    )
    assert found.default_queue is None
    assert found.queue("any") is None


def script(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_real_programs_on_path(tmp_path: Path) -> None:
    """With the defaults, programs of PATH are found and run, in plain English, with no input."""
    script(tmp_path, "sbatch", "exit 99")
    script(
        tmp_path,
        "sinfo",
        'test "$LC_ALL/$LANGUAGE/$SINFO_FORMAT" = C// || exit 1; read line && exit 2\n'
        'echo "a|a*|up|1:00:00|idle|1|4|4096|(null)"',
    )
    env = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "USER": "alice",
        "LC_ALL": "de_DE.UTF-8",
        "LANGUAGE": "de",
        "SINFO_FORMAT": "%N",
    }
    script(tmp_path, "scontrol", "exit 3")
    script(tmp_path, "sacctmgr", "echo 'lab|c|lab||normal'")
    found = detect(env)
    assert found is not None
    assert [queue.name for queue in found.queues] == ["a"]
    assert found.accounts == ("lab",)
    assert found.notes == (
        "the limits of partitions could not be asked: scontrol stopped with exit code 3",
    )


@pytest.mark.parametrize(
    "text",
    [
        "sleep 60",
        "sleep 60 & sleep 60",
        "echo begun; (sleep 60 &)",
        "trap '' TERM; while :; do sleep 1; done",
        "exec >&- 2>&-; sleep 60",
    ],
)
def test_a_program_that_hangs_is_ended_with_all_it_started(tmp_path: Path, text: str) -> None:
    begun = time.monotonic()
    found = ask([str(script(tmp_path, "slow", text))], env=os.environ, seconds=0.3)
    assert found.trouble == "did not answer within 0.3 seconds"
    assert time.monotonic() - begun < 3


def test_nothing_is_left_running(tmp_path: Path) -> None:
    """Not even what a program left behind that has itself ended."""
    found = ask([str(script(tmp_path, "slow", "sleep 60 & echo $!"))], env=os.environ, seconds=0.3)
    assert found.trouble == "did not answer within 0.3 seconds"
    end = time.monotonic() + 5
    while psutil.pid_exists(int(found.out)) and time.monotonic() < end:
        if psutil.Process(int(found.out)).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.02)
    assert time.monotonic() < end


def test_a_program_that_goes_on_and_on_is_ended(tmp_path: Path) -> None:
    found = ask(["yes"], env=os.environ, seconds=20, most=2**20)
    assert found.trouble == "says more than 1 MB"
    assert len(found.out) < 2**21


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("exit 0", None),
        ("echo out; exit 4", "stopped with exit code 4: out"),
        ("echo out; echo; echo ' err' >&2; exit 4", "stopped with exit code 4: err"),
        ("printf 'a\\033[31mb\\n' >&2; exit 1", "stopped with exit code 1: a?[31mb"),
        ("kill -9 $$", "was ended by signal 9"),
    ],
)
def test_how_a_program_ends(tmp_path: Path, text: str, trouble: str | None) -> None:
    found = ask([str(script(tmp_path, "program", text))], env=os.environ, seconds=20)
    assert found.trouble == trouble


def test_programs_that_cannot_be_started(tmp_path: Path) -> None:
    missing = ask([str(tmp_path / "none")], env={}, seconds=1)
    assert missing.trouble == "cannot be started: No such file or directory"
    (tmp_path / "text").write_text("no program")
    plain = ask([str(tmp_path / "text")], env={}, seconds=1)
    assert plain.trouble == "cannot be started: Permission denied"


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    found = ask([str(script(tmp_path, "odd", "printf 'a\\377b'"))], env=os.environ, seconds=20)
    assert found == Answer(out="a\N{REPLACEMENT CHARACTER}b")


def test_plain_environment_keeps_what_finds_the_cluster() -> None:
    env = {"SLURM_CONF": "c", "SINFO_FORMAT": "%N", "SCONTROL_ALL": "1", "LANG": "de"}
    assert plain_environment(env) == {"SLURM_CONF": "c", "LANG": "de", "LC_ALL": "C"}


def test_nothing_heavy_is_imported() -> None:
    heavy = "print(*(name for name in ('psutil', 'tomlkit', 'json') if name in sys.modules))"
    code = f"import sys, q2pconf.cluster; {heavy}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


WIDE = Shape(cores=64, memory_gb=250.9, gpus=0, count=90)
FAT = Shape(cores=32, memory_gb=1953.1, gpus=0, count=2)
GPU = Shape(cores=48, memory_gb=488.2, gpus=4, count=8)
MIXED = Queue(name="mixed", nodes=100, shapes=(WIDE, GPU, FAT), max_walltime_seconds=86400)


def test_largest_nodes() -> None:
    assert (MIXED.cores_per_node, MIXED.memory_gb_per_node) == (64, 1953.1)
    assert MIXED.gpus_per_node == 4
    unknown = Queue(name="unknown")
    assert unknown.up
    assert unknown.cores_per_node is None
    assert unknown.memory_gb_per_node is None
    assert unknown.gpus_per_node is None


@pytest.mark.parametrize(
    ("asked", "sentences"),
    [
        ((86400, 64, 250), ()),
        ((None, 32, 1900), ()),
        ((), ()),
        ((90000,), ("a walltime of 1 day 1 hour is more than the 1 day that mixed allows",)),
        ((60, 65), ("65 cores are more than the 64 of any node of mixed",)),
        ((60, 1, 2000), ("2000 GB are more than the 1953.1 GB of any node of mixed",)),
        (
            (60, 65, 2000),
            (
                "65 cores are more than the 64 of any node of mixed",
                "2000 GB are more than the 1953.1 GB of any node of mixed",
            ),
        ),
        (
            (60, 48, 500),
            (
                "no node of mixed has both 48 cores and 500 GB:"
                " those with so many cores have at most 488.2 GB",
            ),
        ),
    ],
)
def test_exceeds(asked: tuple[int, ...], sentences: tuple[str, ...]) -> None:
    assert exceeds(MIXED, *asked) == sentences


@pytest.mark.parametrize(
    ("queue", "nodes", "sentences"),
    [
        (Queue(name="q"), 9, ()),
        (Queue(name="q", nodes=2), 2, ()),
        (Queue(name="q", nodes=2), 3, ("3 nodes are more than the 2 that q has",)),
        (Queue(name="q", nodes=0, trouble="it has no nodes"), 1, ()),
        (
            Queue(name="q", nodes=9, max_nodes=2),
            3,
            ("3 nodes are more than the 2 that q allows a job",),
        ),
        (Queue(name="q", min_nodes=2), 1, ("q takes only jobs of 2 nodes or more",)),
        (Queue(name="q", min_nodes=2), 2, ()),
        (Queue(name="q", max_cores=16), 2, ()),
        (Queue(name="q", max_cores=15), 2, ("16 cores are more than the 15 that q allows a job",)),
        (
            Queue(name="q", max_memory_gb=31.5),
            2,
            ("32 GB are more than the 31.5 GB that q allows a job",),
        ),
        (
            Queue(name="q", min_walltime_seconds=7200),
            1,
            ("a walltime of 1 hour is less than the 2 hours that q is for",),
        ),
        (
            Queue(name="q", no_memory=True),
            1,
            ("the nodes of q have no memory set, so no job may ask for memory",),
        ),
        (Queue(name="q", shapes=(Shape(cores=0, memory_gb=0.0, gpus=0, count=1),)), 1, ()),
    ],
)
def test_exceeds_what_a_whole_job_may_have(
    queue: Queue, nodes: int, sentences: tuple[str, ...]
) -> None:
    assert exceeds(queue, 3600, 8, 16, nodes=nodes) == sentences


def test_whatever_is_printed() -> None:
    """Output that is cut, mixed up or of another kind is never an error of ours."""
    from test_cluster_pbs import NODES, QUEUES, SERVER, TORQUE_NODES
    from test_cluster_sge import HOSTS
    from test_cluster_sge import QUEUES as SGE_QUEUES
    from test_cluster_slurm import ACCOUNTS, SINFO, partition

    random = Random(5)
    texts = [NODES, QUEUES, SERVER, TORQUE_NODES, HOSTS, SGE_QUEUES, ACCOUNTS, SINFO]
    texts += [partition("a", most="2"), "all.q\nshort.q\n"]

    def damaged(text: str) -> str:
        for _ in range(random.randrange(4)):
            begin, end = sorted(random.choices(range(len(text) + 1), k=2))
            other = random.choice(texts)
            place = random.randrange(len(other))
            middle = random.choice(("", "\n", "9" * 5000, "é\0", "\t", other[place : place + 40]))
            cut = min(end, begin + random.choice((1, 10, 400)))
            text = text[:begin] + middle + text[cut:]
        return text

    def run(command: Sequence[str]) -> Answer:
        fitting = random.choice(texts) if random.random() < 0.3 else likely[command[0]]
        return Answer(out=damaged(fitting), trouble=random.choice((None, None, "failed")))

    for _ in range(500):
        likely = {
            "sinfo": SINFO, "scontrol": partition("a"), "sacctmgr": ACCOUNTS, "pbsnodes": NODES,
            "qstat": random.choice((QUEUES, SERVER)), "qhost": HOSTS,
            "qconf": random.choice((SGE_QUEUES, "all.q\nshort.q\n")),
        }  # fmt: skip
        programs = random.choice((("sbatch", "sinfo"), ("qsub", "qstat", "pbsnodes"), ("qconf",)))
        names = {*programs, "qsub", "qstat"}
        found = detect(NOTHING, find_program=lambda n, has=names: n if n in has else None, run=run)
        assert found is not None
        for each in found.queues:
            exceeds(each, 3600, 8, 16)
