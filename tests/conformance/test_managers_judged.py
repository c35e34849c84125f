"""How many workers the real managers announce when they start, against what q2pconf counts."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import Family
from judge_toml import dump

from q2pconf import schema
from q2pconf.capacity import Node, of_config
from q2pconf.model import Config
from q2pconf.releases import Release, find

pytestmark = pytest.mark.conformance

JUDGE = Path(__file__).with_name("judge_managers.py")

AT_A_TIME = (8, 4, 1, 1, 1)
"""So many executors start together, round by round for those that are still silent."""

SLURM = {"cores_per_node": 6, "mem_per_node": 10}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "cores": ({}, {"cores_per_node": 3}),
    "cap": ({"cap": 2}, SLURM),
    "cap-beyond": ({"cap": 9, "cores_per_worker": 3}, SLURM),
    "share": ({"cores_per_worker": 4}, SLURM),
    "half": ({"cores_per_worker": 0.5}, {"cores_per_node": 2}),
    "odd": ({"cores_per_worker": 2.5}, {"cores_per_node": 12}),
    "memory": ({"mem_per_worker": 4}, SLURM),
    "memory-odd": ({"mem_per_worker": 3.5}, SLURM),
    "no-room": ({"cores_per_worker": 7}, SLURM),
    "no-memory": ({"mem_per_worker": 11}, SLURM),
    "gpus": ({"available_accelerators": ["0", "1"]}, SLURM),
    "gpus-beyond": ({"available_accelerators": 4, "cap": 1}, SLURM),
    "here": ({}, {}),
    "here-cap": ({"cap": 1}, {}),
    "told": ({}, {"worker_init": "export PARSL_CORES=3"}),
    "nodes": ({"cap": 2}, {**SLURM, "nodes_per_block": 2}),
}
"""Executor's keys and provider's; without keys of Slurm the provider is the local one."""


def executors(release: Release) -> list[dict[str, Any]]:
    """An executor for each case; the first loaders cannot round numbers with a decimal point."""
    known = schema.of(release).of_class("HighThroughputExecutor")["properties"]
    cap = "max_workers_per_node" if "max_workers_per_node" in known else "max_workers"
    found = []
    for label, (keys, inside) in CASES.items():
        if not release.loader.plain_values and any(isinstance(v, float) for v in keys.values()):
            continue
        table: dict[str, Any] = {"class": "HighThroughputExecutor", "label": label}
        table.update({cap if key == "cap" else key: value for key, value in keys.items()})
        table.update(address="127.0.0.1", address_probe_timeout=8)
        if "encrypted" in known:
            table["encrypted"] = False
        slurm = "cores_per_node" in inside
        provider = {"class": "SlurmProvider" if slurm else "LocalProvider", **inside}
        if slurm:
            provider["walltime"] = "00:10:00"
        table["provider"] = provider
        found.append(table)
    return found


def announced(family: Family, tables: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """What the managers of these executors say when they start."""
    file = folder / "f.toml"
    file.write_text(dump({"parsl": {"strategy": "none", "executors": tables}}))
    done = subprocess.run(
        [family.python, JUDGE],
        input=json.dumps({"file": str(file), "release": family.release, "seconds": 45}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_managers_announce_as_many_workers(family: Family, tmp_path: Path) -> None:
    """Up to 2024 Parsl forks its interchanges off a process with threads, which now and then
    leaves one hanging: its manager finds nobody and is asked once more."""
    release = find(family.release)
    tables = executors(release)
    there: dict[str, int] = {}
    answer: dict[str, Any] = {}
    for together in AT_A_TIME:
        left = [table for table in tables if table["label"] not in there]
        for start in range(0, len(left), together):
            answer = announced(family, left[start : start + together], tmp_path)
            there.update(answer["workers"])
    node = Node(**answer["machine"])
    data = {"parsl": {"strategy": "none", "executors": tables}}
    config = Config.from_data(data, schema.of(release))
    here = {one.label: one.workers_per_manager for one in of_config(config, release, node)}
    print(f"{family.release}: {there}")
    assert there == here, answer["silent"]
