"""What the rules on workers look at: each executor with its provider and what both come to."""

from __future__ import annotations

import math
from collections.abc import Iterator

from q2pconf import capacity, names
from q2pconf._dataclasses import dataclass
from q2pconf.capacity.job import Job, Node
from q2pconf.capacity.options import of_slurm
from q2pconf.capacity.providers import job_of
from q2pconf.capacity.scaling import cap_of
from q2pconf.model import BATCH, Config, Table
from q2pconf.rules import Context

__all__ = ["Pool", "pairs", "pools", "tried"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """A HighThroughputExecutor that starts workers in blocks of a provider that is known."""

    executor: Table
    provider: Table
    capacity: capacity.Capacity
    job: Job

    @property
    def batch(self) -> bool:
        """Whether a scheduler is asked for the blocks."""
        return self.provider.class_name in BATCH

    @property
    def capped(self) -> bool:
        """Whether the file says how many workers there are at most."""
        keys = ("max_workers_per_node", "max_workers")
        return cap_of(self.executor) != math.inf or any(tried(self.executor, key) for key in keys)

    def gives(self, *keys: str) -> bool:
        """Whether the executor's table gives one of these keys, if only misspelt."""
        return any(self.executor.has(key) or tried(self.executor, key) for key in keys)

    @property
    def cap_key(self) -> str:
        """How this release calls the cap."""
        newer = "max_workers_per_node"
        return newer if self.executor.knows(newer) else "max_workers"

    @property
    def whole_nodes(self) -> bool:
        """Whether Slurm gives its jobs whole nodes."""
        if self.provider.class_name != "SlurmProvider":
            return False
        given = of_slurm(self.provider.text("scheduler_options") or "")
        return self.provider.flag("exclusive") is True or "exclusive" in given.values

    @property
    def blind(self) -> bool:
        """Whether its workers count the cores of the node, and not those that the job got."""
        job = self.job
        by_hand = job.cores_from.startswith("PARSL_CORES")
        told = job.seen_cores is not None or by_hand
        return job.given_cores is not None and not told and not self.whole_nodes


def pools(config: Config, context: Context) -> Iterator[Pool]:
    """Each executor that starts workers in blocks, with what it comes to."""
    for executor, provider in pairs(config):
        if executor.class_name != "HighThroughputExecutor" or not provider.spec:
            continue
        try:
            job = job_of(provider, Node(), context.release)
        except OverflowError:
            continue
        found = capacity.of_executor(config, executor, context.release)
        yield Pool(executor=executor, provider=provider, capacity=found, job=job)


def pairs(config: Config) -> Iterator[tuple[Table, Table]]:
    """Each executor with a provider of the file's own, or Parsl's default for it."""
    for executor in config.executors():
        provider = config.provider(executor)
        if provider is not None and provider.class_name:
            yield executor, provider


def tried(table: Table, key: str) -> bool:
    """Whether a key that the class does not have stands for this one, which other findings say."""
    known = list(table.spec.get("properties", {}))
    wanted = {key} if table.knows(key) else {key, names.meant(key, known)}
    strange = (name for name in table.values if not table.knows(name))
    return any(name in wanted or names.meant(name, known) in wanted for name in strange)
