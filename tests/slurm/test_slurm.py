"""The Slurm that the tests have is a real one, and QIIME 2's Parsl runs on it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

import q2pconf

from . import keeper
from .cluster import Slurm, running
from .families import activated, python_of

pytestmark = pytest.mark.slurm

HERE = Path(__file__).resolve().parent

CONFIG = """\
[parsl]
strategy = "none"
strategy_period = 1

[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
{workers} = 2

[parsl.executors.provider]
class = "SlurmProvider"
partition = "short"
nodes_per_block = {nodes}
cores_per_node = 12
mem_per_node = 32
exclusive = false
init_blocks = 1
max_blocks = 1
walltime = "00:10:00"
worker_init = 'export PATH="{bin}:$PATH"'

[parsl.executors.provider.launcher]
class = "{launcher}"
"""

HOLDER = """
import subprocess, sys
with subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE):
    sys.stdin.read()
"""


def run_tasks(
    slurm: Slurm, release: str, folder: Path, *, launcher: str, nodes: int = 1
) -> dict[str, Any]:
    """What tasks say that Parsl ran with a file that is right for the release."""
    python = python_of(release)
    workers = "max_workers" if release == "2026.1" else "max_workers_per_node"
    text = CONFIG.format(workers=workers, nodes=nodes, bin=python.parent, launcher=launcher)
    assert [each.message for each in q2pconf.validate(text, release=release).errors] == []
    (folder / "qiime2_config.toml").write_text(text, encoding="utf-8")
    command = [python, "-W", "ignore", HERE / "parsl_tasks.py", "qiime2_config.toml"]
    done = slurm.run(*command, str(2 * nodes), cwd=folder, env=activated(python), timeout=300)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("release", ["2026.1", "2026.4"])
def test_parsl_runs_tasks_in_a_job(slurm: Slurm, release: str, tmp_path: Path) -> None:
    told = run_tasks(slurm, release, tmp_path, launcher="SingleNodeLauncher")
    (job,) = {task["SLURM_JOB_ID"] for task in told["tasks"]}
    assert told["queue"] == [f"{job} RUNNING 1 12 short"]
    assert {task["SLURMD_NODENAME"] for task in told["tasks"]} <= set(slurm.nodes)
    assert {task["PARSL_CORES"] for task in told["tasks"]} == {"12"}
    assert len({task["pid"] for task in told["tasks"]}) == 2
    assert slurm.wait(job).state == "CANCELLED"
    assert slurm.queue() == []


@pytest.mark.parametrize(("launcher", "used"), [("SingleNodeLauncher", 1), ("SrunLauncher", 2)])
def test_launcher_decides_which_nodes_work(
    slurm: Slurm, launcher: str, used: int, tmp_path: Path
) -> None:
    """Without srun every manager that the block shall have starts on the job's first node."""
    told = run_tasks(slurm, "2026.4", tmp_path, launcher=launcher, nodes=2)
    assert told["queue"][0].endswith(" RUNNING 2 24 short")
    assert len({task["SLURMD_NODENAME"] for task in told["tasks"]}) == used
    assert len({task["manager"] for task in told["tasks"]}) == 2
    assert len({task["pid"] for task in told["tasks"]}) == 4


def test_job_has_what_it_asked_for(slurm: Slurm) -> None:
    job = slurm.do("echo $SLURM_CPUS_PER_TASK $SLURM_MEM_PER_NODE", "-c12", "--mem=40G", "-plong")
    assert (job.state, job.exit_code, job.partition, job.cpus) == ("COMPLETED", 0, "long", 12)
    assert job.output == "12 40960\n"


def test_failing_job(slurm: Slurm) -> None:
    job = slurm.do("exit 3")
    assert (job.state, job.exit_code, job.partition) == ("FAILED", 3, "short")


def test_srun_reaches_every_node_of_a_job(slurm: Slurm) -> None:
    script = 'echo $SLURM_JOB_NUM_NODES\nsrun bash -c "echo \\$SLURMD_NODENAME"'
    job = slurm.do(script, "--nodes=2", "--ntasks-per-node=1", "--exclusive")
    first, *others = job.output.splitlines()
    assert (first, sorted(others)) == ("2", list(slurm.nodes))


def test_waiting_and_cancelling(slurm: Slurm) -> None:
    sleeping = [slurm.submit("sleep 600", "--exclusive") for _ in slurm.nodes]
    for each in sleeping:
        slurm.wait(each, "RUNNING")
    waiting = slurm.submit("true")
    assert sorted(slurm.queue()) == sorted([*sleeping, waiting])
    assert slurm.job(waiting).state == "PENDING"
    slurm.run("scancel", *sleeping)
    assert slurm.wait(waiting).state == "COMPLETED"
    assert {slurm.wait(each).state for each in sleeping} == {"CANCELLED"}


def test_partition_that_is_down(slurm: Slurm) -> None:
    job = slurm.submit("true", "--partition=closed")
    assert slurm.wait(job, "PENDING").reason == "PartitionDown"


def test_impossible_requests_are_refused(slurm: Slurm) -> None:
    for option in ("--cpus-per-task=17", "--mem=65G", "--partition=none", "--constraint=none"):
        assert slurm.run("sbatch", option, "--wrap=true", check=False).returncode == 1, option


@pytest.mark.usefixtures("slurm")
@pytest.mark.parametrize("how", ["keeper is told to end", "tests end", "tests are killed"])
def test_nothing_is_left(how: str) -> None:
    command = [sys.executable, keeper.__file__]
    if how != "keeper is told to end":
        command = [sys.executable, "-c", HOLDER, *command, "--stdin"]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with started as process:
        assert process.stdin is not None
        assert process.stdout is not None
        slurm = Slurm(conf=Path(process.stdout.readline().strip().partition("=")[2]))
        slurm.submit("setsid sleep 600 & srun sleep 600")
        until(lambda: left_of(slurm).count("sleep") == 2)
        assert {"munged", "slurmctld", "slurmd"} <= set(left_of(slurm))
        if how == "tests end":
            process.stdin.close()
        else:
            process.send_signal(signal.SIGTERM if "keeper" in how else signal.SIGKILL)
        assert process.wait(timeout=30) == (-signal.SIGKILL if "killed" in how else 0)
    until(lambda: not left_of(slurm) and not slurm.conf.parent.exists())


def until(met: Callable[[], bool]) -> None:
    """Wait until this holds."""
    deadline = time.monotonic() + 60
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def left_of(slurm: Slurm) -> list[str]:
    """The processes that serve this Slurm or are part of its jobs."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            command, env = process.cmdline(), process.environ()
            if str(slurm.conf.parent) in " ".join(command) or str(slurm.conf) in env.values():
                found.append(process.name())
    return found


def test_without_slurm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match="install the package slurm-wlm"):
        running().__enter__()
