"""schema: one problem for each mistake, told for the class that is named; the shipped schemas."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from q2pconf import _resources, schema
from q2pconf.findings import KeyPath
from q2pconf.releases import all_releases, find, newest
from q2pconf.schema import Problem

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXAMPLES = Path(__file__).resolve().parent / "examples"
SHIPPED = sorted({release.parsl for release in all_releases()})
HTEX = '[[parsl.executors]]\nclass = "HighThroughputExecutor"\n'
PROVIDER = HTEX + "[parsl.executors.provider]\n"
LAUNCHER = PROVIDER + 'class = "SlurmProvider"\n[parsl.executors.provider.launcher]\n'
EXECUTOR: KeyPath = ("parsl", "executors", 0)


def problems(text: str, parsl: str = newest().parsl) -> list[Problem]:
    return list(schema.check(tomllib.loads(text), schema.load(parsl)))


@pytest.mark.parametrize(
    ("text", "kind", "path", "owner"),
    [
        pytest.param("[parsl]\nretry = 1", "unknown-key", ("parsl", "retry"), "Config", id="key"),
        pytest.param(
            HTEX + "threads = 1", "unknown-key",
            (*EXECUTOR, "threads"), "HighThroughputExecutor", id="key of an executor",
        ),
        pytest.param(
            PROVIDER + 'class = "SlurmProvider"\nqueue = "x"', "unknown-key",
            (*EXECUTOR, "provider", "queue"), "SlurmProvider", id="key of a provider",
        ),
        pytest.param(
            LAUNCHER + 'class = "SrunLauncher"\nx = 1', "unknown-key",
            (*EXECUTOR, "provider", "launcher", "x"), "SrunLauncher", id="key of a launcher",
        ),
        pytest.param(
            '[parsl]\nretries = "1"', "type", ("parsl", "retries"), "Config", id="type"
        ),
        pytest.param(
            "[parsl]\nretries = 1.0", "type", ("parsl", "retries"), "Config",
            id="float for a whole number",
        ),
        pytest.param(
            "[parsl]\nretries = true", "type", ("parsl", "retries"), "Config",
            id="boolean for a whole number",
        ),
        pytest.param(
            HTEX + "label = 1", "type",
            (*EXECUTOR, "label"), "HighThroughputExecutor", id="type in an executor",
        ),
        pytest.param(
            PROVIDER + 'class = "SlurmProvider"\nexclusive = "no"', "type",
            (*EXECUTOR, "provider", "exclusive"), "SlurmProvider", id="type in a provider",
        ),
        pytest.param(
            LAUNCHER + 'class = "SrunLauncher"\noverrides = 1', "type",
            (*EXECUTOR, "provider", "launcher", "overrides"), "SrunLauncher",
            id="type in a launcher",
        ),
        pytest.param(
            '[[parsl.executors]]\nclass = "Htex"\nnonsense = 1', "unknown-class",
            (*EXECUTOR, "class"), "Htex", id="class of an executor",
        ),
        pytest.param(
            '[[parsl.executors]]\nclass = 7', "unknown-class",
            (*EXECUTOR, "class"), "Config", id="class that is a number",
        ),
        pytest.param(
            PROVIDER + 'class = "Slurm"\nnonsense = 1', "unknown-class",
            (*EXECUTOR, "provider", "class"), "Slurm", id="class of a provider",
        ),
        pytest.param(
            LAUNCHER + 'class = "SlurmProvider"', "unknown-class",
            (*EXECUTOR, "provider", "launcher", "class"), "SlurmProvider", id="class of a launcher",
        ),
        pytest.param(
            '[[parsl.executors]]\nlabel = "default"\nnonsense = 1', "no-class",
            EXECUTOR, "Config", id="no class of an executor",
        ),
        pytest.param(
            PROVIDER + "max_blocks = 1", "no-class",
            (*EXECUTOR, "provider"), "HighThroughputExecutor", id="no class of a provider",
        ),
        pytest.param(
            LAUNCHER + "debug = true", "no-class",
            (*EXECUTOR, "provider", "launcher"), "SlurmProvider", id="no class of a launcher",
        ),
        pytest.param(
            LAUNCHER + 'class = "WrappedLauncher"', "missing-key",
            (*EXECUTOR, "provider", "launcher"), "WrappedLauncher", id="required key",
        ),
        pytest.param(
            HTEX + 'provider = "LocalProvider"', "not-a-table",
            (*EXECUTOR, "provider"), "HighThroughputExecutor", id="provider as text",
        ),
        pytest.param(
            HTEX + "provider = false", "not-a-table",
            (*EXECUTOR, "provider"), "HighThroughputExecutor", id="provider as a boolean",
        ),
        pytest.param(
            HTEX + '[[parsl.executors.provider]]\nclass = "LocalProvider"', "not-a-table",
            (*EXECUTOR, "provider"), "HighThroughputExecutor", id="array of provider tables",
        ),
        pytest.param(
            '[parsl]\nexecutors = ["x"]', "not-a-table", EXECUTOR, "Config",
            id="executor as text",
        ),
        pytest.param(
            '[parsl.executors]\nclass = "HighThroughputExecutor"\nx = 1', "type",
            ("parsl", "executors"), "Config", id="executors as a table",
        ),
        pytest.param(
            '[[parsl]]\nretries = 1', "type", ("parsl",), "Config", id="[parsl] as an array"
        ),
        pytest.param(
            PROVIDER + 'class = "SlurmProvider"\nparallelism = 2', "range",
            (*EXECUTOR, "provider", "parallelism"), "SlurmProvider", id="range",
        ),
        pytest.param(
            PROVIDER + 'class = "SlurmProvider"\nwalltime = "24h"', "pattern",
            (*EXECUTOR, "provider", "walltime"), "SlurmProvider", id="pattern",
        ),
        pytest.param(
            '[parsl]\nstrategy = "quick"', "value", ("parsl", "strategy"), "Config", id="value"
        ),
        pytest.param(
            HTEX + "worker_port_range = [1, 2]", "unsettable",
            (*EXECUTOR, "worker_port_range"), "HighThroughputExecutor", id="no TOML for it",
        ),
        pytest.param(
            HTEX + 'storage_access = ["x"]', "unsettable",
            (*EXECUTOR, "storage_access"), "HighThroughputExecutor", id="empty list only",
        ),
    ],
)  # fmt: skip
def test_one_problem_for_one_mistake(text: str, kind: str, path: KeyPath, owner: str) -> None:
    (problem,) = problems(text)
    assert (problem.kind, problem.path, problem.owner) == (kind, path, owner)


def test_missing_key_names_the_key() -> None:
    (problem,) = problems(LAUNCHER + 'class = "WrappedLauncher"')
    assert problem.key == "prepend"


def test_two_missing_keys_are_two_problems() -> None:
    found = problems(PROVIDER + 'class = "AWSProvider"')
    assert {(problem.kind, problem.key) for problem in found} == {
        ("missing-key", "image_id"),
        ("missing-key", "key_name"),
    }


def test_every_mistake_of_a_file_is_told() -> None:
    text = """
    [parsl]
    retry = 1
    retries = "1"
    [[parsl.executors]]
    class = "Htex"
    [[parsl.executors]]
    class = "HighThroughputExecutor"
    threads = 1
    label = 1
    provider = { class = "SlurmProvider", queue = "x", launcher = { debug = true } }
    """
    assert sorted((problem.kind, problem.path) for problem in problems(text)) == [
        ("no-class", ("parsl", "executors", 1, "provider", "launcher")),
        ("type", ("parsl", "executors", 1, "label")),
        ("type", ("parsl", "retries")),
        ("unknown-class", ("parsl", "executors", 0, "class")),
        ("unknown-key", ("parsl", "executors", 1, "provider", "queue")),
        ("unknown-key", ("parsl", "executors", 1, "threads")),
        ("unknown-key", ("parsl", "retry")),
    ]


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        pytest.param(HTEX + "max_workers = 1", [], ["unknown-key"], id="key that is gone"),
        pytest.param(
            '[[parsl.executors]]\nclass = "MPIExecutor"', ["unknown-class"], [], id="new class"
        ),
        pytest.param(
            PROVIDER + 'class = "SlurmProvider"\ngres = "gpu:1"', ["unknown-key"], [], id="new key"
        ),
        pytest.param(
            PROVIDER + 'class = "AdHocProvider"', [], ["unknown-class"], id="class that is gone"
        ),
    ],
)
def test_problems_depend_on_the_release(text: str, old: list[str], new: list[str]) -> None:
    assert [problem.kind for problem in problems(text, find("2024.5").parsl)] == old
    assert [problem.kind for problem in problems(text, find("2026.4").parsl)] == new


def test_whole_number_for_a_float_is_fine() -> None:
    assert problems(HTEX + "cores_per_worker = 2\nmem_per_worker = 2.5") == []


def test_no_parsl_is_told_at_the_top() -> None:
    (problem,) = problems("")
    assert (problem.kind, problem.path, problem.key) == ("missing-key", (), "parsl")


def test_classes_of_a_kind() -> None:
    old, new = (schema.load(find(name).parsl) for name in ("2024.5", "2026.4"))
    assert "SlurmProvider" in new.classes("provider")
    assert "CobaltProvider" in set(old.classes("provider")) - set(new.classes("provider"))
    assert "LocalChannel" in old.classes("channel")
    assert new.classes("channel") == ()
    assert new.of_class("CobaltProvider") == {}
    assert new.of_class("provider") == {}
    assert new.of_class(None) == {}


def test_unknown_parsl_has_no_schema() -> None:
    with pytest.raises(FileNotFoundError):
        schema.load("1.0")


@pytest.mark.parametrize("parsl", SHIPPED)
def test_shipped_schema_is_draft_07(parsl: str) -> None:
    content: dict[str, Any] = json.loads(_resources.read_text("schemas", f"parsl-{parsl}.json"))
    assert content["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert content["x-parsl"] == parsl
    Draft7Validator.check_schema(content)
    newer = {"$defs", "dependentRequired", "dependentSchemas", "unevaluatedProperties", "$anchor"}
    assert newer & set(re.findall(r'"([$\w]+)":', json.dumps(content))) == set()


@pytest.mark.parametrize("parsl", SHIPPED)
def test_shipped_schema_has_no_loose_ends(parsl: str) -> None:
    content = schema.load(parsl).content
    targets = set(re.findall(r'"\$ref": "#/definitions/(\w+)"', json.dumps(content)))
    assert targets <= set(content["definitions"])
    for kind in ("executor", "provider", "launcher", "monitoring"):
        for name in schema.load(parsl).classes(kind):
            shape = content["definitions"][name]
            assert shape["properties"]["class"]["const"] == name
            assert shape["additionalProperties"] is False
            assert "class" in shape["required"]


def releases_of(path: Path) -> list[str]:
    found = re.match(r"# release: (.*)\n", path.read_text(encoding="utf-8"))
    assert found is not None, f"{path.name} does not say which releases it is for"
    return found.group(1).split(", ")


@pytest.mark.parametrize(
    ("path", "release"),
    [
        pytest.param(path, release, id=f"{path.stem}-{release}")
        for path in sorted(EXAMPLES.glob("*.toml"))
        for release in releases_of(path)
    ],
)
def test_example_passes_any_validator(path: Path, release: str) -> None:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    Draft7Validator(schema.load(find(release).parsl).content).validate(data)


@pytest.mark.parametrize(
    "name", ["Q2P021", "Q2P022", "Q2P101", "Q2P112", "Q2P201", "Q2P202", "Q2P211", "Q2P213"]
)
def test_invalid_file_fails_any_validator(name: str) -> None:
    text = (EXAMPLES.parent / "invalid" / f"{name}.toml").read_text(encoding="utf-8")
    assert not Draft7Validator(schema.load(newest().parsl).content).is_valid(tomllib.loads(text))
