"""Whether the executor that runs most gives what is wanted."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

from q2pconf import capacity, schema, units
from q2pconf._dataclasses import dataclass
from q2pconf.advising import slurm_options
from q2pconf.advising.intention import Intention
from q2pconf.capacity import Capacity, Node
from q2pconf.document import Document
from q2pconf.explanation import Explanation
from q2pconf.findings import KeyPath
from q2pconf.model import Config, Table
from q2pconf.releases import Release

__all__ = ["Case", "Outcome", "case_of", "counted", "crowded", "outgrown", "unmet"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """An executor and its provider, and what they come to."""

    executor: Table
    provider: Table | None
    capacity: Capacity

    @property
    def seconds(self) -> int | None:
        """The seconds that a job may run; of Slurm also where its own options say it."""
        if self.provider is None or self.provider.class_name != "SlurmProvider":
            return self.capacity.walltime_seconds
        said = slurm_options.seconds_of(self.provider.text("scheduler_options") or "")
        return self.capacity.walltime_seconds or said

    @property
    def of_a_node(self) -> tuple[float, float]:
        """The cores and GB that are asked for on each node; 0 where not known."""
        asked = self.capacity.requested
        count = asked.nodes or asked.jobs or 1
        return (asked.cores or 0) / count, (asked.memory_gb or 0) / count

    @property
    def at_a_time(self) -> int:
        """The actions that run at a time in a job; 0 where not known."""
        return (self.capacity.managers_per_block or 0) * (self.capacity.workers_per_manager or 0)

    @property
    def groups(self) -> int:
        """The groups of workers of all jobs together; 0 where not known."""
        return (self.capacity.managers_per_block or 0) * (self.capacity.blocks.reachable or 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A file, the executor that the wishes are about, and the wishes.

    ``document`` is None where only the data of the file are known. ``now`` is what it comes to;
    ``relabelled`` where it is to be labelled default first.
    """

    config: Config
    document: Document | None
    executor: Table
    release: Release
    node: Node | None
    wanted: Intention
    now: Outcome
    relabelled: bool

    @property
    def provider(self) -> Table | None:
        """The executor's provider."""
        return self.config.provider(self.executor)

    @property
    def here(self) -> bool:
        """Whether the actions run on this machine, not as jobs of a scheduler."""
        return self.now.capacity.here

    @property
    def seconds(self) -> int:
        """The seconds that a job is wanted to have, in whole minutes as Parsl counts them."""
        return -(-(units.seconds(self.wanted.walltime or "") or 0) // 60) * 60

    def changed(self, changes: Mapping[KeyPath, Any]) -> Config:
        """The configuration with these values; tables that are not there yet come into being."""
        data = copy.deepcopy(dict(self.config.data))
        for path, value in changes.items():
            place: Any = data
            for step in path[:-1]:
                if isinstance(place, dict) and step not in place:
                    place[step] = {"class": self.now.capacity.provider}
                place = place[step]
            place[path[-1]] = value
        return Config.from_data(data, self.config.schema)


def case_of(explained: Explanation, wanted: Intention) -> Case | None:
    """The case of the executor labelled default, else of the first that may get that label; None
    where there is none."""
    release, node = explained.release, explained.node
    config = Config.from_data(explained.data, schema.of(release))
    executors = list(config.executors())
    found = next((one for one in executors if one.text("label") == "default"), None)
    relabelled = found is None
    if found is None:
        mapping = str(config.table.values.get("executor_mapping"))
        free = [one for one in executors if repr(one.text("label")) not in mapping]
        found = next((one for one in free if config.provider(one) is not None), None)
        found = found or next(iter(free), None)
    if found is None:
        return None
    now = capacity.of_executor(config, found, release, node)
    return Case(
        config=config,
        document=explained.document,
        executor=found,
        release=release,
        node=node,
        wanted=wanted,
        now=Outcome(executor=found, provider=config.provider(found), capacity=now),
        relabelled=relabelled,
    )


def counted(case: Case, changes: Mapping[KeyPath, Any]) -> Outcome:
    """What the executor comes to with these changes."""
    if not changes:
        return case.now
    config = case.changed(changes)
    executor = next(one for one in config.executors() if one.path == case.executor.path)
    found = capacity.of_executor(config, executor, case.release, case.node)
    return Outcome(executor=executor, provider=config.provider(executor), capacity=found)


def outgrown(then: Outcome, case: Case, left: list[str]) -> bool:
    """Whether a node has to be larger than it is now, and than one action needs; or to take more
    actions than now, if nothing says that it has the cores."""
    if not case.here and then.at_a_time > case.now.at_a_time and "cpus" in left:
        return True
    cores, memory = then.of_a_node
    cores_now, memory_now = case.now.of_a_node
    wanted = case.wanted
    return cores > max(cores_now, wanted.cpus or 0) or memory > max(
        memory_now, wanted.memory_gb or 0
    )


def crowded(then: Outcome, case: Case, left: list[str]) -> bool:
    """Whether the actions get in each other's way as they do not now: more groups of workers on
    this machine; more actions on a node than the job has cores; less of it for each, unasked."""
    if case.here:
        return then.groups > max(case.now.groups, 1)
    one, now, wanted = then.capacity, case.now.capacity, case.wanted
    cores, memory = one.cores_per_action, one.memory_gb_per_action
    if now.cores_per_action is None and cores is not None and cores < 1:
        return True
    more = 0 < case.now.at_a_time < then.at_a_time
    return any(
        (asked is None or wish in left)
        and (more if has is None or had is None else has < had * (1 - 1e-9))
        for wish, asked, has, had in (
            ("cpus", wanted.cpus, cores, now.cores_per_action),
            ("memory", wanted.memory_gb, memory, now.memory_gb_per_action),
        )
    )


def unmet(then: Outcome, case: Case) -> list[str]:
    """The wishes that are not granted: actions, cpus, memory, walltime."""
    wanted, one = case.wanted, then.capacity
    left = []
    if wanted.actions is not None and one.concurrent_actions != wanted.actions:
        left.append("actions")
    if wanted.cpus is not None and not _cpus(then, case, wanted.cpus):
        left.append("cpus")
    if wanted.memory_gb is not None and not _memory(then, case, wanted.memory_gb):
        left.append("memory")
    if not case.here and (then.seconds or 0) < case.seconds:
        left.append("walltime")
    return left


def _cpus(then: Outcome, case: Case, wanted: int) -> bool:
    if case.here:
        return _alone(then) and then.executor.number("cores_per_worker") == wanted
    has = then.capacity.cores_per_action
    if has is None:
        return False
    whole_node = case.node is not None and case.node.cores is not None
    return math.isclose(has, wanted) or (whole_node and has > wanted)


def _memory(then: Outcome, case: Case, wanted: int) -> bool:
    if case.here:
        return _alone(then) and (then.executor.number("mem_per_worker") or 0) >= wanted
    return (then.capacity.memory_gb_per_action or 0) >= wanted * (1 - 1e-9)


def _alone(then: Outcome) -> bool:
    """Whether only one group of workers counts this machine's cores and memory for itself."""
    one = then.capacity
    return one.managers_per_block == 1 and one.blocks.reachable == 1
