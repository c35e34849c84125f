"""One run of probes: what is asked of the agent, what it reports, and what is left to clean up."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from q2pconf import parsl_loader, schema
from q2pconf.capacity import Capacity, Node
from q2pconf.capacity.options import of_slurm
from q2pconf.cluster import jobs as scheduler
from q2pconf.cluster.asking import ask, plain_environment
from q2pconf.document import Document
from q2pconf.errors import UsageError
from q2pconf.explanation import explain
from q2pconf.findings import Severity
from q2pconf.interpreters import Interpreter
from q2pconf.model import Config, Table
from q2pconf.probe.facts import Outcome, Problem, Progress, Tried
from q2pconf.probe.judging import judge
from q2pconf.probe.postmortem import destination
from q2pconf.probe.session import Session
from q2pconf.probe.sweeping import Queue
from q2pconf.probe.watching import Watch
from q2pconf.releases import Release
from q2pconf.units import spoken

__all__ = ["Trial"]

_TICK = 0.5
_ASK_EVERY = 5.0
_ANSWER_WITHIN = 10.0
_INIT_WITHIN = 60.0
_HERE = (None, "LocalProvider")
_PROBES_A_SECOND = 100
"""What Parsl hands out at least; so long a probe holds its worker that all are busy at once."""


class Trial:
    """One run: what is asked of the agent, and what has become of it."""

    def __init__(
        self,
        document: Document,
        release: Release,
        interpreter: Interpreter,
        seconds: float,
        jobs: int | None,
        labels: Sequence[str],
    ) -> None:
        self.document, self.release, self.interpreter = document, release, interpreter
        self.seconds, self.jobs = seconds, jobs
        self.begun = time.monotonic()
        self.late = False
        self.stopped_by: int | None = None
        self.run_dir: str | None = None
        self.by: str | None = None
        self.here: dict[str, Any] | None = None
        self.problems: list[Problem] = []
        self._judged: dict[str, tuple[Problem, ...]] = {}
        self._ordered: dict[str, int] = {}
        config = Config.from_data(document.data, schema.of(release))
        self.logs = config.table.text("run_dir") or "runinfo"
        self.watches = {
            str(one.label): Watch(
                label=str(one.label),
                class_name=one.class_name,
                provider=one.provider,
                promised=self._promise(one),
                worker_init=_worker_init(config, table),
                clusters=_clusters(config, table),
            )
            for one, table in zip(
                explain(document, release).executors, config.executors(), strict=True
            )
            if not labels or one.label in labels
        }
        missing = sorted(set(labels) - set(self.watches))
        if missing:
            raise UsageError(f"the file has no executor labelled {missing[0]!r}")
        env = plain_environment(interpreter.env)
        self._queue = Queue(partial(ask, env=env, seconds=_ANSWER_WITHIN))
        self._asked = 0.0

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.begun

    def request(self, path: str, marks: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """What the agent is asked for."""
        wanted = {label: watch.wanted() for label, watch in self.watches.items()}
        self._ordered = wanted
        return {
            "load": parsl_loader.request(
                self.release,
                path=path,
                data=json.loads(json.dumps(self.document.data, default=str)),
                framework=parsl_loader.own_framework(self.release, self.interpreter.framework),
            ),
            "parent": os.getpid(),
            "jobs": self.jobs,
            "marks": list(marks),
            "hold": {label: max(1.0, count / _PROBES_A_SECOND) for label, count in wanted.items()},
            "keep": wanted,
        }

    def follow(self, session: Session, tell: Callable[[Sequence[Progress]], None]) -> None:
        """Hear the agent until every executor is done, the time is up, or the agent is gone."""
        while not all(watch.is_done(self.now) for watch in self.watches.values()):
            if self.now > self.seconds:
                self.late = True
                self._not_started(session)
                break
            if not all(self._take(event, session) for event in session.events(_TICK)):
                break
            self._ask_scheduler()
            for watch in self.watches.values():
                watch.consider(self.now)
            self._order(session)
            tell([watch.progress(self.now) for watch in self.watches.values()])

    def _not_started(self, session: Session) -> None:
        """The time is up, and Parsl has not even started."""
        if self.here is not None or self.problems:
            return
        why = _last_error(session)
        first = "mend that first, or " if why else ""
        told = f"Parsl did not start within {spoken(round(self.seconds))}{why}"
        self.problems.append(_grave(told, f"{first}give it more time (--timeout 15m)"))

    def _order(self, session: Session) -> None:
        """Say how many probes are wanted now, if that has changed."""
        wanted = {
            label: 0 if watch.is_done(self.now) else watch.wanted()
            for label, watch in self.watches.items()
        }
        if wanted != self._ordered:
            self._ordered = wanted
            session.keep(wanted)

    def _take(self, event: Mapping[str, Any], session: Session) -> bool:
        """Note one event; whether more can come."""
        kind, watch = event["event"], self.watches.get(event.get("label", ""))
        if kind == "refused":
            last = _last_error(session) if event["stage"] == "start" else ""
            self._refused(event["stage"], event["error"] + last)
        elif kind == "closed":
            if not self.problems:
                said = session.said().splitlines()
                self.problems.append(_grave(f"Parsl's process ended: {said[-1] if said else '?'}"))
            return False
        elif kind == "folder":
            self.run_dir = event["run_dir"]
        elif kind == "started":
            self.by, self.here = event["by"], event["here"]
            self._learn(event["here"], here=True)
        elif watch is not None:
            self._note(watch, kind, event)
        return True

    def _note(self, watch: Watch, kind: str, event: Mapping[str, Any]) -> None:
        if kind == "answer":
            if watch.answer(event["facts"], self.now):
                self._learn(event["facts"], here=False)
        elif kind == "jobs":
            for job in event["jobs"]:
                known = watch.jobs.get(job["id"])
                if known is None or not scheduler.jobs_of(watch.provider):
                    watch.jobs[job["id"]] = _as_parsl_says(job)
        elif kind == "failed":
            watch.failures.append(event["error"])
        elif kind == "unsubmitted":
            watch.refusals.append(event["error"])
        elif kind == "bad":
            watch.bad = event["error"]

    def _learn(self, facts: Mapping[str, Any], *, here: bool) -> None:
        """A node is known now: what was for the node to decide can be counted."""
        node = Node(cores=facts["machine_cores"], memory_gb=facts["memory_gb"])
        found = {one.label: one for one in explain(self.document, self.release, node).executors}
        for watch in self.watches.values():
            if watch.promised is None and (watch.provider in _HERE) == here:
                watch.promised = self._promise(found[watch.label])

    def _promise(self, one: Capacity) -> int | None:
        """The actions at a time that an executor promises with so many jobs at most."""
        blocks, total = one.blocks.reachable, one.concurrent_actions
        if self.jobs is None or not blocks or total is None or blocks <= self.jobs:
            return total
        return total // blocks * self.jobs

    def _refused(self, stage: str, error: str) -> None:
        what = "QIIME 2 does not load the file" if stage == "load" else "Parsl does not start"
        hint = "q2pconf validate says where and why" if stage == "load" else self._of_logs(error)
        self.problems.append(_grave(f"{what}: {error}", hint))

    def _of_logs(self, error: str) -> str | None:
        """What to do where the folder of Parsl's logs cannot be made."""
        if "Error: [Errno" not in error or f"'{self.logs}" not in error:
            return None
        return (
            f"Parsl cannot make its folder {self.logs} here: start QIIME 2 in a folder that you can"
            " write to, or let `run_dir` name one"
        )

    def _ask_scheduler(self) -> None:
        if self.now - self._asked < min(_ASK_EVERY, self.now / 5):
            return
        for watch in self.watches.values():
            self._queue.update(watch)
        # A scheduler that takes its time is asked less often.
        self._asked = self.now

    def examine(self) -> None:
        """Where jobs died, find out which Parsl they would have run."""
        run = partial(ask, env=self.interpreter.env, seconds=_INIT_WITHIN)
        for watch in self.watches.values():
            died = any(job.state == "over" for job in watch.jobs.values())
            if died and not watch.workers and self.stopped_by is None:
                watch.destination = destination(watch.worker_init, run)

    def conclude(self) -> None:
        """Judge every executor, before the jobs are cancelled and look as if they had died."""
        for watch in self.watches.values():
            if self.here is None and watch.promised != 0:
                continue  # nothing was started, and nothing of it is to be seen in the file
            self._judged[watch.label] = judge(
                watch, self.here or {}, self.run_dir,
                seconds=self.seconds, stopped=self.stopped_by is not None, late=self.late,
            )  # fmt: skip

    def sweep(self, session: Session) -> None:
        """See that no job of this run is left."""
        for watch in self.watches.values():
            self.problems += self._queue.sweep(watch, self.run_dir, finished=session.finished)

    def keep_log(self, session: Session) -> None:
        """What Parsl printed goes to its other logs."""
        self.run_dir = self.run_dir or session.run_dir
        text = session.said()
        if self.run_dir is not None and text:
            with suppress(OSError):
                Path(self.run_dir, "q2pconf-try.log").write_text(text + "\n", encoding="utf-8")

    def outcome(self) -> Outcome:
        """What was found, in all."""
        return Outcome(
            path=self.document.path,
            release=self.release,
            executors=tuple(self._tried(watch) for watch in self.watches.values()),
            run_dir=self.run_dir,
            by=self.by,
            here=self.here,
            seconds=self.now,
            problems=tuple(self.problems),
            stopped_by=self.stopped_by,
        )

    def _tried(self, watch: Watch) -> Tried:
        ran = [job.queued for job in watch.jobs.values() if job.state != "waiting"]
        waits = [seconds for seconds in ran if seconds is not None]
        return Tried(
            label=watch.label,
            class_name=watch.class_name,
            provider=watch.provider,
            promised=watch.promised,
            seen=watch.seen,
            first_answer=watch.first_answer,
            queued=max(waits, default=None),
            jobs=tuple(watch.jobs.values()),
            nodes=watch.nodes(),
            problems=self._judged.get(watch.label, ()),
        )


