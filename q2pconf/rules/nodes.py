"""Rules on what is on the machines: idle nodes, missing programs, environments, too few cores."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from q2pconf import activation, units
from q2pconf._dataclasses import dataclass
from q2pconf.capacity.launching import COMMANDS
from q2pconf.capacity.scaling import accelerators, cores_each
from q2pconf.findings import Finding
from q2pconf.model import BATCH, Config, Table
from q2pconf.rules import Context, info, rule, warning
from q2pconf.rules.counts import pairs, pools, tried
from q2pconf.rules.directives import options_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from q2pconf.host import CpuCount

__all__: list[str] = []

_SPREADS = {
    "SlurmProvider": "SrunLauncher", "PBSProProvider": "MpiExecLauncher",
    "TorqueProvider": "MpiExecLauncher", "LSFProvider": "MpiRunLauncher",
    "CobaltProvider": "AprunLauncher",
}  # fmt: skip
"""A launcher that starts workers on every node, for providers that ask for several."""

_SUBMITS = {
    "SlurmProvider": "sbatch", "PBSProProvider": "qsub", "TorqueProvider": "qsub",
    "GridEngineProvider": "qsub", "LSFProvider": "bsub", "CondorProvider": "condor_submit",
    "CobaltProvider": "qsub",
}  # fmt: skip
_HANDS_ON = ("SlurmProvider", "LSFProvider")
"""Their schedulers give a job the environment variables of the shell that submits it."""

_ALLOCATIONS = ("slurm", "pbs", "lsf", "sge")
_BRINGS_PROGRAMS = re.compile(r"\b(?:module|ml|spack|activate|source|PATH)\b|(?m:^\s*\.\s)")
_ENTERS = re.compile(
    rf"{_BRINGS_PROGRAMS.pattern}|\b(?:eval|singularity|apptainer|pixi|guix|nix)\b"
)


@rule("Q2P250", "Nodes that stay idle", "warning")
def idle_nodes(config: Config, context: Context) -> Iterator[Finding]:
    """With `nodes_per_block = 3` a job gets three nodes, but SingleNodeLauncher, the default,
    starts all three worker pools on the first of them, and SimpleLauncher a single one: two nodes
    are paid for and stay idle, while the first may do the work of three.

    No action of QIIME 2 needs more than one node: write `nodes_per_block = 1` and three times the
    `max_blocks`, or add [parsl.executors.provider.launcher] with class = "SrunLauncher" (Slurm) or
    "MpiExecLauncher" (PBS), which start workers on every node."""
    for pool in pools(config, context):
        found, provider = pool.capacity, pool.provider
        nodes, used = found.nodes_per_block, found.nodes_used
        if provider.class_name not in _SPREADS or nodes is None or used is None:
            continue
        if not 1 <= used < nodes or pool.executor.get("enable_mpi_mode") is True:
            continue
        place = "nodes_per_block" if provider.has("nodes_per_block") else "cores_per_block"
        pools_there = units.several(found.managers_per_block or 0, "worker pool")
        other = _SPREADS[provider.class_name]
        spread = f', or a launcher table with class = "{other}"'
        yield warning(
            "Q2P250",
            provider.at(place),
            f"a job gets {nodes} nodes, and {units.several(nodes - used, 'node')} of them"
            f" {'stays' if nodes - used == 1 else 'stay'} idle",
            consequence=f"{found.launcher} starts {pools_there} on the first node and none on the"
            " others",
            hint=f"write `{_one_node(place, provider)}` and a larger `max_blocks`"
            + (spread if context.release.loader.loads_launchers else ""),
        )


def _one_node(place: str, provider: Table) -> str:
    if place == "nodes_per_block":
        return "nodes_per_block = 1"
    return f"cores_per_block = {provider.get('cores_per_node')}"


@rule("Q2P251", "A launcher that only Cray has", "warning")
def cray_launcher(config: Config, context: Context) -> Iterator[Finding]:
    """TorqueProvider starts workers with AprunLauncher if the file says nothing else, and the
    command `aprun` is on Cray machines only: elsewhere the job runs, no worker ever starts, and
    the run waits for ever. Add [parsl.executors.provider.launcher] with
    class = "SingleNodeLauncher"."""
    for executor, provider in pairs(config):
        if provider.class_name != "TorqueProvider" or provider.has("launcher"):
            continue
        if executor.class_name != "HighThroughputExecutor" or context.find_program("aprun"):
            continue
        loads = context.release.loader.loads_launchers
        yield warning(
            "Q2P251",
            provider.path,
            "no launcher is given, and TorqueProvider's default, AprunLauncher, works on Cray only",
            part="table",
            consequence="elsewhere the job runs, and no worker ever starts",
            hint="add the table [parsl.executors.provider.launcher] with"
            ' class = "SingleNodeLauncher"'
            if loads
            else "use QIIME 2 2024.2 or later, which can load another launcher",
        )


@rule("Q2P605", "A launcher whose program is not here", "warning")
def missing_program(config: Config, context: Context) -> Iterator[Finding]:
    """A launcher starts the workers with a program: SrunLauncher with srun, MpiExecLauncher with
    mpiexec, MpiRunLauncher with mpirun, AprunLauncher with aprun (Cray), JsrunLauncher with jsrun,
    GnuParallelLauncher with parallel. Where it is missing, the job runs and no worker ever starts.

    This is said only on a machine that has the scheduler's own commands, and for LocalProvider."""
    for executor, provider in pairs(config):
        launcher = config.launcher(provider)
        program = COMMANDS.get(launcher.class_name, ("",))[0] if launcher is not None else ""
        if launcher is None or not program or not provider.has("launcher"):
            continue
        local = provider.class_name == "LocalProvider"
        submits = _SUBMITS.get(provider.class_name, "")
        if not local and not (submits and context.find_program(submits)):
            continue
        if launcher.class_name == "SrunMPILauncher" and provider.class_name != "SlurmProvider":
            continue  # Q2P227
        if _BRINGS_PROGRAMS.search(provider.text("worker_init") or ""):
            continue
        if executor.class_name == "HighThroughputExecutor" and not context.find_program(program):
            yield warning(
                "Q2P605",
                launcher.at("class"),
                f"{launcher.class_name} needs the program `{program}`, which is not on the PATH"
                " here",
                consequence="if the nodes do not have it either, no worker ever starts",
                hint="delete the launcher's table for blocks of one node, or load the program in"
                " `worker_init`",
            )


