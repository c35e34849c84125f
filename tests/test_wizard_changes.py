"""wizard: a file that exists keeps its comments and values; only what is answered changes."""

from __future__ import annotations

import difflib
from typing import Any

import pytest

from q2pconf import presets, schema, wizard
from q2pconf.capacity import of_config
from q2pconf.checks import check_document
from q2pconf.cluster import Cluster, Queue, Shape
from q2pconf.document import Document
from q2pconf.errors import UsageError
from q2pconf.host import CpuCount
from q2pconf.model import Config
from q2pconf.releases import Release, all_releases, find, newest
from q2pconf.wizard import Draft, Surroundings

CPUS = CpuCount(count=9, source="psutil", detail="9 CPUs in this machine")
HERE = Surroundings(env={"CONDA_PREFIX": "/envs/q2"}, cpus=CPUS)
OLD, NEW = find("2024.5"), find("2026.4")

FILE = """\
# mine
[parsl]
strategy = "simple"

[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
max_workers = 4  # four

[parsl.executors.provider]
class = "SlurmProvider"
cores_per_node = 16   # of 48
mem_per_node = 64
walltime = "10:00:00"
max_blocks = 5
init_blocks = 5
exclusive = false
worker_init = "module load q2"

[parsl.executor_mapping]
denoise_paired = "default" # heavy
"""


def change(text: str, release: Release = OLD, here: Surroundings = HERE, **given: Any) -> Draft:
    start = Document(text=text)
    provider = wizard.provider_of(start)
    name = {"LocalProvider": "local", "SlurmProvider": "slurm", "PBSProProvider": "pbs"}[provider]
    draft = wizard.build(presets.find(name), given, release, here, start)
    assert check_document(draft.document, release).errors == ()
    return draft


def changes(before: str, after: str) -> list[str]:
    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [row for row in rows if not row.startswith(("---", "+++", "@@"))]


def main_numbers(draft: Draft) -> tuple[float | None, ...]:
    config = Config.from_data(draft.document.data, schema.of(draft.release))
    found = next(one for one in of_config(config, draft.release) if one.provider)
    return found.concurrent_actions, found.cores_per_action, found.memory_gb_per_action


def test_no_answer_no_change() -> None:
    assert change(FILE).document.text == FILE


@pytest.mark.parametrize("release", all_releases(), ids=lambda release: release.name)
@pytest.mark.parametrize("name", ["local", "slurm", "pbs"])
def test_own_files_stay_as_they_are(name: str, release: Release) -> None:
    given = {"actions": 6, "cpus": 2, "memory": "8GB"}
    given |= {} if name == "local" else {"walltime": "2h", "account": "lab"}
    first = wizard.build(presets.find(name), given, release, HERE).document
    assert change(first.text, release).document.text == first.text
    assert change(first.text, release, **given).document.text == first.text


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"account": "lab"}, ['+account = "lab"']),
        ({"walltime": "2h"}, ['-walltime = "10:00:00"', '+walltime = "02:00:00"']),
        ({"exclusive": False}, []),
        ({"actions": 20, "cpus": 4, "memory": "16GB"}, ["+cores_per_worker = 4"]),
        ({"actions": 40}, ["-max_blocks = 5", "+max_blocks = 10"]),
        (
            {"actions": 8},
            ["-max_blocks = 5", "-init_blocks = 5", "+max_blocks = 2", "+init_blocks = 2"],
        ),
        ({"set": {"retries": 3}}, ["+retries = 3"]),
        ({"map": ["a.b=default"]}, ['+b = "default"']),
        ({"map": ["x.denoise-paired=default"]}, []),
    ],
)
def test_only_what_is_answered_changes(given: dict[str, Any], wanted: list[str]) -> None:
    found = changes(FILE, change(FILE, **given).document.text)
    assert found == wanted


