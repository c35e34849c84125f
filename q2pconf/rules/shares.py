"""Rules on how many actions run at a time, and what each gets: more or less than was meant."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from q2pconf import units
from q2pconf.capacity.scaling import accelerators, cores_each
from q2pconf.findings import Finding, Fix
from q2pconf.model import Config, Table
from q2pconf.rules import Context, error, rule, warning
from q2pconf.rules.counts import Pool, pools, tried

__all__: list[str] = []

_LARGE_NODE = 64
"""The cores of a node in examples."""


@rule("Q2P510", "One worker for each core", "warning")
def worker_per_core(config: Config, context: Context) -> Iterator[Finding]:
    """A block is not a worker. Where neither max_workers_per_node nor cores_per_worker is given, a
    job of 12 cores starts 12 workers, and QIIME 2 gives an action to each: 25 jobs run 300 actions
    at a time, 12 of which share the memory of a job and fight for its cores.

    For one action at a time in each job write `cores_per_worker = 12`; if many actions of one core
    each are meant, say so with `cores_per_worker = 1`."""
    for pool in pools(config, context):
        found, count = pool.capacity, pool.capacity.workers_per_manager
        key = next((k for k in _CORES if pool.provider.number(k) is not None), None)
        chosen = ("cores_per_worker", "mem_per_worker")
        if count is None or count < 2 or found.limited_by != "cores" or key is None:
            continue
        if pool.capped or pool.gives(*chosen) or pool.job.cores_from:
            continue
        yield warning(
            "Q2P510",
            pool.provider.at(key),
            f"{count} workers start on each node, one for each core (`{key} = {count}`)",
            consequence=_crowd(pool),
            hint=f"write `cores_per_worker = {count}` in the executor's table for one action at a"
            f" time on each node, or `cores_per_worker = 1` if {count} are meant",
        )


_CORES = ("cores_per_node", "cores_per_slot")


def _crowd(pool: Pool) -> str:
    """How many actions run at a time, and what one of them gets."""
    found = pool.capacity
    each = [f"{found.cores_per_action:g} core"] if found.cores_per_action == 1 else []
    if found.memory_gb_per_action is not None:
        each.append(f"{found.memory_gb_per_action:.3g} GB of memory")
    share = f", each with {' and '.join(each)}" if each else ""
    total, jobs = found.concurrent_actions, found.blocks.reachable
    if not total or not jobs:
        return f"that many actions run at a time on a node{share}"
    return f"up to {total} actions run at a time in {units.several(jobs, 'job')}{share}"


@rule("Q2P511", "Workers that do not know what the job asked for", "warning")
def untold_workers(config: Config, context: Context) -> Iterator[Finding]:
    """Only SlurmProvider (with cores_per_node) and CondorProvider (with cores_per_slot) tell the
    workers how many cores the job has. With any other, such as PBSProProvider, a worker starts for
    each core of the whole node, whatever the job asked for: on a node of 64 cores 64 actions share
    the 4 cores of the job. Write `max_workers_per_node` in the executor's table."""
    for pool in pools(config, context):
        cores, each = pool.job.given_cores, cores_each(pool.executor)
        unlimited = not pool.capped and not accelerators(pool.executor)
        plain = not pool.executor.has("launch_cmd")
        if not (pool.batch and pool.blind and unlimited and plain and cores and each):
            continue
        if pool.capacity.workers_per_manager is not None or not each > 0:
            continue
        fitting = max(math.floor(cores / each), 1)
        crowd = math.floor(_LARGE_NODE / each)
        if crowd <= fitting:
            continue
        has = units.several(int(cores), "core")
        yield warning(
            "Q2P511",
            pool.executor.path,
            f"a job has {has}, but its workers are not told: they count all cores of the node",
            part="table",
            consequence=f"on a node of {_LARGE_NODE} cores {crowd} actions at a time share {has}",
            hint=f"write `{pool.cap_key} = {fitting}`"
            + (", or less for fewer actions with more cores each" if fitting > 1 else ""),
            fix=Fix(kind="set", key=pool.executor.at(pool.cap_key), value=fitting),
        )


