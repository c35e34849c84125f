"""Files carried from each release to each other one, before the real loader and Parsl of both."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import FAMILIES, Family, family_of
from mutations import mutations
from sources import configurations
from test_verdicts import EXPLAINED, JUDGE, Case, judge

from q2pconf.checks import check_document
from q2pconf.document import Document, DocumentError
from q2pconf.migrating import Migration, migrate, undecided
from q2pconf.releases import find, newest
from q2pconf.wizard import preset

pytestmark = pytest.mark.conformance

OBJECTS = Path(__file__).with_name("judge_objects.py")
MUTANTS = int(os.environ.get("Q2PCONF_MIGRANTS", "100"))
SEED = int(os.environ.get("Q2PCONF_SEED", "2026"))
MAPPINGS = {
    "flat": '[parsl.executor_mapping]\ndenoise_paired = "{0}"\nsummarize = "{1}"\n',
    "per-plugin": '[parsl.executor_mapping.dada2]\ndenoise_paired = "{0}"\n'
    '[parsl.executor_mapping.feature_table]\nsummarize = "{1}"\n',
}
PLUGINS = {"denoise_paired": "dada2", "summarize": "feature_table"}


def objects(family: Family, texts: Iterable[str], folder: Path) -> list[dict[str, Any]]:
    """What a family builds of these texts."""
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"{family.release}-{number}.toml")
        files[-1].write_text(text, encoding="utf-8")
    done = subprocess.run(
        [family.python, "-W", "ignore", OBJECTS, family.release, *files],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def default_with_mapping(release: str) -> Document:
    """The default file of a release, and a mapping in the shape that it wants."""
    known = find(release)
    text = preset("local", release=known, max_cpus=5).text
    labels = (known.loader.process_label, known.loader.thread_label)
    return Document(text=f"{text}\n{MAPPINGS[known.loader.mapping].format(*labels)}")


@cache
def meant(release: str, folder: Path) -> dict[str, Any]:
    """What the release itself builds of its default file."""
    return objects(family_of(release), [default_with_mapping(release).text], folder)[0]


def test_default_files_mean_the_same(
    family: Family, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    found = [
        migrate(default_with_mapping(release), to=family.release, from_=release, plugins=PLUGINS)
        for release in FAMILIES
    ]
    assert not [one.left for one in found if one.left]
    built = objects(family, [one.document.text for one in found], folder)
    for release, one in zip(FAMILIES, built, strict=True):
        assert one == meant(release, folder), release
        assert one["mapping"].keys() == PLUGINS.keys()
        assert [each["cap"] or each["max_threads"] for each in one["executors"]] == [5, 5]


@cache
def sources(release: str) -> dict[str, Document]:
    """The real configurations and mutants that are right in this release, by name."""
    known = subprocess.run(
        [family_of(release).python, JUDGE, "--classes"], capture_output=True, text=True, check=True
    )
    real = configurations()
    texts = {f"real-{name}": text for name, text in real.items()}
    mutants = mutations([*real.values()], MUTANTS, SEED, json.loads(known.stdout))
    texts.update({f"m{number:04}": text for number, (_, text) in enumerate(mutants)})
    return {name: document for name, document in _readable(texts) if _is_right(document, release)}


def _readable(texts: dict[str, str]) -> Iterator[tuple[str, Document]]:
    for name, text in texts.items():
        try:
            document = Document.from_bytes(text.encode(), name)
            _ = document.data
        except DocumentError:
            continue
        yield name, document


def _is_right(document: Document, release: str) -> bool:
    return check_document(document, find(release)).ok


def migrants(target: str) -> Iterator[tuple[str, Migration]]:
    """Every file that is right in its own release, carried to this one."""
    for release in FAMILIES:
        for name, document in sources(release).items():
            found = migrate(document, to=find(target), from_=release, plugins=_plugins(document))
            yield f"{release}-{name}".replace("==", "-"), found


def _plugins(document: Document) -> dict[str, str]:
    """A plugin for every second action that has none."""
    return dict.fromkeys(undecided(document, newest())[::2], "dada2")


def test_carried_files_load_or_say_what_is_left(family: Family, tmp_path: Path) -> None:
    texts: dict[str, str] = {}
    names: dict[str, str] = {}
    total = left = 0
    for name, found in migrants(family.release):
        total += 1
        if found.left:
            left += 1
        elif found.document.text not in texts:
            texts[found.document.text] = name
            names[name] = found.document.text
    cases = judge(family, names.items(), tmp_path)
    failing = [case for case in cases if case.stage != "ok" and not _is_explained(case)]
    print(
        f"{family.release}: {total} carried there, {left} with something left, {len(cases)} judged"
    )
    assert not [case.row() for case in failing]
    assert total > 50
    assert left < total * 0.6


def _is_explained(case: Case) -> bool:
    return any(applies(case) for _, applies in EXPLAINED)


def test_second_run_changes_nothing(family: Family) -> None:
    for name, found in migrants(family.release):
        again = migrate(found.document, to=found.target)
        assert again.document.text == found.document.text, name
