"""advising: what a person wants, and the lines that make it so; made and counted again."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import q2pconf
from q2pconf import _toml
from q2pconf.advising import Advice, Intention, advise
from q2pconf.cli import main
from q2pconf.explanation import Explanation, explain

Captured = pytest.CaptureFixture[str]

PUBLISHED = """\
[parsl]
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
[parsl.executors.provider]
class = "SlurmProvider"
cores_per_node = 12
mem_per_node = 96
max_blocks = 25
walltime = "24:00:00"
exclusive = false
"""
RIGHT = PUBLISHED.replace('label = "default"', 'label = "default"\ncores_per_worker = 12')
WANTED = Intention(actions=25, cpus=12, memory_gb=96)


def words(text: str, wanted: Intention, release: str = "2026.4") -> str:
    return "\n".join(one.words for one in advise(explain(text, release), wanted))


def edited(text: str, advice: tuple[Advice, ...]) -> str:
    """The text with each line put where the words say."""
    lines = text.splitlines()
    for one in sorted(advice, key=lambda one: -(one.line or 0)):
        found = re.search(
            r"`(\w+ = [^`]*)` in (?:line (\d+)|the table .* in line (\d+)$)", one.words
        )
        assert found is not None, one.words
        there, below = found[2], found[3]
        assert one.line == int(there or below)
        lines[one.line - 1 : one.line] = [found[1]] if there else [lines[one.line - 1], found[1]]
    return "\n".join(lines)


def changed(data: Mapping[str, Any], advice: tuple[Advice, ...]) -> dict[str, Any]:
    """The data with each line that the words say, where its key says that it belongs."""
    found = copy.deepcopy(dict(data))
    for one in advice:
        if one.key is None:
            continue
        line = re.search(r"`(\w+ = [^`]*)`", one.words)
        assert line is not None
        ((name, value),) = _toml.loads(line[1]).items()
        assert (name, value) == (one.key[-1], one.value)
        place: Any = found
        for step in one.key[:-1]:
            place = place[step]
        place[name] = value
    return found


def test_the_published_example_needs_one_line() -> None:
    (one,) = advise(explain(PUBLISHED, "2026.4"), WANTED)
    assert one.key == ("parsl", "executors", 0, "cores_per_worker")
    assert (one.value, one.words) == (
        12,
        "each action has 1 CPU, not 12: write `cores_per_worker = 12` in the table of the executor,"
        " below [[parsl.executors]] in line 2",
    )
    assert one.line == 2
    assert advise(explain(RIGHT, "2026.4"), WANTED) == ()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("max_blocks = 25", "max_blocks = 5", "`max_blocks = 25`"),
        ("max_blocks = 25", "max_blocks = 40", "`max_blocks = 25`"),
        ("max_blocks = 25", "max_blocks = 40\ninit_blocks = 30", "`init_blocks = 25`"),
        ("[parsl]\n", '[parsl]\nstrategy = "none"\n', '`strategy = "simple"`'),
        ("mem_per_node = 96", "mem_per_node = 48", "`mem_per_node = 96`"),
        ("mem_per_node = 96\n", "", "`mem_per_node = 96`"),
        ("cores_per_node = 12", "cores_per_node = 6", "`cores_per_node = 12`"),
        ("max_blocks = 25", "max_blocks = 25\nparallelism = 0", "`parallelism = 1`"),
        ("max_blocks = 25", "max_blocks = 25\nnodes_per_block = 3", "`nodes_per_block = 1`"),
        (
            "mem_per_node = 96",
            'scheduler_options = "#SBATCH --mem-per-cpu=4G"',
            '`scheduler_options = "#SBATCH --mem-per-cpu=8G"`',
        ),
        ("walltime", "# walltime", '`walltime = "24:00:00"`'),
        ("24:00:00", "24h", '`walltime = "24:00:00"`'),
    ],
)
def test_it_names_the_line(old: str, new: str, line: str) -> None:
    text = RIGHT.replace(old, new)
    wanted = Intention(actions=25, cpus=12, memory_gb=96, walltime="24:00:00")
    told = advise(explain(text, "2026.4"), wanted)
    assert f"write {line}" in "\n".join(one.words for one in told)
    data = changed(_toml.loads(text), told)
    assert _toml.loads(edited(text, told)) == data
    assert advise(explain(data, "2026.4"), wanted) == ()


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("max_blocks = 25", "max_blocks = 5", "in line 10, instead of `max_blocks = 5`"),
        ("mem_per_node = 96\n", "", "below [parsl.executors.provider] in line 6"),
        ("[parsl]\n", '[parsl]\nstrategy = "none"\n', 'line 2, instead of `strategy = "none"`'),
    ],
)
def test_it_says_where(old: str, new: str, place: str) -> None:
    assert place in words(RIGHT.replace(old, new), WANTED)


INLINE = """\
[parsl]
executors = [
 {class = "HighThroughputExecutor", label = "default",
  provider = {class = "SlurmProvider", cores_per_node = 12}}]
