"""outline: what a file comes to, in three lines."""

from __future__ import annotations

from typing import Any

import pytest

from q2pconf import presets, schema, wizard
from q2pconf.capacity import of_config
from q2pconf.document import Document
from q2pconf.host import CpuCount
from q2pconf.model import Config
from q2pconf.releases import newest
from q2pconf.render.outline import outline
from q2pconf.wizard import Surroundings

HERE = Surroundings(env={}, cpus=CpuCount(count=8, source="psutil", detail="8 CPUs"))


def lines_of(text: str) -> list[str]:
    config = Config.from_data(Document(text=text).data, schema.of(newest()))
    return outline(of_config(config, newest()))


def lines(name: str, **given: Any) -> list[str]:
    return lines_of(wizard.build(presets.find(name), given, newest(), HERE).document.text)


@pytest.mark.parametrize("name", ["slurm", "pbs"])
def test_jobs(name: str) -> None:
    assert lines(name, actions=25, cpus=12, memory="96GB", walltime="36h") == [
        "up to 25 actions at a time: 25 jobs, 1 action in each",
        "each with 12 CPUs and 96 GB, for at most 1 day 12 hours",
        "asks the scheduler for up to 300 CPUs and 2400 GB at a time",
    ]


@pytest.mark.parametrize("name", ["slurm", "pbs"])
def test_one_of_each(name: str) -> None:
    assert lines(name, actions=1, cpus=1, memory=1, walltime="1 min") == [
        "up to 1 action at a time: 1 job, 1 action in each",
        "each with 1 CPU and 1 GB, for at most 1 minute",
        "asks the scheduler for up to 1 CPU and 1 GB at a time",
    ]


def test_here() -> None:
    assert lines("local") == ["up to 7 actions at a time"]


def test_several_in_a_job() -> None:
    text = (
        presets.find("slurm")
        .document.text.replace("max_workers_per_node = 1", "max_workers_per_node = 3")
        .replace("cores_per_node = 4", "cores_per_node = 12")
    )
    assert lines_of(text)[0] == "up to 12 actions at a time: 4 jobs, 3 actions in each"


def test_what_only_the_node_knows() -> None:
    text = """\
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
[parsl.executors.provider]
class = "PBSProProvider"
max_blocks = 3
walltime = "01:00:00"
"""
    found = lines_of(text)
    assert found[0] == "how many actions run at a time is for the node to decide"
    assert found[1] == "for at most 1 hour"


def test_whole_nodes_of_an_unknown_size() -> None:
    text = presets.find("slurm").document.text
    text = text.replace("cores_per_node = 4\n", "").replace("mem_per_node = 16\n", "")
    text = text.replace("exclusive = false", "exclusive = true")
    assert lines_of(text)[-1] == "asks the scheduler for up to 4 nodes at a time"


@pytest.mark.parametrize("text", ["", "parsl = 3", '[[parsl.executors]]\nlabel = "x"\n'])
def test_nothing_to_say(text: str) -> None:
    assert lines_of(text) == []