@rule("Q2P606", "Jobs without QIIME 2's environment", "warning", "info")
def no_environment(config: Config, context: Context) -> Iterator[Finding]:
    """A job starts in a shell of its own, on another machine. PBS, Torque, Grid Engine and HTCondor
    give it nothing of the shell that started QIIME 2: without worker_init it does not find
    process_worker_pool.py, no worker starts, and the run fails or waits for ever. Slurm and LSF
    hand the variables on, so it works while the right environment is active where QIIME 2 starts.
    Write for example

    worker_init = "source /path/to/conda/etc/profile.d/conda.sh; conda activate qiime2"

    `q2pconf init` writes the lines for the environment that is active."""
    for executor, provider in pairs(config):
        if provider.class_name not in BATCH or not executor.has("provider") or not provider.spec:
            continue
        script = provider.get("worker_init")
        if not isinstance(script, str) or _enters(script) or _knows_the_way(executor, provider):
            continue
        if tried(provider, "worker_init"):
            continue
        handed = _hands_on(provider)
        make = info if handed else warning
        given = bool(script.strip())
        yield make(
            "Q2P606",
            provider.at("worker_init") if given else provider.path,
            "`worker_init` activates no environment" if given else "there is no `worker_init`",
            part="value" if given else "table",
            consequence="jobs find QIIME 2 only if its environment is active where you start it,"
            " and if the cluster hands that on"
            if handed
            else "jobs do not find QIIME 2's environment, and no worker starts",
            hint="write what a new shell must do to be in that environment, such as `worker_init ="
            ' "source /path/to/conda/etc/profile.d/conda.sh; conda activate qiime2"`',
        )


