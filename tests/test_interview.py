"""The wizard's questions in their order, answered through a terminal's own input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from q2pconf import interview, presets, prompts
from q2pconf.cluster import Cluster, Queue, Shape
from q2pconf.host import CpuCount, Limit
from q2pconf.interview import Interview
from q2pconf.wizard import Surroundings

ENTER, DOWN, UP, CTRL_C = "\r", "\x1b[B", "\x1b[A", "\x03"
NO, YES = "n", "y"

EIGHT = Limit(source="psutil", count=8, detail="8 CPUs in this machine")
NODES = (Shape(cores=16, memory_gb=64.0, gpus=0, count=2),)
SHORT = Queue(name="short", default=True, max_walltime_seconds=3600, shapes=NODES)
LONG = Queue(name="long", max_walltime_seconds=48 * 3600, shapes=NODES)
CLOSED = Queue(name="closed", trouble="it is down", shapes=NODES)
SLURM = Cluster(scheduler="slurm", queues=(SHORT, LONG, CLOSED))

ALONE = Surroundings(
    env={}, cpus=CpuCount(count=8, source="psutil", detail=EIGHT.detail, considered=(EIGHT,))
)
CLUSTER = replace(ALONE, cluster=SLURM)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[PipeInput]:
    """A keyboard, and a screen that nobody looks at."""
    monkeypatch.setenv("TERM", "xterm")
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield pipe


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said between the questions."""
    words: list[str] = []
    monkeypatch.setattr(prompts, "tell", lambda text, *_, **__: words.append(text))
    return words


def press(keys: PipeInput, typed: str) -> None:
    """Type this and nothing more: a question too many ends as Ctrl-D does, and never waits."""
    keys.send_text(typed)
    keys.close()


def talk(
    preset: str = "slurm",
    here: Surroundings = CLUSTER,
    known: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Interview:
    return Interview(
        chosen=replace(presets.find(preset), **changes),
        here=here,
        known=known or {},
        labels=("tpool", "default"),
    )


def test_all_defaults_keep_to_the_limits(keys: PipeInput) -> None:
    press(keys, ENTER * 8)
    assert talk().answers({}) == {
        "partition": "short", "cpus": "4", "memory": "16GB", "walltime": "1h", "actions": "4",
        "account": None, "environment": None,
    }  # fmt: skip


def test_defaults_without_a_known_limit(keys: PipeInput) -> None:
    press(keys, ENTER * 8)
    found = talk(here=ALONE).answers({})
    assert (found["partition"], found["walltime"]) == (None, "24h")


@pytest.mark.parametrize(("preset", "count"), [("slurm", 8), ("pbs", 8), ("local", 5)])
def test_what_is_given_is_not_asked(keys: PipeInput, preset: str, count: int) -> None:
    given = {"cpus": "2", "actions": "3"}
    press(keys, ENTER * (count - 2))
    found = talk(preset, ALONE).answers(given)
    assert found.items() >= given.items()


def test_every_answer_typed(keys: PipeInput) -> None:
    main = (DOWN, "12", "60 GB", "1-12:00", "25", "lab", "q2")
    rare = ("high" + ENTER, YES, "dada2.denoise_single a.b=default" + ENTER)
    press(keys, "".join(word + ENTER for word in main) + YES + "".join(rare))
    assert talk().answers({}) == {
        "partition": "long", "cpus": "12", "memory": "60 GB", "walltime": "1-12:00",
        "actions": "25", "account": "lab", "environment": "q2", "qos": "high", "exclusive": True,
        "map": ["dada2.denoise_single=tpool", "a.b=default"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "wrong", "reason"),
    [
        ([], "0", "whole number"),
        (["2"], "much", "'much'"),
        (["2", "8GB"], "5x", "write for example 24h"),
        (["2", "8GB", "30m"], "many", "whole number"),
        (["2", "8GB", "30m", "1"], "my lab", "without blanks"),
    ],
)
def test_nonsense_is_refused_with_a_reason(
    keys: PipeInput, told: list[str], before: list[str], wrong: str, reason: str
) -> None:
    keys.send_text("".join(word + ENTER for word in ["", *before, wrong]) + CTRL_C)
    with pytest.raises(KeyboardInterrupt):
        talk().answers({})
    assert reason in told[-1]


def test_an_unknown_executor_is_refused(keys: PipeInput, told: list[str]) -> None:
    keys.send_text(ENTER * 7 + YES + ENTER + NO + "a.b=c" + ENTER + CTRL_C)
    with pytest.raises(KeyboardInterrupt):
        talk().answers({})
    assert told[-1] == "there is no executor c; there are tpool, default"


@pytest.mark.parametrize(
    ("before", "beyond", "reason"),
    [
        ([], "17", "17 cores are more than the 16 of any node of short"),
        (["2"], "65GB", "65 GB are more than the 64 GB of any node of short"),
        (["2", "8GB"], "24h", "a walltime of 1 day is more than the 1 hour that short allows"),
    ],
)
@pytest.mark.parametrize("insists", [True, False])
def test_what_is_beyond_a_limit_is_questioned(
    keys: PipeInput, told: list[str], before: list[str], beyond: str, reason: str, insists: bool
) -> None:
    main = "".join(word + ENTER for word in ["", *before, beyond])
    press(keys, main + (YES if insists else NO + ENTER) + ENTER * 7)
    found = talk().answers({})
    assert reason in told
    assert (beyond in found.values()) is insists
    assert told.count(reason) == 1


def test_an_option_beyond_a_limit_is_told_and_blamed_on_nothing_else(
    keys: PipeInput, told: list[str]
) -> None:
    press(keys, DOWN + ENTER + YES + ENTER * 6)
    found = talk().answers({"memory": "128GB"})
    assert found["memory"] == "128GB"
    reason = "128 GB are more than the 64 GB of any node of"
    assert [words for words in told if "128" in words] == [
        f"note: {reason} short",
        f"{reason} long",
    ]


def test_values_of_a_file_are_suggested(keys: PipeInput) -> None:
    known = {
        "partition": "long", "cpus": 6, "memory": "24GB", "walltime": "36:00:00", "actions": 10,
        "account": "lab", "qos": "high", "exclusive": True,
    }  # fmt: skip
    press(keys, ENTER * 7 + YES + ENTER * 3)
    assert talk(known=known).answers({}) == {
        "partition": "long", "cpus": "6", "memory": "24GB", "walltime": "36h", "actions": "10",
        "account": "lab", "environment": None, "qos": "high", "exclusive": True, "map": None,
    }  # fmt: skip


@pytest.mark.parametrize("value", [True, False])
def test_yes_and_no_of_a_file_are_suggested(keys: PipeInput, value: bool) -> None:
    press(keys, ENTER * 7 + YES + ENTER * 3)
    assert talk(known={"exclusive": value}).answers({})["exclusive"] is value


def test_commands_of_a_file_stay(keys: PipeInput) -> None:
    here = replace(CLUSTER, env={"CONDA_PREFIX": "/envs/q2"})
    press(keys, ENTER * 8)
    found = talk(here=here, known={"worker_init": "module load q2"}).answers({})
    assert "environment" not in found


def test_the_active_environment_is_suggested(keys: PipeInput) -> None:
    here = replace(CLUSTER, env={"CONDA_PREFIX": "/envs/q2"})
    press(keys, ENTER * 8)
    assert talk(here=here).answers({})["environment"] == "/envs/q2"


def test_choices_of_a_preset_are_always_asked(keys: PipeInput) -> None:
    press(keys, ENTER * 7 + DOWN + ENTER + NO)
    found = talk(choices={"qos": ("low", "high")}).answers({})
    assert found["qos"] == "high"
    assert "exclusive" not in found


def test_fixed_answers_are_not_asked(keys: PipeInput) -> None:
    press(keys, ENTER * 7)
    assert "partition" not in talk(fixed={"partition": "long"}).answers({})


def test_here_actions_follow_from_cpus(keys: PipeInput) -> None:
    press(keys, "8" + ENTER + "2" + ENTER * 4)
    assert talk("local", ALONE).answers({}) == {
        "max_cpus": "8", "cpus": "2", "memory": None, "actions": "4"
    }  # fmt: skip


@pytest.mark.parametrize("count", range(9))
def test_stopped_at_any_question(keys: PipeInput, count: int) -> None:
    keys.send_text(ENTER * min(count, 7) + (YES if count == 8 else "") + CTRL_C)
    with pytest.raises(KeyboardInterrupt):
        talk().answers({})


ANSWERED = {
    "partition": "long", "cpus": "4", "memory": "16GB", "walltime": "24h", "actions": "4",
    "account": None, "environment": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "changes"),
    [
        pytest.param(DOWN + ENTER + "8" + ENTER, {"cpus": "8"}, id="one"),
        pytest.param(DOWN + ENTER + ENTER, {}, id="not after all"),
        pytest.param(UP + ENTER, {}, id="none of them"),
        pytest.param(
            ENTER + UP + ENTER + ENTER, {"partition": "short", "walltime": "1h"}, id="two"
        ),
    ],
)
def test_an_answer_is_changed(keys: PipeInput, typed: str, changes: dict[str, str]) -> None:
    press(keys, typed)
    assert talk().changed(ANSWERED) == {**ANSWERED, **changes}


