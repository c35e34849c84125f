"""The file that ``init`` writes runs a real pipeline, in parallel, in worker processes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from conftest import Family

from q2pconf.cli import main

pytestmark = pytest.mark.conformance

RUN = Path(__file__).with_name("dummy_pipeline.py")


def test_pipeline_of_the_dummy_plugin(
    family: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    target = tmp_path / "qiime2_config.toml"
    assert main(["init", "--preset", "local", "--release", family.release, "-o", str(target)]) == 0
    env = {**os.environ, "QIIMETEST": "", "TMPDIR": str(tmp_path)}
    env["PATH"] = f"{family.python.parent}{os.pathsep}{env['PATH']}"
    done = subprocess.run(
        [family.python, "-W", "ignore", RUN],
        capture_output=True,
        text=True,
        env=env,
        timeout=180,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[1, 2]"
    assert list(tmp_path.glob("runinfo/000/default/block-0/*/worker_*.log"))
