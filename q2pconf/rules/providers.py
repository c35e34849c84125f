"""Rules on providers and launchers: what a scheduler is really asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from q2pconf import units
from q2pconf.findings import Finding, Fix
from q2pconf.model import BATCH, Config, Table
from q2pconf.rules import Context, error, rule, warning
from q2pconf.rules.executors import BREAKS_COMMANDS

__all__: list[str] = []

CONVERTS_WALLTIME = ("SlurmProvider", "LSFProvider", "CobaltProvider")
"""The providers that turn HH:MM:SS into minutes; the others pass the text on."""

TIMED = BATCH | {"LocalProvider"}
"""The providers whose commands end after cmd_timeout."""
COMMAND_LINE = {
    "account": ("PBSProProvider", "TorqueProvider", "CobaltProvider"),
    "queue": ("PBSProProvider", "TorqueProvider", "GridEngineProvider", "CobaltProvider"),
}
"""The keys that become words of the scheduler's command line."""


@rule("Q2P220", "A walltime that is not HH:MM:SS", "error", "warning")
def walltime_format(config: Config, context: Context) -> Iterator[Finding]:
    """Parsl reads a walltime as hours:minutes:seconds and nothing else. "24h", "1-00:00:00", "90"
    load, and then every submission fails."""
    for provider in config.providers():
        value = provider.values.get("walltime")
        if isinstance(value, str) and provider.class_name in BATCH:
            converts = provider.class_name in CONVERTS_WALLTIME
            if units.parsl_minutes(value) is None and (converts or not units.plain_walltime(value)):
                yield _bad_walltime(provider, value, converts)
        elif value is not None and hasattr(value, "hour"):
            yield _unquoted_walltime(provider, str(value))


def _bad_walltime(provider: Table, value: str, converts: bool) -> Finding:
    seconds = units.seconds(value)
    key = provider.at("walltime")
    new = units.walltime(seconds) if seconds else None
    make = error if converts else warning
    return make(
        "Q2P220",
        key,
        f'"{value}" is not a walltime in the form HH:MM:SS',
        consequence="the file loads, but every job fails when it is submitted"
        if converts
        else "Parsl passes it to the scheduler as it is, which may refuse it",
        hint=f'write `walltime = "{new}"`' if new else 'write it as in `walltime = "24:00:00"`',
        fix=Fix(kind="set", key=key, value=new, safe=True) if new else None,
    )


def _unquoted_walltime(provider: Table, value: str) -> Finding:
    passes_on = provider.class_name in ("PBSProProvider", "TorqueProvider", "GridEngineProvider")
    make = warning if passes_on else error
    return make(
        "Q2P220",
        provider.at("walltime"),
        "the walltime must stand in quotes: without them TOML reads a time of day",
        consequence="QIIME 2 stops while it loads the file, or no job can be submitted",
        hint=f'write `walltime = "{value}"`',
        fix=Fix(kind="set", key=provider.at("walltime"), value=value, safe=True),
    )


@rule("Q2P221", "A walltime of less than a minute", "warning")
def walltime_too_short(config: Config, context: Context) -> Iterator[Finding]:
    """Parsl drops the seconds, and a scheduler takes a limit of 0 minutes for no limit at all:
    with Slurm "00:00:30" becomes UNLIMITED."""
    for provider in config.providers():
        value = provider.values.get("walltime")
        if provider.class_name not in CONVERTS_WALLTIME or not isinstance(value, str):
            continue
        minutes = units.parsl_minutes(value)
        if minutes is not None and minutes < 1:
            yield warning(
                "Q2P221",
                provider.at("walltime"),
                f'"{value}" is less than a minute',
                consequence=f"Parsl drops the seconds and asks for {minutes} minutes, which Slurm"
                " takes for no limit at all",
                hint='write hours, minutes and seconds, as in `walltime = "01:00:00"`',
            )


@rule("Q2P222", "LSF is asked for cores without saying how many", "error")
def lsf_cores(config: Config, context: Context) -> Iterator[Finding]:
    """With request_by_nodes = false LSFProvider asks the cluster for cores, and must be told how
    many: cores_per_block for a whole job, and cores_per_node for each node of it. Where one of them
    is missing QIIME 2 stops with AssertionError while it loads the file. Add the missing line, or
    delete request_by_nodes to ask for whole nodes."""
    for provider in config.providers():
        if provider.class_name != "LSFProvider" or provider.get("request_by_nodes"):
            continue
        keys = ("cores_per_block", "cores_per_node")
        missing = [key for key in keys if not provider.has(key)]
        for key in keys:
            if (provider.number(key) or 0) <= 0 and provider.has(key):
                yield error(
                    "Q2P222",
                    provider.at(key),
                    f"`{key} = {provider.get(key)}` must be at least 1",
                    consequence="QIIME 2 stops while it loads the file, or no worker ever starts",
                    hint=f"write the number of cores, as in `{key} = 8`",
                )
        if missing:
            yield error(
                "Q2P222",
                provider.at("request_by_nodes"),
                f"`request_by_nodes = false` needs {' and '.join(f'`{key}`' for key in missing)}",
                consequence="QIIME 2 stops with AssertionError while it loads the file",
                hint="add the missing lines, or delete `request_by_nodes`",
            )