def test_an_answer_is_taken_back(keys: PipeInput) -> None:
    press(keys, DOWN * 5 + ENTER + "none" + ENTER)
    assert talk().changed({**ANSWERED, "account": "lab"}) == ANSWERED


@pytest.mark.parametrize(
    ("here", "typed", "wanted"),
    [
        (CLUSTER, ENTER, "slurm"),
        (ALONE, ENTER, "local"),
        (CLUSTER, DOWN + ENTER, "local"),
        (ALONE, UP + ENTER, "slurm"),
        (replace(ALONE, cluster=Cluster(scheduler="slurm")), ENTER, "slurm"),
    ],
)
def test_where(keys: PipeInput, here: Surroundings, typed: str, wanted: str) -> None:
    found, _ = presets.load_all({})
    press(keys, typed)
    assert interview.where(found, here) == wanted


def test_own_presets_come_before_what_is_not_here(keys: PipeInput) -> None:
    found, _ = presets.load_all({})
    found["mine"] = replace(found["slurm"], name="mine", title="My centre", origin="site")
    press(keys, DOWN + ENTER)
    assert interview.where(found, ALONE) == "mine"


@pytest.mark.parametrize(("typed", "wanted"), [(ENTER, True), (DOWN + ENTER, False), (UP, None)])
def test_existing(keys: PipeInput, typed: str, wanted: bool | None) -> None:
    press(keys, typed + ENTER)
    if wanted is None:
        with pytest.raises(KeyboardInterrupt):
            interview.existing("f.toml")
    else:
        assert interview.existing("f.toml") is wanted


@pytest.mark.parametrize(
    ("count", "wanted"), [(0, "write"), (1, "show"), (2, "change"), (3, "stop")]
)
def test_decide(keys: PipeInput, count: int, wanted: str) -> None:
    press(keys, DOWN * count + ENTER)
    assert interview.decide("f.toml") == wanted
