"""The local preset against the default file that each real loader writes itself."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

from q2pconf.releases import find
from q2pconf.wizard import preset

pytestmark = pytest.mark.conformance

# Runs in the release's environment: its own default, what it reads in our file and makes of it.
ASK_THE_LOADER = """
import importlib, json, sys

for name in ("rachis", "qiime2"):
    try:
        loader = importlib.import_module(name + ".sdk.parallel_config")
        break
    except ModuleNotFoundError:
        continue
read = loader._get_config_dict_from_file(sys.argv[1])
config, mapping = loader.load_config_from_file(sys.argv[1])
threads, processes = config.executors
json.dump({
    "default": loader.VENDORED_CONFIG,
    "read": read,
    "mapping": mapping,
    "strategy": config.strategy,
    "built": [
        [type(threads).__name__, threads.label, threads.max_threads],
        [type(processes).__name__, processes.label, processes.max_workers_per_node,
         type(processes.provider).__name__],
    ],
}, sys.stdout)
"""


def ask(python: str | Path, file: Path) -> dict[str, Any]:
    """What the loader of one environment says of a file, with nothing else to find."""
    hidden = ("CONDA_PREFIX", "QIIME2_CONFIG", "QIIMETEST", "PYTHONPATH")
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [str(python), "-c", ASK_THE_LOADER, str(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=file.parent,
        env=env,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_local_preset_is_the_default_file(family: Any, tmp_path: Path) -> None:
    release = find(str(getattr(family.release, "name", family.release)))
    workers = max((psutil.cpu_count() or 1) - 1, 1)
    document = preset("local", release=release, max_cpus=workers)
    file = tmp_path / "qiime2_config.toml"
    file.write_text(document.text, encoding="utf-8")

    answer = ask(family.python, file)

    assert answer["read"] == answer["default"] == document.data
    assert answer["mapping"] == {}
    assert answer["strategy"] == "none"
    assert answer["built"] == [
        ["ThreadPoolExecutor", release.loader.thread_label, workers],
        ["HighThroughputExecutor", release.loader.process_label, workers, "LocalProvider"],
    ]
