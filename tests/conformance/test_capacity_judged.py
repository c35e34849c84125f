"""How many blocks, managers and workers q2pconf counts, against what the real Parsl starts."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Family
from judge_toml import dump
from mutations import mutations
from sources import configurations
from test_verdicts import JUDGE

from q2pconf import schema
from q2pconf.capacity import Capacity, Node, of_config
from q2pconf.document import Document, DocumentError
from q2pconf.model import Config
from q2pconf.releases import Release, find

pytestmark = pytest.mark.conformance

NODE = Node(cores=64, memory_gb=256)
COUNT = int(os.environ.get("Q2PCONF_CAPACITIES", "300"))
SEED = int(os.environ.get("Q2PCONF_SEED", "2026"))
TASKS = 1000
"""As many actions as the judge lets wait."""
MOST_MANAGERS = 64
"""As many as the judge's stand-ins for launchers start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One number of one executor: what Parsl makes of it, and what q2pconf says."""

    name: str
    what: str
    there: int
    here: int | None
    fact: dict[str, Any]
    capacity: Capacity
    executor: dict[str, Any]
    parsl: dict[str, Any]

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.there == self.here

    @property
    def provider(self) -> dict[str, Any]:
        """The provider's table, as far as it is one."""
        found = self.executor.get("provider")
        return found if isinstance(found, dict) else {}

    def row(self) -> str:
        """The disagreement on one line."""
        where = f"{self.name} {self.capacity.provider} {self.capacity.launcher}"
        return f"{where}: {self.what}: there {self.there}, here {self.here}"


def _slots(figure: Figure) -> float:
    """How many actions Parsl expects a block to take at a time."""
    slots: float = figure.fact["workers_per_node"] * (figure.capacity.nodes_per_block or 0)
    return slots


def _waits_for_more_actions(figure: Figure) -> bool:
    """Whether the thousand actions fill the blocks that were started."""
    parallelism = figure.provider.get("parallelism", 1)
    return (
        figure.what == "blocks"
        and figure.there < (figure.here or 0)
        and figure.there * _slots(figure) >= TASKS * parallelism
    )


def _one_at_each_look(figure: Figure) -> bool:
    """Whether Parsl expects no worker in a block, and asks for one block at a time."""
    idle = figure.fact["blocks"].get("idle", 0)
    return (
        figure.what == "blocks"
        and _slots(figure) == 0
        and figure.there == min(idle + 1, figure.here or 0)
    )


def _of_a_wrong_type(figure: Figure) -> bool:
    """Whether a value is none that Parsl could count with."""
    keys = ("nodes_per_block", "init_blocks", "max_blocks", "parallelism", "launcher")
    kinds = {"parallelism": (int, float), "launcher": dict}
    values = [(figure.provider[key], kinds.get(key, int)) for key in keys if key in figure.provider]
    return figure.here is None and not all(isinstance(value, kind) for value, kind in values)


Excuse = Callable[[Figure], bool]
EXPLAINED: tuple[tuple[str, Excuse], ...] = (
    ("a thousand actions need no more blocks", _waits_for_more_actions),
    ("the judge looks once, Parsl again and again", _one_at_each_look),
    (
        "the stand-in for GNU parallel does not heed --jobs 1, the real one has one on each host",
        lambda figure: (
            figure.what == "managers" and figure.capacity.launcher == "GnuParallelLauncher"
        ),
    ),
    (
        "the stand-ins for launchers start 64 managers at most",
        lambda figure: (
            figure.what == "managers" and figure.there == MOST_MANAGERS < (figure.here or 0)
        ),
    ),
    ("a value of the wrong type counts as absent", _of_a_wrong_type),
    (
        "what a command of the file's own starts is not in the file",
        lambda figure: figure.here is None and bool(figure.executor.get("launch_cmd")),
    ),
    (
        "whether the words of prepend or overrides start the managers is not in the file",
        lambda figure: (
            figure.what == "managers"
            and any(key in str(figure.provider) for key in ("prepend", "overrides"))
        ),
    ),
    (
        "a block given up as idle at once is counted there with the one that replaces it",
        lambda figure: figure.what == "blocks" and figure.parsl.get("max_idletime", 1) <= 0,
    ),
)
"""Disagreements that stay, each with its reason."""


