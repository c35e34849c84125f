"""Every preset, for every release, before the real loader, Parsl and stand-in schedulers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Family
from test_verdicts import judge

from q2pconf import presets
from q2pconf.explanation import explain
from q2pconf.wizard import preset

pytestmark = pytest.mark.conformance

WANTED = {"actions": 25, "cpus": 12, "memory": "96GB", "walltime": "24h"}
BATCH: tuple[dict[str, Any], ...] = (
    WANTED,
    {**WANTED, "account": "lab", "environment": "qiime2", "map": ["dada2.denoise_paired=tpool"]},
    {**WANTED, "exclusive": True, "worker_init": "module load x"},
)
LOCAL: tuple[dict[str, Any], ...] = ({}, {"actions": 3}, {"actions": 2, "cpus": 2, "memory": "1GB"})


def test_presets_run_as_asked(family: Family, tmp_path: Path) -> None:
    texts = {
        f"{name}-{number}": preset(name, release=family.release, **answers).text
        for name in presets.names()
        for number, answers in enumerate(LOCAL if name == "local" else BATCH)
    }
    cases = judge(family, texts.items(), tmp_path)
    assert not [case.row() for case in cases if case.stage != "ok"]
    for name, text in texts.items():
        if not name.startswith("local"):
            found = explain(text, family.release)
            (one,) = (each for each in found.executors if each.label == "default")
            assert (one.concurrent_actions, one.walltime_seconds) == (25, 86400), name
            if "place=excl" not in text:  # there each action has a whole node, however large
                assert (one.cores_per_action, one.memory_gb_per_action) == (12, 96), name
