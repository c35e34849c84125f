"""All the changes of a file that may give what is wanted; which of them does is for others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from q2pconf import units
from q2pconf.advising import slurm_options
from q2pconf.advising.judging import Case, counted
from q2pconf.filling import CAPS, select_with_memory
from q2pconf.findings import KeyPath
from q2pconf.model import Table

__all__ = ["Changes", "plans"]

Changes = dict[KeyPath, Any]

_CORES = ("cores_per_node", "cpus_per_node", "cores_per_slot")
_MEMORY = ("mem_per_node", "mem_per_slot")
_LARGEST = 512
"""So many actions at a time on one node are thought of at most."""


def plans(case: Case) -> Iterator[Changes]:
    """Sets of changes, none of them twice."""
    first: Changes = {case.executor.at("label"): "default"} if case.relabelled else {}
    seen: set[frozenset[tuple[KeyPath, Any]]] = set()
    for raw in _raw(case):
        changes = first | {key: value for key, value in raw.items() if _differs(case, key, value)}
        known = frozenset(changes.items())
        if known not in seen:
            seen.add(known)
            yield changes


def _differs(case: Case, key: KeyPath, value: Any) -> bool:
    """Whether a value is another than the one that the file gives or Parsl takes without it."""
    provider = case.provider
    tables = [case.config.table, case.executor, *([provider] if provider is not None else [])]
    table = next(one for one in tables if one.path == key[:-1])
    has = table.get(str(key[-1]))
    return type(has) is not type(value) or bool(has != value)


def _raw(case: Case) -> Iterator[Changes]:
    yield {}
    executor, provider = case.executor, case.provider
    if executor.class_name == "ThreadPoolExecutor":
        if case.wanted.actions is not None:
            yield {executor.at("max_threads"): case.wanted.actions}
        return
    if provider is None or not provider.spec:
        return
    for fewer in _nodes(provider):
        then = counted(case, fewer).capacity
        managers = then.managers_per_block or 1
        sharing = -(-managers // max(then.nodes_used or 1, 1))
        for width in _widths(case, managers):
            parts = (
                _caps(executor, width),
                _cores_each(case),
                _memory_each(case),
                _jobs_size(case, provider, width * sharing),
                _blocks(case, provider, managers * width),
                _walltimes(case, provider),
            )
            for chosen in product(*parts):
                yield _merged((fewer, *chosen))


def _merged(parts: Iterable[Mapping[KeyPath, Any]]) -> Changes:
    merged: Changes = {}
    for part in parts:
        merged.update(part)
    return merged


def _nodes(provider: Table) -> list[Changes]:
    """The nodes of a job as they are, or one."""
    many = provider.knows("nodes_per_block") and provider.integer("nodes_per_block") != 1
    return [{}, {provider.at("nodes_per_block"): 1}] if many else [{}]


def _widths(case: Case, managers: int) -> list[int]:
    """How many actions each group of workers may run at a time."""
    now = case.now.capacity.workers_per_manager
    if case.wanted.actions is None:
        cores = case.now.of_a_node[0]
        fit = int(cores // case.wanted.cpus) if case.wanted.cpus else 0
        return list(dict.fromkeys(one for one in (now, fit, 1) if one and one <= _LARGEST))
    each, rest = divmod(case.wanted.actions, managers)
    if rest:
        return []
    most = each if case.here else min(each, _LARGEST)
    low = [one for one in range(1, math.isqrt(each) + 1) if each % one == 0]
    return sorted(one for one in {*low, *(each // one for one in low)} if one <= most)


def _caps(executor: Table, width: int) -> list[Changes]:
    """The most workers of a group left as it is, or said."""
    names = ("max_workers_per_block",) if executor.class_name == "MPIExecutor" else CAPS
    known = [name for name in names if executor.knows(name)]
    given = [name for name in known if executor.has(name)]
    return [{}, *({executor.at(name): width} for name in (given or known)[:1])]


def _cores_each(case: Case) -> list[Changes]:
    """The cores of a worker."""
    executor, cpus = case.executor, case.wanted.cpus
    if cpus is None or not executor.knows("cores_per_worker"):
        return [{}]
    return [{}, {executor.at("cores_per_worker"): cpus}]


def _memory_each(case: Case) -> list[Changes]:
    """The memory of a worker: on this machine, and where the file has it already."""
    executor, memory = case.executor, case.wanted.memory_gb
    if memory is None or not executor.knows("mem_per_worker"):
        return [{}]
    if not case.here and not executor.has("mem_per_worker"):
        return [{}]
    return [{}, {executor.at("mem_per_worker"): memory}]


def _jobs_size(case: Case, provider: Table, actions: int) -> list[Changes]:
    """What a job asks for on a node that runs so many actions at a time."""
    wanted = case.wanted
    if case.here:
        return [{}]
    cores = None if wanted.cpus is None else wanted.cpus * actions
    memory = None if wanted.memory_gb is None else wanted.memory_gb * actions
    sizes = [
        one | other
        for one in ({}, *_cores(provider, cores))
        for other in ({}, *_memory(provider, memory))
    ]
    if provider.class_name != "SlurmProvider" or not provider.text("scheduler_options"):
        return sizes
    return [
        size | {provider.at("scheduler_options"): text}
        for size in sizes
        for text in _options(case, provider, size, cores, memory)
    ]


def _options(
    case: Case, provider: Table, size: Changes, cores: int | None, memory: int | None
) -> Iterator[str]:
    """Slurm's own options beside these keys: they ask for nothing that a key asks for already."""
    text = provider.text("scheduler_options") or ""
    if (case.now.seconds or 0) < case.seconds:
        text = slurm_options.without_time(text)
    if provider.at("cores_per_node") in size:
        cores, text = None, slurm_options.without_cpus(text)
    if provider.at("mem_per_node") in size:
        memory, text = None, slurm_options.without_memory(text)
    yield text
    yield slurm_options.with_numbers(text, cores, memory, case.wanted)