def ask(family: Family, files: list[str]) -> list[dict[str, Any]]:
    """What the real thing does with each file, on nodes of this size."""
    machine = {"cores": NODE.cores, "memory_gb": NODE.memory_gb}
    request = {"files": files, "release": family.release, "machine": machine}
    done = subprocess.run(
        [family.python, JUDGE],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    )
    verdicts: list[dict[str, Any]] = json.loads(done.stdout)["verdicts"]
    return verdicts


def figures(family: Family, texts: dict[str, str], folder: Path) -> list[Figure]:
    """Both sides of every number that the judge came to, for every text."""
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8", newline="")
    release = find(family.release)
    found: list[Figure] = []
    for verdict in ask(family, [str(folder / f"{name}.toml") for name in texts]):
        name = Path(verdict["file"]).stem
        try:
            data = Document(texts[name]).data
        except DocumentError:
            continue
        facts = (verdict["detail"] or {}).get("executors", [])
        found.extend(_of_file(name, data, release, facts))
    return found


def _of_file(
    name: str, data: dict[str, Any], release: Release, facts: list[dict[str, Any]]
) -> Iterator[Figure]:
    capacities = of_config(Config.from_data(data, schema.of(release)), release, NODE)
    tables = data.get("parsl", {}).get("executors", []) if facts else []
    if len(facts) != len(capacities):
        return
    for fact, capacity, executor in zip(facts, capacities, tables, strict=True):
        here = {
            "blocks": capacity.blocks.reachable,
            "managers": capacity.managers_per_block,
            "workers": capacity.workers_per_manager,
        }
        for what, there in _seen(fact).items():
            yield Figure(
                name=name,
                what=what,
                there=max(there, 0),
                here=here[what],
                fact=fact,
                capacity=capacity,
                executor=executor,
                parsl=data["parsl"],
            )


def _seen(fact: dict[str, Any]) -> dict[str, int]:
    """The numbers that the judge came to before the file failed, if it failed."""
    found = {}
    if "busy" in fact.get("blocks", {}):
        found["blocks"] = fact["blocks"]["busy"]
    worker = fact.get("worker", {})
    if "managers" in worker:
        found["managers"] = worker["managers"]
    if "workers" in worker:
        found["workers"] = worker["workers"]
    return found


def unexplained(found: list[Figure]) -> list[str]:
    """The disagreements without a reason; all are printed."""
    left = []
    for figure in found:
        if figure.agrees:
            continue
        reason = next((why for why, applies in EXPLAINED if applies(figure)), None)
        print(f"{figure.row()}  [{reason or 'NOT EXPLAINED'}]")
        if reason is None:
            left.append(f"{figure.row()} {dump({'executor': figure.executor})}")
    return left


def test_real_configurations(family: Family, tmp_path: Path) -> None:
    found = figures(family, configurations(), tmp_path)
    print(f"{family.release}: {len(found)} numbers of real configurations")
    assert unexplained(found) == []


def test_generated_configurations(family: Family, tmp_path: Path) -> None:
    randomly = random.Random(SEED)
    release = find(family.release)
    texts = {f"g{number:04}": dump(_config(randomly, release)) for number in range(COUNT)}
    found = figures(family, texts, tmp_path)
    counted = {
        what: sum(f.what == what for f in found) for what in ("blocks", "managers", "workers")
    }
    print(f"{family.release}: {COUNT} generated configurations, {counted}")
    assert counted["blocks"] > COUNT // 2
    assert counted["workers"] > COUNT // 4
    assert unexplained(found) == []


def test_mutants(family: Family, tmp_path: Path) -> None:
    known = subprocess.run(
        [family.python, JUDGE, "--classes"], capture_output=True, text=True, check=True
    )
    sources = [text for _, text in sorted(configurations().items())]
    mutants = mutations(sources, COUNT, SEED, json.loads(known.stdout))
    texts = {f"m{number:04}": text for number, (_, text) in enumerate(mutants)}
    found = figures(family, texts, tmp_path)
    print(f"{family.release}: {len(found)} numbers of {COUNT} mutants")
    assert unexplained(found) == []


# Products of what decides the numbers.

