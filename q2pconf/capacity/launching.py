"""How many managers a launcher starts in a block, and on how many of its nodes."""

from __future__ import annotations

import re

from q2pconf._dataclasses import dataclass
from q2pconf.model import Config, Table

__all__ = ["COMMANDS", "Managers", "managers_of"]

_PLAIN = ("SimpleLauncher", "WrappedLauncher")
COMMANDS = {
    "SrunLauncher": ("srun", "Slurm"),
    "SrunMPILauncher": ("srun", "Slurm"),
    "AprunLauncher": ("aprun", "Cray"),
    "JsrunLauncher": ("jsrun", "LSF on Summit-like machines"),
    "MpiExecLauncher": ("mpiexec", "MPI"),
    "MpiRunLauncher": ("mpirun", "MPI"),
    "GnuParallelLauncher": ("parallel", "GNU parallel"),
}
"""The launchers that need a command on the nodes: which one, and where it is from."""
_AT_HOME = {("Srun", "SlurmProvider"), ("Jsru", "LSFProvider")}
_PBS = ("PBSProProvider", "TorqueProvider")
_ONE_SLOT = ("SlurmProvider", *_PBS)
"""Providers that ask for one task on each node, which is what mpirun goes by."""
_NO_LAUNCHER = ("AdHocProvider", "KubernetesProvider")
_EACH_NODE = {
    "SlurmProvider": "; SrunLauncher would start one group on each node",
    **dict.fromkeys(_PBS, "; MpiExecLauncher would start one group on each node"),
}
_POOL = "process_worker_pool"
_ODD = re.compile(r"[^\w\s=:,./@%+-]")
_STARTERS = re.compile(r"\b(srun|aprun|jsrun|mpiexec|mpirun|parallel|xargs|for|while)\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Managers:
    """The managers of a block, and the nodes that get one."""

    count: int | None
    nodes: int | None
    notes: tuple[str, ...] = ()

    @property
    def on_one_node(self) -> int | None:
        """How many managers share a node."""
        if self.count is None or not self.nodes:
            return None
        return -(-self.count // self.nodes)


def managers_of(config: Config, executor: Table, provider: Table, nodes: int | None) -> Managers:
    """What the provider's launcher makes of ``nodes`` nodes per block."""
    command = executor.text("launch_cmd") or ""
    if command and (_POOL not in command or _STARTERS.search(command)):
        note = "How many groups of workers start depends on `launch_cmd`, which is the file's own."
        return Managers(count=None, nodes=None, notes=(note,))
    if provider.class_name in _NO_LAUNCHER:
        return Managers(count=1, nodes=1)
    launcher = config.launcher(provider)
    name = launcher.class_name if launcher is not None else ""
    if launcher is None or name not in (*_PLAIN, "SingleNodeLauncher", *COMMANDS):
        what = f'Parsl knows no launcher called "{name}"' if name else "`launcher` is no table"
        return Managers(count=None, nodes=None, notes=(f"{what}.",))
    if name in _PLAIN:
        return _plain(launcher, nodes)
    if nodes is None:
        by_cores = provider.class_name == "LSFProvider" and not provider.flag("request_by_nodes")
        why = ": `cores_per_block` and `cores_per_node` have to say it" if by_cores else ""
        note = f"How many nodes a job has cannot be said{why}."
        return Managers(count=None, nodes=None, notes=(note,))
    if nodes < 1:
        return Managers(count=0, nodes=0, notes=("A job without nodes starts no worker.",))
    if name == "SingleNodeLauncher":
        return _single_node(provider, nodes)
    return _spread(launcher, provider, nodes)


def _plain(launcher: Table, nodes: int | None) -> Managers:
    """The command as it is, or behind the words of ``prepend``."""
    prepend = launcher.text("prepend") or ""
    if _STARTERS.search(prepend) or _ODD.search(prepend):
        note = f"How many groups of workers start depends on `prepend`: {prepend!r}."
        return Managers(count=None, nodes=None, notes=(note,))
    notes = []
    if prepend:
        notes.append(f"Workers start if `{prepend}` runs the command that follows it.")
    if nodes is not None and nodes > 1:
        notes.append(
            f"{launcher.class_name} starts workers on the first node of a job only: {_idle(nodes)}."
        )
    return Managers(count=1, nodes=1, notes=tuple(notes))


def _single_node(provider: Table, nodes: int) -> Managers:
    notes = []
    if nodes > 1 and provider.class_name == "LocalProvider":
        notes.append(
            f"`nodes_per_block = {nodes}` starts {nodes} groups of workers (managers) on this"
            " machine."
        )
    elif nodes > 1:
        notes.append(
            f"SingleNodeLauncher starts {nodes} groups of workers (managers), all on the first node"
            f" of a job: {_idle(nodes)}. Jobs of one node are enough for QIIME 2"
            f" (`{_one_node(provider)}`){_EACH_NODE.get(provider.class_name, '')}."
        )
    return Managers(count=nodes, nodes=1, notes=tuple(notes))


def _idle(nodes: int) -> str:
    return f"{nodes - 1} of {nodes} nodes stay{'s' if nodes == 2 else ''} idle"


def _one_node(provider: Table) -> str:
    """What makes a job one of one node."""
    if provider.class_name == "LSFProvider" and provider.flag("request_by_nodes") is False:
        return f"cores_per_block = {provider.integer('cores_per_node')}"
    return "nodes_per_block = 1"


def _hands_on_cores(overrides: str, provider: Table) -> bool:
    """Whether srun is told of the job's cores, or there is no Slurm that it would have to be."""
    told = re.search(r"(?:^|\s)(?:-c|--cpus-per-task)", overrides)
    return (
        provider.class_name != "SlurmProvider"
        or told is not None
        or "SRUN_CPUS_PER_TASK" in (provider.text("worker_init") or "")
    )


def _spread(launcher: Table, provider: Table, nodes: int) -> Managers:
    """Launchers that bring a manager to each node."""
    name = launcher.class_name
    command, home = COMMANDS[name]
    notes = []
    if (name[:4], provider.class_name) not in _AT_HOME:
        notes.append(f"{name} needs the command `{command}` ({home}) on the nodes.")
    overrides = launcher.text("overrides") or ""
    if re.search(r"(?:^|\s)(?:-[nNrp]|--n)", overrides) or _ODD.search(overrides):
        notes.append(f"How many groups of workers start depends on `overrides`: {overrides!r}.")
        return Managers(count=None, nodes=None, notes=tuple(notes))
    on_pbs = provider.class_name in _PBS
    count, used = nodes, nodes if provider.class_name != "LocalProvider" else None
    if name == "SrunMPILauncher" and provider.class_name not in ("SlurmProvider", "LocalProvider"):
        notes.append("SrunMPILauncher starts nothing outside Slurm.")
        count, used = 0, 0
    elif name == "GnuParallelLauncher" and not on_pbs:
        notes.append("GNU parallel finds no list of nodes outside PBS: it starts workers on one.")
        count, used = 1, 1
    elif name == "MpiExecLauncher" and not on_pbs:
        notes.append(
            "MpiExecLauncher finds no list of nodes outside PBS: all its workers start on one"
            " node, if mpiexec does not refuse."
        )
        used = 1
    elif name == "MpiRunLauncher" and provider.class_name not in _ONE_SLOT and nodes > 1:
        notes.append("On which nodes mpirun starts workers depends on the scheduler and MPI.")
        used = None
    elif name.startswith("Srun") and not _hands_on_cores(overrides, provider):
        notes.append(
            "Since Slurm 22.05 srun does not hand on the job's cores by itself: without"
            ' `overrides = "--cpus-per-task=…"` all workers of a node may be bound to one core.'
        )
    return Managers(count=count, nodes=1 if count == nodes == 1 else used, notes=tuple(notes))
