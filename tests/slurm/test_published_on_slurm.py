"""Published examples, scaled down to the Slurm at hand, through explain, --script and try."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import q2pconf
from q2pconf.document import Document, DocumentError
from q2pconf.fixing import fix
from q2pconf.releases import find

from .cluster import Slurm
from .families import python_of

pytestmark = pytest.mark.slurm

SOURCES = Path(__file__).resolve().parents[1] / "conformance" / "sources.py"
RELEASE = "2026.4"
MOST_CORES, MOST_BLOCKS = 4, 2


def published() -> dict[str, str]:
    """Every example with jobs of Slurm that is right for the release once it is mended."""
    spec = importlib.util.spec_from_file_location("published_sources", SOURCES)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = {name: scaled(text) for name, text in module.configurations().items()}
    different: dict[str, str] = {}
    for name, text in found.items():
        if text is not None and text not in different.values():
            different[name] = text
    return different


def scaled(text: str) -> str | None:
    """The example with jobs that the Slurm of the tests has room for; None if it is none."""
    try:
        data = fix(Document(text=text), find(RELEASE)).document.data
    except DocumentError:
        return None
    executors = list(executors_of(data))
    if not executors or "default" not in [each.get("label") for each in executors]:
        return None
    lines = [f'[parsl]\nstrategy = "{data["parsl"].get("strategy", "simple")}"\n']
    for executor in executors:
        lines += written(executor)
    made = "".join(lines)
    return None if q2pconf.validate(made, release=RELEASE).errors else made


def executors_of(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    table = data.get("parsl")
    given = table.get("executors") if isinstance(table, dict) else None
    for each in given if isinstance(given, list) else ():
        provider = each.get("provider") if isinstance(each, dict) else None
        if isinstance(provider, dict) and provider.get("class") == "SlurmProvider":
            yield each


def written(executor: dict[str, Any]) -> Iterator[str]:
    """An executor as TOML: its own workers, and a job cut down in the same proportions."""
    provider = executor["provider"]
    cores = provider.get("cores_per_node") or MOST_CORES
    shrink = max(-(-cores // MOST_CORES), 1)
    yield '[[parsl.executors]]\nclass = "HighThroughputExecutor"\n'
    yield f"label = {json.dumps(executor.get('label', 'default'))}\n"
    if isinstance(executor.get("max_workers_per_node"), int):
        yield f"max_workers_per_node = {min(executor['max_workers_per_node'], MOST_CORES)}\n"
    if isinstance(executor.get("cores_per_worker"), int):
        yield f"cores_per_worker = {max(executor['cores_per_worker'] // shrink, 1)}\n"
    first = min(provider.get("init_blocks", 1), MOST_BLOCKS)
    most = max(min(provider.get("max_blocks", 1), MOST_BLOCKS), first)
    yield '[parsl.executors.provider]\nclass = "SlurmProvider"\npartition = "short"\n'
    yield f"cores_per_node = {cores // shrink}\nmem_per_node = 4\nexclusive = false\n"
    yield f'walltime = "00:10:00"\ninit_blocks = {first}\nmax_blocks = {most}\n'
    yield f"worker_init = 'export PATH=\"{python_of(RELEASE).parent}:$PATH\"'\n"


def test_published_examples(slurm: Slurm, tmp_path: Path) -> None:
    prefix = str(python_of(RELEASE).parent.parent)
    examples = published()
    assert examples
    for number, (name, text) in enumerate(examples.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "f.toml").write_text(text, encoding="utf-8")
        promised = q2pconf.explain(text, release=RELEASE).concurrent_actions

        def told(*words: str, folder: Path = folder) -> dict[str, Any]:
            command = (sys.executable, "-m", "q2pconf", *words, "--env", prefix, "--format", "json")
            done = slurm.run(*command, cwd=folder, timeout=400)
            found: dict[str, Any] = json.loads(done.stdout)
            return found

        scripts = told("explain", "f.toml", "--script")["scripts"]
        assert all(each["test_only"]["ok"] and each["limits"] == [] for each in scripts), name
        assert all("--partition=short" in each["script"] for each in scripts), name
        tried = told("try", "f.toml", "--timeout", "3m")
        assert tried["ok"], (name, tried)
        seen = sum(each["seen"] for each in tried["executors"])
        everything = sum(each["promised"] for each in tried["executors"])
        assert seen == everything >= (promised or 0) > 0, (name, text)
        assert slurm.queue() == []
