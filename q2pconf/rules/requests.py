"""Rules on what a scheduler is asked for: whole nodes, time, and what becomes of a job's end."""

from __future__ import annotations

from collections.abc import Iterator

from q2pconf import units
from q2pconf.capacity.options import of_slurm
from q2pconf.findings import Finding, Fix
from q2pconf.model import BATCH, Config, Table
from q2pconf.rules import Context, info, rule, warning
from q2pconf.rules.counts import pools, tried
from q2pconf.rules.directives import options_of

__all__: list[str] = []

_TIMES = ("time", "walltime", "-W", "h_rt")


@rule("Q2P240", "A whole node for a part of one", "warning")
def whole_node(config: Config, context: Context) -> Iterator[Finding]:
    """SlurmProvider asks for whole nodes (`--exclusive`) unless the file says otherwise: a job that
    asks for 4 cores and 8 GB takes all 128 cores of its node, waits until one is free, and is
    billed for all. Write `exclusive = false` to share nodes with other jobs, or `exclusive = true`
    where whole nodes are meant or your cluster gives no others."""
    for provider in config.providers():
        if provider.class_name != "SlurmProvider" or provider.has("exclusive"):
            continue
        if tried(provider, "exclusive"):
            continue
        wanted = [
            f"{provider.integer(key)} {unit}"
            for key, unit in (("cores_per_node", "cores"), ("mem_per_node", "GB"))
            if provider.integer(key)
        ]
        if wanted and "exclusive" not in of_slurm(provider.text("scheduler_options") or "").values:
            key = "cores_per_node" if provider.integer("cores_per_node") else "mem_per_node"
            yield warning(
                "Q2P240",
                provider.at(key),
                f"a job asks for {' and '.join(wanted)}, and takes the whole node: `exclusive` is"
                " true unless the file says otherwise",
                part="key",
                consequence="jobs wait until a whole node is free and may be billed for all of it",
                hint="write `exclusive = false`, or `exclusive = true` if whole nodes are meant",
                fix=Fix(kind="set", key=provider.at("exclusive"), value=False),
            )


@rule("Q2P241", "No walltime", "warning")
def no_walltime(config: Config, context: Context) -> Iterator[Finding]:
    """Without `walltime` Parsl asks for 10 minutes (SlurmProvider, LSFProvider, GridEngineProvider)
    or 20 (PBSProProvider, TorqueProvider). When they are over, the scheduler ends the job and the
    action in it: it is lost, and with Parsl's default of no retries so is the pipeline. Write a
    walltime that is longer than your longest action and that your queue allows."""
    for provider in config.providers():
        if provider.class_name not in BATCH or provider.class_name == "CondorProvider":
            continue
        default = units.parsl_minutes(provider.text("walltime") or "")
        launcher = config.launcher(provider)
        said = provider.has("walltime") or tried(provider, "walltime") or _has_time(provider)
        said = said or (launcher is not None and "walltime" in launcher.values)
        if said or default is None:
            continue
        yield warning(
            "Q2P241",
            provider.path,
            f"no `walltime`: each job ends after {units.spoken(default * 60)}, Parsl's default",
            part="table",
            consequence="an action that takes longer is lost with its job",
            hint='write, for example, `walltime = "24:00:00"`, as long as your queue allows',
        )


def _has_time(provider: Table) -> bool:
    found = options_of(provider, provider.text("scheduler_options") or "")
    return any(option.name in _TIMES for option in found)


@rule("Q2P246", "A drain_period that does not save actions", "warning")
def drain_period(config: Config, context: Context) -> Iterator[Finding]:
    """After drain_period seconds workers take no new action, and their job ends when the last one
    is done: so no action is cut off by the walltime. That works only with a drain_period that is
    shorter than the walltime, by as much as the longest action takes, and with a strategy that
    starts new jobs: with strategy "none" the rest of the run waits for ever."""
    for pool in pools(config, context):
        seconds = pool.executor.integer("drain_period")
        if not seconds or not pool.executor.has("drain_period"):
            continue
        walltime = pool.capacity.walltime_seconds
        if config.strategy == "none":
            yield warning(
                "Q2P246",
                pool.executor.at("drain_period"),
                f'after {seconds} seconds the workers stop, and with strategy "none" no others'
                " start",
                consequence="actions that are left then wait for ever",
                hint='delete the line, or write `strategy = "simple"`',
            )
        elif walltime is not None and seconds >= walltime:
            yield warning(
                "Q2P246",
                pool.executor.at("drain_period"),
                f"`drain_period = {seconds}` comes after the end of the job: its walltime is"
                f" {walltime} seconds",
                consequence="it never takes effect, and actions are cut off by the walltime",
                hint=f"write less than {walltime}, by as many seconds as the longest action takes",
            )


@rule("Q2P247", "PBS jobs whose end is not noticed", "info")
def unnoticed_end(config: Config, context: Context) -> Iterator[Finding]:
    """From Parsl 2025.10.28 to 2026.4.6, which QIIME 2 2026.4 and 2026.7 come with, PBSProProvider
    does not understand how PBS reports a finished job. A job that died at once, or has reached its
    walltime, counts as running for ever: it is not replaced, and a run whose jobs are all over
    waits for ever instead of failing. Give jobs a walltime that lasts for the whole run, and look
    at `qstat` if nothing moves; Parsl 2026.4.13 and later notice."""
    if not (2025, 10, 28) <= context.release.parsl_order <= (2026, 4, 6):
        return
    for provider in config.providers():
        if provider.class_name == "PBSProProvider":
            yield info(
                "Q2P247",
                provider.at("class"),
                f"Parsl {context.release.parsl} does not notice when a PBS job is over",
                consequence="a job that dies or reaches its walltime is not replaced, and the run"
                " may wait for ever",
                hint="choose a walltime that lasts for the whole run, or use Parsl 2026.4.13 or"
                " later",
            )
