"""From a job's script to its workers: launchers stood in for, the pool's own argument parser."""

from __future__ import annotations

import argparse
import ast
import functools
import hashlib
import inspect
import json
import logging
import math
import os
import re
import signal
import subprocess
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import zmq
from judge_family import Family
from judge_model import Machine, StageError, describe
from judge_standins import UNKNOWN_COMMAND, read_note
from judge_submit import Job, user_part

_SECONDS = 15.0
_MARKS_OF_PBS = ("PBSProProvider", "TorqueProvider")
_HANDLER = "BASH_FUNC_command_not_found_handle%%"
_AFTER_INIT = r"\s*(?:export PARSL_[A-Z_]+=[^\n]*\n)*\s*(?:export JOBNAME=|echo \"Starting Cobalt)"


def work(job: Job, family: Family, machine: Machine, box: Path) -> dict[str, Any]:
    """How many managers the script starts and how many workers each of them has."""
    script = _without_worker_init(job)
    environment = _job_environment(job, box)
    found = _run_once(script, environment, box)
    pools = found["pools"]
    result: dict[str, Any] = {**found, "managers": len(pools)}
    del result["pools"]
    if not job.text:
        result["stderr"] = f"{job.script}: No such file"
    for pool in pools[:1]:
        cores, memory, *words = pool
        result.update(_count(words, cores, memory, environment, family, machine))
    result["executor"] = job.label
    return result


def check(result: dict[str, Any]) -> None:
    """Fail if nothing would ever work."""
    where = {"executor": result["executor"]}
    if result["managers"] < 1:
        raise StageError("no worker ever starts", {**where, "reason": "no worker pool is started"})
    if "error" in result:
        raise StageError(result["error"], {**where, "reason": "the worker pool dies"})
    if result["workers"] < 1:
        raise StageError("no worker ever starts", {**where, "reason": "no room for a worker"})
    if result["capacity"] < 1:
        raise StageError(
            "no task is ever given to a worker", {**where, "reason": "prefetch_capacity"}
        )
    if result["lost"]:
        reason = "heartbeat_threshold is shorter than heartbeat_period"
        raise StageError("ManagerLost: every manager is given up", {**where, "reason": reason})


def _without_worker_init(job: Job) -> str:
    """The script with the user's own commands left out: they are not the judge's business."""
    init = user_part(job.provider)
    if not init.strip():
        return job.text
    if job.command in ("bash", "condor_submit") and job.text.startswith(init):
        return job.text[len(init) :]
    found = re.search(re.escape(init) + f"(?P<rest>{_AFTER_INIT})", job.text)
    if found is None:
        return job.text
    return job.text[: found.start()] + job.text[found.start("rest") :]


def _job_environment(job: Job, box: Path) -> dict[str, str]:
    """What the scheduler would tell the job about itself."""
    nodes = getattr(job.provider, "nodes_per_block", 1)
    count = min(max(nodes, 1), 64) if isinstance(nodes, int) else 1
    hosts = box / "hosts"
    hosts.write_text("".join(f"node{number}\n" for number in range(count)))
    kind = type(job.provider).__name__
    environment = {"PATH": str(box.parent / "standins" / "run"), "HOME": str(box)}
    if kind in ("SlurmProvider", "LocalProvider"):  # the latter perhaps in an allocation
        name = next((d for d in job.seen if d.startswith("--job-name=")), "=")
        environment.update(
            SLURM_JOB_NAME=name.split("=", 1)[1].split("#")[0].split(" ")[0],
            SLURM_CPUS_ON_NODE="64",
            SLURM_JOB_NUM_NODES=str(count),
            SLURM_NODELIST=f"node[0-{count}]",
        )
    elif kind in _MARKS_OF_PBS:
        environment["PBS_NODEFILE"] = str(hosts)
    elif kind == "CobaltProvider":
        environment["COBALT_NODEFILE"] = str(hosts)
    elif kind == "CondorProvider":
        environment["JOBNAME"] = (job.script or Path("job.script")).name[: -len(".script")]
    return environment


