"""One executor while it is tried: its answers, its jobs, how many actions ran at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from q2pconf._dataclasses import dataclass, field
from q2pconf.cluster.jobs import JobState
from q2pconf.probe.facts import Progress, SeenNode
from q2pconf.probe.postmortem import Destination

__all__ = ["Watch", "at_once"]

_STILL = 10.0
"""Seconds without a new worker, or without hope, after which nothing more is expected."""


_DELAY = 2.0
"""Seconds that an answer may be under way."""


@dataclass(kw_only=True, slots=True)
class _Worker:
    """A worker from its first probe's start to its last one's end: it was there all the time."""

    node: str
    first: float
    last: float


@dataclass(kw_only=True, slots=True)
class Watch:
    """What is known of an executor; times are seconds since the start of it all.

    ``promised`` may become known with the first answers, which say how large a node is.
    ``clusters`` are those that Slurm may send the jobs to; "" is its own. ``unasked`` says why the
    scheduler has last said nothing of the jobs.
    """

    label: str
    class_name: str
    provider: str | None
    promised: int | None
    worker_init: str = ""
    clusters: tuple[str, ...] = ("",)
    unasked: str | None = None
    workers: dict[str, _Worker] = field(default_factory=dict)
    facts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    node_jobs: dict[str, set[str]] = field(default_factory=dict)
    jobs: dict[str, JobState] = field(default_factory=dict)
    answered_jobs: set[str] = field(default_factory=set)
    lateness: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    bad: str | None = None
    first_answer: float | None = None
    newest_worker: float = 0.0
    given_up: bool = False
    hopeless_since: float | None = None
    destination: Destination | None = None

    def answer(self, facts: Mapping[str, Any], now: float) -> bool:
        """Take one answer; whether its node was not known before."""
        node, name = str(facts["node"]), str(facts["worker"])
        worker = self.workers.get(name)
        if worker is None:
            self.newest_worker = now
            worker = _Worker(node=node, first=facts["started"], last=facts["ended"])
            self.workers[name] = worker
        worker.first = min(worker.first, facts["started"])
        worker.last = max(worker.last, facts["ended"])
        late = facts["received"] - facts["ended"]
        self.lateness[node] = min(late, self.lateness.get(node, late))
        if self.first_answer is None:
            self.first_answer = now
        if facts.get("job"):
            job = str(facts["job"])
            self.node_jobs.setdefault(node, set()).add(job)
            self.answered_jobs.add(job)
        is_new = node not in self.facts
        self.facts.setdefault(node, facts)
        return is_new

    @property
    def seen(self) -> int:
        """How many actions ran at the same time."""
        return at_once(
            [
                (worker.first + self._skew(worker.node), worker.last + self._skew(worker.node))
                for worker in self.workers.values()
            ]
        )

    def _skew(self, node: str) -> float:
        """How far a node's clock is behind this machine's, where that is more than a delay."""
        late = self.lateness[node]
        return late if abs(late) > _DELAY else 0.0

    def consider(self, now: float) -> None:
        """Give up where no job answered and none will: the next one will not do better.

        A scheduler may name a reason for a moment that passes.
        """
        jobs = self.jobs.values()
        alive = [job for job in jobs if job.state != "over"]
        if not jobs or self.workers or not all(job.hopeless for job in alive):
            self.hopeless_since = None
            return
        since = now if self.hopeless_since is None else self.hopeless_since
        self.hopeless_since = since
        self.given_up = not alive or now - since > _STILL

    def is_done(self, now: float) -> bool:
        """Whether nothing more is to be learned from this executor."""
        if self.given_up or self.bad is not None or self.promised == 0:
            return True
        if self.promised is None:
            return bool(self.workers) and now - self.newest_worker > _STILL
        return self.promised <= self.seen

    def wanted(self) -> int:
        """How many probes keep it as busy as it promises to be."""
        if self.promised is not None:
            return self.promised
        return max(2 * len(self.workers), 2)

    def alive(self) -> tuple[str, ...]:
        """The jobs that are not over, as far as is known."""
        return tuple(sorted(job.id for job in self.jobs.values() if job.state != "over"))

    def nodes(self) -> tuple[SeenNode, ...]:
        """The nodes that answered, by their names."""
        return tuple(
            SeenNode(
                name=name,
                jobs=tuple(sorted(self.node_jobs.get(name, ()))),
                workers=sum(worker.node == name for worker in self.workers.values()),
                facts=facts,
            )
            for name, facts in sorted(self.facts.items())
        )

    def progress(self, now: float) -> Progress:
        """How far it is."""
        return Progress(
            label=self.label,
            promised=self.promised,
            seen=self.seen,
            since=now,
            done=self.is_done(now),
            jobs=tuple(self.jobs.values()),
        )


def at_once(spans: list[tuple[float, float]]) -> int:
    """The most of these spans of time that have a moment in common."""
    # At the same moment an end counts before a start: one takes over from the other.
    changes = sorted([(first, 1) for first, _ in spans] + [(last, -1) for _, last in spans])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most
