"""A block as its scheduler is asked for it: what it gets, and what its workers are told of it."""

from __future__ import annotations

from q2pconf import units
from q2pconf._dataclasses import dataclass, field
from q2pconf.capacity.options import Directives
from q2pconf.model import Table

__all__ = ["NO_MEMORY", "Job", "Node", "clock", "minutes", "unread"]

NO_MEMORY = "The file asks for no memory: what a job gets is the cluster's own default."


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A compute node (this machine for LocalProvider), as far as it is known from elsewhere."""

    cores: int | None = None
    memory_gb: float | None = None
    accelerators: int | None = None


@dataclass(kw_only=True, slots=True)
class Job:
    """One block. Cores and memory are those of one node.

    ``asked``: of the scheduler; ``given``: that the block may use; ``seen``: what the workers'
    program counts with. ``one_place``: all blocks share one machine. ``whole_nodes``: the block
    takes all cores of its nodes, however many it asks for. ``untold``: the key whose
    cores workers are not told of.
    """

    nodes: int | None = 1
    asked_nodes: int | None = 1
    asked_cores: float | None = None
    asked_memory: float | None = None
    given_cores: float | None = None
    given_memory: float | None = None
    seen_cores: float | None = None
    seen_memory: float | None = None
    cores_from: str = "the number of cores of the node"
    memory_from: str = "the memory that is free on the node"
    walltime: int | None = None
    batch: bool = True
    one_place: bool = False
    scheduler: str = "the scheduler"
    notes: list[str] = field(default_factory=list)
    untold: str | None = None
    whole_nodes: bool = False

    def unsure(self, what: str) -> None:
        """What scheduler_options may change and is not read here."""
        self.notes.append(unread(what))

    def tell(self, cores: float | None, memory: float | None) -> None:
        """Parsl exports these to the workers."""
        if cores is not None:
            self.seen_cores, self.cores_from = cores, ""
        if memory is not None:
            self.seen_memory, self.memory_from = memory, ""


def unread(what: str) -> str:
    """What is said of what scheduler_options may change and is not read here."""
    return f"`scheduler_options` decides {what}; q2pconf does not read it there."


def minutes(job: Job, provider: Table) -> int | None:
    """The walltime where Parsl makes minutes of it."""
    found = units.parsl_minutes(provider.text("walltime") or "")
    if found is None:
        job.notes.append('The walltime cannot be read: Parsl wants "HH:MM:SS".')
    elif found <= 0:
        job.notes.append("The walltime is less than a minute, which is no limit for the scheduler.")
    return found * 60 if found is not None and found > 0 else None


def clock(job: Job, provider: Table, given: Directives) -> int | None:
    """The walltime where it is handed on as it is: seconds, MM:SS or HH:MM:SS."""
    text = (provider.text("walltime") or "").strip()
    if "walltime" in given.values:
        job.unsure("the walltime")
        return None
    if not units.plain_walltime(text):
        job.notes.append(f"The walltime cannot be read; write it for {job.scheduler} as HH:MM:SS.")
        return None
    total = 0
    for part in text.partition(".")[0].split(":"):
        total = total * 60 + int(part)
    return total