@rule("Q2P223", "A job id pattern without an id", "error")
def job_id_pattern(config: Config, context: Context) -> Iterator[Finding]:
    """regex_job_id must be a regular expression with a group named id, such as
    "Submitted batch job (?P<id>[0-9]+)", and it is matched from the start of what sbatch prints.
    Else no submission is ever understood."""
    for provider in config.providers():
        value = provider.values.get("regex_job_id")
        if not provider.knows("regex_job_id") or not isinstance(value, str):
            continue
        try:
            found = re.match(value, "Submitted batch job 4242")
        except (re.error, RecursionError, OverflowError):
            found = None
        if found is None or found.groupdict().get("id") != "4242":
            yield error(
                "Q2P223",
                provider.at("regex_job_id"),
                "this pattern finds no id in what sbatch prints, `Submitted batch job 4242`",
                consequence="the file loads, but every submission fails",
                hint="delete the line: Parsl's own pattern fits sbatch",
            )


@rule("Q2P224", "No time for the scheduler to answer", "error")
def no_timeout(config: Config, context: Context) -> Iterator[Finding]:
    """cmd_timeout is how long Parsl waits for a scheduler command, in seconds. With 0 or less it
    gives up at once."""
    for provider in config.providers():
        value = provider.number("cmd_timeout")
        if value is not None and value < 0.1 and provider.class_name in TIMED:
            yield error(
                "Q2P224",
                provider.at("cmd_timeout"),
                f"`cmd_timeout = {provider.get('cmd_timeout')}` gives the scheduler no time",
                consequence="every command to the scheduler fails",
                hint="delete the line, or write some seconds, such as `cmd_timeout = 60`",
            )


@rule("Q2P229", "A status_batch_size below 1", "error")
def empty_batches(config: Config, context: Context) -> Iterator[Finding]:
    """status_batch_size is how many jobs Slurm is asked about in one command. With less than one
    every look at the jobs fails, and the run never learns what became of them. Write 50, Parsl's
    default, or delete the line."""
    for provider in config.providers():
        size = provider.integer("status_batch_size")
        if size is not None and size < 1:
            yield error(
                "Q2P229",
                provider.at("status_batch_size"),
                f"`status_batch_size = {size}` must be at least 1",
                consequence="jobs are submitted, and Parsl never learns what became of them",
                hint="delete the line",
            )


@rule("Q2P225", "A queue or account that breaks the scheduler's command", "error")
def unusable_name(config: Config, context: Context) -> Iterator[Finding]:
    """PBS, Torque and Grid Engine are told queue and account on qsub's command line. An empty
    text, a blank or a quote there makes every submission fail."""
    for provider in config.providers():
        for key, classes in COMMAND_LINE.items():
            value = provider.values.get(key)
            if provider.class_name not in classes or not isinstance(value, str | int | float):
                continue
            text = str(value)
            option = key == "queue" and text.startswith("-")
            if text == "" or option or BREAKS_COMMANDS.search(text):
                yield error(
                    "Q2P225",
                    provider.at(key),
                    f'`{key} = "{value}"` cannot stand in the scheduler\'s command',
                    consequence="the file loads, but every job fails when it is submitted",
                    hint=f"write the name as the scheduler lists it, or delete the line `{key}`",
                )


@rule("Q2P226", "MPI without the one launcher that fits", "error", "warning")
def mpi_launcher(config: Config, context: Context) -> Iterator[Finding]:
    """MPIExecutor (and HighThroughputExecutor with enable_mpi_mode) starts its programs by itself
    and wants a provider with the launcher SimpleLauncher; with any other, the default included,
    QIIME 2 stops while it loads the file. QIIME 2's own actions are no MPI programs."""
    for executor in config.executors():
        mpi = executor.class_name == "MPIExecutor" or executor.get("enable_mpi_mode") is True
        provider = config.provider(executor)
        if not mpi or provider is None or not provider.class_name:
            continue
        launcher = config.launcher(provider)
        wanted = ("SimpleLauncher",) if executor.class_name == "MPIExecutor" else _MPI_OLD
        if launcher is not None and launcher.class_name in wanted:
            yield from _mpi_scheduler(executor, provider)
            continue
        place = provider.path if executor.has("provider") else executor.path
        if provider.has("launcher"):
            place = provider.at("launcher")
        yield error(
            "Q2P226",
            place,
            f"{executor.class_name} needs a provider with the launcher {wanted[0]}",
            part="table",
            consequence="QIIME 2 stops with TypeError while it loads the file",
            hint='use class = "HighThroughputExecutor": QIIME 2\'s actions are no MPI programs',
        )


