"""presets: complete as shipped, and what QIIME 2 itself writes once filled in."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest

from q2pconf import __version__, presets
from q2pconf.errors import UsageError
from q2pconf.host import CpuCount
from q2pconf.releases import Release, all_releases, find

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SEVEN = CpuCount(count=8, source="psutil", detail="8 CPUs in this machine")


def default_file(threads: str, processes: str, cap: str, count: int = 7) -> dict[str, Any]:
    """What a release's loader writes, in the words of that release."""
    return {
        "parsl": {
            "strategy": "None",
            "executors": [
                {"class": "ThreadPoolExecutor", "label": threads, "max_threads": count},
                {
                    "class": "HighThroughputExecutor",
                    "label": processes,
                    cap: count,
                    "provider": {"class": "LocalProvider"},
                },
            ],
        }
    }


@pytest.mark.parametrize("name", presets.names())
def test_shipped_preset_is_complete(name: str) -> None:
    shipped = presets.load(name)
    assert shipped.title
    assert shipped.description
    assert shipped.text.startswith(presets.TITLE)
    assert shipped.text.isascii()
    assert {e["label"] for e in tomllib.loads(shipped.text)["parsl"]["executors"]} >= {"default"}


def test_local_is_there() -> None:
    assert "local" in presets.names()
    assert presets.load("local").title == "This computer"


@pytest.mark.parametrize("name", ["nothing", "", "../presets/local", "local.toml"])
def test_unknown_name_lists_those_known(name: str) -> None:
    with pytest.raises(UsageError, match=r"there are: .*local"):
        presets.preset(name, release=find("2026.4"), cpus=SEVEN)


@pytest.mark.parametrize(
    ("release", "words"),
    [
        ("2024.5", ("default", "htex", "max_workers")),
        ("2024.10", ("tpool", "default", "max_workers")),
        ("2025.4", ("tpool", "default", "max_workers")),
        ("2025.7", ("tpool", "default", "max_workers")),
        ("2025.10", ("tpool", "default", "max_workers")),
        ("2026.1", ("tpool", "default", "max_workers_per_node")),
        ("2026.4", ("tpool", "default", "max_workers_per_node")),
    ],
)
def test_local_is_the_default_file_of(release: str, words: tuple[str, str, str]) -> None:
    document = presets.preset("local", release=find(release), cpus=SEVEN)
    assert document.data == default_file(*words)


@pytest.mark.parametrize("release", all_releases(), ids=lambda release: release.name)
def test_comments_are_kept_and_true(release: Release) -> None:
    text = presets.preset("local", release=release, cpus=SEVEN).text
    first, *lines = text.splitlines()
    assert first == f"# Written by q2pconf {__version__} for {release}: This computer"
    counts = [index for index, line in enumerate(lines) if re.search(r"= 7$", line)]
    assert len(counts) == 2
    for index in counts:
        assert lines[index - 1] == "# 7: 8 CPUs in this machine, less one that stays free"
    assert presets.COUNT not in text
    assert presets.TITLE not in text
    assert lines[0] == presets.load("local").text.splitlines()[1]


def test_given_count_is_written_as_it_is() -> None:
    cpus = CpuCount(count=3, source="given", detail="the number given")
    document = presets.preset("local", release=find("2026.4"), cpus=cpus)
    assert document.data == default_file("tpool", "default", "max_workers_per_node", 3)
    assert "# 3: as given; this process may use 3 CPUs\n" in document.text


def test_one_cpu() -> None:
    cpus = CpuCount(count=1, source="slurm", detail="Slurm allocation of 1 CPU")
    text = presets.preset("local", release=find("2026.4"), cpus=cpus).text
    assert "# 1: Slurm allocation of 1 CPU\nmax_threads = 1\n" in text


def test_odd_characters_cannot_end_the_comment() -> None:
    cpus = CpuCount(count=2, source="cgroup", detail="limit\nstrategy = 1\x00é \\1")
    document = presets.preset("local", release=find("2026.4"), cpus=cpus)
    assert document.text.isascii()
    assert document.data == default_file("tpool", "default", "max_workers_per_node", 1)
    assert "limit?strategy = 1?? \\1" in document.text
