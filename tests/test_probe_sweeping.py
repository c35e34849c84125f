"""probe.sweeping: what the scheduler says of a run's jobs, and what is left of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from q2pconf.cluster import Answer
from q2pconf.cluster.jobs import JobState
from q2pconf.document import Document
from q2pconf.findings import Severity
from q2pconf.interpreters import Interpreter
from q2pconf.probe import sweeping
from q2pconf.probe.sweeping import Queue
from q2pconf.probe.trial import Trial
from q2pconf.probe.watching import Watch
from q2pconf.releases import find

MISSING = Answer(trouble="cannot be started: No such file or directory")
RUN = "/home/alice/runinfo/000"


class Slurm:
    """Clusters with jobs: a name ("" is the own one), and job → path of its script."""

    def __init__(self, clusters: dict[str, dict[str, str]], missing: Sequence[str] = ()) -> None:
        self.clusters, self.missing = clusters, missing
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, command: Sequence[str]) -> Answer:
        self.asked.append(tuple(command))
        if command[0] in self.missing:
            return MISSING
        named = [word.partition("=")[2] for word in command if word.startswith("--clusters=")]
        jobs = self.clusters.get(named[0] if named else "", {})
        if command[0] == "scancel":
            for job in [word for word in command[1:] if word.isdigit()]:
                jobs.pop(job, None)
            return Answer()
        rows = [f"CLUSTER: {named[0]}"] if named else []
        if any("%T" in word for word in command):
            rows += [f"{job}|RUNNING|2026-11-21T10:00:00|N/A|None" for job in jobs]
        else:
            rows += [f"{job}|{script}" for job, script in jobs.items()]
        return Answer(out="\n".join(rows))


def watch(*jobs: str, clusters: tuple[str, ...] = ("",), **more: Any) -> Watch:
    states = {job: JobState(id=job, state="waiting") for job in jobs}
    settings = {"label": "default", "class_name": "HighThroughputExecutor", "promised": 1}
    return Watch(
        **{"provider": "SlurmProvider", "jobs": states, "clusters": clusters, **settings, **more}
    )


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_GONE_WITHIN", 0.1)
    monkeypatch.setattr(sweeping, "_TICK", 0.01)


def test_jobs_on_another_cluster_are_seen_and_cancelled_there() -> None:
    slurm = Slurm({"": {"7": "/elsewhere"}, "big": {"7": f"{RUN}/x"}})
    one = watch("7", clusters=("big",))
    queue = Queue(slurm)
    queue.update(one)
    assert one.jobs["7"].state == "running"
    assert queue.sweep(one, RUN, finished=False) == []
    assert slurm.clusters == {"": {"7": "/elsewhere"}, "big": {}}


def test_of_several_clusters_only_the_own_job_is_cancelled() -> None:
    """Both count their jobs from 1."""
    slurm = Slurm({"a": {"7": "/elsewhere"}, "b": {"7": f"{RUN}/submit_scripts/x", "8": "/else"}})
    one = watch("7", clusters=("a", "b"))
    queue = Queue(slurm)
    queue.update(one)
    assert queue.sweep(one, RUN, finished=False) == []
    assert slurm.clusters == {"a": {"7": "/elsewhere"}, "b": {"8": "/else"}}


def test_a_job_that_none_of_the_clusters_has_is_over() -> None:
    one = watch("7", clusters=("a", "b"))
    Queue(Slurm({})).update(one)
    assert one.jobs["7"].state == "over"


def test_where_squeue_is_missing_nothing_is_known() -> None:
    one = watch("7", "8")
    one.jobs["8"] = JobState(id="8", state="over")
    Queue(Slurm({"": {"7": ""}}, ["squeue"])).update(one)
    assert {job: state.state for job, state in one.jobs.items()} == {"7": "unknown", "8": "over"}
    assert one.unasked == "squeue cannot be started: No such file or directory"
    Queue(Slurm({"": {"7": ""}})).update(one)
    assert one.jobs["7"].state == "running"
    assert not one.unasked


@pytest.mark.parametrize(
    ("missing", "severity", "said"),
    [
        (["squeue"], Severity.WARNING, "1 job was cancelled, but not seen to end: squeue cannot"),
        (["squeue", "scancel"], Severity.ERROR, "1 job may be left: squeue cannot be started"),
        (["scancel"], Severity.ERROR, "1 job could not be cancelled"),
    ],
)
def test_what_may_be_left(missing: list[str], severity: Severity, said: str) -> None:
    queue = Queue(Slurm({"": {"7": f"{RUN}/x"}}, missing))
    (problem,) = queue.sweep(watch("7"), RUN, finished=True)
    assert problem.severity is severity
    assert problem.message.startswith(said)
    assert str(problem.hint).endswith("scancel 7")


def test_a_scheduler_that_is_busy_is_asked_again() -> None:
    slurm = Slurm({"": {"7": f"{RUN}/x"}}, ["squeue"])

    def run(command: Sequence[str]) -> Answer:
        answer = slurm(command)
        slurm.missing = ()
        return answer

    assert Queue(run).sweep(watch("7"), RUN, finished=True) == []
    assert slurm.clusters == {"": {}}


def test_clusters_that_a_file_names() -> None:
    text = (
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\n'
        '[parsl.executors.provider]\nclass = "SlurmProvider"\n'
    )
    python = Interpreter(program="x", env={}, framework=None, parsl="2026.2.23", prefix=None)
    cases = {
        "": ("",),
        'clusters = "big"': ("big",),
        'clusters = "a, b"': ("a", "b"),
        'scheduler_options = "#SBATCH -M a"': ("a",),
        'scheduler_options = "#SBATCH --clusters=a,b"': ("a", "b"),
        'scheduler_options = "#SBATCH -M a"\nclusters = "b"': ("b",),
    }
    for line, clusters in cases.items():
        trial = Trial(Document(text=text + line), find("2026.4"), python, 1.0, None, ())
        assert trial.watches["default"].clusters == clusters, line