def _last_error(session: Session) -> str:
    """The last error that Parsl or what it starts has printed, as the rest of a sentence."""
    lines = [line.strip() for line in session.said().splitlines()]
    errors = [line for line in lines if re.match(r"[\w.]*(Error|Exception): ", line)]
    return f"; printed was: {errors[-1][:300]}" if errors else ""


def _grave(message: str, hint: str | None = None) -> Problem:
    return Problem(severity=Severity.ERROR, message=message, hint=hint)


def _worker_init(config: Config, executor: Table) -> str:
    provider = config.provider(executor)
    return (provider.text("worker_init") if provider is not None else None) or ""


def _clusters(config: Config, executor: Table) -> tuple[str, ...]:
    """Slurm's clusters that the file sends jobs to; the provider's own key comes last in the job
    script, and so it counts."""
    provider = config.provider(executor)
    if provider is None or provider.class_name != "SlurmProvider":
        return ("",)
    own = provider.text("clusters") if provider.has("clusters") else None
    given = of_slurm(provider.text("scheduler_options") or "").values.get("clusters")
    return tuple(name.strip() for name in (own or given or "").split(","))


def _as_parsl_says(job: Mapping[str, Any]) -> scheduler.JobState:
    word = job["state"] or ""
    waiting = word in ("PENDING", "HELD")
    over = word in ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "MISSING", "SCALED_IN")
    state = "waiting" if waiting else "over" if over else "running" if word == "RUNNING" else None
    return scheduler.JobState(id=job["id"], state=state or "unknown")  # type: ignore[arg-type]
