"""The README shows what q2pconf prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from q2pconf.cli import main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = {
    shlex.split(command)[0]: (command, shown)
    for command, shown in re.findall(r"```console\n\$ q2pconf (.*?)\n(.*?)```", README, re.DOTALL)
}
OLD = """\
[parsl]

[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
max_workers = 8
"""


@pytest.mark.parametrize("name", ["validate", "init", "migrate"])
def test_example(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old.toml").write_text(OLD)
    environment = tmp_path / "environment"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "process_worker_pool.py").touch()
    monkeypatch.setenv("CONDA_PREFIX", str(environment))
    monkeypatch.setenv("PATH", "/nonexistent")  # no scheduler to ask
    monkeypatch.chdir(tmp_path)
    command, shown = BLOCKS[name]
    main(shlex.split(command))
    out, err = capsys.readouterr()
    assert f"{out}{err}" == shown
