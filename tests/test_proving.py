"""proving: the same verdict as jsonschema's, over files, mutants and random data."""

from __future__ import annotations

import decimal
import json
import random
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, validators
from random_data import anything, keeping

from q2pconf import _resources, schema
from q2pconf.proving import known_keywords, proven
from q2pconf.releases import all_releases, other_parsls

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
SHIPPED = sorted({release.parsl for release in (*all_releases(), *other_parsls())})

each_schema = pytest.mark.parametrize("parsl", SHIPPED)


class Oracle:
    """jsonschema alone, with whole numbers as the package sees them."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        types = Draft7Validator.TYPE_CHECKER.redefine(
            "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
        )
        self.content = content
        self.validator = validators.extend(Draft7Validator, type_checker=types)(content)

    def agrees(self, data: Any) -> bool:
        """Whether both say the same; what they say."""
        judged: bool = self.validator.is_valid(data)
        assert proven(data, self.content, self.content) is judged, data
        return judged


@pytest.fixture(scope="module", params=SHIPPED)
def oracle(request: pytest.FixtureRequest) -> Oracle:
    return Oracle(schema.load(request.param).content)


def configurations() -> Iterator[Any]:
    for path in sorted((*HERE.rglob("*.toml"), *(HERE.parent / "presets").glob("*.toml"))):
        try:
            yield tomllib.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue


def test_agrees_on_the_files_of_the_tests(oracle: Oracle) -> None:
    # Every file meets some of the schemas; jsonschema takes its time.
    first = SHIPPED.index(oracle.content["x-parsl"]) % 3
    verdicts = [oracle.agrees(data) for data in list(configurations())[first::3]]
    assert min(verdicts.count(True), verdicts.count(False)) > 10


def test_agrees_on_mutants(oracle: Oracle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE / "conformance"))
    from mutations import mutations

    sources = [path.read_text(encoding="utf-8") for path in (HERE / "examples").glob("*.toml")]
    verdicts = []
    for _, text in mutations(sorted(sources), 30, seed=7):
        try:
            data = tomllib.loads(text)
        except ValueError:
            continue
        verdicts.append(oracle.agrees(data))
    assert {True, False} == set(verdicts)


def test_agrees_on_random_data(oracle: Oracle) -> None:
    randomly = random.Random(oracle.content["x-parsl"])
    near = [keeping(randomly, oracle.content, oracle.content) for _ in range(80)]
    verdicts = [oracle.agrees(data) for data in near]
    assert min(verdicts.count(True), verdicts.count(False)) > 8
    for _ in range(60):
        oracle.agrees(anything(randomly))


def test_agrees_on_every_class_alone(oracle: Oracle) -> None:
    randomly = random.Random(11)
    for name, rule in oracle.content["definitions"].items():
        judge = oracle.validator.evolve(schema={"$ref": f"#/definitions/{name}"})
        for _ in range(4):
            data = keeping(randomly, rule, oracle.content)
            assert proven(data, rule, oracle.content) is judge.is_valid(data), (name, data)


@each_schema
def test_no_shipped_schema_has_a_keyword_that_is_left_to_jsonschema(parsl: str) -> None:
    content = json.loads(_resources.read_text("schemas", f"parsl-{parsl}.json"))
    used = set(keywords(content))
    assert {word for word in used if not word.startswith("x-")} <= known_keywords()


def keywords(rule: Mapping[str, Any]) -> Iterator[str]:
    """Every keyword of a schema, and of those within it."""
    yield from rule
    for name in ("properties", "definitions"):
        for inner in rule.get(name, {}).values():
            yield from keywords(inner)
    for name in ("items", "additionalProperties", "not"):
        if isinstance(rule.get(name), dict):
            yield from keywords(rule[name])
    for name in ("oneOf", "anyOf"):
        for inner in rule.get(name, ()):
            yield from keywords(inner)


@pytest.mark.parametrize(
    ("rule", "data"),
    [
        pytest.param({"minLength": 1}, "x", id="unknown keyword"),
        pytest.param({"not": {"not": {"minLength": 1}}}, "x", id="unknown keyword below"),
        pytest.param({"oneOf": [{"minLength": 9}, {"type": "string"}]}, "x", id="in a branch"),
        pytest.param({"type": "null"}, None, id="kind that TOML has not"),
        pytest.param({"minimum": 1}, decimal.Decimal(2), id="number that TOML has not"),
        pytest.param({"const": 1}, 1, id="number as a constant"),
        pytest.param({"items": [{"type": "string"}]}, ["x"], id="list of items"),
        pytest.param({"properties": {"x": True}}, {"x": 1}, id="true as a schema"),
        pytest.param({"$ref": "https://example.org/#/definitions/x"}, 1, id="reference elsewhere"),
        pytest.param(
            {"not": {"additionalProperties": False, "patternProperties": {"x": {}}}}, {"y": 1},
            id="pattern of keys",
        ),
    ],
)  # fmt: skip
def test_what_is_not_known_is_left_unproven(rule: dict[str, Any], data: Any) -> None:
    assert "$ref" in rule or Draft7Validator(rule).is_valid(data)
    assert not proven(data, rule, rule)


def test_the_rest_of_a_table_with_a_reference_says_nothing() -> None:
    rule = {"definitions": {"x": {"type": "string"}}, "$ref": "#/definitions/x", "enum": ["y"]}
    assert Draft7Validator(rule).is_valid("x")
    assert proven("x", rule, rule)


def test_problems_of_one_element_among_right_ones_are_jsonschemas(oracle: Oracle) -> None:
    executor = {"class": "ThreadPoolExecutor", "label": "x", "max_threads": 1}
    wrong = {**executor, "max_threads": "1"}
    data = {"parsl": {"executors": [executor, wrong, executor]}}
    told = list(schema.check(data, schema.load(oracle.content["x-parsl"])))
    assert [problem.path for problem in told] == [("parsl", "executors", 1, "max_threads")]
    alone = {"parsl": {"executors": [wrong]}}
    assert [p.kind for p in schema.check(alone, schema.load(oracle.content["x-parsl"]))] == ["type"]


def test_jsonschema_is_asked_only_where_something_may_be_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = schema.load(SHIPPED[-1]).content
    fresh = schema.Schema(parsl="x", content=content)
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    assert not list(schema.check({"parsl": {"retries": 1}}, fresh))
    with pytest.raises(ImportError):
        list(schema.check({"parsl": {"retries": "1"}}, fresh))
