"""Advice in words: what is not as wanted, and the line to write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from q2pconf.advising.intention import share
from q2pconf.advising.judging import Case, Outcome, counted
from q2pconf.advising.places import Place, who
from q2pconf.advising.slurm_options import without_cpus, without_memory, without_time
from q2pconf.capacity import Capacity
from q2pconf.findings import KeyPath
from q2pconf.quoting import written
from q2pconf.units import several, spoken

__all__ = ["NOT_ON_MPI", "NO_DEFAULT", "of_changes", "of_provider", "of_wish"]

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
        key: f"{_reason(str(key[-1]), case, then, changes)}: write"
        f" `{places[key].name} = {written(changes[key])}` {places[key].words}"
        for key in order
    }


def _reason(key: str, case: Case, then: Outcome, changes: Mapping[KeyPath, Any]) -> str:
    """Why this line has to change."""
    now, after = case.now.capacity, then.capacity
    wanted = case.wanted
    at_a_time = several(after.workers_per_manager or 0, "action")
    place = "here" if case.here else "on each node of a job"
    if key == "label":
        return "QIIME 2 gives its actions to the executor labelled default, and there is none"
    if key in (*_CAPS, "max_threads"):
        return f"{_running(now)} at a time {place}, not {after.workers_per_manager}"
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
        has = case.now.seconds
        return f"a job has {'no time that can be read' if has is None else spoken(has)}"
    if key == "nodes_per_block":
        return "one node for each job is all that an action can use"
    if key == "scheduler_options":
        return _of_options(case, then, changes)
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
    name = "group" if case.here else "job"
    if key == "max_blocks":
        has, when = now.reachable, "at a time"
    else:
        has, when = (now.init, "at the start") if key == "init_blocks" else (now.min, "kept")
    if has is None:
        return f"how many {name}s there are {when} cannot be said, and {after.reachable} needed"
    most = "at most " if key == "max_blocks" else ""
    return f"{most}{several(has, name)} {when}, and {after.reachable} needed"


def _of_options(case: Case, then: Outcome, changes: Mapping[KeyPath, Any]) -> str:
    """What has to change in Slurm's own options: times and sizes that keys say, and figures."""
    provider = case.provider
    assert provider is not None
    left = provider.text("scheduler_options") or ""
    why = []
    if (case.now.seconds or 0) < case.seconds and (less := without_time(left)) != left:
        why.append("`--time` in `scheduler_options` decides how long a job runs, not `walltime`")
        left = less
    keys = []
    for key, without in (("cores_per_node", without_cpus), ("mem_per_node", without_memory)):
        said = provider.has(key) or provider.at(key) in changes
        if said and (less := without(left)) != left:
            keys.append(f"`{key}`")
            left = less
    if keys:
        verb = "asks" if len(keys) == 1 else "ask"
        why.append(f"{' and '.join(keys)} {verb} for the same as `scheduler_options`")
    if left != changes[provider.at("scheduler_options")]:
        count = several(then.capacity.workers_per_manager or 0, "action")
        why.append(
            f"what a job asks Slurm for has to be enough for {count} at a time on a node,"
            f" {share(case.wanted)} for each"
        )
    return ", and ".join(why)


def of_wish(case: Case, wish: str, then: Outcome) -> str:
    """What the file cannot give, and what decides it; ``then`` is what comes of the changes."""
    wanted, one = case.wanted, case.now.capacity
    if one.class_name == "ThreadPoolExecutor" and wish in ("cpus", "memory"):
        what = "CPUs" if wish == "cpus" else "memory"
        return (
            f"threads share this machine's {what}: to give each action its own, run the actions on"
            " a HighThroughputExecutor (q2pconf init)"
        )
    provider = one.provider or one.class_name
    if wish == "actions" and one.limited_by == "accelerators":
        return (
            f"`available_accelerators` names so few that {_running(one)} at a time on a node,"
            f" not {wanted.actions}"
        )
    if wish == "walltime":
        return _of_time(case, provider)
    if wish in ("cpus", "memory"):
        what = several(wanted.cpus or 0, "CPU") if wish == "cpus" else f"{wanted.memory_gb} GB"
        return f"{provider} has no key for {what} for each action: {_by_hand(case, wish, then)}"
    return (
        f"how many actions {one.class_name} runs at a time on {provider} is not decided by this"
        f" file; for {wanted.actions} start from a preset (q2pconf init)"
    )


def _of_time(case: Case, provider: str) -> str:
    table, walltime = case.provider, case.wanted.walltime
    text = "" if table is None else table.text("scheduler_options") or ""
    if re.search(r"--ti|\s-t|walltime|h_rt|\s-W", text):
        return (
            "what `scheduler_options` says of the time decides how long a job runs, not"
            f' `walltime`: take it out there and write `walltime = "{walltime}"`'
        )
    return (
        f"how long a job runs is not decided by a key of {provider}: ask for {walltime} in"
        " `scheduler_options`, or at the scheduler; q2pconf does not read it there"
    )


def _by_hand(case: Case, wish: str, then: Outcome) -> str:
    """Where one has to say it oneself, for all actions that run at a time on a node."""
    wanted, count = case.wanted, max(then.capacity.workers_per_manager or 1, 1)
    memory, cores = count * (wanted.memory_gb or 0), max(round(then.of_a_node[0]), 1)
    cpus = cores if wanted.cpus is None else count * wanted.cpus
    lines = {
        ("GridEngineProvider", "cpus"): f"#$ -pe smp {cpus}",
        ("GridEngineProvider", "memory"): f"#$ -l h_vmem={-(-memory // cpus)}G",
        ("TorqueProvider", "cpus"): f"#PBS -l nodes=1:ppn={cpus}",
        ("TorqueProvider", "memory"): f"#PBS -l mem={memory}gb",
        ("LSFProvider", "cpus"): f"#BSUB -n {cpus}",
        ("LSFProvider", "memory"): f"#BSUB -M {memory}GB",
    }
    line = lines.get((case.now.capacity.provider or "", wish))
    if line is None:
        return (
            "ask for it in `scheduler_options`, or at the scheduler; q2pconf does not read it there"
        )
    of_slots = f" for each of {cpus} slots" if "h_vmem" in line and cpus > 1 else ""
    for_all = "" if count == 1 else f" ({count} actions at a time on a node)"
    told = f'ask for it in `scheduler_options`, as in "{line}"{of_slots}{for_all}'
    return told if "-pe" in line else f"{told}; q2pconf does not read it there"


def of_provider(case: Case) -> str:
    """A provider whose class is missing or not known: nothing else can be said before."""
    provider, whose = case.provider, who(case)
    name = "" if provider is None else provider.class_name
    parsl = case.config.schema.parsl
    what = f'a "{name}", which Parsl {parsl} does not have' if name else "without a class"
    return (
        f"the provider of {whose} is {what}: name one first, such as"
        ' `class = "SlurmProvider"`, or start from a preset (q2pconf init)'
    )


def _running(one: Capacity) -> str:
    """The actions of a group of workers as the begin of a sentence, with its verb."""
    count = one.workers_per_manager
    if count is None:
        return "an unknown number of actions run"
    return f"{several(count, 'action')} {'runs' if count == 1 else 'run'}"


def _amount(number: float | None, word: str) -> str:
    if number is None:
        return f"an unknown number of {word}s"
    return f"{number:g} {word}{'' if number == 1 else 's'}"


def _memory(number: float | None) -> str:
    return "unknown memory" if number is None else f"{number:g} GB"