def _run_once(script: str, environment: dict[str, str], box: Path) -> dict[str, Any]:
    """What this script starts; many files make the same script, so it is kept on disk."""
    kept = box.parent / "results" / _key(script, environment, box)
    if kept.exists():
        known: dict[str, Any] = json.loads(kept.read_text())
        return known
    found = _run(script, environment, box)
    new = kept.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(found).replace(str(box), "BOX"))
    new.rename(kept)
    return found


def _key(script: str, environment: dict[str, str], box: Path) -> str:
    """The same for scripts that differ in this file's folder and in random ports only."""
    text = (script + repr(sorted(environment.items()))).replace(str(box), "BOX")
    return hashlib.sha256(re.sub(r"port=\d+", "port=", text).encode()).hexdigest()


def _run(script: str, environment: dict[str, str], box: Path) -> dict[str, Any]:
    """Run the script as the node's shell would, with stand-ins for all it may call."""
    folder = box / "run"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    path = folder / "script"
    path.write_bytes(script.encode())
    first = script.split("\n", 1)[0]
    options = ["-e"] if first == "#!/bin/bash -el" else []
    process = subprocess.Popen(
        ["/bin/bash", *options, str(path)],
        cwd=folder,
        env={**environment, "JUDGE_NOTES": str(folder), _HANDLER: UNKNOWN_COMMAND},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        stderr = process.communicate(timeout=_SECONDS)[1]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        stderr = b"the job's script does not end"
    pools = [read_note(note) for note in sorted(folder.glob("pool.*"))]
    unknown = folder / "unknown"
    return {
        "pools": pools,
        "unknown_commands": unknown.read_text().split("\n")[:-1] if unknown.exists() else [],
        "stderr": stderr.decode(errors="replace")[-300:],
    }


def _count(
    words: list[str],
    cores: str,
    memory: str,
    environment: dict[str, str],
    family: Family,
    machine: Machine,
) -> dict[str, Any]:
    """What the pool makes of its command line, up to its first worker."""
    found: dict[str, Any] = {"argv": words}
    try:
        given = pool_arguments(family.pool, words)
        _connect(given)
        count = worker_count(given, cores, memory, machine)
        if given.get("enable_mpi_mode"):
            _check_mpi(environment, family)
        if count > 0:
            check_affinity(given["cpu_affinity"], count, machine)
    except (Exception, SystemExit) as error:
        found["error"] = describe(error)
        return found
    lost = given["heartbeat_threshold"] < max(_longest_silence(given), 1)
    capacity = count + given["prefetch_capacity"]
    return {**found, "workers": count, "capacity": capacity, "lost": lost}


def _longest_silence(given: dict[str, Any]) -> float:
    """Seconds between two heartbeats of a manager that has nothing else to say.

    Up to 2023 it looks at the clock between waits that grow twofold, from twice the poll period on.
    """
    period = float(given["heartbeat_period"])
    wait, passed = 2 * given["poll_period"] / 1000, 0.0
    if "drain_period" in given or period <= 0 or wait <= 0:
        return period
    while passed <= period:
        passed += min(wait, period)
        wait *= 2
    return passed


def _connect(given: dict[str, Any]) -> None:
    """As the Manager looks for its interchange, as far as the arguments decide it."""
    if "port" not in given:  # up to 2024
        if given["address_probe_timeout"] < 0:
            raise RuntimeError("No viable address found")
        return
    from parsl.addresses import tcp_url

    context = zmq.Context()
    for address in given["addresses"].split(","):
        context.socket(zmq.DEALER).connect(tcp_url(address, given["port"]))
    context.destroy(linger=0)


def worker_count(given: dict[str, Any], cores: str, memory: str, machine: Machine) -> int:
    """As Manager.__init__ counts."""
    cores_on_node = int(cores) if cores else machine.cores
    memory_on_node = float(memory) if memory else machine.memory_gb
    cap = "max_workers_per_node" if "max_workers_per_node" in given else "max_workers"
    most, per_worker = given[cap], given["mem_per_worker"]
    by_memory = most
    if per_worker and per_worker > 0:
        by_memory = math.floor(memory_on_node / per_worker)
    count = min(most, by_memory, math.floor(cores_on_node / given["cores_per_worker"]))
    accelerators = given["available_accelerators"]
    return int(min(len(accelerators), count) if accelerators else count)


def check_affinity(affinity: str | None, workers: int, machine: Machine) -> None:
    """As worker() pins itself; the machine's cores are all there."""
    if affinity == "none":
        return
    if affinity is None:
        raise ValueError("Affinity strategy None is not supported")
    if machine.cores // workers < 1:
        raise AssertionError("Affinity does not work if there are more workers than cores")
    if affinity[:4] != "list":
        return
    ranks = affinity.split(":")[1:]
    if len(ranks) != workers:
        raise ValueError(f"Affinity list {affinity} has wrong number of thread ranks")
    for rank in ranks:
        cores: set[int] = set()
        for part in rank.split(","):
            ends = [int(end) for end in part.split("-")]
            if len(ends) > 2:
                raise ValueError(f"Affinity list formatting is not expected {affinity}")
            cores.update(range(ends[0], ends[-1] + 1))
        if not cores & set(range(machine.cores)):
            raise OSError(f"no such cores: {rank}")


def _check_mpi(environment: dict[str, str], family: Family) -> None:
    """MPI mode knows a few schedulers by their environment and dies without."""
    names = ("SLURM_NODELIST", "PBS_NODEFILE", "COBALT_NODEFILE")
    for name in names:
        os.environ.pop(name, None)
    os.environ.update({name: environment[name] for name in names if name in environment})
    scheduler = family.mpi.identify_scheduler()
    if scheduler is family.mpi.Scheduler.Unknown:
        family.mpi.get_nodes_in_batchjob(scheduler)


class _Reached(BaseException):
    """The pool made its Manager, with these arguments."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        self.arguments = arguments


def pool_arguments(pool: ModuleType, words: list[str]) -> dict[str, Any]:
    """The Manager's arguments for this command line: the release's own parser and conversions."""
    build, work = pool_code(pool)
    space = {**vars(pool), **_without_files()}
    exec(build, space)
    parser: argparse.ArgumentParser = space["parser"]

    def refuse(message: str) -> None:
        raise ValueError(f"process_worker_pool.py: error: {message}")

    parser.error = refuse  # type: ignore[assignment, method-assign]
    space["args"] = parser.parse_args(words)
    try:
        exec(work, space)
    except _Reached as reached:
        return reached.arguments
    raise AssertionError("the pool makes no Manager")


@functools.cache
def _without_files() -> dict[str, Any]:
    """In place of the pool's own names: no Manager, no log files and no folders for them."""

    def manager(**arguments: Any) -> None:
        raise _Reached(**arguments)

    logger = logging.Logger("unheard", logging.CRITICAL + 1)
    no_folders = SimpleNamespace(**{**vars(os), "makedirs": lambda *_, **__: None})
    quiet = dict.fromkeys(("start_file_logger", "set_file_logger"), lambda *_, **__: logger)
    return {"Manager": manager, "os": no_folders, "logger": logger, **quiet}


@functools.cache
def pool_code(pool: ModuleType) -> tuple[Any, Any]:
    """The pool's ``__main__`` part: what builds the parser, and what follows its arguments."""
    tree = ast.parse(inspect.getsource(pool))
    main = next(
        node
        for node in tree.body
        if isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)
    )
    end = next(i for i, node in enumerate(main.body) if ast.unparse(node).startswith("args = "))
    parts = (main.body[:end], main.body[end + 1 :])
    build, work = (compile(ast.Module(part, []), "<worker pool>", "exec") for part in parts)
    return build, work
