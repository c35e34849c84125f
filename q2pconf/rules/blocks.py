"""Rules on blocks and workers: counts with which no work, or less than meant, would be done."""

from __future__ import annotations

import math
from collections.abc import Iterator

from q2pconf.capacity.scaling import slots_of
from q2pconf.findings import Finding, Fix
from q2pconf.model import BATCH, POOLS, Config, Table
from q2pconf.rules import Context, error, rule, warning
from q2pconf.rules.counts import Pool, pairs, pools

__all__: list[str] = []


@rule("Q2P501", "Block counts out of order", "warning")
def block_order(config: Config, context: Context) -> Iterator[Finding]:
    """A block is one job, or one set of workers on this machine: Parsl starts init_blocks of them,
    goes up to max_blocks and down to min_blocks. It does not check that min_blocks ≤ init_blocks ≤
    max_blocks: it starts init_blocks even if max_blocks is smaller, so that you get more jobs than
    you allowed, and never starts a block because of min_blocks. Write a larger max_blocks, or
    smaller numbers for the others."""
    for _, provider in pairs(config):
        low, first, high = (provider.integer(f"{name}_blocks") for name in ("min", "init", "max"))
        if low is None or first is None or high is None:
            continue
        for key, small, large, name in (
            ("init_blocks", first, high, "max_blocks"),
            ("min_blocks", low, high, "max_blocks"),
        ):
            if small > large and large > 0:
                yield warning(
                    "Q2P501",
                    provider.at(key if provider.has(key) else name),
                    f"`{key}` ({small}) is more than `{name}` ({large})",
                    consequence="Parsl starts init_blocks all the same, or keeps fewer than meant",
                    hint=f"write a `{name}` of {small} or more, or a smaller `{key}`",
                )
                break
        else:
            if low > first and provider.has("min_blocks"):
                yield warning(
                    "Q2P501",
                    provider.at("min_blocks"),
                    f"`min_blocks` ({low}) is more than `init_blocks` ({first})",
                    consequence="Parsl starts no block because of min_blocks, it only keeps them",
                    hint=f"write `init_blocks = {low}` as well",
                )


@rule("Q2P502", 'No job beyond the first ones, because of strategy = "none"', "warning")
def frozen_blocks(config: Config, context: Context) -> Iterator[Finding]:
    """With strategy = "none" Parsl starts init_blocks jobs and never another: max_blocks is without
    effect, and no job replaces one that has reached its walltime. The line comes from QIIME 2's own
    default file, where it does no harm. On a cluster write strategy = "simple", or delete the line,
    which is the same."""
    if config.strategy != "none":
        return
    for _, provider in pairs(config):
        first, high = provider.integer("init_blocks"), provider.integer("max_blocks")
        if provider.class_name not in BATCH or first is None or high is None or first < 1:
            continue
        if high > first:
            yield warning(
                "Q2P502",
                config.table.at("strategy"),
                f'`strategy = "none"` starts {first} of {high} blocks and never another',
                consequence=f"max_blocks = {high} is without effect, and a job that ends is not"
                " replaced",
                hint='write `strategy = "simple"`, or delete the line',
                fix=Fix(kind="set", key=config.table.at("strategy"), value="simple"),
            )
            return


@rule("Q2P503", "No block ever starts", "error")
def no_block(config: Config, context: Context) -> Iterator[Finding]:
    """A block is one job, or one set of workers on this machine; where none is ever started the run
    waits for ever. That is so with init_blocks = 0 and strategy = "none", which adds no block
    later, and with init_blocks = 0 and max_blocks = 0. Write init_blocks = 1, or strategy =
    "simple" and a max_blocks of at least 1."""
    for _, provider in pairs(config):
        first, high = provider.number("init_blocks"), provider.number("max_blocks")
        if first is None or first > 0:
            continue
        if config.strategy == "none":
            key = "init_blocks" if provider.has("init_blocks") else None
            yield error(
                "Q2P503",
                provider.at(key) if key else provider.path,
                f'with strategy "none" and `init_blocks = {first}` no block ever starts',
                part="value" if key else "table",
                consequence="the run waits for ever",
                hint='write `init_blocks = 1` or more, or `strategy = "simple"`',
            )
        elif high is not None and high < 1 and provider.has("max_blocks"):
            yield error(
                "Q2P503",
                provider.at("max_blocks"),
                f"`max_blocks = {high}` and `init_blocks = {first}`: no block ever starts",
                consequence="the run waits for ever",
                hint="write `max_blocks = 1` or more",
            )


@rule("Q2P504", "Workers that can never start", "error")
def no_worker(config: Config, context: Context) -> Iterator[Finding]:
    """A node gets as many workers as find enough cores (cores_per_worker) and enough memory
    (mem_per_worker, in GB) on it. Where not even one does, the job runs, no worker ever starts, and
    the run waits for ever. Write what one action uses, and ask the scheduler for at least that:
    `cores_per_worker = 12` needs `cores_per_node = 12` or more."""
    for pool in pools(config, context):
        for each, unit in (("cores_per_worker", "cores"), ("mem_per_worker", "GB")):
            share = pool.executor.number(each)
            if share is None or not pool.executor.has(each):
                continue
            if math.isinf(share) or (each == "cores_per_worker" and not share > 0):
                why = "no node has that much" if share > 0 else "a worker needs more than that"
                yield error(
                    "Q2P504",
                    pool.executor.at(each),
                    f"`{each} = {pool.executor.get(each)}`: {why}",
                    consequence="QIIME 2 stops, or no worker ever starts",
                    hint=f"write the number of {unit} that one action uses",
                )
            else:
                yield from _too_large(config, context, pool, (each, share, unit))


