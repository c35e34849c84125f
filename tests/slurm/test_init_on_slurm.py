"""The file that ``init`` writes for Slurm runs a real QIIME 2 pipeline in jobs, as explained."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

import q2pconf
from q2pconf.cli import main

from .cluster import Slurm
from .families import activated, python_of

pytestmark = pytest.mark.slurm

HERE = Path(__file__).resolve().parent
ANSWERS = ("--actions", "3", "--cpus", "4", "--memory", "8GB", "--walltime", "30 min")

PIPELINE = HERE.parent / "conformance" / "dummy_pipeline.py"


def init(slurm: Slurm, release: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of a release, and in the folder the file that init writes for it."""
    python = python_of(release)
    monkeypatch.setenv("SLURM_CONF", str(slurm.conf))
    prefix = str(python.parent.parent)
    target = str(folder / "qiime2_config.toml")
    chosen = ["--preset", "slurm", *ANSWERS, "--environment", prefix]
    assert main(["init", *chosen, "--release", release, "-o", target]) == 0
    return python


@pytest.mark.parametrize("release", ["2026.1", "2026.4"])
def test_pipeline_of_the_dummy_plugin_runs_in_jobs(
    slurm: Slurm, release: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = init(slurm, release, tmp_path, monkeypatch)
    env = {**activated(python), "QIIMETEST": "", "TMPDIR": str(tmp_path)}
    command = [python, "-W", "ignore", PIPELINE]
    done = slurm.run(*command, cwd=tmp_path, env=env, timeout=400)
    assert done.stdout.splitlines()[-1] == "[1, 2]"
    assert list(tmp_path.glob("runinfo/000/default/block-0/*/worker_*.log"))
    assert slurm.queue() == []


def test_as_many_at_a_time_as_was_asked_and_explained(
    slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = init(slurm, "2026.4", tmp_path, monkeypatch)
    file = tmp_path / "qiime2_config.toml"
    explained = q2pconf.explain(file, "2026.4")
    (one,) = (each for each in explained.executors if each.label == "default")
    assert (explained.concurrent_actions, one.cores_per_action, one.memory_gb_per_action) == (
        3,
        4,
        8,
    )

    command = [python, "-W", "ignore", HERE / "parsl_tasks.py", file.name]
    done = slurm.run(*command, "3", cwd=tmp_path, env=activated(python), timeout=400)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert len({task["SLURM_JOB_ID"] for task in told["tasks"]}) == 3
    assert {task["PARSL_CORES"] for task in told["tasks"]} == {"4"}
    assert {" ".join(line.split()[1:4]) for line in told["queue"]} == {"RUNNING 1 4"}
    assert slurm.queue() == []


def test_wizard_knows_the_partitions(
    slurm: Slurm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLURM_CONF", str(slurm.conf))
    longer = [*ANSWERS[:-1], "3h"]
    assert main(["init", "--preset", "slurm", *longer, "--partition", "short", "-o", "-"]) == 0
    told = capsys.readouterr().err
    assert "3 hours is more than the 1 hour that short allows" in told
    assert "or let them wait for ever: give --partition long\n" in told
    assert main(["init", "--preset", "slurm", *longer, "--partition", "long", "-o", "-"]) == 0
    assert "is more than" not in capsys.readouterr().err
    assert os.environ["SLURM_CONF"] == str(slurm.conf)
