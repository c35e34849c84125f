"""wizard: what is asked, with which suggestion; what is refused at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from q2pconf import presets, wizard
from q2pconf.cluster import Cluster, Queue, Shape
from q2pconf.errors import UsageError
from q2pconf.host import CpuCount
from q2pconf.presets import ANSWERS, Preset
from q2pconf.releases import newest
from q2pconf.wizard import Surroundings, question, refusal

CPUS = CpuCount(count=9, source="psutil", detail="9 CPUs in this machine")
MAIN = Queue(
    name="main", default=True, max_walltime_seconds=172800,
    shapes=(Shape(cores=48, memory_gb=190, gpus=0, count=9),),
)  # fmt: skip
BIG = Queue(name="big", shapes=(Shape(cores=64, memory_gb=3000, gpus=0, count=1),))
DOWN = Queue(name="old", trouble="it is down")
CLUSTER = Cluster(
    scheduler="slurm", queues=(MAIN, BIG, DOWN), accounts=("lab", "class"), qos=("normal", "high"),
    default_account="class",
)  # fmt: skip
HERE = Surroundings(env={"CONDA_PREFIX": "/envs/q2"}, cpus=CPUS, memory_gb=64.0)
THERE = replace(HERE, cluster=CLUSTER)
SLURM, PBS, LOCAL = (presets.find(name) for name in ("slurm", "pbs", "local"))


@pytest.mark.parametrize("chosen", [SLURM, PBS, LOCAL], ids=lambda one: one.name)
@pytest.mark.parametrize("here", [HERE, THERE, Surroundings(env={}, cpus=CPUS)])
def test_every_suggestion_is_an_answer(chosen: Preset, here: Surroundings) -> None:
    for name in ANSWERS:
        found = question(name, chosen, {}, here)
        assert found.text.endswith(("?", ")"))
        assert found.default is None or refusal(name, found.default, chosen, {}, here) is None
        assert found.default is None or not found.choices or found.default in found.choices
        assert found.default is not None or found.optional or chosen is LOCAL


@pytest.mark.parametrize(
    ("name", "default", "choices", "kind", "optional"),
    [
        ("actions", "4", (), "text", False),
        ("cpus", "4", (), "text", False),
        ("memory", "16GB", (), "text", False),
        ("walltime", "24h", (), "text", False),
        ("partition", "main", ("main", "big"), "choice", True),
        ("account", "class", ("lab", "class"), "choice", True),
        ("environment", "/envs/q2", (), "text", True),
        ("exclusive", False, (), "yes/no", False),
        ("map", None, (), "text", True),
    ],
)
def test_questions_at_a_cluster(
    name: str, default: Any, choices: tuple[str, ...], kind: str, optional: bool
) -> None:
    found = question(name, SLURM, {}, THERE)
    assert (found.default, found.choices, found.kind) == (default, choices, kind)
    assert found.optional is optional


def test_without_a_cluster_a_partition_is_typed_or_left_out() -> None:
    for name in ("partition", "account", "qos"):
        found = question(name, SLURM, {}, HERE)
        assert (found.kind, found.choices, found.default, found.optional) == (
            "text", (), None, True
        )  # fmt: skip


def test_a_default_partition_that_is_down_is_not_suggested() -> None:
    broken = replace(CLUSTER, queues=(replace(MAIN, trouble="it is down"), BIG))
    found = question("partition", SLURM, {}, replace(HERE, cluster=broken))
    assert (found.default, found.choices) == ("big", ("big",))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [({}, "8"), ({"cpus": "3"}, "2"), ({"cpus": 100}, "1"), ({"max_cpus": 4, "cpus": "2"}, "2"),
     ({"cpus": "many"}, "8")],
)  # fmt: skip
def test_actions_here_are_as_many_as_fit(given: dict[str, Any], wanted: str) -> None:
    assert question("actions", LOCAL, given, HERE).default == wanted


@pytest.mark.parametrize(
    ("name", "value", "given", "reason"),
    [
        ("cpus", "48", {}, None),
        ("cpus", "49", {}, "49 cores are more than the 48 of any node of main"),
        ("cpus", "49", {"partition": "big"}, None),
        ("cpus", "65", {"partition": "big"}, "65 cores are more than the 64 of any node of big"),
        ("cpus", "999", {"partition": "unknown"}, None),
        ("memory", "190GB", {}, None),
        ("memory", "191GB", {}, "191 GB are more than the 190 GB of any node of main"),
        ("walltime", "2d", {}, None),
        ("walltime", "49h", {}, "a walltime of 2 days 1 hour is more than the 2 days that main"),
        ("partition", "main", {"cpus": 60}, "60 cores are more than the 48"),
        ("partition", "main", {"walltime": "3d"}, "a walltime of 3 days is more than the 2 days"),
        ("partition", "big", {"cpus": 60, "walltime": "3d"}, None),
        ("partition", "a b", {}, "a name without blanks is needed, not 'a b'"),
        ("walltime", "24", {}, "'24' is a number without a unit"),
        ("memory", "lots", {}, "'lots' is not an amount of memory"),
        ("actions", "0", {}, "a whole number from 1 on is needed"),
        ("map", ["x"], {}, "--map: PLUGIN.ACTION=LABEL|PLUGIN.ACTION=LABEL is needed"),
    ],
)
def test_refusal(name: str, value: Any, given: dict[str, Any], reason: str | None) -> None:
    said = refusal(name, value, SLURM, given, THERE)
    if reason is None:
        assert said is None
    else:
        assert said is not None
        assert said.startswith(tuple(reason.split("|")))


def test_limits_are_questioned_in_a_draft_too() -> None:
    given = {"cpus": 60, "memory": "300GB", "walltime": "3d"}
    said = wizard.build(SLURM, given, newest(), THERE).said
    assert [line.split(" more than")[0] for line in said] == [
        "there is no folder /envs/q2 here; the compute nodes must have it",
        "a walltime of 3 days is", "60 cores are", "300 GB are",
        "main (where jobs go as no partition is named) would refuse such jobs, or let them wait for"
        " ever: give --partition big",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"partition": "big", "cpus": 65}, "big would refuse such jobs, or let them wait for ever:"
         " ask for less"),
        ({"partition": "main", "walltime": "3d"}, "main would refuse such jobs, or let them wait"
         " for ever: give --partition big"),
        ({"partition": "main", "walltime": "1d"}, None),
    ],
)  # fmt: skip
def test_another_partition_is_named(given: dict[str, Any], wanted: str | None) -> None:
    told = [line for line in wizard.build(SLURM, given, newest(), THERE).said if "for ever" in line]
    assert told == ([wanted] if wanted else [])


@pytest.mark.parametrize(
    ("queue", "given", "wanted"),
    [
        ({}, {}, []),
        ({"accounts": ("class", "x")}, {}, []),
        ({"accounts": ("lab",)}, {}, ["main takes only jobs of the account lab, not of class"]),
        ({"accounts": ("lab", "x")}, {"account": "y"}, ["main takes only jobs of the account lab or"
         " x, not of y"]),
        ({"accounts": ("lab",)}, {"account": "lab"}, []),
        ({"denied_accounts": ("class",)}, {}, ["main takes no jobs of the account class"]),
        ({"qos": ("high",)}, {}, ["main takes only jobs of the QOS high (--qos)"]),
        ({"qos": ("high",)}, {"qos": "high"}, []),
        ({"groups": ("staff",)}, {}, ["main is only for people in the group staff"]),
        ({"whole_nodes": True}, {}, ["main gives each job a whole node, whatever it asks for"
         " (--exclusive)"]),
        ({"whole_nodes": True}, {"exclusive": True}, []),
    ],
)  # fmt: skip
def test_whom_a_partition_is_kept_for(
    queue: dict[str, Any], given: dict[str, Any], wanted: list[str]
) -> None:
    there = replace(THERE, cluster=replace(CLUSTER, queues=(replace(MAIN, **queue),)))
    said = wizard.build(SLURM, {"worker_init": "x", **given}, newest(), there).said
    assert [line for line in said if line.startswith("main ")] == wanted


@pytest.mark.parametrize(
    ("given", "env", "told"),
    [
        ({}, {}, True),
        ({"worker_init": "module load qiime2"}, {}, False),
        ({}, {"CONDA_PREFIX": "/envs/q2"}, False),
        ({"environment": "q2"}, {}, False),
    ],
)
def test_no_environment_is_told(given: dict[str, Any], env: dict[str, str], told: bool) -> None:
    said = wizard.build(SLURM, given, newest(), replace(THERE, env=env)).said
    assert any("no environment is active here" in line for line in said) is told


SITE = replace(
    SLURM,
    name="mycenter",
    fixed={"account": "lab", "walltime": "24:00:00"},
    choices={"partition": ("short", "long"), "memory": ("8GB", "32GB"), "cpus": (2, 4)},
)


def test_choices_of_a_preset() -> None:
    found = question("partition", SITE, {}, THERE)
    assert (found.kind, found.choices, found.default) == ("choice", ("short", "long"), "short")
    assert not found.optional
    assert question("memory", SITE, {}, THERE).default == "8GB", "16GB is not among the choices"
    assert question("cpus", SITE, {}, THERE).default == "4"


@pytest.mark.parametrize(
    ("name", "value"),
    [("partition", "long"), ("memory", "32768MB"), ("memory", 8), ("cpus", "4"), ("cpus", 2)],
)
def test_choices_however_they_are_written(name: str, value: Any) -> None:
    assert refusal(name, value, SITE, {}, HERE) is None
    wizard.build(SITE, {name: value}, newest(), HERE)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [("partition", "main", "short, long"), ("memory", "16GB", "8GB, 32GB"), ("cpus", "3", "2, 4")],
)
def test_other_choices_are_refused(name: str, value: str, allowed: str) -> None:
    reason = f"the preset mycenter allows only: {allowed}"
    assert refusal(name, value, SITE, {}, HERE) == reason
    with pytest.raises(UsageError, match=f"--{name}: {reason}"):
        wizard.build(SITE, {name: value}, newest(), HERE)


def test_who_chooses_nothing_gets_what_is_allowed() -> None:
    draft = wizard.build(SITE, {}, newest(), HERE)
    answers = draft.answers
    assert (answers.partition, answers.memory_gb, answers.cpus) == ("short", 8, 4)
    assert (answers.account, answers.walltime) == ("lab", "24:00:00")
    assert 'partition = "short"' in draft.document.text


def test_fixed_answers() -> None:
    wizard.build(SITE, {"account": "lab", "walltime": "1 day"}, newest(), HERE)
    with pytest.raises(UsageError, match="--account: the preset mycenter fixes it to 'lab'"):
        wizard.build(SITE, {"account": "mine"}, newest(), HERE)
    with pytest.raises(UsageError, match="--walltime: the preset mycenter fixes it to '24:00:00'"):
        wizard.build(SITE, {"walltime": "23h"}, newest(), HERE)


def test_asked_are_those_without_an_answer_in_their_order() -> None:
    assert wizard.asked(SITE.asks, SITE, {"cpus": 1, "qos": "x"}) == [
        "actions", "memory", "partition", "environment", "exclusive", "map",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "given", "wanted"),
    [
        (SLURM, {}, ("actions", "cpus", "memory", "walltime")),
        (PBS, {"cpus": 1, "memory": 2}, ("actions", "walltime")),
        (SITE, {}, ("actions", "cpus", "memory")),
        (LOCAL, {}, ()),
    ],
)
def test_missing(chosen: Preset, given: dict[str, Any], wanted: tuple[str, ...]) -> None:
    assert wizard.missing(chosen, given) == wanted


@pytest.mark.parametrize(
    ("here", "wanted"),
    [
        (HERE, "local"),
        (THERE, "slurm"),
        (replace(HERE, cluster=replace(CLUSTER, scheduler="pbs")), "pbs"),
        (replace(HERE, cluster=replace(CLUSTER, scheduler="sge")), "local"),
    ],
)
def test_suggested_preset(here: Surroundings, wanted: str) -> None:
    assert wizard.suggested_preset(presets.load_all()[0], here) == wanted


def test_with_default() -> None:
    assert wizard.with_default(question("cpus", SLURM, {}, HERE), 12).default == "12"
    assert wizard.with_default(question("exclusive", SLURM, {}, HERE), True).default is True


def test_an_active_environment_is_entered_without_a_word() -> None:
    draft = wizard.build(SLURM, {}, newest(), HERE)
    assert draft.answers.environment == "/envs/q2"
    assert "export PATH=/envs/q2/bin:$PATH" in draft.document.text


def test_own_commands_come_first() -> None:
    given = {"environment": "q2", "worker_init": "module load conda\n"}
    text = wizard.build(SLURM, given, newest(), HERE).document.text
    lines = text.partition("worker_init = '''\n")[2].splitlines()
    assert lines[:3] == [
        "module load conda", 'eval "$(conda shell.bash hook)"', "conda activate q2",
    ]  # fmt: skip
    assert lines[-1] == "'''"


def test_own_commands_alone() -> None:
    text = wizard.build(SLURM, {"worker_init": "module load q2"}, newest(), HERE).document.text
    assert 'worker_init = "module load q2"\n' in text
