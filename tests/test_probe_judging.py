"""probe.judging: what is said of workers that are not what QIIME 2 needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from q2pconf.cluster.jobs import JobState
from q2pconf.findings import Severity
from q2pconf.probe.facts import Problem
from q2pconf.probe.judging import judge
from q2pconf.probe.postmortem import Destination
from q2pconf.probe.watching import Watch

HERE = {
    "parsl": "2026.2.23",
    "python": "3.12.4",
    "framework": "rachis 2026.4.0",
    "prefix": "/envs/q2",
    "folder": "/home/alice",
    "temporary": {"path": "/tmp", "trouble": None, "free_gb": 50.0},
    "marks": [True, True],
}
THERE = {
    **HERE,
    "node": "n1",
    "worker": "n1:1",
    "job": "7",
    "started": 0.0,
    "ended": 1.0,
    "received": 1.0,
    "folder_writable": True,
}
MISMATCH = (
    "Task failure due to loss: Manager version info py.v=3.10 parsl.v=2024.04.15"
    " does not match interchange version info py.v=3.12 parsl.v=2026.02.23"
)
REFUSED = "Failed to start block 0: sbatch: error: invalid partition specified: x"


def watch(**more: Any) -> Watch:
    told: dict[str, Any] = {
        "label": "default",
        "class_name": "HighThroughputExecutor",
        "provider": "SlurmProvider",
        "promised": 1,
    }
    return Watch(**{**told, **more})


def answered(**facts: Any) -> Watch:
    one = watch()
    one.answer({**THERE, **facts}, 1.0)
    return one


def waiting(reason: str | None = None) -> dict[str, JobState]:
    return {"7": JobState(id="7", state="waiting", reason=reason)}


RUNNING = {"7": JobState(id="7", state="running")}
OVER = {"7": JobState(id="7", state="over")}


def judged(one: Watch, here: Any = HERE, **more: Any) -> tuple[Problem, ...]:
    told: dict[str, Any] = {"seconds": 60, "stopped": False, "late": False, **more}
    return judge(one, here, told.pop("run_dir", None), **told)


def text(problems: tuple[Problem, ...]) -> str:
    return "\n".join(f"{one.severity.value}: {one.message} ({one.hint})" for one in problems)


def test_nothing_is_wrong() -> None:
    assert judged(answered()) == ()
    assert judged(answered(), late=True) == ()


@pytest.mark.parametrize(
    ("one", "late", "said"),
    [
        (watch(bad=MISMATCH), False, "error: the jobs run Parsl 2024.4.15 on Python 3.10, but QII"),
        (watch(failures=[MISMATCH]), False, "is started with Parsl 2026.2.23 on Python 3.12: Pars"),
        (watch(bad=MISMATCH), False, "let `worker_init` activate the environment from which QIIM"),
        (watch(promised=0), False, "error: it never starts a job or a worker, so actions would w"),
        (watch(refusals=[REFUSED]), False, "error: the scheduler does not take the jobs: "),
        (
            watch(refusals=[REFUSED], provider="LocalProvider"),
            False,
            "error: the job does not start",
        ),
        (watch(failures=["OSError: full"]), False, "error: Parsl could not run anything: OSError"),
        (
            watch(jobs=waiting("PartitionDown")),
            False,
            "error: job 7 will never start: the partition is closed (`partition`)",
        ),
        (watch(jobs=OVER, given_up=True), False, "error: job 7 ended before a worker could take"),
        (watch(jobs=OVER, given_up=True), False, "(the job printed nothing: see whether a comman"),
        (
            watch(jobs=OVER, given_up=True, destination=Destination()),
            False,
            "(the job does not get into the environment of QIIME 2: mend `worker_init`",
        ),
        (
            watch(
                jobs=OVER,
                given_up=True,
                destination=Destination(parsl="2024.4.15", python="3.12.1", prefix="/envs/old"),
            ),
            False,
            "error: the jobs run Parsl 2024.4.15 on Python 3.12.1 (/envs/old), but QIIME 2 is",
        ),
        (
            watch(jobs=waiting("Priority")),
            True,
            "error: no worker answered within 1 minute: 1 job is still waiting in the queue (Prio",
        ),
        (watch(jobs=RUNNING), True, "within 1 minute, though 1 job is running (if `worker_init` "),
        (watch(), True, "error: no worker answered within 1 minute (give it more time"),
        (
            watch(jobs=OVER, bad="TooManyJobFailuresError: Error 1:\n\tEXIT CODE: 0\n"),
            False,
            "error: job 7 (exit code 0) ended before a worker could take an action (the job print",
        ),
        (
            watch(jobs={"7": JobState(id="7")}, unasked="squeue cannot be started: No such file"),
            True,
            "what became of 1 job is not known: squeue cannot be started: No such file (the comm",
        ),
        (
            watch(refusals=["Failed to start: recode=1, stdout=, stderr=sbatch: error: no x"]),
            False,
            "error: the scheduler does not take the jobs: sbatch: error: no x (q2pconf explain",
        ),
    ],
)
def test_what_is_wrong(one: Watch, late: bool, said: str) -> None:
    (problem,) = judged(one, late=late)
    assert problem.severity is Severity.ERROR
    assert said in text((problem,))


@pytest.mark.parametrize(
    ("here", "advice"),
    [("no such folder", "set TMPDIR, before you start QIIME 2"), (None, "let `worker_init` set")],
)
def test_no_temporary_files(here: str | None, advice: str) -> None:
    """Where it is so on this machine too, worker_init alone does not help QIIME 2."""
    there = {"path": "/scratch", "trouble": "no such folder", "free_gb": None}
    own = {**HERE, "temporary": {**there, "trouble": here}}
    (problem,) = judged(answered(temporary=there), own)
    assert str(problem.hint).startswith(advice)


def test_last_number_of_python_does_not_matter() -> None:
    same = Destination(parsl="2026.2.23", python="3.12.9", prefix="/envs/q2")
    found = judged(watch(jobs=OVER, given_up=True, destination=same))
    assert "ended before a worker" in text(found)


def test_fewer_than_promised_is_a_warning() -> None:
    one = answered()
    one.promised = 3
    one.jobs = waiting("Resources")
    assert judged(one) == ()
    (problem,) = judged(one, late=True)
    assert problem.severity is Severity.WARNING
    assert "1 of 3 actions at a time were seen within 1 minute; 1 job is still w" in problem.message


def test_last_words_of_a_job(tmp_path: Path) -> None:
    scripts = tmp_path / "submit_scripts"
    scripts.mkdir()
    (scripts / "parsl.default.block-0.1.stderr").write_text("a\nmodule: not found\n")
    (scripts / "parsl.default.2.block-0.1.stderr").write_text("of another executor")
    (scripts / "parsl.other.block-0.1.stderr").write_text("of another executor")
    one = watch(jobs=OVER, given_up=True)
    found = text(judged(one, run_dir=str(tmp_path)))
    assert "could take an action: a / module: not found (look into Parsl's folder" in found
    assert "another" not in found
    (scripts / "parsl.default.block-0.1.stderr").write_text("\n")
    own = "Found cores : 4\nLaunching worker: 1\n"
    (scripts / "parsl.default.block-0.1.stdout").write_text(own)
    assert "take an action (the job printed nothing: " in text(judged(one, run_dir=str(tmp_path)))
    (scripts / "parsl.default.block-0.1.stdout").write_text(f"{own}no licence\n")
    found = text(judged(one, run_dir=str(tmp_path)))
    assert "take an action: no licence (the job printed no error: see whether a command" in found


@pytest.mark.parametrize(
    ("facts", "severity", "said"),
    [
        ({"framework": None}, "error", "n1: rachis 2026.4.0 is not installed in /envs/q2, which"),
        ({"framework": "qiime2 2024.5.0"}, "error", "n1: the jobs have qiime2 2024.5.0, but QIIM"),
        ({"prefix": "/envs/twin"}, "warning", "n1: the jobs run in /envs/twin, QIIME 2 is starte"),
        (
            {"temporary": {"path": "/x", "trouble": "TMPDIR is /x, …", "free_gb": None}},
            "error",
            "n1: no temporary file can be written: TMPDIR is /x, …",
        ),
        (
            {"temporary": {"path": "/x", "trouble": None, "free_gb": 0.5}},
            "warning",
            "n1: /x, for temporary files, has only 0.5 GB free",
        ),
        ({"folder_writable": False}, "warning", "n1: actions run in /home/alice, where they may n"),
        ({"marks": [False, False]}, "error", "n1: the folder /home/alice, in which QIIME 2 is sta"),
        ({"marks": [True, False]}, "warning", "n1: the temporary folder /tmp of this machine is n"),
    ],
)
def test_nodes_that_differ(facts: dict[str, Any], severity: str, said: str) -> None:
    (problem,) = judged(answered(**facts))
    assert problem.severity.value == severity
    assert problem.message.startswith(said)


def test_marks_that_could_not_be_written_here_say_nothing() -> None:
    assert judged(answered(marks=[False, False]), {**HERE, "marks": [False, False]}) == ()


def test_same_on_many_nodes_is_said_once() -> None:
    one = watch(promised=3)
    for node in ("n1", "n2", "n3"):
        worker = f"{node}:1"
        one.answer({**THERE, "node": node, "worker": worker, "framework": None}, 1.0)
    assert len(judged(one)) == 1


def test_gravest_first() -> None:
    found = judged(answered(folder_writable=False, framework=None))
    assert [one.severity.value for one in found] == ["error", "warning"]


def test_failures_beside_answers_are_a_warning() -> None:
    one = answered()
    one.failures.append("ManagerLost: node n2 is gone\nmore")
    (problem,) = judged(one)
    assert problem.severity is Severity.WARNING
    assert problem.message == "some probes failed: ManagerLost: node n2 is gone"
    assert judged(one, stopped=True) == ()
