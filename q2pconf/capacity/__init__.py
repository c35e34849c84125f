"""Blocks × nodes × managers × workers: how many actions run at a time, and what each gets."""

from __future__ import annotations

import math

from q2pconf._dataclasses import dataclass
from q2pconf.capacity import launching, remarks, scaling
from q2pconf.capacity.job import Job, Node
from q2pconf.capacity.launching import Managers
from q2pconf.capacity.providers import job_of
from q2pconf.capacity.scaling import Blocks
from q2pconf.capacity.workers import Limit, Workers, workers_of
from q2pconf.model import POOLS, Config, Table
from q2pconf.releases import Release

__all__ = ["Blocks", "Capacity", "Limit", "Node", "Requested", "of_config", "of_executor"]

_WITH_BLOCKS = POOLS | {"WorkQueueExecutor", "FluxExecutor"}
_NO_BLOCKS = Blocks(init=None, min=None, max=None, reachable=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Requested:
    """What the scheduler is asked for, by all blocks that are reachable together."""

    jobs: int | None
    nodes: int | None
    cores: int | None
    memory_gb: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacity:
    """What an executor comes to; None where the file does not decide, and a note says what does.

    ``managers_per_block`` are those that really start with this launcher, ``nodes_used`` the nodes
    of a block that get one, ``limited_by`` what decides the workers of a manager. An action's
    cores and memory are its share of what the job really gets of the node.
    """

    label: str | None
    class_name: str
    provider: str | None
    launcher: str | None
    blocks: Blocks
    nodes_per_block: int | None
    managers_per_block: int | None
    nodes_used: int | None
    workers_per_manager: int | None
    limited_by: Limit | None
    concurrent_actions: int | None
    cores_per_action: float | None
    memory_gb_per_action: float | None
    walltime_seconds: int | None
    requested: Requested
    notes: tuple[str, ...]
    whole_nodes: bool = False

    @property
    def here(self) -> bool:
        """Whether the actions run on this machine, not in jobs of a scheduler."""
        return self.provider == "LocalProvider" or self.class_name == "ThreadPoolExecutor"

    @property
    def core_hours(self) -> float | None:
        """What all blocks that are reachable together cost for the whole walltime; None where
        the file does not decide it: it says nothing of the cores or of the time, or takes whole
        nodes."""
        return None if self.whole_nodes and self.requested.cores else self.least_core_hours

    @property
    def least_core_hours(self) -> float | None:
        """The same for the cores that are asked for; whole nodes may have more."""
        cores, time = self.requested.cores, self.walltime_seconds
        if cores == 0:
            return 0.0
        return None if cores is None or time is None else cores * time / 3600


def of_config(config: Config, release: Release, node: Node | None = None) -> tuple[Capacity, ...]:
    """The capacity of each executor, in the order of the file."""
    return tuple(of_executor(config, entry, release, node) for entry in config.executors())


def of_executor(
    config: Config, executor: Table, release: Release, node: Node | None = None
) -> Capacity:
    """The capacity of one executor; ``node`` is what is known of a node from elsewhere."""
    if node is not None:
        return _worked_out(config, executor, release, node)
    # A dozen rules ask for the same.
    known = config.remembered.get(executor.path)
    if known is None or known[0] is not executor or known[1] is not release:
        known = executor, release, _worked_out(config, executor, release, Node())
        config.remembered[executor.path] = known
    found: Capacity = known[2]
    return found


def _worked_out(config: Config, executor: Table, release: Release, node: Node) -> Capacity:
    if executor.class_name == "ThreadPoolExecutor":
        return _threads(executor, node)
    provider = config.provider(executor) if executor.class_name in _WITH_BLOCKS else None
    if not executor.spec or provider is None or not provider.spec:
        return _nothing(config, executor, provider)
    try:
        return _of_blocks(config, executor, provider, release, node)
    except OverflowError:
        return _nothing(config, executor, provider, "A number is too large to count with.")


def _of_blocks(
    config: Config, executor: Table, provider: Table, release: Release, node: Node
) -> Capacity:
    """The capacity of an executor that starts blocks."""
    job = job_of(provider, node, release)
    blocks, why = scaling.blocks_of(config, executor, provider, release, job.nodes)
    managers = launching.managers_of(config, executor, provider, job.nodes)
    workers = workers_of(executor, job)
    launcher = config.launcher(provider)
    cores, memory = _shares(job, blocks, managers, workers)
    total = _product(managers.count, workers.count)
    slots = scaling.slots_of(executor, provider, job.nodes, release)
    return Capacity(
        label=executor.text("label"),
        class_name=executor.class_name,
        provider=provider.class_name,
        launcher=launcher.class_name if launcher is not None else None,
        blocks=blocks,
        nodes_per_block=job.nodes,
        managers_per_block=managers.count,
        nodes_used=managers.nodes,
        workers_per_manager=workers.count,
        limited_by=workers.limited_by,
        concurrent_actions=_product(blocks.reachable, total),
        cores_per_action=cores,
        memory_gb_per_action=memory,
        walltime_seconds=job.walltime,
        requested=_requested(job, blocks),
        whole_nodes=job.whole_nodes,
        notes=(
            *(*why, *managers.notes, *workers.notes, *job.notes),
            *remarks.of_slots(slots, job, blocks, total),
            *remarks.of_accelerators(executor, node),
            *remarks.of_what_is_open(provider, job),
            *remarks.of_the_whole(executor, job, blocks, managers, workers),
        ),
    )


def _threads(executor: Table, node: Node) -> Capacity:
    """Threads of QIIME 2's own process."""
    count = executor.integer("max_threads")
    count = None if count is None else max(count, 0)
    notes = [
        "The actions run as threads on the machine where QIIME 2 runs and share its cores and"
        " memory; there are no jobs (blocks), nodes, groups of workers (managers) or walltime."
    ]
    if count is None:
        notes.append("`max_threads` must be a whole number.")
    return Capacity(
        label=executor.text("label"),
        class_name=executor.class_name,
        provider=None,
        launcher=None,
        blocks=_NO_BLOCKS,
        nodes_per_block=None,
        managers_per_block=None,
        nodes_used=None,
        workers_per_manager=count,
        limited_by="threads",
        concurrent_actions=count,
        cores_per_action=_share(node.cores, count),
        memory_gb_per_action=_share(node.memory_gb, count),
        walltime_seconds=None,
        requested=Requested(jobs=0, nodes=0, cores=0, memory_gb=0.0),
        notes=tuple(notes),
    )


def _nothing(
    config: Config, executor: Table, provider: Table | None, note: str | None = None
) -> Capacity:
    """An executor of which nothing can be said."""
    parsl = config.schema.parsl
    why = f"What {executor.class_name} starts cannot be read from the file."
    if not executor.spec:
        why = f'Parsl {parsl} has no executor called "{executor.class_name}".'
    elif provider is not None:
        why = f'Parsl {parsl} has no provider called "{provider.class_name}".'
    why += " Nothing can be said of its jobs, workers, nodes, cores, memory and time."
    return Capacity(
        label=executor.text("label"),
        class_name=executor.class_name,
        provider=provider.class_name if provider is not None else None,
        launcher=None,
        blocks=_NO_BLOCKS,
        nodes_per_block=None,
        managers_per_block=None,
        nodes_used=None,
        workers_per_manager=None,
        limited_by=None,
        concurrent_actions=None,
        cores_per_action=None,
        memory_gb_per_action=None,
        walltime_seconds=None,
        requested=Requested(jobs=None, nodes=None, cores=None, memory_gb=None),
        notes=(note or why,),
    )


def _shares(
    job: Job, blocks: Blocks, managers: Managers, workers: Workers
) -> tuple[float | None, float | None]:
    """What each action gets: the managers of a node share it, and of one machine all blocks."""
    together = _product(managers.on_one_node, workers.count)
    if job.one_place:
        together = _product(together, blocks.reachable)
    return _share(job.given_cores, together), _share(job.given_memory, together)


def _requested(job: Job, blocks: Blocks) -> Requested:
    if not job.batch:
        return Requested(jobs=0, nodes=0, cores=0, memory_gb=0.0)
    nodes = _product(blocks.reachable, job.asked_nodes)
    known = nodes if job.asked_nodes is not None else blocks.reachable
    cores = _times(job.asked_cores, known)
    return Requested(
        jobs=blocks.reachable,
        nodes=nodes,
        cores=None if cores is None else math.ceil(cores),
        memory_gb=_times(job.asked_memory, known),
    )


def _product(*factors: int | None) -> int | None:
    """None if a factor is not known, unless another is 0."""
    if 0 in factors:
        return 0
    known = [factor for factor in factors if factor is not None]
    return math.prod(known) if len(known) == len(factors) else None


def _times(each: float | None, count: int | None) -> float | None:
    return each * count if each is not None and math.isfinite(each) and count is not None else None


def _share(total: float | None, count: int | None) -> float | None:
    return total / count if total is not None and math.isfinite(total) and count else None
