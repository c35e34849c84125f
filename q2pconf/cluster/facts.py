"""What is known of a cluster, its queues and their nodes; and which limits a job goes beyond."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from q2pconf import units

__all__ = ["Cluster", "Queue", "Scheduler", "Shape", "exceeds", "gigabytes", "shapes_of"]

Scheduler = Literal["slurm", "pbs", "torque", "sge"]


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Shape:
    """One kind of node, and how many there are; 0 where the scheduler does not know."""

    cores: int
    memory_gb: float
    gpus: int
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """A queue or partition; None where nothing is known or nothing limits it.

    ``trouble`` says why a job sent to it now would not run. ``shapes`` are its nodes, those that
    are down left out as long as there are others. ``max_cores`` and ``max_memory_gb`` are for one
    job. ``accounts``, ``qos`` and ``groups`` are those it is kept for, if it is. ``no_memory``:
    its nodes have no memory as far as the scheduler knows, so a job may not ask for any.
    """

    name: str
    default: bool = False
    trouble: str | None = None
    max_walltime_seconds: int | None = None
    min_walltime_seconds: int | None = None
    nodes: int | None = None
    nodes_down: int = 0
    shapes: tuple[Shape, ...] = ()
    min_nodes: int = 1
    max_nodes: int | None = None
    max_cores: int | None = None
    max_memory_gb: float | None = None
    no_memory: bool = False
    whole_nodes: bool = False
    accounts: tuple[str, ...] | None = None
    denied_accounts: tuple[str, ...] = ()
    qos: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    routes_to: tuple[str, ...] = ()

    @property
    def up(self) -> bool:
        """Whether a job sent to it now could run."""
        return self.trouble is None

    @property
    def cores_per_node(self) -> int | None:
        """The cores of the largest node."""
        return max((shape.cores for shape in self.shapes), default=0) or None

    @property
    def memory_gb_per_node(self) -> float | None:
        """The memory of the node that has most of it."""
        return max((shape.memory_gb for shape in self.shapes), default=0.0) or None

    @property
    def gpus_per_node(self) -> int | None:
        """The GPUs of the node that has most of them; 0 where no node has one."""
        return max((shape.gpus for shape in self.shapes), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """What a scheduler says of itself; ``notes`` tell what could not be asked, and why."""

    scheduler: Scheduler
    queues: tuple[Queue, ...] = ()
    accounts: tuple[str, ...] = ()
    qos: tuple[str, ...] = ()
    default_account: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def default_queue(self) -> Queue | None:
        """The queue that takes jobs for which none is named."""
        return next((queue for queue in self.queues if queue.default), None)

    def queue(self, name: str) -> Queue | None:
        """The queue of this name."""
        return next((queue for queue in self.queues if queue.name == name), None)


def gigabytes(amount: int, per_gb: int) -> float:
    """An amount in smaller units as GB, rounded down to a tenth so that it can be asked for."""
    return amount * 10 // per_gb / 10


def shapes_of(nodes: Iterable[Shape]) -> tuple[Shape, ...]:
    """The kinds among these nodes, largest first."""
    counts: dict[tuple[int, float, int], int] = {}
    for node in nodes:
        kind = (node.cores, node.memory_gb, node.gpus)
        counts[kind] = counts.get(kind, 0) + node.count
    shapes = (
        Shape(cores=cores, memory_gb=memory, gpus=gpus, count=count)
        for (cores, memory, gpus), count in counts.items()
    )
    return tuple(sorted(shapes, reverse=True))


def exceeds(
    queue: Queue,
    walltime_seconds: int | None = None,
    cores: int | None = None,
    memory_gb: float | None = None,
    *,
    nodes: int = 1,
) -> tuple[str, ...]:
    """One sentence for each limit of a queue that a job goes beyond; cores and memory per node."""
    return (
        *_time(queue, walltime_seconds),
        *_whole_job(queue, nodes, cores or 0, memory_gb or 0),
        *_one_node(queue, cores or 0, memory_gb or 0),
    )


def _time(queue: Queue, asked: int | None) -> Iterator[str]:
    longest, shortest = queue.max_walltime_seconds, queue.min_walltime_seconds
    if asked is not None and longest is not None and asked > longest:
        yield (
            f"a walltime of {units.spoken(asked)} is more than the {units.spoken(longest)}"
            f" that {queue.name} allows"
        )
    if asked is not None and shortest is not None and asked < shortest:
        yield (
            f"a walltime of {units.spoken(asked)} is less than the {units.spoken(shortest)}"
            f" that {queue.name} is for"
        )


def _whole_job(queue: Queue, nodes: int, cores: int, memory_gb: float) -> Iterator[str]:
    jobs = f"{queue.name} allows a job"
    if queue.max_nodes is not None and nodes > queue.max_nodes:
        yield f"{_are(nodes, 'node')} more than the {queue.max_nodes} that {jobs}"
    elif queue.nodes and nodes > queue.nodes:
        yield f"{_are(nodes, 'node')} more than the {queue.nodes} that {queue.name} has"
    if nodes < queue.min_nodes:
        yield f"{queue.name} takes only jobs of {queue.min_nodes} nodes or more"
    if queue.max_cores is not None and nodes * cores > queue.max_cores:
        yield f"{_are(nodes * cores, 'core')} more than the {queue.max_cores} that {jobs}"
    if queue.max_memory_gb is not None and nodes * memory_gb > queue.max_memory_gb:
        yield f"{nodes * memory_gb:g} GB are more than the {queue.max_memory_gb:g} GB that {jobs}"


def _one_node(queue: Queue, cores: int, memory_gb: float) -> Iterator[str]:
    most, largest = queue.cores_per_node, queue.memory_gb_per_node
    beyond = False
    if queue.no_memory and memory_gb:
        yield f"the nodes of {queue.name} have no memory set, so no job may ask for memory"
    if most is not None and cores > most:
        beyond = True
        yield f"{_are(cores, 'core')} more than the {most} of any node of {queue.name}"
    if largest is not None and memory_gb > largest:
        beyond = True
        yield f"{memory_gb:g} GB are more than the {largest:g} GB of any node of {queue.name}"
    wide = [shape for shape in queue.shapes if not 0 < shape.cores < cores]
    if not beyond and wide and all(0 < shape.memory_gb < memory_gb for shape in wide):
        best = max(shape.memory_gb for shape in wide)
        yield (
            f"no node of {queue.name} has both {units.several(cores, 'core')} and {memory_gb:g} GB:"
            f" those with so many cores have at most {best:g} GB"
        )


def _are(number: int, name: str) -> str:
    return f"{units.several(number, name)} {'is' if number == 1 else 'are'}"