_ANY = {
    "init_blocks": [None, None, 0, 1, 2, 5],
    "min_blocks": [None, None, 0, 2],
    "max_blocks": [None, 0, 1, 3, 10, 25],
    "nodes_per_block": [None, None, 1, 2, 3, 0],
    "parallelism": [None, None, None, 1, 0, 2, -1, 0.5],
}
_OF_PROVIDER: dict[str, dict[str, list[Any]]] = {
    "SlurmProvider": {
        "cores_per_node": [None, 1, 2, 12, 64, 128, 0, -1],
        "mem_per_node": [None, 4, 96, 512, 0],
        "exclusive": [None, False],
        "walltime": ["01:00:00"],
    },
    "LocalProvider": {},
    "PBSProProvider": {
        "cpus_per_node": [None, 1, 8, 64],
        "select_options": [None, "mem=96gb"],
    },
    "TorqueProvider": {},
    "LSFProvider": {
        "request_by_nodes": [None, False],
        "cores_per_block": [8, 16, 20, 64],
        "cores_per_node": [None, 8, 16],
    },
    "GridEngineProvider": {"scheduler_options": [None, "#$ -pe smp 8"]},
    "CondorProvider": {
        "cores_per_slot": [None, 1, 8, 64],
        "mem_per_slot": [None, 0.5, 4, 32.5],
        "environment": [{"A": "1"}],
    },
    "CobaltProvider": {},
    "AdHocProvider": {},
}
_OF_POOL: dict[str, list[Any]] = {
    "cores_per_worker": [None, None, 1, 2, 3, 12, 0.5, 2.5, 4.0, 16, 100, 0.1, 1e-3, 0],
    "mem_per_worker": [None, None, None, 4, 8.5, 96, 300, 0, -1],
    "available_accelerators": [None, None, None, 0, 1, 4, 20, ["0", "1"], ["a b"], "01", []],
    "encrypted": [False],
    "address": ["127.0.0.1"],
}
_CAPS = [None, None, 1, 2, 5, 12, 70, 0, -1, float("inf")]
_STRATEGIES = [None, None, "simple", "htex_auto_scale", "none", "None"]


def _some(randomly: random.Random, choices: dict[str, list[Any]]) -> dict[str, Any]:
    picked = {key: randomly.choice(values) for key, values in choices.items()}
    return {key: value for key, value in picked.items() if value is not None}


def _config(randomly: random.Random, release: Release) -> dict[str, Any]:
    """A configuration of one or two executors that this release knows."""
    parsl = _some(randomly, {"strategy": _STRATEGIES})
    parsl["executors"] = [_pool(randomly, release, "default")]
    if randomly.random() < 0.2:
        parsl["executors"].append(_pool(randomly, release, "other"))
    return {"parsl": parsl}


def _pool(randomly: random.Random, release: Release, label: str) -> dict[str, Any]:
    known = schema.of(release)
    name = "HighThroughputExecutor"
    if "MPIExecutor" in known.classes("executor") and randomly.random() < 0.1:
        name = "MPIExecutor"
    keys = {**_OF_POOL, "max_workers": _CAPS, "max_workers_per_node": _CAPS}
    keys["max_workers_per_block"] = [None, 1, 4, 20]
    executor = {"class": name, "label": label, **_some(randomly, keys)}
    provider = _provider(randomly, release)
    if name == "MPIExecutor":
        provider["launcher"] = {"class": "SimpleLauncher"}
    executor = {key: value for key, value in executor.items() if _has(release, name, key)}
    return {**executor, "provider": provider}


def _provider(randomly: random.Random, release: Release) -> dict[str, Any]:
    known = schema.of(release)
    names = [name for name in _OF_PROVIDER if name in known.classes("provider")]
    name = randomly.choice([*names, "SlurmProvider", "SlurmProvider", "LocalProvider"])
    provider = {"class": name, **_some(randomly, {**_ANY, **_OF_PROVIDER[name]})}
    provider = {key: value for key, value in provider.items() if _has(release, name, key)}
    if name == "AdHocProvider":
        provider["channels"] = [{"class": "LocalChannel"} for _ in range(randomly.randrange(3))]
    launchers = [*known.classes("launcher"), "SrunLauncher", "SingleNodeLauncher"]
    wanted = _has(release, name, "launcher") and release.loader.loads_launchers
    if wanted and (randomly.random() < 0.6 or name in ("TorqueProvider", "CobaltProvider")):
        provider["launcher"] = {"class": randomly.choice(launchers)}
        if provider["launcher"]["class"] == "WrappedLauncher":
            provider["launcher"]["prepend"] = randomly.choice(["nice -n 5", "singularity exec x"])
    return provider


def _has(release: Release, name: str, key: str) -> bool:
    return key == "class" or key in schema.of(release).of_class(name)["properties"]
