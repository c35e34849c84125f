"""presets: complete as shipped, what QIIME 2 itself writes once filled in, and those of a site."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

import q2pconf
from q2pconf import __version__, presets, wizard
from q2pconf.checks import check_document
from q2pconf.document import Document
from q2pconf.errors import InputError, UsageError
from q2pconf.host import CpuCount, Limit
from q2pconf.releases import Release, all_releases, find, newest
from q2pconf.wizard import Surroundings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SEVEN = CpuCount(count=8, source="psutil", detail="8 CPUs in this machine")


def local(release: str | Release, cpus: CpuCount = SEVEN, **answers: Any) -> Document:
    """The local preset's file on a machine with these CPUs."""
    chosen = release if isinstance(release, Release) else find(release)
    here = Surroundings(env={}, cpus=cpus)
    return wizard.build(presets.find("local"), answers, chosen, here).document


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
    shipped = presets.find(name)
    assert shipped.title
    assert shipped.description
    assert shipped.asks
    assert shipped.origin == "built-in"
    assert shipped.text.isascii()
    executors = tomllib.loads(shipped.text)["parsl"]["executors"]
    assert {e["label"] for e in executors} == {"tpool", "default"}


@pytest.mark.parametrize("name", presets.names())
def test_shipped_preset_is_valid_by_itself(name: str) -> None:
    for text in (presets.find(name).text, presets.find(name).document.text):
        assert check_document(Document(text=text), newest()).errors == ()


@pytest.mark.parametrize("name", presets.names())
def test_document_has_nothing_that_is_for_q2pconf(name: str) -> None:
    shipped = presets.find(name)
    document = shipped.document
    assert set(document.data) == {"parsl"}
    assert document.data["parsl"] == tomllib.loads(shipped.text)["parsl"]
    assert "q2pconf]" not in document.text
    assert "\n\n\n" not in document.text


def test_names() -> None:
    assert presets.names() == ("local", "pbs", "slurm")
    assert presets.find("local").title == "This computer"


@pytest.mark.parametrize("name", ["nothing", "", "../presets/local", "local.toml"])
def test_unknown_name_lists_those_known(name: str) -> None:
    with pytest.raises(UsageError, match=r"there are: local, pbs, slurm"):
        q2pconf.preset(name, release="2026.4")


@pytest.mark.parametrize(
    ("release", "words"),
    [
        ("2023.7", ("default", "htex", "max_workers")),
        ("2023.9", ("default", "htex", "max_workers")),
        ("2024.2", ("default", "htex", "max_workers")),
        ("2024.5", ("default", "htex", "max_workers")),
        ("2024.10", ("tpool", "default", "max_workers")),
        ("2025.4", ("tpool", "default", "max_workers")),
        ("2025.7", ("tpool", "default", "max_workers")),
        ("2025.10", ("tpool", "default", "max_workers")),
        ("2026.1", ("tpool", "default", "max_workers_per_node")),
        ("2026.4", ("tpool", "default", "max_workers_per_node")),
        ("2026.7", ("tpool", "default", "max_workers_per_node")),
        ("2026.10", ("tpool", "default", "max_workers_per_node")),
    ],
)
def test_local_is_the_default_file_of(release: str, words: tuple[str, str, str]) -> None:
    assert local(release).data == default_file(*words)


def test_every_release_has_its_default_file_tested() -> None:
    marks = [m for m in test_local_is_the_default_file_of.pytestmark if m.name == "parametrize"]  # type: ignore[attr-defined]
    tested = {case[0] for case in marks[0].args[1]}
    assert tested == {release.name for release in all_releases()}


@pytest.mark.parametrize("release", all_releases(), ids=lambda release: release.name)
def test_comments_are_kept_and_true(release: Release) -> None:
    text = local(release).text
    first, *lines = text.splitlines()
    assert first == f"# Written by q2pconf {__version__} for {release}: This computer"
    counts = [index for index, line in enumerate(lines) if re.search(r"= 7$", line)]
    assert len(counts) == 2
    for index in counts:
        assert lines[index - 1] == "# 7: 8 CPUs in this machine, less one that stays free"
    assert wizard.COUNT not in text
    assert lines[0] == presets.find("local").text.splitlines()[0]
    assert text.endswith('"LocalProvider"\n')


