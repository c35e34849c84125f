"""init without a terminal: what must be said, a file of answers, ``--set`` and ``--map``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from q2pconf.cli import main
from q2pconf.cluster import Cluster, Queue
from q2pconf.document import Document

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Captured = pytest.CaptureFixture[str]

BATCH = ["--actions", "25", "--cpus", "12", "--memory", "96GB", "--walltime", "24h"]
SLURM = ["init", "-o", "-", "--preset", "slurm", *BATCH]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, no cluster, no environment, no presets of anybody."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    monkeypatch.setattr("q2pconf.cluster.detect", lambda env: None)
    for name in ("CONDA_PREFIX", "VIRTUAL_ENV", "CONDA_EXE", "MAMBA_EXE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return empty


def on_a_cluster(monkeypatch: pytest.MonkeyPatch, scheduler: Any = "slurm") -> None:
    found = Cluster(scheduler=scheduler, queues=(Queue(name="q", default=True),))
    monkeypatch.setattr("q2pconf.cluster.detect", lambda env: found)


def printed(capsys: Captured, *arguments: str) -> dict[str, Any]:
    """The data of the file that init prints."""
    code = main(list(arguments))
    out, err = capsys.readouterr()
    assert code == 0, err
    return tomllib.loads(out)


def refused(capsys: Captured, *arguments: str) -> str:
    """What init says when it refuses, which it does without a file."""
    before = sorted(os.listdir())
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sorted(os.listdir()) == before
    assert err.startswith("q2pconf: ")
    return err


def test_batch(capsys: Captured) -> None:
    provider = printed(capsys, *SLURM)["parsl"]["executors"][1]["provider"]
    assert provider["max_blocks"] == 25
    assert provider["cores_per_node"] == 12
    assert provider["mem_per_node"] == 96
    assert provider["walltime"] == "24:00:00"


def test_batch_is_summed_up_in_three_lines(capsys: Captured) -> None:
    assert main([*SLURM, "--worker-init", "module load qiime2"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "up to 25 actions at a time: 25 jobs, 1 action in each",
        "each with 12 CPUs and 96 GB, for at most 1 day",
        "asks the scheduler for up to 300 CPUs and 2400 GB at a time",
    ]


@pytest.mark.parametrize("name", ["slurm", "pbs"])
def test_what_only_the_person_knows_is_named(capsys: Captured, name: str) -> None:
    err = refused(capsys, "init", "--preset", name)
    assert "missing: --actions, --cpus, --memory, --walltime (--yes takes the suggested" in err
    err = refused(capsys, "init", "--preset", name, "--cpus", "2", "--walltime", "1h")
    assert "missing: --actions, --memory (" in err
    printed(capsys, "init", "--preset", name, "--yes", "-o", "-")


def test_a_cluster_wants_a_preset(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_cluster(monkeypatch)
    assert "--preset is needed: slurm for the cluster, local for" in refused(capsys, "init")
    data = printed(capsys, "init", "--yes", "-o", "-")
    assert data["parsl"]["executors"][1]["provider"]["class"] == "SlurmProvider"
    data = printed(capsys, "init", "--preset", "local", "-o", "-")
    assert data["parsl"]["executors"][1]["provider"]["class"] == "LocalProvider"


@pytest.mark.parametrize("scheduler", ["sge", "torque"])
def test_a_cluster_without_a_preset_of_its_own(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, scheduler: str
) -> None:
    on_a_cluster(monkeypatch, scheduler)
    data = printed(capsys, "init", "--yes", "-o", "-")
    assert data["parsl"]["executors"][1]["provider"]["class"] == "LocalProvider"
    err = refused(capsys, "init")
    assert f"{scheduler} for the cluster" not in err, "there is no such preset"


@pytest.mark.parametrize(
    ("option", "where", "value"),
    [
        ("retries=3", ("retries",), 3),
        ("usage_tracking=0", ("usage_tracking",), 0),
        ("strategy=none", ("strategy",), "none"),
        ("provider.cmd_timeout=30", ("executors", 1, "provider", "cmd_timeout"), 30),
        ("cmd_timeout = 31", ("executors", 1, "provider", "cmd_timeout"), 31),
        ("tpool.max_threads=2", ("executors", 0, "max_threads"), 2),
        ('provider.scheduler_options="#SBATCH -C x=y"',
         ("executors", 1, "provider", "scheduler_options"), "#SBATCH -C x=y"),
        ("parsl.executors[1].heartbeat_period=9", ("executors", 1, "heartbeat_period"), 9),
        ("default.cores_per_worker=2.5", ("executors", 1, "cores_per_worker"), 2.5),
        ("parallelism=0.5", ("executors", 1, "provider", "parallelism"), 0.5),
        ("encrypted=true", ("executors", 1, "encrypted"), True),
        ('launcher={ class = "SrunLauncher" }', ("executors", 1, "provider", "launcher"),
         {"class": "SrunLauncher"}),
    ],
)  # fmt: skip
def test_set(capsys: Captured, option: str, where: tuple[str | int, ...], value: Any) -> None:
    data: Any = printed(capsys, *SLURM, "--set", option)["parsl"]
    for part in where:
        data = data[part]
    assert data == value
    assert type(data) is type(value)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("retries", "KEY=VALUE is needed, such as retries=1, not 'retries'"),
        ("=3", "KEY=VALUE is needed"),
        ("nothing=3", "--set nothing: Parsl"),
        ("provider.nothing=3", "has no such key in provider"),
        ("label=x", "several tables have that key; write one of: tpool.label, default.label"),
        ("retries=many", "the file would have an error: `retries`"),
        ("provider.walltime=1h", "the file would have an error: "),
        ("parsl.executors[9].label=x", "--set parsl.executors[9].label: "),
        ("parsl.executors.x.label=x", "--set parsl.executors.x.label: "),
        ("parsl.strategy.x=1", "--set parsl.strategy.x: "),
        ("parsl.nothing.x=1", ""),
        ("parsl.executors=3", "--set parsl.executors: the file has no place for that"),
        ("default.label=other", "the file would have an error: "),
        ("run_dir=\udcff", "UTF-8"),
        ("default.provider=3", "--set default.provider: the file has no place"),
        ("d=1979-05-27", "--set d: "),
    ],
)
def test_set_what_cannot_be(capsys: Captured, option: str, message: str) -> None:
    assert message in refused(capsys, *SLURM, "--set", option)


def test_set_twice_takes_the_last(capsys: Captured) -> None:
    data = printed(capsys, *SLURM, "--set", "retries=1", "--set", "retries=2")
    assert data["parsl"]["retries"] == 2


def answers(text: str) -> list[str]:
    Path("answers.toml").write_text(text, encoding="utf-8")
    return ["--answers", "answers.toml"]


FILE = """\
actions = 25
cpus = 12
memory = "96GB"
walltime = "24h"
partition = "long"
account = "lab"
qos = "high"
exclusive = false
worker_init = "module load q2"
map = ["dada2.denoise-paired=tpool"]
[set]
retries = 2
"provider.cmd_timeout" = 40
"""


def test_answers_of_a_file(capsys: Captured) -> None:
    parsl = printed(capsys, "init", "-o", "-", "--preset", "slurm", *answers(FILE))["parsl"]
    provider = parsl["executors"][1]["provider"]
    assert (provider["partition"], provider["account"], provider["qos"]) == ("long", "lab", "high")
    assert (provider["max_blocks"], provider["cores_per_node"]) == (25, 12)
    assert (provider["exclusive"], provider["worker_init"]) == (False, "module load q2")
    assert (parsl["retries"], provider["cmd_timeout"]) == (2, 40)
    assert parsl["executor_mapping"] == {"dada2": {"denoise_paired": "tpool"}}


def test_options_win_over_the_file(capsys: Captured) -> None:
    options = ["--cpus", "3", "--exclusive", "--map", "a.b=tpool", "--set", "retries=9"]
    line = ["init", "-o", "-", "--preset", "slurm", *options, *answers(FILE)]
    parsl = printed(capsys, *line)["parsl"]
    provider = parsl["executors"][1]["provider"]
    assert (provider["cores_per_node"], provider["max_blocks"]) == (3, 25)
    assert provider["exclusive"] is True
    assert parsl["executor_mapping"] == {"a": {"b": "tpool"}}
    assert (parsl["retries"], provider["cmd_timeout"]) == (9, 40)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", "answers.toml: there is no answer 'colour'; known: actions, cpus"),
        ("max-cpus = 1", "there is no answer 'max-cpus'; known: "),
        ("cpus = \n", "answers.toml: line 1: "),
        ("\ncpus = 1\ncpus = 2\n", "answers.toml: line 3: "),
        ("cpus = 1.5", "--cpus: "),
        ("cpus = true", "--cpus: "),
        ('exclusive = "yes"', "--exclusive: true or false is needed, not 'yes'"),
        ("memory = [1]", "--memory: "),
        ("walltime = 12:00:00", "--walltime: |answers.toml"),
        ("walltime = 24", "--walltime: 24 is a number without a unit"),
        ("map = 3", "--map: a list of PLUGIN.ACTION=LABEL is needed"),
        ("set = 3", "--set: a table of keys and values is needed, not 3"),
        ("account = 7", "--account: "),
        ("[set]\nnothing = 1", "--set nothing: "),
    ],
)
def test_answers_that_cannot_be(capsys: Captured, text: str, message: str) -> None:
    given = answers(text)
    for more in ([], ["--set", "retries=1"]):
        err = refused(capsys, "init", "--preset", "slurm", "--yes", *more, *given)
        assert any(part in err for part in message.split("|"))


def test_answers_that_are_no_text(capsys: Captured) -> None:
    Path("answers.toml").write_bytes(b"\xff\xfe\x00")
    assert "answers.toml: " in refused(capsys, "init", "--answers", "answers.toml")


@pytest.mark.parametrize(
    ("release", "mapping"),
    [
        ("2024.5", {"denoise_paired": "tpool", "summarize": "default"}),
        (
            "2026.4",
            {"dada2": {"denoise_paired": "tpool"}, "feature_table": {"summarize": "default"}},
        ),
    ],
)
def test_map(capsys: Captured, release: str, mapping: dict[str, Any]) -> None:
    lines = ["--map", "dada2.denoise-paired=tpool", "--map", "feature-table.summarize=default"]
    data = printed(capsys, *SLURM, *lines, "--release", release)
    assert data["parsl"]["executor_mapping"] == mapping
    assert data.get("executor_mapping", mapping) == mapping


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("dada2.denoise=gpu", "no executor has that label (tpool, default)"),
        ("denoise=tpool", "PLUGIN.ACTION=LABEL is needed"),
        ("a.b=", "PLUGIN.ACTION=LABEL is needed"),
    ],
)
def test_map_what_cannot_be(capsys: Captured, value: str, message: str) -> None:
    assert message in refused(capsys, *SLURM, "--map", value)


def test_map_by_the_labels_of_the_release(capsys: Captured) -> None:
    line = ["init", "--preset", "local", "-o", "-", "--release", "2024.5", "--map"]
    data = printed(capsys, *line, "dada2.x=htex")
    assert data["parsl"]["executor_mapping"] == {"x": "htex"}
    assert "no executor has that label (default, htex)" in refused(capsys, *line, "a.b=tpool")


@pytest.mark.parametrize(
    ("option", "value"),
    [("--walltime", "24"), ("--memory", "lots"), ("--cpus", "0"), ("--partition", "a b"),
     ("--actions", "1.5"), ("--environment", ""), ("--account", "$(id)"), ("--queue", "-x")],
)  # fmt: skip
def test_nonsense_is_refused_by_its_option(capsys: Captured, option: str, value: str) -> None:
    assert f"q2pconf: {option}: " in refused(capsys, *SLURM, f"{option}={value}")


def test_what_is_rounded_is_said(capsys: Captured) -> None:
    assert main([*SLURM, "--memory", "1.5GB", "--walltime", "90s"]) == 0
    out, err = capsys.readouterr()
    assert "note: --memory: '1.5GB' is rounded up to 2 GB\n" in err
    assert "note: --walltime: '90s' is rounded up to 2 minutes" in err
    assert Document(text=out).data["parsl"]["executors"][1]["provider"]["walltime"] == "00:02:00"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (["--preset", "local", "--environment", "q2"], "--environment means nothing for this"),
        (["--preset", "local", "--exclusive"], "--exclusive means nothing for this machine"),
        (["--preset", "slurm", "--max-cpus", "4"], "--max-cpus means nothing for jobs"),
        (["--preset", "local", "--cpus", "9999"], "no action would ever start"),
        (["--preset", "local", "--memory", "500TB"], "no action would ever start"),
        (["--preset", "slurm", "--environment", "x" * 300], None),
        (
            ["--preset", "slurm", "--set", 'provider.partition="a\\n#SBATCH --nodes=99"'],
            "partition is one line of text",
        ),
    ],
)
def test_answers_that_make_no_sense_there(
    capsys: Captured, answers: list[str], words: str | None
) -> None:
    code = main(["init", *answers, "--yes", "-o", "-"])
    err = capsys.readouterr().err
    assert "a bug in q2pconf" not in err
    assert code == (0 if words is None else 2)
    assert words is None or words in err
