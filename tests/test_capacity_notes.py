"""capacity: what a file does not decide is said to be so, with what does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from q2pconf import explain
from q2pconf.capacity import Capacity
from q2pconf.document import DocumentError
from q2pconf.releases import all_releases

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.toml"))

SAID = {
    "cores_per_action": "core|worker",
    "memory_gb_per_action": "memory|worker",
    "walltime_seconds": "time",
    "nodes_per_block": "node",
    "managers_per_block": "group|node",
    "workers_per_manager": "worker",
    "concurrent_actions": "worker|job|action",
}
REQUESTED = {"jobs": "job", "nodes": "node", "cores": "core", "memory_gb": "memory"}


def open_questions(one: Capacity) -> list[str]:
    """What is None, and no note has a word of it."""
    text = " ".join(one.notes)
    found = [(name, word, getattr(one, name)) for name, word in SAID.items()]
    found += [(name, word, getattr(one.requested, name)) for name, word in REQUESTED.items()]
    found += [("blocks", "job|block", one.blocks.init)]
    return [name for name, word, value in found if value is None and not re.search(word, text)]


@pytest.mark.parametrize("release", [one.name for one in all_releases()])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_whatever_is_open_has_a_note(path: Path, release: str) -> None:
    try:
        found = explain(path, release)
    except DocumentError:
        return
    assert [open_questions(one) for one in found.executors] == [[] for _ in found.executors]


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ('class = "LocalProvider"', "its share of the cores and memory of this machine"),
        ('class = "PBSProProvider"\ncpus_per_node = 4', "The file asks for no memory"),
        (
            'class = "GridEngineProvider"\nscheduler_options = "#$ -l h_vmem=8G"',
            "`scheduler_options` decides how much memory a job gets",
        ),
        (
            'class = "LSFProvider"\nscheduler_options = "#BSUB -M 96GB"',
            "with all their cores and memory",
        ),
        ('class = "SlurmProvider"\nmem_per_node = 8', "A job gets all cores of its nodes"),
        ('class = "KubernetesProvider"\nimage = "x"', "KubernetesProvider asks for no walltime"),
        ('class = "NoProvider"', "Nothing can be said of its jobs"),
    ],
)
def test_what_decides(provider: str, said: str) -> None:
    text = (
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\n'
        f"max_workers_per_node = 2\n[parsl.executors.provider]\n{provider}\n"
    )
    (one,) = explain(text, "2026.4").executors
    assert open_questions(one) == []
    assert said in " ".join(one.notes)