_MPI_OLD = ("SingleNodeLauncher", "SimpleLauncher")


def _mpi_scheduler(executor: Table, provider: Table) -> Iterator[Finding]:
    if provider.class_name in ("SlurmProvider", "PBSProProvider", "TorqueProvider"):
        return
    make = warning if provider.class_name == "LocalProvider" else error
    yield make(
        "Q2P226",
        executor.at("class"),
        f"MPI programs need nodes of Slurm or PBS; {provider.class_name} gives none",
        consequence="every worker pool dies with: mpi_mode does not support scheduler",
        hint='use class = "HighThroughputExecutor": QIIME 2\'s actions are no MPI programs',
    )


@rule("Q2P227", "A launcher of another scheduler", "error", "warning")
def foreign_launcher(config: Config, context: Context) -> Iterator[Finding]:
    """SrunMPILauncher reads what Slurm tells its jobs. In a job of another scheduler it starts
    nothing."""
    for provider in config.providers():
        launcher = config.launcher(provider)
        if launcher is None or launcher.class_name != "SrunMPILauncher":
            continue
        if provider.class_name != "SlurmProvider":
            make = warning if provider.class_name == "LocalProvider" else error
            yield make(
                "Q2P227",
                launcher.at("class"),
                f"SrunMPILauncher works in Slurm jobs only, not with {provider.class_name}",
                consequence="the job runs, and no worker ever starts",
                hint="delete the launcher's table: the default is right for blocks of one node",
            )


@rule("Q2P228", "Submit lines that HTCondor cannot read", "error")
def condor_options(config: Config, context: Context) -> Iterator[Finding]:
    """HTCondor's scheduler_options are lines of its submit file, name = value. Any other line
    makes condor_submit refuse the job."""
    for provider in config.providers():
        value = provider.values.get("scheduler_options")
        if provider.class_name != "CondorProvider" or not isinstance(value, str):
            continue
        lines = [line.strip() for line in value.split("\n")]
        bad = next((line for line in lines if line and "=" not in line and line[0] != "#"), None)
        if bad is not None:
            yield error(
                "Q2P228",
                provider.at("scheduler_options"),
                f"HTCondor cannot read the line `{bad}`",
                consequence="the file loads, but every job fails when it is submitted",
                hint="write lines such as `request_disk = 10GB`",
            )


@rule("Q2P402", "An AdHocProvider without channels", "error")
def ad_hoc_without_channels(config: Config, context: Context) -> Iterator[Finding]:
    """AdHocProvider runs workers on the machines that its channels lead to, one block on each.
    Without channels it never starts any, and the run waits for ever; from QIIME 2 2026.1 on no file
    can give it channels. Write the provider of your cluster's scheduler, or class = "LocalProvider"
    for the machine that QIIME 2 runs on."""
    for provider in config.providers():
        if provider.class_name == "AdHocProvider" and not provider.get("channels"):
            yield error(
                "Q2P402",
                provider.at("class"),
                "AdHocProvider has no channels, so no block ever starts",
                consequence="the file loads, but the run waits for ever",
                hint='use class = "LocalProvider", or the provider of your scheduler',
            )


@rule("Q2P401", "Channels, which QIIME 2 no longer knows", "error")
def channels_gone(config: Config, context: Context) -> Iterator[Finding]:
    """A channel told older versions of Parsl through which machine to submit jobs. From QIIME 2
    2026.1 on a table for one stops the run, in that release although its Parsl still has channels.
    Delete the table: jobs are submitted on the machine that QIIME 2 runs on."""
    if "channel" in context.release.loader.objects:
        return
    for provider in config.providers():
        for key in ("channel", "channels"):
            if provider.has(key) and provider.knows(key):
                yield error(
                    "Q2P401",
                    provider.at(key),
                    f"QIIME 2 {context.release.name} no longer knows `{key}` tables",
                    part="table",
                    consequence="QIIME 2 stops while it loads the file, or when the run starts",
                    hint="delete the table; this machine is the default",
                    fix=Fix(kind="remove", key=provider.at(key)),
                )