@rule("Q2P514", "More actions than cores", "warning")
def more_actions_than_cores(config: Config, context: Context) -> Iterator[Finding]:
    """The workers of a job each run an action, but the job asks for fewer cores than that:
    PBSProProvider asks for `cpus_per_node`, 1 where it is not written, SlurmProvider with
    `exclusive = false` for `cores_per_node`, 1 likewise, GridEngineProvider and TorqueProvider for
    1 if their scheduler_options do not say more. The actions then share that core, or the
    scheduler ends the job."""
    for pool in pools(config, context):
        found, cores = pool.capacity, pool.job.given_cores
        count, each = found.workers_per_manager, pool.executor.number("cores_per_worker")
        meant = each is not None and each < 1
        if not (pool.batch and pool.blind and count and cores) or meant or count <= cores:
            continue
        if any(tried(pool.provider, key) for key in _ASKS):
            continue
        has = units.several(int(cores), "core")
        yield warning(
            "Q2P514",
            pool.executor.at(pool.cap_key)
            if pool.executor.has(pool.cap_key)
            else pool.provider.path,
            f"{count} actions at a time share {has}: a job asks for no more",
            part="value" if pool.executor.has(pool.cap_key) else "table",
            consequence="each is that much slower, or the scheduler ends the job",
            hint=f"{_asking(pool, count)}, or start fewer workers",
        )


_ASKS = (*_CORES, "cpus_per_node")


def _asking(pool: Pool, cores: int) -> str:
    """How a job of this provider gets so many cores."""
    key = next((key for key in _ASKS if pool.provider.knows(key)), None)
    lines = {"GridEngineProvider": f"#$ -pe smp {cores}"}
    if key is not None:
        return f"write `{key} = {cores}` or more in the provider's table"
    if pool.provider.class_name in lines:
        return f'write `scheduler_options = "{lines[pool.provider.class_name]}"`'
    return "ask for more cores in `scheduler_options`"


@rule("Q2P512", "Blocks that each take the whole machine", "warning")
def multiplied_machine(config: Config, context: Context) -> Iterator[Finding]:
    """LocalProvider starts every block on the machine that runs QIIME 2, and each block counts all
    its cores for itself: `max_blocks = 5` is not five workers but five times the machine, on 16
    cores 80 actions at a time. Write `max_workers_per_node`: with 1 each block is one worker.
    Without `max_blocks` one block starts, which is all that one machine needs."""
    for pool in pools(config, context):
        found, provider = pool.capacity, pool.provider
        times = (found.blocks.reachable or 0) * (found.managers_per_block or 0)
        if provider.class_name != "LocalProvider" or times < 2 or pool.executor.has("launch_cmd"):
            continue
        if pool.capped or accelerators(pool.executor):
            continue
        counts = ("max_blocks", "init_blocks", "nodes_per_block")
        key = next((key for key in counts if (provider.integer(key) or 0) > 1), "max_blocks")
        many = provider.at(key) if provider.has(key) else provider.path
        yield warning(
            "Q2P512",
            many,
            f"`{key} = {provider.get(key)}` starts as many workers as the machine has cores,"
            f" {times} times",
            part="value" if provider.has(key) else "table",
            consequence=f"on a machine of 16 cores up to {16 * times} actions run at a time",
            hint=f"write `{pool.cap_key} = 1` in the executor's table for {times} workers, or"
            f" delete `{key}` for one worker on each core",
        )


@rule("Q2P513", "MPIExecutor, which no action can run on", "error")
def actions_on_mpi(config: Config, context: Context) -> Iterator[Finding]:
    """MPIExecutor wants to be told the MPI ranks of everything that it runs, which QIIME 2 never
    does: every action that goes to it stops with InvalidResourceSpecification. QIIME 2's actions
    are no MPI programs; HighThroughputExecutor runs them on any number of nodes."""
    used = {"default", *_strings(config.table.values.get("executor_mapping"))}
    for executor in config.executors():
        if executor.class_name != "MPIExecutor" or executor.text("label") not in used:
            continue
        if _loads(config, executor):
            yield error(
                "Q2P513",
                executor.at("class"),
                "MPIExecutor can run no action of QIIME 2",
                consequence="the file loads, but every action on it stops with"
                " InvalidResourceSpecification",
                hint='write `class = "HighThroughputExecutor"` (and `max_workers_per_node` for'
                " `max_workers_per_block`)",
            )


def _loads(config: Config, executor: Table) -> bool:
    """Whether it gets so far: it wants the launcher SimpleLauncher (Q2P226)."""
    provider = config.provider(executor)
    launcher = config.launcher(provider) if provider is not None else None
    return launcher is not None and launcher.class_name == "SimpleLauncher"


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _strings(part)
