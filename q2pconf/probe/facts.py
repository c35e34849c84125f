"""What a run of probes found: jobs, nodes, answers, problems, and what each executor gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from q2pconf._dataclasses import dataclass
from q2pconf.cluster.jobs import JobState
from q2pconf.findings import Severity
from q2pconf.releases import Release

__all__ = ["Outcome", "Problem", "Progress", "SeenNode", "Tried"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is wrong, and what to do; an error is what makes QIIME 2's actions fail."""

    severity: Severity
    message: str
    hint: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenNode:
    """A node that answered: its jobs, its workers, and what the first of them sees there.

    ``facts`` are those of ``agent/probe.py``: cores, memory_gb, python, parsl, framework, prefix,
    temporary, folder and more.
    """

    name: str
    jobs: tuple[str, ...]
    workers: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What one executor gave.

    ``promised`` are the actions at a time that the file promises (None where the file and the nodes
    that answered do not decide it), ``seen`` those that were under way at once. ``first_answer``
    and ``queued`` are seconds: from the start to the first answer, and the longest that a job
    waited in the queue before it ran; None where nothing is known of it.
    """

    label: str
    class_name: str
    provider: str | None
    promised: int | None
    seen: int
    first_answer: float | None
    queued: float | None
    jobs: tuple[JobState, ...]
    nodes: tuple[SeenNode, ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether it answered and nothing was found that makes actions fail."""
        return self.seen > 0 and not any(p.severity is Severity.ERROR for p in self.problems)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a whole run found.

    ``run_dir`` is the folder of Parsl's logs (None where Parsl was not started), ``by`` what built
    the objects, ``here`` what a probe sees where q2pconf runs, ``problems`` those of the whole
    file. ``stopped_by`` is the number of the signal that ended it, SIGINT for Ctrl-C.
    """

    path: str | None
    release: Release
    executors: tuple[Tried, ...] = ()
    run_dir: str | None = None
    by: str | None = None
    here: Mapping[str, Any] | None = None
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()
    stopped_by: int | None = None

    @property
    def stopped(self) -> bool:
        """Whether the person, or the machine, ended it."""
        return self.stopped_by is not None

    @property
    def ok(self) -> bool:
        """Whether every executor answered and nothing was found that makes actions fail."""
        grave = any(problem.severity is Severity.ERROR for problem in self.problems)
        return bool(self.executors) and not grave and all(one.ok for one in self.executors)


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far an executor is, while it is tried. ``since`` are seconds since the start."""

    label: str
    promised: int | None
    seen: int
    since: float
    done: bool
    jobs: tuple[JobState, ...]
