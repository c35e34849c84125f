"""The objects that q2pconf builds against those of every release's own loader, one by one."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CHECKOUT, Family, family_of
from mutations import mutations
from sources import configurations
from test_presets_judged import BATCH, LOCAL
from test_verdicts import JUDGE

from q2pconf import presets
from q2pconf.parsl_loader import request
from q2pconf.releases import find
from q2pconf.wizard import preset

pytestmark = pytest.mark.conformance

LOADING = Path(__file__).with_name("judge_loading.py")
MUTANTS = int(os.environ.get("Q2PCONF_MUTANTS", "200"))
SEED = int(os.environ.get("Q2PCONF_SEED", "2026"))
SPECIAL = {
    "no-table": "",
    "empty-table": "[parsl]\n",
    "only-a-mapping": '[parsl.executor_mapping.dada2]\ndenoise_paired = "default"\n',
    "only-a-flat-mapping": '[parsl.executor_mapping]\ndenoise_paired = "default"\n',
    "mapping-is-text": '[parsl]\nexecutor_mapping = "default"\n',
    "mapping-is-a-list": "[parsl]\nexecutor_mapping = []\n",
    "table-is-a-list": "[[parsl]]\n",
    "test-executor": '[[parsl.executors]]\nclass = "_TEST_EXECUTOR_"\nlabel = "default"\n',
    "test-provider": '[[parsl.executors]]\nclass = "HighThroughputExecutor"\n'
    'address = "127.0.0.1"\n[parsl.executors.provider]\nclass = "_TEST_EXECUTOR_"\n',
    "list-of-providers": '[[parsl.executors]]\nclass = "HighThroughputExecutor"\n'
    'address = "127.0.0.1"\n[[parsl.executors.provider]]\nclass = "LocalProvider"\n',
    "none-in-capitals": '[parsl]\nstrategy = "NONE"\nrun_dir = "None"\n',
    "debug": "[parsl]\ndebug = true\n",
    "rounding": '[[parsl.executors]]\nclass = "HighThroughputExecutor"\naddress = "127.0.0.1"\n'
    'cores_per_worker = 0.5\n[parsl.executors.provider]\nclass = "SlurmProvider"\n'
    "cores_per_node = 4\n",
}


def texts(family: Family) -> Iterator[tuple[str, str]]:
    """What is built, by name: real files, presets, special cases and mutants."""
    real = configurations()
    yield from SPECIAL.items()
    yield from ((f"real-{name}", text) for name, text in real.items())
    for name in presets.names():
        for number, answers in enumerate(LOCAL if name == "local" else BATCH):
            yield f"{name}-{number}", preset(name, release=family.release, **answers).text
    known = subprocess.run(
        [family.python, JUDGE, "--classes"], capture_output=True, text=True, check=True
    )
    sources = [text for _, text in sorted(real.items())]
    mutants = mutations(sources, MUTANTS, SEED, json.loads(known.stdout))
    yield from ((f"m{number:04}", text) for number, (_, text) in enumerate(mutants))


def built(family: Family, folder: Path) -> dict[str, dict[str, Any]]:
    """What is built of each text, in each way."""
    files = []
    for name, text in texts(family):
        files.append(folder / f"{name}.toml")
        with files[-1].open("w", encoding="utf-8", newline="") as file:
            file.write(text)
    release = find(family.release)
    framework = "rachis" if release.name in ("2026.1", "2026.4") else None
    question = {
        "agent": str(CHECKOUT / "q2pconf" / "agent"),
        "question": request(release, framework=framework),
        "files": [str(file) for file in files],
    }
    done = subprocess.run(
        [family.python, "-W", "ignore", LOADING],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip((file.stem for file in files), json.loads(done.stdout), strict=True))


def test_same_objects_or_the_same_refusal(family: Family, tmp_path: Path) -> None:
    answers = built(family, tmp_path)
    different = []
    for name, answer in answers.items():
        there = answer.pop("there")
        if isinstance(there, str):  # the judge has only rachis's class for QIIME 2's own tests
            there = there.replace("rachis.sdk", f"{find(family.release).loader.framework}.sdk")
        different += [(name, way, there, found) for way, found in answer.items() if found != there]
        answer["there"] = there
    refused = sum(isinstance(answer["there"], str) for answer in answers.values())
    print(f"{family.release}: {len(answers)} files, {refused} refused, {len(different)} differ")
    assert different == []
    assert len(answers) // 6 < refused < len(answers) * 5 // 6
    assert any(answer["there"] == {"config": "builtins.NoneType None", "mapping": {}}
               for answer in answers.values())  # fmt: skip


AS_QIIME2 = """
import importlib, json, sys, types
import rachis.sdk.parallel_config as real
import q2pconf

real.parsl = types.SimpleNamespace(
    Config=real.parsl.Config, executors=real.parsl.executors, clear=lambda: None,
    load=lambda config: types.SimpleNamespace(config=config, cleanup=lambda: None),
)
own = importlib.import_module("parsl").Config

def words(config, mapping):
    kinds = [[type(one).__name__, one.label] for one in config.executors]
    caps = [getattr(one, "max_workers_per_node", None) or one.max_threads
            for one in config.executors]
    return [kinds, caps, config.strategy, mapping]

there = real.load_config_from_file(sys.argv[1])
with real.ParallelConfig(*there):
    taken = real.PARALLEL_CONFIG.parallel_config
    mapping = real.PARALLEL_CONFIG.action_executor_mapping
    there = words(own() if taken is None else taken, mapping)
here = words(*q2pconf.to_parsl(sys.argv[1]))
json.dump([there, here], sys.stdout)
"""
GIVEN = {
    "mapping": '[parsl.executor_mapping.dada2]\ndenoise_paired = "default"\n',
    "nothing": "[parsl]\n",
    "executors": '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "own"\n',
}
FOUND = {
    "executors": '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "found"\n'
    '[executor_mapping.other]\naction = "found"\n',
    "mapping": '[parsl.executor_mapping.a]\nb = "c"\n[executor_mapping.other]\naction = "x"\n',
    "none": None,
}


@pytest.mark.parametrize("release", ["2026.1", "2026.4"])
@pytest.mark.parametrize("found", FOUND)
@pytest.mark.parametrize("given", GIVEN)
def test_to_parsl_is_what_qiime2_starts_with(
    release: str, given: str, found: str, tmp_path: Path
) -> None:
    """With a file given on the command line, and another that QIIME 2 finds by itself."""
    file, other = tmp_path / "given.toml", tmp_path / "found.toml"
    file.write_text(GIVEN[given], encoding="utf-8")
    text = FOUND[found]
    if text is not None:
        other.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [family_of(release).python, "-W", "ignore", "-B", "-c", AS_QIIME2, file],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": str(CHECKOUT),
            "QIIME2_CONFIG": "" if text is None else str(other),
        },
        check=False,
    )
    assert done.returncode == 0, done.stderr
    there, here = json.loads(done.stdout)
    assert here == there
