"""advising: what a person wants, and the lines that make it so; made and counted again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from advice import changed, edited

import q2pconf
from q2pconf import _toml
from q2pconf.advising import Intention, advise
from q2pconf.cli import main
from q2pconf.explanation import explain

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


LOCAL = """\
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
available_accelerators = [
  "0", "1",
]
"""


def words(text: str, wanted: Intention, release: str = "2026.4") -> str:
    return "\n".join(one.words for one in advise(explain(text, release), wanted))


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


def test_more_jobs_rather_than_crowded_nodes() -> None:
    """The smallest change is none that makes the actions share what one of them has now."""
    examples = Path(__file__).parent / "examples"
    for name, actions, line in [
        ("pbs", 1000, "max_blocks = 250"),
        ("lsf", 1000, "max_blocks = 1000"),
        ("torque", 7, "max_blocks = 7"),
    ]:
        text = (examples / f"{name}.toml").read_text()
        (one,) = advise(explain(text, "2024.5"), Intention(actions=actions))
        assert f"write `{line}`" in one.words
    told = words((examples / "pbs.toml").read_text(), Intention(actions=80, cpus=2), "2024.5")
    assert "`cpus_per_node = 8`" in told  # more actions in a job had each 12 GB, not 24
    assert "`max_blocks = 20`" in told


def test_a_job_of_one_core_runs_one_action() -> None:
    """Also where nothing can be done for the CPUs that are wanted."""
    text = (Path(__file__).parent / "examples" / "torque.toml").read_text()
    text = text.replace("max_workers_per_node = 1\n", "")
    told = advise(explain(text, "2026.4"), Intention(actions=25, cpus=12))
    assert {one.key[-1]: one.value for one in told if one.key} == {
        "max_workers_per_node": 1,
        "max_blocks": 25,
    }


def test_one_group_on_this_machine() -> None:
    text = LOCAL.replace('available_accelerators = [\n  "0", "1",\n]', "max_workers_per_node = 4")
    (one,) = advise(explain(text, "2026.4"), Intention(actions=1000))
    assert (one.key, one.value) == (("parsl", "executors", 0, "max_workers_per_node"), 1000)
    assert one.words.startswith("4 actions run at a time here, not 1000")
    (one,) = advise(explain(text.replace("= 4", "= 1"), "2026.4"), Intention(actions=3))
    assert one.words.startswith("1 action runs at a time here, not 3")


@pytest.mark.parametrize("option", ["--cpus-per-task=12", "-c 12", "-c12", "--cpus-per-task 12"])
def test_cpus_are_asked_for_once(option: str) -> None:
    text = RIGHT.replace(
        "cores_per_node = 12", f'scheduler_options = "#SBATCH --nice {option} --gres=gpu:1"'
    )
    wanted = Intention(actions=4, cpus=2)
    told = advise(explain(text, "2026.4"), wanted)
    data = changed(_toml.loads(text), told)
    codes = {one.code for one in q2pconf.validate(edited(text, told), "2026.4").findings}
    assert "Q2P244" not in codes
    assert "--nice" in data["parsl"]["executors"][0]["provider"]["scheduler_options"]
    assert "--gres=gpu:1" in data["parsl"]["executors"][0]["provider"]["scheduler_options"]


@pytest.mark.parametrize("option", ["--time=3-00:00:00", "-t 4320", "--time 72:00:00"])
def test_a_time_in_the_options_of_slurm(option: str) -> None:
    text = RIGHT.replace(
        "max_blocks = 25", f'max_blocks = 25\nscheduler_options = "#SBATCH --nice {option}"'
    )
    assert advise(explain(text, "2026.4"), Intention(walltime="72:00:00")) == ()
    told = advise(explain(text, "2026.4"), Intention(walltime="120:00:00"))
    assert {one.key[-1]: one.value for one in told if one.key} == {
        "scheduler_options": "#SBATCH --nice",
        "walltime": "120:00:00",
    }
    assert "`--time` in `scheduler_options` decides how long a job runs, not" in told[0].words
    assert "a job has 3 days" in told[1].words


def test_options_of_slurm_are_told_with_their_figures() -> None:
    text = RIGHT.replace("mem_per_node = 96", 'scheduler_options = "#SBATCH --mem=96G"')
    told = words(text, Intention(actions=10, cpus=12, memory_gb=300))
    assert "enough for 1 action at a time on a node, 12 CPUs and 300 GB for each" in told
    text = text.replace("--mem=96G", "--mem-per-cpu=4G").replace("exclusive = false\n", "")
    assert "`mem_per_node` asks for the same as `scheduler_options`: write" in words(text, WANTED)


@pytest.mark.parametrize(
    ("name", "wanted", "shown"),
    [
        ("torque", Intention(cpus=8), ['"#PBS -l nodes=1:ppn=8"']),
        ("torque", Intention(memory_gb=16), ['"#PBS -l mem=16gb"']),
        ("lsf", Intention(memory_gb=16), ['"#BSUB -M 16GB"']),
        (
            "grid_engine",
            Intention(cpus=4, memory_gb=16),
            ['"#$ -l h_vmem=4G" for each of 8 slots (2 actions at a time on a node)'],
        ),
        ("condor", Intention(walltime="48:00:00"), ["ask for 48:00:00 in `scheduler_options`"]),
    ],
)
def test_lines_to_write_by_hand_have_the_figures(
    name: str, wanted: Intention, shown: list[str]
) -> None:
    text = (Path(__file__).parent / "examples" / f"{name}.toml").read_text()
    told = [one.words for one in advise(explain(text, "2026.4"), wanted) if one.key is None]
    assert len(told) == len(shown)
    assert all(part in line for part, line in zip(shown, told, strict=True))


def test_a_time_in_the_options_of_others() -> None:
    text = (Path(__file__).parent / "examples" / "grid_engine.toml").read_text()
    text = text.replace("-pe smp 8", "-l h_rt=1:0:0")
    told = words(text, Intention(walltime="48:00:00"))
    assert 'take it out there and write `walltime = "48:00:00"`' in told


def test_a_count_that_cannot_be_read() -> None:
    told = words(RIGHT.replace("= 25", '= "25"'), WANTED)
    assert told.startswith("how many jobs there are at a time cannot be said, and 25 needed: write")


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


def test_what_parsl_does_not_know_is_left_alone() -> None:
    for provider in ("NoProvider", "AWSProvider", "KubernetesProvider"):
        text = PUBLISHED.replace("SlurmProvider", provider)
        assert advise(explain(text, "2026.4"), WANTED)


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
