"""render.trial: the table of a run of probes, its JSON, and the line while it goes on."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from q2pconf import releases
from q2pconf.cluster.jobs import JobState
from q2pconf.findings import Severity
from q2pconf.probe import Outcome, Problem, Progress, SeenNode, Tried
from q2pconf.render.terminal import style
from q2pconf.render.trial import as_json, as_text, progress_line

PLAIN = style("never", os.environ, is_terminal=False)
RELEASE = releases.choose("2026.4", {}, [])
FACTS = {
    "cores": 16,
    "machine_cores": 16,
    "told_cores": 4,
    "memory_gb": 64.0,
    "python": "3.12.4",
    "parsl": "2026.2.23",
    "framework": "rachis 2026.4.0",
    "prefix": "/envs/q2",
    "folder": "/home/alice",
    "temporary": {"path": "/scratch", "trouble": None, "free_gb": 100.0},
    "marks": [True, False],
}
DEAD = Problem(severity=Severity.ERROR, message="job 7 ended", hint="mend `worker_init`")


def node(name: str = "n1", **facts: Any) -> SeenNode:
    return SeenNode(name=name, jobs=("7",), workers=2, facts={**FACTS, **facts})


def tried(**more: Any) -> Tried:
    told: dict[str, Any] = {
        "label": "default",
        "class_name": "HighThroughputExecutor",
        "provider": "SlurmProvider",
        "promised": 2,
        "seen": 2,
        "first_answer": 4.21,
        "queued": 90.0,
        "jobs": (JobState(id="7", state="running", queued=90.0),),
        "nodes": (node(),),
        "problems": (),
    }
    return Tried(**{**told, **more})


def outcome(*executors: Tried, **more: Any) -> Outcome:
    told: dict[str, Any] = {"path": "f.toml", "release": RELEASE, "here": FACTS, "seconds": 12.3}
    return Outcome(**{**told, "executors": executors, "run_dir": "/w/runinfo/000", **more})


def test_table() -> None:
    assert as_text(outcome(tried(), by="rachis 2026.4.0"), PLAIN) == (
        "f.toml for QIIME 2 2026.4 (Parsl 2026.2.23), loaded by rachis 2026.4.0\n"
        "\n"
        "default: HighThroughputExecutor on SlurmProvider\n"
        "  actions at a time   2 of 2\n"
        "  first answer        after 4.2 s\n"
        "  in the queue        up to 1 minute 30 seconds\n"
        "  n1 (job 7): 2 workers, 4 of 16 cores, 64 GB, Python 3.12.4, Parsl 2026.2.23,"
        " rachis 2026.4.0, in /envs/q2, /scratch with 100 GB free\n"
        "\n"
        "Parsl's logs: /w/runinfo/000\n"
        "ok: 1 executor answered, 12 seconds\n"
    )


def test_what_is_wrong() -> None:
    dead = tried(seen=0, first_answer=None, queued=None, nodes=(), problems=(DEAD,))
    shown = as_text(outcome(dead), PLAIN)
    assert "  error: job 7 ended\n    do this: mend `worker_init`\n" in shown
    assert shown.endswith("no answer from default, 12 seconds\n")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (outcome(tried(problems=(DEAD,))), "this file does not work, 12 seconds\n"),
        (outcome(tried(), stopped_by=2), "stopped after 12 seconds; all jobs are cancelled\n"),
        (outcome(tried(), stopped_by=2, problems=(DEAD,)), "stopped after 12 seconds\n"),
        (outcome(tried(), problems=(DEAD,)), "the workers answered, but see the error above, 12 "),
        (outcome(tried(seen=0), here=None, problems=(DEAD,)), "this file does not work, 12 secon"),
    ],
)
def test_verdict(found: Outcome, said: str) -> None:
    assert said in as_text(found, PLAIN)


def test_what_was_not_started_has_no_table() -> None:
    shown = as_text(outcome(tried(seen=0, nodes=()), here=None, problems=(DEAD,)), PLAIN)
    assert "actions at a time" not in shown


def test_space_of_a_folder_where_nothing_can_be_written_is_not_told() -> None:
    temporary = {"path": "/none", "trouble": "no", "free_gb": 5.0}
    assert "/none" not in as_text(outcome(tried(nodes=(node(temporary=temporary),))), PLAIN)


def test_many_nodes() -> None:
    nodes = tuple(node(f"n{number}") for number in range(20))
    shown = as_text(outcome(tried(nodes=nodes)), PLAIN)
    assert "n7 (job 7)" in shown
    assert "n8 (job 7)" not in shown
    assert "… and 12 nodes more (--format json)" in shown
    assert len(json.loads(as_json(outcome(tried(nodes=nodes))))["executors"][0]["nodes"]) == 20


def test_escape_codes_from_outside_stay_outside() -> None:
    bad = "\x1b[2J"
    problem = Problem(severity=Severity.ERROR, message=bad, hint=bad)
    one = tried(label=bad, nodes=(node(bad),), problems=(problem,))
    assert "\x1b" not in as_text(outcome(one, path=bad, run_dir=bad), PLAIN)
    progress = Progress(label=bad, promised=1, seen=0, since=0.0, done=False, jobs=())
    assert "\x1b" not in progress_line([progress])


def test_json() -> None:
    told = json.loads(as_json(outcome(tried(problems=(DEAD,)))))
    assert told["ok"] is False
    (one,) = told["executors"]
    assert one["problems"] == [
        {"severity": "error", "message": "job 7 ended", "hint": "mend `worker_init`"}
    ]
    assert one["jobs"][0]["state"] == "running"
    (there,) = one["nodes"]
    assert (there["cores"], there["told_cores"], there["jobs"]) == (16, 4, ["7"])
    assert there["shared"] == {"working_folder": True, "temporary_folder": False}


def progress(*jobs: JobState, **more: Any) -> Progress:
    told: dict[str, Any] = {"label": "default", "promised": 300, "seen": 24, "since": 9.0}
    return Progress(**{**told, "done": False, "jobs": jobs, **more})


WAITING = JobState(id="2", state="waiting", reason="Priority", queued=120.0)


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (progress(), "default: 24 of 300 at a time"),
        (progress(promised=None), "default: 24 at a time"),
        (
            progress(JobState(id="1", state="running"), WAITING),
            "default: 24 of 300 at a time, 1 job runs, 1 job waits (Priority, for 2 minutes)",
        ),
        (
            progress(WAITING, JobState(id="3", state="waiting")),
            "default: 24 of 300 at a time, 2 jobs wait (Priority, for 2 minutes)",
        ),
        (progress(WAITING, done=True), "default: 24 of 300 at a time"),
    ],
)
def test_line(one: Progress, line: str) -> None:
    assert progress_line([one]) == line
    assert progress_line([one, one]) == f"{line}; {line}"


def test_line_may_be_cut_off_at_its_end() -> None:
    first, last = progress(label="a", done=True), progress(label="b")
    assert progress_line([first, last]).startswith("b: ")
