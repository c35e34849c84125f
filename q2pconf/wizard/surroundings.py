"""Where the wizard is, and what a preset and a cluster allow there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from q2pconf import units
from q2pconf._dataclasses import dataclass
from q2pconf.answers import Answers, read_one
from q2pconf.cluster import Cluster, Queue, exceeds
from q2pconf.host import CpuCount
from q2pconf.presets import Preset

__all__ = ["Surroundings", "beyond", "doubts", "is_allowed", "no_such_queue", "same"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """Where the wizard is: the variables, the CPUs of this machine, the cluster if there is one."""

    env: Mapping[str, str]
    cpus: CpuCount
    memory_gb: float | None = None
    cluster: Cluster | None = None

    def queue(self, name: str | None) -> Queue | None:
        """The partition or queue of this name, of the cluster's default one for None."""
        queues = self.cluster.queues if self.cluster else ()
        if name is None:
            return next((queue for queue in queues if queue.default), None)
        return next((queue for queue in queues if queue.name == name), None)


def beyond(answers: Answers, here: Surroundings) -> tuple[str, ...]:
    """Where answers go beyond what the cluster's queue allows."""
    queue = here.queue(answers.partition or answers.queue)
    return _beyond(answers, queue) if queue is not None else ()


def doubts(answers: Answers, here: Surroundings) -> tuple[str, ...]:
    """All that speaks against sending these jobs to the queue they go to."""
    nowhere = no_such_queue(answers.partition or answers.queue, here)
    told = (*beyond(answers, here), *_elsewhere(answers, here), *_kept_for(answers, here))
    return (nowhere, *told) if nowhere else told


def _elsewhere(answers: Answers, here: Surroundings) -> tuple[str, ...]:
    """What comes of jobs beyond what their queue allows, and which other queues take them."""
    queue = here.queue(answers.partition or answers.queue)
    if here.cluster is None or queue is None or not _beyond(answers, queue):
        return ()
    kind = "partition" if here.cluster.scheduler == "slurm" else "queue"
    others = [one.name for one in here.cluster.queues if one.up and not _beyond(answers, one)]
    named = answers.partition or answers.queue
    where = queue.name if named else f"{queue.name} (where jobs go as no {kind} is named)"
    remedy = f"give --{kind} {' or '.join(others)}" if others else "ask for less"
    return (f"{where} would refuse such jobs, or let them wait for ever: {remedy}",)


def _kept_for(answers: Answers, here: Surroundings) -> tuple[str, ...]:
    """Whom the queue that jobs go to is kept for, where that may not be this person; and that it
    gives whole nodes only."""
    queue = here.queue(answers.partition or answers.queue)
    if here.cluster is None or queue is None:
        return ()
    account = answers.account or here.cluster.default_account
    told = []
    if queue.accounts is not None and account not in queue.accounts:
        mine = f"not of {account}" if account else "and none is given (--account)"
        told.append(f"{queue.name} takes only jobs of {_either('account', queue.accounts)}, {mine}")
    elif account in queue.denied_accounts:
        told.append(f"{queue.name} takes no jobs of the account {account}")
    if queue.qos is not None and answers.qos not in queue.qos:
        told.append(f"{queue.name} takes only jobs of {_either('QOS', queue.qos)} (--qos)")
    if queue.groups is not None:
        told.append(f"{queue.name} is only for people in {_either('group', queue.groups)}")
    if queue.whole_nodes and not answers.exclusive:
        told.append(f"{queue.name} gives each job a whole node, whatever it asks for (--exclusive)")
    return tuple(told)


def _either(kind: str, names: tuple[str, ...]) -> str:
    return f"the {kind} {' or '.join(names)}"


def _beyond(answers: Answers, queue: Queue) -> tuple[str, ...]:
    duration = units.seconds(answers.walltime) if answers.walltime else None
    return tuple(exceeds(queue, duration, answers.cpus, answers.memory_gb))


def no_such_queue(name: str | None, here: Surroundings) -> str | None:
    """Why jobs cannot go to a partition or queue, or would wait there; None where they can."""
    known = here.cluster.queues if here.cluster else ()
    queue = here.queue(name)
    if name is None or not known:
        return None
    if queue is None:
        return f"{name} is not on this cluster; there are {', '.join(one.name for one in known)}"
    return f"{name}: {queue.trouble}" if queue.trouble else None


def is_allowed(chosen: Preset, name: str, value: Any) -> bool:
    """Whether a preset's choices, if it has any, have this answer among them."""
    choices = chosen.choices.get(name)
    return choices is None or any(same(name, value, one) for one in choices)


def same(name: str, one: Any, other: Any) -> bool:
    """Whether two answers mean the same, as 24h and 24:00:00 do."""
    return bool(read_one(name, one)[0] == read_one(name, other)[0])
