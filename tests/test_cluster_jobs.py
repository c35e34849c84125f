"""cluster.jobs: what squeue and qstat say of jobs, and what is done where they say nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from q2pconf.cluster import Answer
from q2pconf.cluster.asking import plain_environment
from q2pconf.cluster.jobs import JobState, cancel, jobs_of, left_behind, states

FAILED = Answer(trouble="stopped with exit code 1: no", err="slurm_load_jobs error: no")

SQUEUE = """\
101|PENDING|2026-11-21T10:00:00|N/A|PartitionTimeLimit
102|RUNNING|2026-11-21T10:00:00|2026-11-21T10:01:30|None
103|COMPLETED|2026-11-21T10:00:00|2026-11-21T10:00:05|None
104|PENDING|2026-11-21T10:00:00|2026-11-21T12:00:00|Resources
105|PENDING|2026-11-21T10:00:00|N/A|None
106|NODE_FAIL|2026-11-21T10:00:00|2026-11-21T10:00:00|NodeDown
slurm_load_jobs: a warning that is no row
"""

QSTAT = """\
Job Id: 7.server.example.org
    Job_Name = parsl.default.block-0
    job_state = Q
    queue = workq
    qtime = Sat Nov 21 10:00:00 2026
    comment = Not Running: Insufficient amount of resource: ncpus (R: 128 A: 3
\t2 T: 64)
    Error_Path = node:/home/alice/runinfo/000/submit_scripts/parsl.default.block
\t-0.stderr
Job Id: 8.server.example.org
    job_state = R
    qtime = Sat Nov 21 10:00:00 2026
    stime = Sat Nov 21 10:02:00 2026
    Error_Path = node:/home/alice/runinfo/0001/submit_scripts/x.stderr
Job Id: 9.server.example.org
    job_state = F
    Error_Path = node:/home/alice/runinfo/000/submit_scripts/y.stderr
"""


def says(out: str = "", err: str = "", trouble: str | None = None) -> Callable[..., Answer]:
    return lambda command: Answer(out=out, err=err, trouble=trouble)


def test_slurm() -> None:
    found = states("SlurmProvider", [str(number) for number in range(101, 108)], says(SQUEUE))
    assert found is not None
    words = {job: (one.state, one.reason) for job, one in found.items()}
    assert words == {
        "101": ("waiting", "PartitionTimeLimit"),
        "102": ("running", None),
        "103": ("over", None),
        "104": ("waiting", "Resources"),
        "105": ("waiting", None),
        "106": ("over", None),
        "107": ("over", None),
    }
    assert found["102"].queued == 90
    assert found["104"].expected == "2026-11-21T12:00:00"
    assert "more time than the partition allows" in str(found["101"].hopeless)
    assert found["104"].hopeless is None


def test_how_long_a_job_has_been_waiting() -> None:
    sent = (datetime.now() - timedelta(minutes=5)).isoformat(timespec="seconds")
    found = states("SlurmProvider", ["1"], says(f"1|PENDING|{sent}|N/A|Priority"))
    assert found is not None
    assert found["1"].queued == pytest.approx(300, abs=30)


def test_clock_of_the_scheduler_may_be_ahead() -> None:
    found = states("SlurmProvider", ["1"], says("1|PENDING|2999-01-01T00:00:00|N/A|Priority"))
    assert found == {"1": JobState(id="1", state="waiting", reason="Priority", queued=0.0)}


def test_reason_that_a_running_job_keeps_is_not_told() -> None:
    assert JobState(id="1", state="running", reason="PartitionDown").hopeless is None


def test_pbs() -> None:
    found = states("PBSProProvider", ["7.server", "8.server.example.org", "9", "10"], says(QSTAT))
    assert found is not None
    assert {job: one.state for job, one in found.items()} == {
        "7.server": "waiting",
        "8.server.example.org": "running",
        "9": "over",
        "10": "over",
    }
    assert found["7.server"].id == "7.server"
    reason = "Not Running: Insufficient amount of resource: ncpus (R: 128 A: 32 T: 64)"
    assert found["7.server"].reason == reason
    assert found["8.server.example.org"].queued == 120


@pytest.mark.parametrize("provider", ["PBSProProvider", "TorqueProvider"])
def test_pbs_where_one_job_or_all_are_over(provider: str) -> None:
    some = says(QSTAT, "qstat: Unknown Job Id 5.server", "stopped with exit code 153")
    found = states(provider, ["5.server", "7.server"], some)
    assert found is not None
    assert (found["5.server"].state, found["7.server"].state) == ("over", "waiting")
    for said in ("qstat: Unknown Job Id Error 5.server", "qstat: 5 Job has finished, use -x"):
        gone = states(provider, ["5.server"], says("", said, "stopped with exit code 35"))
        assert gone == {"5.server": JobState(id="5.server", state="over")}


@pytest.mark.parametrize("provider", ["SlurmProvider", "PBSProProvider", "TorqueProvider"])
def test_no_answer_is_not_that_jobs_are_over(provider: str) -> None:
    assert states(provider, ["1"], lambda _: FAILED) is None
    assert left_behind(provider, "/run", lambda _: FAILED) == ()


@pytest.mark.parametrize("provider", [None, "LocalProvider", "LSFProvider", "Nonsense"])
def test_what_is_not_asked(provider: str | None) -> None:
    def run(command: Sequence[str]) -> Answer:
        raise AssertionError(command)

    assert not jobs_of(provider)
    assert states(provider, ["1"], run) is None
    assert left_behind(provider, "/run", run) == ()
    assert states("SlurmProvider", [], run) is None


def test_jobs_of_a_folder_in_slurm() -> None:
    rows = "1|/w/runinfo/000/submit_scripts/a\n2|/w/runinfo/0001/submit_scripts/b\n3|sleep\n4\n"
    assert left_behind("SlurmProvider", "/w/runinfo/000", says(rows)) == ("1",)


def test_jobs_of_a_folder_in_pbs() -> None:
    found = left_behind("PBSProProvider", "/home/alice/runinfo/000", says(QSTAT))
    assert found == ("7.server.example.org",)


@pytest.mark.parametrize(
    ("provider", "command"),
    [
        ("SlurmProvider", ("scancel", "1", "2")),
        ("PBSProProvider", ("qdel", "1", "2")),
        ("LSFProvider", ("bkill", "1", "2")),
        ("CondorProvider", ("condor_rm", "1", "2")),
        ("LocalProvider", ()),
        (None, ()),
    ],
)
def test_cancel(provider: str | None, command: tuple[str, ...]) -> None:
    asked: list[Sequence[str]] = []

    def run(words: Sequence[str]) -> Answer:
        asked.append(words)
        return Answer()

    assert cancel(provider, iter(["1", "2"]), run) == command
    assert asked == ([command] if command else [])
    assert cancel(provider, [], run) == ()


def test_variables_that_hide_jobs_are_left_out() -> None:
    hiding = {"SQUEUE_PARTITION": "x", "SCANCEL_STATE": "PENDING", "SLURM_TIME_FORMAT": "relative"}
    assert plain_environment({**hiding, "SLURM_CONF": "/c"}) == {"SLURM_CONF": "/c", "LC_ALL": "C"}