"""
DOTTED = """\
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
provider.class = "SlurmProvider"
provider.cores_per_node = 12
provider.init_blocks = 0
"""


def test_it_says_where_in_braces_and_dotted_keys() -> None:
    told = words(INLINE, Intention(actions=5, cpus=12))
    assert "in the table of the provider, between the braces in line 4" in told
    assert "in the table of the executor, between the braces in line 3" in told
    told = words(DOTTED, Intention(actions=5, cpus=12))
    assert "in the table of the provider, beside `class` in line 4" in told


def test_it_says_where_tables_are_missing() -> None:
    text = 'parsl.executors = [{class = "HighThroughputExecutor", label = "default"}]\n'
    told = words(text, Intention(actions=5, cpus=1, walltime="01:00:00"))
    assert "between the braces in line 1" in told


def test_memory_for_each_core_of_whole_nodes_becomes_memory_of_a_node() -> None:
    """How much 16 GB for each core is depends on the node, and few have so much."""
    options = 'scheduler_options = "#SBATCH --nice\\n#SBATCH --mem-per-cpu=16G --gres=gpu:1"'
    text = RIGHT.replace("mem_per_node = 96", options).replace("exclusive = false\n", "")
    assert explain(text, "2026.4").executors[0].memory_gb_per_action is None
    told = {one.key[-1]: one.value for one in advise(explain(text, "2026.4"), WANTED) if one.key}
    rest = "#SBATCH --nice\n#SBATCH --gres=gpu:1"
    assert told == {"mem_per_node": 96, "scheduler_options": rest}


def test_a_longer_time() -> None:
    assert 'write `walltime = "48:00:00"`' in words(RIGHT, Intention(walltime="48:00:00"))


def test_this_machine() -> None:
    local = q2pconf.preset("local", release="2026.4", actions=2).text
    assert words(local, Intention(actions=2, cpus=1, walltime="24:00:00")) == ""
    assert words(local, Intention(actions=4)).startswith(
        "2 actions run at a time here, not 4: write `max_workers_per_node = 4` in line "
    )
    told = words(local, Intention(actions=2, cpus=4, memory_gb=8))
    assert "(2 actions take 8 CPUs and 16 GB of this machine)" in told
    assert "`cores_per_worker = 4`" in told
    assert "`mem_per_worker = 8`" in told


def test_threads_have_no_cpus_of_their_own() -> None:
    text = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
    one, other = advise(explain(text, "2026.4"), Intention(actions=7, cpus=2))
    assert (one.key, one.value) == (("parsl", "executors", 0, "max_threads"), 7)
    assert other.key is None
    assert "threads share this machine's CPUs" in other.words


@pytest.mark.parametrize("name", ["torque", "grid_engine", "lsf", "condor"])
def test_schedulers_without_a_key_for_it(name: str) -> None:
    text = (Path(__file__).parent / "examples" / f"{name}.toml").read_text()
    told = advise(explain(text, "2026.4"), Intention(actions=8, cpus=4, memory_gb=16))
    again = advise(
        explain(changed(_toml.loads(text), told), "2026.4"),
        Intention(actions=8, cpus=4, memory_gb=16),
    )
    assert [one for one in again if one.key is not None] == []
    assert all("scheduler_options" in one.words for one in again)


def test_no_executor_is_labelled_default() -> None:
    (one,) = advise(explain(RIGHT.replace('"default"', '"main"'), "2026.4"), WANTED)
    assert (one.key, one.value) == (("parsl", "executors", 0, "label"), "default")
    (none,) = advise(explain("[parsl]\nretries = 1\n", "2026.4"), WANTED)
    assert none.key is None
    assert "names no executors" in none.words


def test_no_number_makes_actions_run_on_mpi() -> None:
    text = RIGHT.replace("HighThroughputExecutor", "MPIExecutor")
    (one,) = advise(explain(text, "2026.4"), WANTED)
    assert (one.key, "fails on MPIExecutor" in one.words) == (None, True)


def test_no_more_actions_than_accelerators() -> None:
    text = (
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\n'
        'available_accelerators = ["0", "1"]\nmem_per_worker = 4\n'
    )
    told = advise(explain(text, "2026.4"), Intention(actions=7, memory_gb=4))
    assert [one.key for one in told] == [None]
    assert "`available_accelerators`" in told[0].words


def test_two_executors_are_told_apart() -> None:
    text = f'{PUBLISHED}[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "t"\n'
    assert "in the table of the executor labelled default, below" in words(text, WANTED)


def test_what_parsl_does_not_know_is_left_alone() -> None:
    for provider in ("NoProvider", "AWSProvider", "KubernetesProvider"):
        text = PUBLISHED.replace("SlurmProvider", provider)
        assert advise(explain(text, "2026.4"), WANTED)


# Whatever file and wish: the advice makes it so.

_SLURM: dict[str, list[Any]] = {
    "cores_per_node": [1, 4, 12, 48, None],
    "mem_per_node": [4, 96, 200, None],
    "exclusive": [True, False],
    "max_blocks": [1, 4, 25, None],
    "init_blocks": [1, 3, None],
    "min_blocks": [0, 2, None],
    "nodes_per_block": [1, 2, 3, None],
    "walltime": ["01:00:00", "24:00:00"],
    "parallelism": [0.5, 1, None],
    "launcher": [None, None, {"class": "SrunLauncher"}, {"class": "SimpleLauncher"}],
    "scheduler_options": [None, None, "#SBATCH --nice"],
}
_PBS = {
    **{key: value for key, value in _SLURM.items() if not re.match("cores|mem|excl|sched", key)},
    "cpus_per_node": [1, 4, 12, 48, None],
    "select_options": [None, "mem=96gb", "ngpus=1", "mem=8gb:ngpus=1"],
    "launcher": [None, None, {"class": "MpiExecLauncher"}],
}
_LOCAL: dict[str, list[Any]] = {
    "max_blocks": [1, 5, None], "init_blocks": [1, 2, None], "nodes_per_block": [1, 2, None],
}  # fmt: skip
_PROVIDERS = {"SlurmProvider": _SLURM, "PBSProProvider": _PBS, "LocalProvider": _LOCAL}
_POOL: dict[str, list[Any]] = {
    "cores_per_worker": [None, None, 1, 4, 12, 0.5],
    "mem_per_worker": [None, None, None, 4, 24.5],
    "max_workers_per_node": [None, 1, 3, 8],
    "max_workers": [None, 1, 3, 8],
    "available_accelerators": [None, None, None, ["0", "1"]],
}
_TOO_EARLY = {"max_workers_per_node": ("2023.9", "2024.2"), "max_workers": ("2026.4", "2026.10")}
RELEASES = ("2023.9", "2024.2", "2024.5", "2024.10", "2026.1", "2026.4", "2026.10")


def _some(randomly: random.Random, choices: dict[str, list[Any]]) -> dict[str, Any]:
    picked = {key: randomly.choice(values) for key, values in choices.items()}
    return {key: value for key, value in picked.items() if value is not None}


def _generated(randomly: random.Random, release: str) -> dict[str, Any]:
    parsl = _some(randomly, {"strategy": [None, "simple", "none", "htex_auto_scale"]})
    if randomly.random() < 0.1:
        threads = {"class": "ThreadPoolExecutor", "label": "default", "max_threads": 3}
        return {"parsl": {**parsl, "executors": [threads]}}
    kind = randomly.choice(list(_PROVIDERS))
    provider = {"class": kind, **_some(randomly, _PROVIDERS[kind])}
    if release == "2023.9":
        provider.pop("launcher", None)
    executor = {"class": "HighThroughputExecutor", "label": "default", **_some(randomly, _POOL)}
    if kind == "LocalProvider":  # so many accelerators are all that this machine has
        executor.pop("available_accelerators", None)
    for key, releases in _TOO_EARLY.items():
        if release in releases:
            executor.pop(key, None)
    return {"parsl": {**parsl, "executors": [{**executor, "provider": provider}]}}


def _wish(randomly: random.Random, *, threads: bool) -> Intention:
    actions = randomly.choice([1, 2, 7, 24, 25, 60, 100])
    if threads:
        return Intention(actions=actions)
    return Intention(
        actions=randomly.choice([None, actions, actions]),
        cpus=randomly.choice([None, 1, 4, 12, 20]),
        memory_gb=randomly.choice([None, 2, 8, 96]),
        walltime=randomly.choice([None, "12:00:00", "48:00:00"]),
    )


def _gives(found: Explanation, wanted: Intention) -> bool:
    """Whether an explanation says of the executor that it gives what is wanted."""
    one = found.executors[0]
    here = one.provider in (None, "LocalProvider")
    return (
        wanted.actions in (None, one.concurrent_actions)
        and (here or wanted.cpus in (None, one.cores_per_action))
        and (here or (one.memory_gb_per_action or 0) >= (wanted.memory_gb or 0))
        and (here or not wanted.walltime or (one.walltime_seconds or 0) >= 3600 * 12)
    )


@pytest.mark.parametrize("release", RELEASES)
def test_the_advice_makes_it_so(release: str) -> None:
    randomly = random.Random(release)
    tried = given = 0
    while tried < 30:
        data = _generated(randomly, release)
        before = explain(data, release)
        if before.errors:
            continue
        tried += 1
        wanted = _wish(randomly, threads="max_threads" in data["parsl"]["executors"][0])
        told = advise(before, wanted)
        given += bool(told)
        after = explain(changed(data, told), release)
        assert after.errors == 0, (data, wanted, told)
        assert advise(after, wanted) == (), (data, wanted, told)
        assert _gives(after, wanted), (data, wanted, told)
    assert given > 15


def test_exit_code_of_an_intention(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "f.toml"
    file.write_text(PUBLISHED)
    asked = ["explain", str(file), "--release", "2026.4", "--for"]
    assert [main([*asked, text]) for text in ("300 actions", "25 actions", "25")] == [0, 1, 2]
    assert capsys.readouterr().err.count("\n") == 1
    main(["explain", "--help"])
    assert "exit code 1 if the file does not give it" in " ".join(capsys.readouterr().out.split())


def test_json_has_the_advice(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "f.toml"
    file.write_text(PUBLISHED)
    arguments = ["explain", str(file), "--release", "2026.4", "--format", "json"]
    assert main([*arguments, "--for", "25 actions, 12 cpus, 96GB"]) == 1
    (one,) = json.loads(capsys.readouterr().out)["advice"]
    assert one.pop("message")
    key = ["parsl", "executors", 0, "cores_per_worker"]
    assert one == {"key": key, "value": 12, "line": 2}
    assert main([*arguments, "--for", "300 actions"]) == 0
    assert json.loads(capsys.readouterr().out)["advice"] == []
    assert main(arguments) == 0
    assert "advice" not in json.loads(capsys.readouterr().out)