@pytest.mark.parametrize(
    ("given", "numbers"),
    [
        ({}, (20, 4, 16)),
        ({"actions": 40}, (40, 4, 16)),
        ({"actions": 7}, (7, 4, 16)),
        ({"cpus": 8}, (20, 8, 16)),
        ({"memory": "3GB"}, (20, 4, 3)),
        ({"actions": 3, "cpus": 12, "memory": "96GB"}, (3, 12, 96)),
        ({"actions": 25, "cpus": 12}, (25, 12, 16)),
    ],
)
@pytest.mark.parametrize("release", [OLD, NEW], ids=["old", "new"])
def test_what_is_answered_comes_out(
    given: dict[str, Any], numbers: tuple[int, ...], release: Release
) -> None:
    assert main_numbers(change(FILE, release, **given)) == numbers


def test_exclusive_alone_fills_whole_nodes() -> None:
    queue = Queue(name="q", default=True, shapes=(Shape(cores=48, memory_gb=100, gpus=0, count=1),))
    here = Surroundings(env={}, cpus=CPUS, cluster=Cluster(scheduler="slurm", queues=(queue,)))
    draft = change(FILE, OLD, here, exclusive=True)
    provider = draft.document.data["parsl"]["executors"][0]["provider"]
    asked = [provider[key] for key in ("cores_per_node", "mem_per_node", "max_blocks", "exclusive")]
    assert asked == [20, 80, 4, True], "100 GB have room for 6 of 16 GB, 20 are 4 times 5"
    again = change(draft.document.text, OLD, here, cpus=24)
    provider = again.document.data["parsl"]["executors"][0]["provider"]
    assert (provider["cores_per_node"], provider["max_blocks"]) == (48, 10)


def test_to_a_later_release() -> None:
    draft = change(FILE, NEW, account="lab")
    text = draft.document.text
    assert "max_workers_per_node = 4  # four" in text
    assert '# denoise_paired = "default" # heavy' in text
    assert [line for line in draft.said if "which plugin has the action denoise_paired" in line]


def test_what_the_file_had_wrong_is_told() -> None:
    text = FILE.replace('class = "SlurmProvider"', 'class = "SlurmProvider"\nnonsense = 1')
    draft = wizard.build(presets.find("slurm"), {}, OLD, HERE, Document(text=text))
    assert [line for line in draft.said if "nonsense" in line] or "nonsense = 1" not in (
        draft.document.text
    )


def test_comments_of_our_own_stay_true() -> None:
    first = wizard.build(presets.find("local"), {"actions": 2}, OLD, HERE).document.text
    text = change(first, NEW, actions=5).document.text
    assert text.splitlines()[0].endswith(f" for {NEW}: This computer")
    assert text.count("# 5: as asked; 9 CPUs in this machine, less one that stays free\n") == 2
    assert "# 2:" not in text
    text = change(first, OLD, set={"max_threads": 3}).document.text
    assert text.count("# 3: as asked") == text.count("# 2: as asked") == 1


def test_comments_of_a_person_stay_as_they_are() -> None:
    text = """\
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
# 4: I like it
max_workers_per_node = 4
provider = { class = "LocalProvider" }
"""
    assert change(text, NEW, actions=5).document.text == text.replace("node = 4", "node = 5")


def test_line_ends_of_windows_stay() -> None:
    text = FILE.replace("\n", "\r\n")
    changed = change(text, account="lab", actions=40, map=["a.b=default"]).document.text
    assert changed.count("\r\n") == changed.count("\n")
    assert (
        changed.replace("\r\n", "\n")
        == change(FILE, account="lab", actions=40, map=["a.b=default"]).document.text
    )


def test_old_default_files_where_threads_are_the_default() -> None:
    first = wizard.build(presets.find("local"), {}, OLD, HERE).document.text
    executors = change(first, OLD, actions=3, cpus=2).document.data["parsl"]["executors"]
    assert executors[0]["max_threads"] == executors[1]["max_workers"] == 3
    assert executors[1]["cores_per_worker"] == 2
    mapped = change(first, OLD, map=["dada2.x=htex"]).document.data["parsl"]
    assert mapped["executor_mapping"] == {"x": "htex"}


def test_pbs() -> None:
    given = {"actions": 6, "cpus": 2, "memory": 8, "walltime": "2h", "queue": "q"}
    first = wizard.build(presets.find("pbs"), given, NEW, HERE).document.text
    draft = change(first, NEW, actions=9, memory=5, queue="other")
    assert changes(first, draft.document.text) == [
        '-queue = "q"', '+queue = "other"', '-select_options = "mem=8gb"',
        '+select_options = "mem=5gb"', "-max_blocks = 6", "+max_blocks = 9",
    ]  # fmt: skip
    assert main_numbers(draft) == (9, 2, 5)


