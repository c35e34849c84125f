"""explain --script: the script that the release submits to a real Slurm, and what that says."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from q2pconf.cli import main

from .cluster import Slurm
from .families import activated, python_of

pytestmark = pytest.mark.slurm

Captured = pytest.CaptureFixture[str]

CONFIG = """\
[parsl]
strategy = "none"
run_dir = "{runs}"

[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
cores_per_worker = 2

[parsl.executors.provider]
class = "SlurmProvider"
partition = "{partition}"
cores_per_node = {cores}
mem_per_node = 8
exclusive = false
walltime = "{walltime}"
scheduler_options = "#SBATCH --comment='a b'"
worker_init = '''
# "Grüße" from `nobody`, $HOME and \\t
export PATH="{bin}:$PATH"   '''
"""

SUBMIT = """
import subprocess, sys, time
import parsl
from rachis.sdk.parallel_config import load_config_from_file
parsl.load(load_config_from_file(sys.argv[1])[0])
while not subprocess.run(["squeue", "--noheader"], capture_output=True, check=True).stdout:
    time.sleep(0.1)
parsl.dfk().cleanup()
"""
"""Starts Parsl with a file and ends it when its job is there."""

IN_EACH_RUN = (
    (r"block-0\.\d+\.\d+", "block-0.TIME"),
    (r"port=\d+", "port=PORT"),
    (r" -a \S+", " -a ADDRESSES"),
)


def same_in_each_run(script: str) -> str:
    for pattern, instead in IN_EACH_RUN:
        script = re.sub(pattern, instead, script)
    return script


@pytest.fixture
def explain(slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Any:
    """Runs explain --script in a folder of its own: the code, the script, what else was said."""

    def run(release: str, *options: str, **values: Any) -> tuple[int, str, str]:
        python = python_of(release)
        given = {"partition": "short", "cores": 4, "walltime": "00:10:00", "runs": "runs/today"}
        text = CONFIG.format(**{**given, "bin": python.parent, **values})
        (tmp_path / "f.toml").write_text(text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SLURM_CONF", str(slurm.conf))
        prefix = str(python.parent.parent)
        command = ["explain", "f.toml", "--script", "--release", release, "--env", prefix]
        code = main([*command, *options])
        said = capsys.readouterr()
        assert sorted(os.listdir(tmp_path)) == ["f.toml"]
        assert slurm.queue() == []
        return code, said.out, said.err

    return run


@pytest.mark.parametrize("release", ["2026.1", "2026.4"])
def test_script_is_the_one_that_is_submitted(
    slurm: Slurm, explain: Any, release: str, tmp_path: Path
) -> None:
    code, script, said = explain(release)
    assert code == 0
    assert "Slurm takes it (sbatch --test-only): Job " in said
    assert "to start at" in said
    assert slurm.run("sbatch", "--test-only", stdin=script, check=False).returncode == 0

    python = python_of(release)
    command = [python, "-W", "ignore", "-c", SUBMIT, "f.toml"]
    slurm.run(*command, cwd=tmp_path, env=activated(python), timeout=300)
    (folder,) = tmp_path.glob("runs/today/000/submit_scripts")
    (real,) = (p for p in folder.iterdir() if p.suffix not in (".stdout", ".stderr"))
    assert same_in_each_run(script) == same_in_each_run(real.read_bytes().decode())
    assert f"submitted with: sbatch {same_in_each_run(str(real))}" in same_in_each_run(said)


def test_job_that_would_wait_for_ever(explain: Any) -> None:
    """sbatch --test-only lets a job pass that is longer than its partition allows."""
    code, out, _ = explain("2026.4", "--format", "json", walltime="03:00:00")
    (one,) = json.loads(out)["scripts"]
    assert (code, one["test_only"]["ok"]) == (0, True)
    assert one["limits"] == ["a walltime of 3 hours is more than the 1 hour that short allows"]
    code, _, said = explain("2026.4", walltime="03:00:00")
    assert "the job would wait, perhaps for ever: a walltime of 3 hours" in said


def test_partition_that_is_down(explain: Any) -> None:
    code, out, _ = explain("2026.4", "--format", "json", partition="closed")
    (one,) = json.loads(out)["scripts"]
    assert one["limits"] == ["closed: it is down: jobs wait until it is opened"]
    assert code == (0 if one["test_only"]["ok"] else 1)


def test_job_that_is_refused(explain: Any) -> None:
    code, script, said = explain("2026.4", cores=99)
    assert code == 1
    assert "#SBATCH --cpus-per-task=99" in script
    assert "Slurm refuses it (sbatch --test-only): " in said
    assert "Requested node configuration is not available" in said
    assert "99 cores are more than the 16 of any node of short" in said
    code, _, said = explain("2026.4", partition="nowhere")
    assert code == 1
    assert "invalid partition specified: nowhere" in said


def test_folder_with_a_space(slurm: Slurm, explain: Any, tmp_path: Path) -> None:
    """Parsl does not quote the path: sbatch is given two, and opens neither."""
    code, script, said = explain("2026.4", runs="runs of today")
    assert (code, script) == (1, "")
    assert "Unable to open file" in said
    (tmp_path / "runs of today").mkdir()
    (tmp_path / "runs of today" / "script").write_text("#!/bin/sh\n", encoding="utf-8")
    path = tmp_path / "runs of today" / "script"
    done = slurm.run("sh", "-c", f"sbatch {path}", check=False)
    assert done.returncode == 1
    assert "Unable to open file" in done.stderr