def _too_large(
    config: Config, context: Context, pool: Pool, need: tuple[str, float, str]
) -> Iterator[Finding]:
    """A share that is more than all there is, as far as Parsl or its workers are told of that."""
    each, share, unit = need
    names = _TOTALS[each]
    key = next((key for key in names if pool.provider.number(key) is not None), None)
    job, of_cores = pool.job, each == "cores_per_worker"
    total = job.seen_cores if of_cores else job.seen_memory
    if pool.capacity.workers_per_manager != 0:
        total = None
    if total is None and key is not None and _cannot_grow(config, context, pool):
        total = pool.provider.number(key)
    if total is None or not share > total:
        return
    source = f"`{key}`" if key else job.cores_from if of_cores else job.memory_from
    yield error(
        "Q2P504",
        pool.executor.at(each),
        f"a worker needs {share:g} {unit}, but a node has {total:g} ({source})",
        consequence="the job runs, no worker ever starts, and the run waits for ever",
        hint=f"write `{key or names[0]} = {math.ceil(share)}` or more, or a smaller `{each}`",
    )


_TOTALS = {
    "cores_per_worker": ("cores_per_node", "cores_per_slot"),
    "mem_per_worker": ("mem_per_node", "mem_per_slot"),
}


def _cannot_grow(config: Config, context: Context, pool: Pool) -> bool:
    """Whether Parsl expects no worker in a block, and fails when it wants to add one."""
    slots = slots_of(pool.executor, pool.provider, pool.job.nodes, context.release)
    first, high = pool.capacity.blocks.init or 0, pool.capacity.blocks.max or 0
    return slots == 0 and config.strategy != "none" and high > first


@rule("Q2P506", "A parallelism without end", "error")
def endless_parallelism(config: Config, context: Context) -> Iterator[Finding]:
    """parallelism says how many blocks Parsl wants for the actions that wait, from 0 to 1: with 1
    as many as could be busy. With inf it cannot count them, and fails each time that it wants to
    add a block: only the first ones ever work. Delete the line (1 is the default), or write a
    number from 0 to 1."""
    for executor, provider in pairs(config):
        value = provider.number("parallelism")
        first, high = provider.number("init_blocks"), provider.number("max_blocks")
        if value is None or not math.isinf(value) or executor.class_name not in POOLS:
            continue
        if config.strategy != "none" and first is not None and high is not None and high > first:
            yield error(
                "Q2P506",
                provider.at("parallelism"),
                f"`parallelism = {value}` is no number to count with",
                consequence="Parsl fails each time that it wants to add a block, and adds none",
                hint="delete the line, or write a number from 0 to 1",
            )


@rule("Q2P505", "A count that must be at least 1", "error")
def count_below_one(config: Config, context: Context) -> Iterator[Finding]:
    """Counts of threads, nodes, workers and cores must be at least 1. With less every run stops at
    its start, or no worker ever starts and the run waits for ever. Write 1 or more. From QIIME 2
    2024.5 on, 0 workers mean no limit: delete the line to say that."""
    stops, waits = "every run stops at its start", "no worker ever starts: the run waits for ever"
    no_limit = 0 if context.release.parsl_order >= (2024, 4) else None  # what 0 workers mean
    yield from _below(config.table, "internal_tasks_max_threads", stops)
    for executor in config.executors():
        if executor.class_name == "ThreadPoolExecutor":
            yield from _below(executor, "max_threads", stops)
        for key in ("max_workers", "max_workers_per_node", "max_workers_per_block"):
            hidden = key == "max_workers" and executor.integer("max_workers_per_node")
            if executor.knows(key) and executor.number(key) != no_limit and not hidden:
                yield from _below(executor, key, waits)
        if executor.knows("loopback_address") and (executor.number("poll_period") or 0) < 0:
            yield from _below(executor, "poll_period", "every run hangs at its start")
    for executor, provider in pairs(config):
        if executor.class_name in POOLS:
            yield from _empty_nodes(config, provider, waits)


def _empty_nodes(config: Config, provider: Table, waits: str) -> Iterator[Finding]:
    launcher = config.launcher(provider)
    if launcher is None or launcher.class_name not in ("SimpleLauncher", "WrappedLauncher"):
        yield from _below(provider, "nodes_per_block", waits)
    for key in ("cores_per_node", "cores_per_slot"):
        if provider.class_name == "LSFProvider" and not _grows_from_nothing(config, provider):
            continue
        if provider.knows(key):
            yield from _below(provider, key, waits)


def _grows_from_nothing(config: Config, provider: Table) -> bool:
    """Whether Parsl would divide by the cores of an LSF node, of which workers know nothing."""
    first, high = provider.integer("init_blocks") or 0, provider.integer("max_blocks") or 0
    return config.strategy != "none" and high > first and provider.number("cores_per_node") == 0


def _below(table: Table, key: str, consequence: str) -> Iterator[Finding]:
    value = table.number(key)
    if table.has(key) and value is not None and value < 1:
        yield error(
            "Q2P505",
            table.at(key),
            f"`{key} = {table.get(key)}` must be at least 1",
            consequence=consequence,
            hint=f"write `{key} = 1` or more",
        )