def _enters(script: str) -> bool:
    """Whether the commands may get a job into an environment."""
    plain = "\n".join(line for line in script.splitlines() if line.strip())
    return bool(_ENTERS.search(plain)) or activation.others(plain) != plain


def _knows_the_way(executor: Table, provider: Table) -> bool:
    """Whether the workers' program is named with its folder, or PATH is set for the job."""
    variables = provider.get("environment")
    has_path = isinstance(variables, dict) and "PATH" in variables
    return has_path or "/" in (executor.text("launch_cmd") or "").partition(" ")[0]


def _hands_on(provider: Table) -> bool:
    text = provider.text("scheduler_options") or ""
    options = {option.name: option.value for option in options_of(provider, text)}
    if provider.class_name == "CondorProvider":
        return re.search(r"(?im)^\s*getenv\s*=\s*true", text) is not None
    if provider.class_name in _HANDS_ON:
        return options.get("export", "ALL").upper() not in ("NONE", "NIL")
    return "-V" in options


@rule("Q2P608", "More actions than this machine has CPUs", "warning", "info")
def more_than_this_machine(config: Config, context: Context) -> Iterator[Finding]:
    """LocalProvider starts its workers on the machine that QIIME 2 is started on. The file starts
    more of them than this one has CPUs that you may use, and each runs an action; inside a batch
    job that is what the job got, not the whole node. Without max_workers_per_node Parsl counts all
    cores of the node. If QIIME 2 runs elsewhere, this says nothing about that machine.
    `q2pconf init --preset local` counts what there is."""
    here: CpuCount | None = None
    for local in _local(config, context):
        if not local.cores_each > 0:
            continue  # Q2P504
        here = here or context.cpus()
        wanted = local.count or math.floor(_of_machine(here) / local.cores_each)
        if wanted <= here.usable:
            continue
        make = warning if here.source in _ALLOCATIONS else info
        written = local.table.has(local.key)
        cpus = units.several(here.usable, "CPU")
        yield make(
            "Q2P608",
            local.table.at(local.key) if written else local.table.path,
            f"up to {wanted} actions run at a time, and QIIME 2 may use {cpus} here",
            part="value" if written else "table",
            consequence=f"if it runs here, they share them: {here.detail}",
            hint=f"write `{local.key} = {max(here.workers // local.times, 1)}` for runs here",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Local:
    """Workers on the machine that QIIME 2 is started on: how many, all blocks together (None: one
    for every ``cores_each`` cores of the machine), and the key that says how many of them each of
    ``times`` pools has."""

    table: Table
    key: str
    count: int | None
    times: int = 1
    cores_each: float = 1.0


def _local(config: Config, context: Context) -> Iterator[_Local]:
    for pool in pools(config, context):
        found, each = pool.capacity, cores_each(pool.executor)
        times = (found.blocks.reachable or 0) * (found.managers_per_block or 0)
        own = pool.executor.has("launch_cmd") or accelerators(pool.executor)
        if pool.provider.class_name != "LocalProvider" or own or times < 1 or not each or each < 0:
            continue
        if pool.capped and found.workers_per_manager:
            count = found.workers_per_manager * times
            yield _Local(table=pool.executor, key=pool.cap_key, count=count, times=times)
        elif not pool.capped and times == 1 and not pool.executor.has("mem_per_worker"):
            yield _Local(table=pool.executor, key=pool.cap_key, count=None, cores_each=each)


def _of_machine(here: CpuCount) -> int:
    """All CPUs of the machine, which Parsl counts by itself."""
    return max((limit.count for limit in here.considered), default=here.count)
