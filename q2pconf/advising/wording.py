"""Advice in words: what is not as wanted, and the line to write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from q2pconf.advising.judging import Case, Outcome, counted
from q2pconf.advising.places import Place
from q2pconf.capacity import Capacity
from q2pconf.findings import KeyPath
from q2pconf.quoting import written
from q2pconf.units import several, spoken

__all__ = ["NOT_ON_MPI", "NO_DEFAULT", "of_changes", "of_wish"]

NOT_ON_MPI = (
    "every action of QIIME 2 fails on MPIExecutor, which wants to know of MPI ranks: give the label"
    " default to a HighThroughputExecutor (q2pconf init)"
)
NO_DEFAULT = (
    "no executor is labelled default: QIIME 2 gives its actions to that one; start from a preset"
    " (q2pconf init)"
)

_CAPS = ("max_workers_per_node", "max_workers", "max_workers_per_block")
_CORES = ("cores_per_node", "cpus_per_node", "cores_per_slot", "cores_per_block")
_MEMORY = ("mem_per_node", "mem_per_slot", "select_options")


def of_changes(
    case: Case, changes: Mapping[KeyPath, Any], places: Mapping[KeyPath, Place]
) -> dict[KeyPath, str]:
    """The words for each change, in the order in which they are best read."""
    then = counted(case, changes)
    order = sorted(changes, key=lambda key: (len(key), str(key[-1]) in ("max_blocks",)))
    return {
        key: f"{_reason(str(key[-1]), case, then)}: write"
        f" `{key[-1]} = {written(changes[key])}` {places[key].words}"
        for key in order
    }


def _reason(key: str, case: Case, then: Outcome) -> str:
    """Why this line has to change."""
    now, after = case.now.capacity, then.capacity
    wanted = case.wanted
    at_a_time = several(after.workers_per_manager or 0, "action")
    place = "here" if case.here else "on each node of a job"
    if key == "label":
        return "QIIME 2 gives its actions to the executor labelled default, and there is none"
    if key in (*_CAPS, "max_threads"):
        return f"{_told(now)} run at a time {place}, not {after.workers_per_manager}"
    if key == "cores_per_worker":
        has = now.cores_per_action if not case.here else case.executor.number(key)
        return f"each action has {_amount(has, 'CPU')}, not {wanted.cpus}{_of_here(case, then)}"
    if key == "mem_per_worker":
        return f"a worker starts only where {wanted.memory_gb} GB are there for it"
    if key in _CORES:
        return f"the CPUs of a job have to be enough for {at_a_time} at a time on a node"
    if key in _MEMORY:
        return (
            f"each action has {_memory(now.memory_gb_per_action)}, not {wanted.memory_gb} GB,"
            f" and a node is to run {at_a_time} at a time"
        )
    if key == "walltime":
        has = now.walltime_seconds
        return f"a job has {'no time that can be read' if has is None else spoken(has)}"
    if key == "nodes_per_block":
        return "one node for each job is all that an action can use"
    return _of_blocks(key, case, then)


def _of_here(case: Case, then: Outcome) -> str:
    """What this machine must have for all actions; with less, fewer of them run."""
    count, wanted = then.capacity.concurrent_actions, case.wanted
    if not case.here or not count or not wanted.cpus:
        return ""
    memory = "" if wanted.memory_gb is None else f" and {count * wanted.memory_gb} GB"
    return f" ({several(count, 'action')} take {count * wanted.cpus} CPUs{memory} of this machine)"


def _of_blocks(key: str, case: Case, then: Outcome) -> str:
    now, after = case.now.capacity.blocks, then.capacity.blocks
    if key == "strategy":
        return "Parsl is to start more jobs while actions wait"
    if key == "parallelism":
        return "Parsl is to start a job for all actions that wait"
    if key == "scheduler_options":
        return "what a job asks Slurm for has to fit its actions, and memory is asked for once only"
    name = "group" if case.here else "job"
    if key == "max_blocks":
        return f"at most {_jobs(now.reachable, name)} at a time, and {after.reachable} needed"
    has, when = (now.init, "at the start") if key == "init_blocks" else (now.min, "kept")
    return f"{_jobs(has, name)} {when}, and {after.reachable} needed"


def of_wish(case: Case, wish: str) -> str:
    """What the file cannot give, and what decides it."""
    wanted, one = case.wanted, case.now.capacity
    if one.class_name == "ThreadPoolExecutor" and wish in ("cpus", "memory"):
        what = "CPUs" if wish == "cpus" else "memory"
        return (
            f"threads share this machine's {what}: to give each action its own, run the actions on"
            " a HighThroughputExecutor (q2pconf init)"
        )
    who = one.provider or one.class_name
    if wish == "actions" and one.limited_by == "accelerators":
        return (
            f"`available_accelerators` names so few that {_told(one)} run at a time on a node,"
            f" not {wanted.actions}"
        )
    if wish == "walltime":
        return f"how long a job runs is not decided by a key of {who}: {_by_hand(one.provider)}"
    if wish == "cpus":
        if who == "GridEngineProvider":
            return (
                f"{who} has no key for {wanted.cpus} CPUs for each action: ask for them in"
                f' `scheduler_options`, as in "#$ -pe smp {wanted.cpus}"'
            )
        return f"{who} has no key for {wanted.cpus} CPUs for each action: {_by_hand(one.provider)}"
    if wish == "memory":
        return (
            f"{who} has no key for {wanted.memory_gb} GB for each action: {_by_hand(one.provider)}"
        )
    return (
        f"how many actions {one.class_name} runs at a time on {who} is not decided by this file;"
        f" for {wanted.actions} start from a preset (q2pconf init)"
    )


def _by_hand(provider: str | None) -> str:
    """Where one has to say it oneself."""
    line = {
        "GridEngineProvider": 'in `scheduler_options`, as in "#$ -pe smp 12" and "#$ -l h_vmem=8G"',
        "TorqueProvider": 'in `scheduler_options`, as in "#PBS -l nodes=1:ppn=12,mem=96gb"',
        "LSFProvider": 'in `scheduler_options`, as in "#BSUB -n 12" and "#BSUB -M 96GB"',
    }.get(provider or "", "in `scheduler_options`, or at the scheduler")
    return f"ask for it {line}; q2pconf does not read it there"


def _jobs(count: int | None, name: str) -> str:
    return f"an unknown number of {name}s" if count is None else several(count, name)


def _told(one: Capacity) -> str:
    count = one.workers_per_manager
    return "an unknown number of actions" if count is None else several(count, "action")


def _amount(number: float | None, word: str) -> str:
    if number is None:
        return f"an unknown number of {word}s"
    return f"{number:g} {word}{'' if number == 1 else 's'}"


def _memory(number: float | None) -> str:
    return "unknown memory" if number is None else f"{number:g} GB"