def test_given_count_is_written_as_it_is() -> None:
    eight = Limit(source="psutil", count=8, detail="8 CPUs in this machine")
    cpus = CpuCount(count=3, source="given", detail="the number given", considered=(eight,))
    document = local("2026.4", cpus, max_cpus=3)
    assert document.data == default_file("tpool", "default", "max_workers_per_node", 3)
    assert "# 3: as given; this process may use 8 CPUs\n" in document.text


def test_a_count_that_is_asked_for_says_so() -> None:
    document = local("2026.4", actions=2)
    assert document.data == default_file("tpool", "default", "max_workers_per_node", 2)
    assert "# 2: as asked; 8 CPUs in this machine, less one that stays free\n" in document.text


def test_one_cpu() -> None:
    cpus = CpuCount(count=1, source="slurm", detail="Slurm allocation of 1 CPU")
    text = local("2026.4", cpus).text
    assert "# 1: Slurm allocation of 1 CPU\nmax_threads = 1\n" in text


def test_odd_characters_cannot_end_the_comment() -> None:
    cpus = CpuCount(count=2, source="cgroup", detail="limit\nstrategy = 1\x00é \\1")
    document = local("2026.4", cpus)
    assert document.text.isascii()
    data = default_file("tpool", "default", "max_workers_per_node", 1)
    assert Document(text=document.text).data == data
    assert "strategy = 1?? \\1" in document.text


def test_odd_title_cannot_end_the_comment(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text(
        '[q2pconf]\nextends = "local"\ntitle = "é\\nx = 1\\u0007"\n', encoding="utf-8"
    )
    odd = presets.find("odd", {"user": str(tmp_path)})
    here = Surroundings(env={}, cpus=SEVEN)
    document = wizard.build(odd, {}, newest(), here).document
    assert document.text.isascii()
    assert Document(text=document.text).data == local(newest()).data


def test_the_library_takes_max_cpus_of_this_machine() -> None:
    document = q2pconf.preset("local", release="2026.4", max_cpus=3)
    assert document.data == default_file("tpool", "default", "max_workers_per_node", 3)


def test_the_library_takes_cpus_of_each_action() -> None:
    document = q2pconf.preset("local", release=find("2026.4"), max_cpus=8, cpus=2)
    threads, pool = document.data["parsl"]["executors"]
    assert threads["max_threads"] == pool["max_workers_per_node"] == 4
    assert pool["cores_per_worker"] == 2


def test_the_library_reads_answers_as_the_options_do() -> None:
    as_number = q2pconf.preset("local", release="2026.4", max_cpus=3)
    assert q2pconf.preset("local", release="2026.4", max_cpus="3").text == as_number.text
    given = {"actions": 2, "cpus": 2, "memory": "4GB", "walltime": "1h", "worker_init": "x"}
    whole = q2pconf.preset("slurm", release="2026.4", exclusive=False, **given)
    assert q2pconf.preset("slurm", release="2026.4", shared=True, **given).text == whole.text
    with pytest.raises(q2pconf.UsageError, match="--max-cpus: "):
        q2pconf.preset("local", max_cpus="many")
    with pytest.raises(q2pconf.UsageError, match="exclusive and shared"):
        q2pconf.preset("slurm", shared=True, exclusive=True)


def test_the_library_finds_the_person_s_presets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "q2pconf" / "presets"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('[q2pconf]\nextends = "local"\n[q2pconf.set]\nretries = 3\n')
    assert q2pconf.preset("mine", release="2026.4").data["parsl"]["retries"] == 3


def test_the_library_refuses_what_is_no_answer() -> None:
    with pytest.raises(UsageError, match="there is no question 'colour'"):
        q2pconf.preset("local", colour="red")


def test_broken_preset_of_a_name_that_nothing_else_has(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[q2pconf]\ntitel = 'x'\n")
    with pytest.raises(InputError, match=r"mine\.toml: line 2: \[q2pconf\] has no 'titel'"):
        presets.find("mine", {"user": str(tmp_path)})
