"""answers: what people write, in one form; what makes no sense is refused by its option's name."""

from __future__ import annotations

from typing import Any

import pytest

from q2pconf.answers import Answers, read, read_one
from q2pconf.errors import UsageError


def test_nothing() -> None:
    assert read({}) == Answers()
    assert read({"cpus": None, "map": None}) == Answers()


def test_everything_from_options() -> None:
    raw = {
        "actions": "25", "cpus": "12", "memory": "96GB", "walltime": "24h", "partition": "long",
        "queue": "q", "account": "lab", "qos": "high", "environment": "qiime2", "exclusive": True,
        "worker_init": "module load x", "max_cpus": "7", "map": ["dada2.denoise-paired=tpool"],
        "set": {"retries": 1},
    }  # fmt: skip
    assert read(raw) == Answers(
        actions=25, cpus=12, memory_gb=96, walltime="24:00:00", partition="long", queue="q",
        account="lab", qos="high", environment="qiime2", exclusive=True,
        worker_init="module load x", max_cpus=7,
        mapping=(("dada2", "denoise_paired", "tpool"),), settings=(("retries", 1),),
    )  # fmt: skip


def test_numbers_from_a_file() -> None:
    found = read({"actions": 25, "cpus": 12, "memory": 96, "walltime": "90 min"})
    assert (found.actions, found.cpus, found.memory_gb, found.walltime) == (25, 12, 96, "01:30:00")
    assert found.said == ("--memory: 96 is read as 96 GB",)


def test_what_is_rounded_is_said() -> None:
    said = read({"memory": "1.5GB", "walltime": "61s"}).said
    assert said == (
        "--memory: '1.5GB' is rounded up to 2 GB",
        "--walltime: '61s' is rounded up to 2 minutes: Slurm and LSF do not count seconds",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("actions", value) for value in ("0", "-1", "1.5", "many", "", 0, True, [], {}, 1.5)],
        *[("cpus", value) for value in ("0", "a lot", "1_0", "٣", "1000000")],
        *[("memory", value) for value in ("lots", "0", "-3GB", "98304", True, [96], "")],
        *[("walltime", value) for value in ("24", "forever", 24, "0h", "2 years", "", "1:99")],
        *[("partition", value) for value in ("", "a b", "-x", "é", 3, "a;b", ["a"], "$(x)", "a\n")],
        *[("account", value) for value in ("`x`", "a'b", 'a"b')],
        *[("environment", value) for value in (3, True, "a\0b", "", "  ", "\udcff", "-n")],
        *[("worker_init", value) for value in (["a"], "a\0b", "\udcff")],
        *[("exclusive", value) for value in ("yes", 1, "true", 0)],
        *[("map", value) for value in ("dada2", "a.b", "a=b", "a.b=", "a.b.c=d", "a b.c=d", 3)],
        *[("map", value) for value in ({"a": "b"}, [3], ["a.b=c", "x"], "é.b=c")],
        *[("set", value) for value in (3, "a=b", ["a"], True, {"x": "\udcff"})],
    ],
)
def test_refused_by_name(name: str, value: Any) -> None:
    if name == "partition" and value == "a\n":
        assert read_one(name, value)[0] == "a"
        return
    with pytest.raises(UsageError, match=f"^--{name.replace('_', '-')}"):
        read({name: value})


def test_refused_once() -> None:
    with pytest.raises(UsageError) as caught:
        read({"memory": "lots"})
    assert str(caught.value).count("--memory") == 1


@pytest.mark.parametrize("name", ["", "colour", "memory_gb", "mapping", "settings", "said"])
def test_no_such_question(name: str) -> None:
    with pytest.raises(UsageError, match="there is no question"):
        read({name: "x"})


@pytest.mark.parametrize(
    "value", ["short", "a,b", "lab@cluster", "a.b-c_d", "group:part", "queue/sub", "a+b"]
)
def test_names_of_schedulers(value: str) -> None:
    assert read_one("partition", f" {value} ") == (value, None)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("dada2.denoise_paired=tpool", ("dada2", "denoise_paired", "tpool")),
        ("feature-table.summarize=big-memory", ("feature_table", "summarize", "big-memory")),
        (" q2-x.y-z=a.b ", ("q2_x", "y_z", "a.b")),
    ],
)
def test_mapped(value: str, wanted: tuple[str, str, str]) -> None:
    assert read_one("map", value)[0] == (wanted,)
    assert read_one("map", [value, value])[0] == (wanted, wanted)


def test_a_map_refused_says_how_one_looks() -> None:
    with pytest.raises(UsageError, match=r"PLUGIN\.ACTION=LABEL is needed, such as dada2\.denoise"):
        read_one("map", "denoise=tpool")