def test_several_nodes_in_a_job() -> None:
    text = FILE.replace("mem_per_node = 64", "mem_per_node = 64\nnodes_per_block = 2").replace(
        "exclusive = false", 'exclusive = false\nlauncher = { class = "SrunLauncher" }'
    )
    new = find("2024.10")
    assert main_numbers(change(text, new)) == (40, 4, 16)
    assert main_numbers(change(text, new, actions=16)) == (16, 4, 16)
    assert main_numbers(change(text, new, actions=6, cpus=3)) == (6, 3, 16)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (
            FILE,
            {
                "actions": 20, "cpus": 4, "memory": "16GB", "walltime": "10:00:00",
                "worker_init": "module load q2", "exclusive": False,
            },
        ),
        (FILE.replace("max_workers = 4", ""), {"actions": 80, "cpus": 1, "memory": "4GB"}),
        (FILE.replace("mem_per_node = 64\n", ""), {"actions": 20, "cpus": 4}),
    ],
)  # fmt: skip
def test_known_answers_are_what_the_file_comes_to(text: str, known: dict[str, Any]) -> None:
    found = wizard.known_answers(Document(text=text))
    assert {name: found[name] for name in known} == known
    assert ("memory" in found) is ("memory" in known)


@pytest.mark.parametrize("name", ["local", "slurm", "pbs"])
@pytest.mark.parametrize("release", [OLD, newest()], ids=["old", "newest"])
def test_known_answers_of_own_files(name: str, release: Release) -> None:
    given = {"actions": 6, "cpus": 2}
    given |= {} if name == "local" else {"memory": "8GB", "walltime": "02:00:00", "account": "lab"}
    document = wizard.build(presets.find(name), given, release, HERE).document
    known = wizard.known_answers(document)
    assert {key: known[key] for key in given} == given


@pytest.mark.parametrize("text", ["", "parsl = 1", "[executor_mapping]\n", "[[parsl.executors]]\n"])
def test_a_file_that_is_no_configuration(text: str) -> None:
    for asked in (wizard.known_answers, wizard.provider_of):
        with pytest.raises(UsageError, match="start from a preset"):
            asked(Document(text=text))


def test_a_new_line_of_a_mapping_stands_in_both_tables() -> None:
    given = {"map": ["dada2.denoise_paired=tpool"]}
    first = wizard.build(presets.find("slurm"), given, NEW, HERE).document.text
    data = change(first, NEW, map=["dada2.x=tpool", "f.y=default"]).document.data
    assert data["executor_mapping"] == data["parsl"]["executor_mapping"]
    assert data["executor_mapping"] == {
        "dada2": {"denoise_paired": "tpool", "x": "tpool"}, "f": {"y": "default"},
    }  # fmt: skip


def test_another_environment_leaves_the_other_commands() -> None:
    first = change(FILE, environment="/envs/a").document.text
    second = change(first, environment="/envs/b c").document.text
    for text, place in ((first, "/envs/a/bin"), (second, "'/envs/b c/bin'")):
        provider = Document(text=text).data["parsl"]["executors"][0]["provider"]
        lines = provider["worker_init"].splitlines()
        assert lines[:2] == ["module load q2", f"export PATH={place}:$PATH"]
        assert len(lines) == 3
    assert change(second, environment="/envs/b c").document.text == second


def test_pbs_keeps_what_is_not_answered() -> None:
    text = (
        '[parsl]\n[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\n'
        "cores_per_worker = 4\nmax_workers_per_node = 1\n"
        '[parsl.executors.provider]\nclass = "PBSProProvider"\nmax_blocks = 3\n'
        'walltime = "01:00:00"\n'
    )
    pbs = presets.find("pbs")
    release = find("2026.4")
    found = wizard.build(pbs, {"memory": "8GB"}, release, HERE, Document(text=text)).document
    assert found.text == f'{text}select_options = "mem=8gb"\n'
