"""The scheduler while a file is tried: what it says of the jobs; and that none is left at last."""

from __future__ import annotations

import time
from collections.abc import Sequence

from q2pconf._dataclasses import replace
from q2pconf.cluster import jobs as scheduler
from q2pconf.cluster.asking import Answer, Run
from q2pconf.findings import Severity
from q2pconf.probe.facts import Problem
from q2pconf.probe.watching import Watch
from q2pconf.units import several

__all__ = ["Queue"]

_TICK = 0.5
_GONE_WITHIN = 10.0


class Queue:
    """The jobs of a run in the queues of their schedulers, which are asked by ``run``."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._troubles: dict[str, str] = {}

    def update(self, watch: Watch) -> None:
        """Note what the scheduler says of the jobs; of which it does not answer, nothing is known.

        A job that one of Slurm's clusters does not have may be on another.
        """
        if not watch.jobs or not scheduler.jobs_of(watch.provider):
            return
        found: dict[str, scheduler.JobState] | None = None
        for cluster in watch.clusters:
            told = scheduler.states(watch.provider, watch.jobs, self._ask, cluster)
            alive = {job: one for job, one in (told or {}).items() if one.state != "over"}
            found = told if found is None else {**found, **alive}
        watch.unasked = None if found is not None else self._trouble()
        watch.jobs.update(found if found is not None else _unknown(watch))

    def sweep(self, watch: Watch, run_dir: str | None, *, finished: bool) -> list[Problem]:
        """Cancel what the scheduler still has of this run, and see that it is gone; ``finished``
        says that Parsl has cancelled the jobs itself."""
        if scheduler.jobs_of(watch.provider):
            return [one for name in watch.clusters for one in self._sweep(watch, run_dir, name)]
        if not finished:
            scheduler.cancel(watch.provider, watch.alive(), self._ask)
        return []

    def _sweep(self, watch: Watch, run_dir: str | None, cluster: str) -> list[Problem]:
        left, sure = self._left(watch, run_dir, cluster)
        scheduler.cancel(watch.provider, left, self._ask, cluster)
        deadline = time.monotonic() + _GONE_WITHIN
        # A scheduler that is busy may answer the next time.
        while left and time.monotonic() < deadline:
            time.sleep(_TICK)
            left, sure = self._left(watch, run_dir, cluster)
        if not left:
            return []
        words = scheduler.cancel(watch.provider, left, self._ask, cluster)
        names, command = several(len(left), "job"), " ".join(words)
        by_hand = f"cancel by hand: {command}"
        if sure:
            return [_problem(Severity.ERROR, f"{names} could not be cancelled", by_hand)]
        if words[0] in self._troubles:
            told = f"{names} may be left: {self._trouble()}"
            return [_problem(Severity.ERROR, told, by_hand)]
        told = f"{names} {'was' if len(left) == 1 else 'were'} cancelled, but not seen to end"
        again = f"if it is still there, cancel by hand: {command}"
        return [_problem(Severity.WARNING, f"{told}: {self._trouble()}", again)]

    def _left(
        self, watch: Watch, run_dir: str | None, cluster: str
    ) -> tuple[tuple[str, ...], bool]:
        """The jobs that are not over, and whether the scheduler has said so."""
        found = scheduler.states(watch.provider, watch.jobs, self._ask, cluster)
        if found is None and watch.jobs:
            return watch.alive(), False
        known = {job for job, state in (found or {}).items() if state.state != "over"}
        if len(watch.clusters) > 1:
            known.clear()  # another cluster may have given the number to a job of another run
        if run_dir is not None:
            known.update(scheduler.left_behind(watch.provider, run_dir, self._ask, cluster))
        return tuple(sorted(known)), True

    def _ask(self, command: Sequence[str]) -> Answer:
        answer = self._run(command)
        self._troubles.pop(command[0], None)
        if answer.trouble is not None:
            self._troubles[command[0]] = f"{command[0]} {answer.trouble}"
        return answer

    def _trouble(self) -> str:
        return "; ".join(self._troubles.values()) or "the scheduler does not answer"


def _unknown(watch: Watch) -> dict[str, scheduler.JobState]:
    """The jobs, without what was known of them; those that are over stay so."""
    return {
        job: one if one.state == "over" else replace(one, state="unknown", reason=None)
        for job, one in watch.jobs.items()
    }


def _problem(severity: Severity, message: str, hint: str) -> Problem:
    return Problem(severity=severity, message=message, hint=hint)
