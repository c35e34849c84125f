"""What follows for the actions from blocks, managers and workers together, in words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from q2pconf.capacity import scaling
from q2pconf.capacity.job import NO_MEMORY, Job, Node, unread
from q2pconf.capacity.launching import Managers
from q2pconf.capacity.scaling import Blocks
from q2pconf.capacity.workers import Workers
from q2pconf.model import POOLS, Table

__all__ = ["of_accelerators", "of_slots", "of_the_whole", "of_what_is_open"]


def of_slots(expected: float | None, job: Job, blocks: Blocks, total: int | None) -> list[str]:
    """When Parsl adds a block: by the actions that it expects a block to take."""
    if not expected or (blocks.reachable or 0) <= max(blocks.init or 0, 1):
        return []
    name = "group of workers" if job.one_place else "job"
    note = f"Parsl starts another {name} for every {expected:g} actions that wait"
    if expected == 1:
        note = f"Parsl starts another {name} for each action that waits"
    if total and total != expected:
        return [f"{note}, though a {name} runs {total} at a time."]
    return [f"{note}."]


def of_accelerators(executor: Table, node: Node) -> list[str]:
    """Accelerators that the file lists and a node has not."""
    listed = scaling.accelerators(executor)
    if node.accelerators is None or listed <= node.accelerators:
        return []
    return [f"The file lists {listed} accelerators, but a node has {node.accelerators}."]


def of_what_is_open(provider: Table, job: Job) -> Iterator[str]:
    """What decides cores, memory and time, where the file does not and nothing is said of it."""
    if not job.batch:
        place = "this machine" if provider.class_name == "LocalProvider" else "its machines"
        yield (
            f"Each action gets its share of the cores and memory of {place}, which are not in the"
            " file; there is no walltime: workers run until QIIME 2 ends."
        )
        return
    said = " ".join(job.notes)
    if job.asked_cores is None and "core" not in said:
        yield "A job gets all cores of its nodes; how many those are is not in the file."
    if job.asked_memory is None and "memory" not in said:
        if re.search(r"(?i)mem|h_data|\s-M\s", provider.text("scheduler_options") or ""):
            yield unread("how much memory a job gets")
        else:
            yield NO_MEMORY
    if job.walltime is None and "walltime" not in said:
        yield f"{provider.class_name} asks for no walltime."


def of_the_whole(
    executor: Table, job: Job, blocks: Blocks, managers: Managers, workers: Workers
) -> list[str]:
    """What follows for the actions from all of it together."""
    notes = []
    count = workers.count
    if job.untold and executor.class_name in POOLS and workers.limited_by != "max_workers":
        notes.append(
            f"{job.untold} is for {job.scheduler}; workers are not told of it: without a cap one"
            " starts for each core of the whole node."
        )
    if count == 0 or blocks.reachable == 0 or managers.count == 0:
        notes.append("No action is ever run: the run waits for ever.")
    if job.one_place and (blocks.reachable or 0) > 1:
        notes.append(
            f"All {blocks.reachable} groups of workers (blocks) start on one machine and share it;"
            " each counts all its cores for itself."
        )
    if executor.class_name == "MPIExecutor":
        notes.append(
            "MPIExecutor wants to know the MPI ranks of each action, which QIIME 2 does not say:"
            " every action fails on it."
        )
    together = (count or 0) * (managers.on_one_node or 0)
    if job.one_place:
        together *= blocks.reachable or 0
    if together:
        notes += _of_cores(executor, job, workers, together)
        notes += _of_memory(executor, job, together)
    return notes


def _of_cores(executor: Table, job: Job, workers: Workers, together: int) -> Iterator[str]:
    """Cores that too many actions share, that they are promised, or that stay idle."""
    cores = job.given_cores
    if cores is None or not math.isfinite(cores) or cores <= 0:
        return
    if together > cores:
        yield (
            f"{together} actions at a time share the {cores:g} of a node's cores"
            f" that {_who(job)}: more actions than cores."
        )
        return
    each = scaling.cores_each(executor)
    if executor.class_name != "HighThroughputExecutor" or not each or not 0 < each < math.inf:
        return
    said, alone = executor.has("cores_per_worker"), job.seen_cores == together
    if not said and workers.limited_by == "cores" and alone and together > 1:
        yield (
            f"Each of the {together} workers on a node runs an action of its own, on 1 core. For"
            f" one action at a time with all {together} cores write"
            f" `cores_per_worker = {together}`."
        )
    used = together * each
    if used > cores * (1 + 1e-9):
        yield (
            f"{together} actions at a time are to have {each:g} cores each, {used:g} in all, but"
            f" {cores:g} of a node's cores are all that {_who(job)}."
        )
    elif used < cores * (1 - 1e-9) and (said or cores >= together + 1):
        advice = (
            "" if said else "; an action uses more only if it is told to (--p-threads or the like)"
        )
        yield (
            f"{cores - used:.4g} of {cores:g} cores of a node stay idle, if an action uses"
            f" {each:g}{advice}."
        )


def _of_memory(executor: Table, job: Job, together: int) -> Iterator[str]:
    """Memory that is promised to too many actions, or to none."""
    memory, each = job.given_memory, scaling.memory_each(executor)
    if memory is None or each is None or not math.isfinite(memory) or not math.isfinite(each):
        return
    used = together * each
    if used > memory * (1 + 1e-9):
        yield (
            f"{together} actions at a time are to have {each:g} GB each, {used:g} in all, but"
            f" {memory:g} GB of a node are all that {_who(job)}."
        )
    elif used < memory * (1 - 1e-9):
        yield (
            f"{memory - used:.4g} of {memory:g} GB of a node stay unused, if an action uses"
            f" {each:g}."
        )


def _who(job: Job) -> str:
    return "the job has" if job.batch else "there are"