def _cores(provider: Table, cores: int | None) -> Iterator[Changes]:
    if cores is None:
        return
    if provider.class_name == "LSFProvider":
        if provider.flag("request_by_nodes") is False:
            yield {provider.at(key): cores for key in ("cores_per_block", "cores_per_node")}
        return
    yield from ({provider.at(key): cores} for key in _CORES if provider.knows(key))


def _memory(provider: Table, memory: int | None) -> Iterator[Changes]:
    if memory is None:
        return
    yield from ({provider.at(key): memory} for key in _MEMORY if provider.knows(key))
    if provider.knows("select_options"):
        before = provider.text("select_options") or ""
        yield {provider.at("select_options"): select_with_memory(before, memory)}


def _blocks(case: Case, provider: Table, in_a_job: int) -> list[Changes]:
    """The jobs for as many actions as are wanted, and what lets Parsl reach them."""
    actions = case.wanted.actions
    if not provider.knows("max_blocks") or (actions is None and not case.here):
        return [{}]
    most = 1 if actions is None else actions // in_a_job
    found: Changes = {provider.at("max_blocks"): most}
    for name in ("init_blocks", "min_blocks"):
        if (provider.integer(name) or 0) > most:
            found[provider.at(name)] = most
    grows = {case.config.table.at("strategy"): "simple"}
    starts = {provider.at("init_blocks"): most}
    options: list[Changes] = [{}, found, found | grows]
    if provider.knows("parallelism") and provider.number("parallelism") != 1:
        steady = {provider.at("parallelism"): 1}
        options += [found | steady, found | steady | grows]
    return [*options, found | starts]


def _walltimes(case: Case, provider: Table) -> list[Changes]:
    """A longer time for the jobs, where they have less than is wanted."""
    has = case.now.seconds or 0
    if case.here or not provider.knows("walltime") or has >= case.seconds:
        return [{}]
    longer = {provider.at("walltime"): units.walltime(case.seconds)}
    # What else decides the time is taken out of Slurm's options; others may not heed the key.
    return [longer] if provider.class_name == "SlurmProvider" else [{}, longer]
