"""The file that ``init`` writes runs a real pipeline, in parallel, in worker processes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from conftest import Family

from q2pconf.cli import main

pytestmark = pytest.mark.conformance

RUN = """
from rachis.core.testing.util import get_dummy_plugin
plugin = get_dummy_plugin()
from rachis.core.testing.type import SingleInt
from rachis.sdk import Artifact
from rachis.sdk.parallel_config import ParallelConfig, load_config_from_file

one, two = (Artifact.import_data(SingleInt, number) for number in (1, 2))
config, mapping = load_config_from_file("qiime2_config.toml")
with ParallelConfig(config, mapping):
    future = plugin.pipelines["resumable_pipeline"].parallel([one, two], {"one": one, "two": two})
    results = future._result()
print(sorted(artifact.view(int) for artifact in results.list_return.values()))
"""


def test_pipeline_of_the_dummy_plugin(
    family: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    target = tmp_path / "qiime2_config.toml"
    assert main(["init", "--preset", "local", "--release", family.release, "-o", str(target)]) == 0
    env = {**os.environ, "QIIMETEST": "", "TMPDIR": str(tmp_path)}
    env["PATH"] = f"{family.python.parent}{os.pathsep}{env['PATH']}"
    done = subprocess.run(
        [family.python, "-W", "ignore", "-c", RUN],
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
