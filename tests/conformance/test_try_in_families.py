"""``try`` with the real Parsl of every release: workers of this machine, and threads."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import Family

from q2pconf.cli import main

pytestmark = pytest.mark.conformance

ATTEMPTS = 6
"""Up to 2024.4.15 Parsl's pool may overlook that it is connected, where that is fast, and hang."""

CONFIG = """\
[parsl]
strategy = "none"

[[parsl.executors]]
class = "ThreadPoolExecutor"
label = "tpool"
max_threads = 2

[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
{workers} = 2
address = "127.0.0.1"

[parsl.executors.provider]
class = "LocalProvider"
init_blocks = 1
max_blocks = 1
worker_init = '''{worker_init}'''
"""


def file_for(family: Family, worker_init: str = "true") -> None:
    old = family.release in ("2023.7", "2023.9", "2024.2")
    workers = "max_workers" if old else "max_workers_per_node"
    text = CONFIG.format(workers=workers, worker_init=worker_init)
    Path("f.toml").write_text(text, encoding="utf-8")


def test_workers_and_threads(
    family: Family,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    file_for(family)
    prefix = str(family.python.parent.parent)
    for _ in range(ATTEMPTS):
        code = main(["try", "f.toml", "--env", prefix, "--format", "json", "--timeout", "25s"])
        told = json.loads(capsys.readouterr().out)
        if told["ok"]:
            break
    assert (code, told["ok"]) == (0, True), told
    assert [(one["label"], one["promised"], one["seen"]) for one in told["executors"]] == [
        ("tpool", 2, 2),
        ("default", 2, 2),
    ]
    assert [one["problems"] for one in told["executors"]] == [[], []]
    assert {node["parsl"] for one in told["executors"] for node in one["nodes"]} == {told["parsl"]}
    assert os.path.isfile(os.path.join(told["run_dir"], "parsl.log"))
    assert not list(tmp_path.glob(".q2pconf*"))


def test_dead_worker(
    family: Family,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    file_for(family, "echo the module is gone >&2; exit 1")
    prefix = str(family.python.parent.parent)
    code = main(["try", "f.toml", "--env", prefix, "--format", "json", "--timeout", "90s"])
    told = json.loads(capsys.readouterr().out)
    assert code == 1
    (problem,) = told["executors"][1]["problems"]
    assert "the module is gone" in problem["message"]
    assert told["executors"][0]["ok"]


@pytest.mark.parametrize("mode", ["task_exit", "periodic", "dfk_exit", "manual"])
def test_checkpoints(
    family: Family,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    mode: str,
) -> None:
    """Parsl up to 2025 writes them also when it ends; later ones know no such keys."""
    monkeypatch.chdir(tmp_path)
    keys = f'checkpoint_mode = "{mode}"\ncheckpoint_period = "00:00:01"\n'
    threads = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
    Path("f.toml").write_text(f"[parsl]\n{keys}{threads}max_threads = 2\n", encoding="utf-8")
    prefix = str(family.python.parent.parent)
    code = main(["try", "f.toml", "--env", prefix, "--format", "json", "--timeout", "60s"])
    told = json.loads(capsys.readouterr().out)
    if family.release < "2026.4" and not family.release.startswith("parsl"):
        assert (code, told["ok"], told["executors"][0]["seen"]) == (0, True, 2), told
    else:
        assert (code, told["executors"]) == (1, [])
        assert "was removed in Parsl 2025.12.8" in told["problems"][0]["message"]
