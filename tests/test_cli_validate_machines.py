"""The formats of ``q2pconf validate`` that machines read: each takes whatever can be found."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree

import jsonschema
import pytest

from q2pconf import __version__
from q2pconf.cli import main
from q2pconf.cli.validate import FORMATS

GOOD = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
ERROR = f"[parsl]\nretry = 1\n\n{GOOD}"
SCHEMA = json.loads(
    (Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")
)
NASTY = "a,b:c%d&<e>\"' é日\x1b[31m\n]]>.toml"

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of each kind, and an environment that says nothing."""
    for name in ("CONDA_PREFIX", "GITHUB_WORKSPACE", "CI_PROJECT_DIR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "good.toml": GOOD,
        "error.toml": ERROR,
        "warning.toml": f"[parsl]\nretries = -1\n\n{GOOD}",
        "both.toml": f"[parsl]\nretry = 1\nretries = -1\n\n{GOOD}",
        "info.toml": f"{GOOD}# q2pconf: ignore\n",
        "ignored.toml": ERROR.replace("retry = 1", "retry = 1 # q2pconf: ignore[Q2P021]"),
        "empty.toml": "",
        "broken.toml": "[parsl\n",
        "lines.toml": f"[parsl]\nretries = [\n  1,\n]\n{GOOD}",
        "wide.toml": f'[parsl]\n"日本\\u001b\\n]]>&<" = 1\n{GOOD}',
        "many.toml": GOOD + "".join(f"x{number} = 1\n" for number in range(30)),
        "sub/error.toml": ERROR,
        NASTY: ERROR,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "binary.toml").write_bytes(bytes(range(256)))
    return tmp_path


CASES = [
    pytest.param([], id="nothing that can be read"),
    pytest.param(["good.toml"], id="good"),
    pytest.param(["error.toml"], id="error"),
    pytest.param(["warning.toml"], id="warning"),
    pytest.param(["info.toml"], id="info"),
    pytest.param(["ignored.toml"], id="ignored"),
    pytest.param(["empty.toml"], id="no place"),
    pytest.param(["broken.toml"], id="broken"),
    pytest.param(["binary.toml"], id="binary"),
    pytest.param(["lines.toml"], id="several lines"),
    pytest.param(["wide.toml"], id="strange key"),
    pytest.param([NASTY], id="strange name"),
    pytest.param(["many.toml"], id="many"),
    pytest.param(["good.toml", "both.toml", "empty.toml", "sub", "many.toml"], id="several"),
]


def told(capsys: Captured, shape: str, *arguments: str) -> str:
    main(["validate", "--release", "2026.4", "--format", shape, *arguments])
    return capsys.readouterr().out


def with_unreadable(files: list[str], unreadable: bool) -> list[str]:
    return [*files, "missing.toml"] if unreadable or not files else files


@pytest.mark.parametrize("shape", sorted(set(FORMATS) - {"text", "full", "concise"}))
@pytest.mark.parametrize("unreadable", [False, True])
@pytest.mark.parametrize("files", CASES)
def test_no_steering_characters_and_the_same_twice(
    files: list[str], unreadable: bool, shape: str, capsys: Captured
) -> None:
    arguments = with_unreadable(files, unreadable)
    out = told(capsys, shape, *arguments)
    assert [c for c in out if not c.isprintable() and c != "\n"] == []
    assert told(capsys, shape, *arguments) == out


def test_json_lines(capsys: Captured) -> None:
    lines = told(capsys, "json-lines", "both.toml", "good.toml", "empty.toml").splitlines()
    found = [json.loads(line) for line in lines]
    whole = json.loads(told(capsys, "json", "both.toml", "good.toml", "empty.toml"))
    assert found == [
        {"path": file["path"], "release": whole["release"], **finding}
        for file in whole["files"]
        for finding in file["findings"]
    ]
    assert told(capsys, "json-lines", "good.toml") == ""


COMMAND = re.compile(r"::(error|warning|notice) ([^\n]*?)::([^\n]*)\n")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Workflow commands as GitHub's runner reads them."""
    found = []
    for level, properties, data in COMMAND.findall(text):
        pairs = dict(pair.split("=", 1) for pair in properties.split(","))
        values = {name: unquote(value) for name, value in pairs.items()}
        found.append((level, values, unquote(data)))
    assert COMMAND.sub("", text) == ""
    return found


def test_github(capsys: Captured) -> None:
    (error, warning) = commands(told(capsys, "github", "both.toml"))
    assert error[0] == "error"
    assert error[1] == {
        "file": "both.toml", "line": "2", "endLine": "2", "col": "1", "endColumn": "5",
        "title": "q2pconf Q2P021",
    }  # fmt: skip
    assert error[2].splitlines() == [
        "[parsl] has no key `retry`",
        "What happens: QIIME 2 stops with TypeError: Config.__init__() got an unexpected keyword"
        " argument 'retry'",
        "Do this: delete the line: `retries` is already given in line 3",
    ]
    assert (warning[0], warning[1]["line"]) == ("warning", "3")


@pytest.mark.parametrize("files", CASES)
@pytest.mark.parametrize("unreadable", [False, True])
def test_github_takes_everything(files: list[str], unreadable: bool, capsys: Captured) -> None:
    arguments = with_unreadable(files, unreadable)
    whole = json.loads(told(capsys, "json", *arguments))
    found = commands(told(capsys, "github", *arguments))
    findings = [finding for file in whole["files"] for finding in file["findings"]]
    assert len(found) == len(findings) + ("missing.toml" in arguments)
    for _, values, _ in found:
        assert ("col" in values) is (values.get("line", "") == values.get("endLine", " "))


def test_github_escapes_names_and_leaves_no_place_out(capsys: Captured) -> None:
    ((_, values, _),) = commands(told(capsys, "github", NASTY))
    assert values["file"] == NASTY.replace("\x1b", "\\x1b")
    ((level, values, _),) = commands(told(capsys, "github", "empty.toml"))
    assert level == "error"
    assert values == {"file": "empty.toml", "title": "q2pconf Q2P010"}
    ((_, values, _),) = commands(told(capsys, "github", "lines.toml"))
    assert (values["line"], values["endLine"]) == ("2", "4")


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_paths_count_from_the_project(
    variable: str, folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(folder))
    monkeypatch.chdir(folder / "sub")
    expected = {
        "error.toml": "sub/error.toml",
        "../error.toml": "error.toml",
        str(folder / "error.toml"): "error.toml",
    }
    for name, path in expected.items():
        ((_, values, _),) = commands(told(capsys, "github", name))
        assert values["file"] == path
        (entry,) = json.loads(told(capsys, "gitlab", name))
        assert entry["location"]["path"] == path
        assert results(told(capsys, "sarif", name))[0][1] == path
    monkeypatch.setenv(variable, str(folder / "elsewhere"))
    ((_, values, _),) = commands(told(capsys, "github", "../error.toml"))
    assert values["file"] == str(folder / "error.toml")


@pytest.mark.parametrize("files", CASES)
@pytest.mark.parametrize("unreadable", [False, True])
def test_gitlab(files: list[str], unreadable: bool, capsys: Captured) -> None:
    entries = json.loads(told(capsys, "gitlab", *with_unreadable(files, unreadable)))
    assert isinstance(entries, list)
    for entry in entries:
        assert set(entry) == {
            "description", "check_name", "fingerprint", "severity", "location",
        }  # fmt: skip
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert not entry["location"]["path"].startswith(("./", "/"))
        assert entry["location"]["lines"]["begin"] >= 1
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)


def test_gitlab_severities(capsys: Captured) -> None:
    entries = json.loads(told(capsys, "gitlab", "both.toml", "info.toml", "missing.toml"))
    assert [(entry["check_name"], entry["severity"]) for entry in entries] == [
        ("unreadable", "blocker"),
        ("Q2P021", "critical"),
        ("Q2P023", "minor"),
        ("Q2P017", "info"),
    ]
    assert json.loads(told(capsys, "gitlab", "good.toml")) == []


def test_fingerprints_stay_when_lines_move(folder: Path, capsys: Captured) -> None:
    for name in ("both.toml", "many.toml", "broken.toml", "empty.toml"):
        before = json.loads(told(capsys, "gitlab", name))
        text = (folder / name).read_text()
        (folder / name).write_text(f"# one\n\n{text}")
        after = json.loads(told(capsys, "gitlab", name))
        assert [e["fingerprint"] for e in before] == [e["fingerprint"] for e in after]
        if before[0]["location"]["lines"]["begin"] > 1:
            assert before != after


ATTRIBUTES = {
    "testsuites": ({"name", "tests", "failures", "errors"}, set()),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"testsuites"}),
    "testcase": ({"name", "classname"}, {"testsuite"}),
    "failure": ({"type", "message"}, {"testcase"}),
    "error": ({"type", "message"}, {"testcase"}),
    "system-out": (set(), {"testcase"}),
}
"""What Jenkins' schema (junit-10.xsd) allows of what is written here: attributes, and where."""


def suites(text: str) -> ElementTree.Element:
    """The report, held against the schema, with counts that agree with what is there."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    for parent in root.iter():
        assert set(parent.attrib) == ATTRIBUTES[parent.tag][0]
        assert all(parent.tag in ATTRIBUTES[child.tag][1] for child in parent)
    for element in (root, *root):
        counts = {"tests": "testcase", "failures": "failure", "errors": "error"}
        for name, tag in counts.items():
            assert int(element.attrib[name]) == len(list(element.iter(tag)))
    return root


@pytest.mark.parametrize("files", CASES)
@pytest.mark.parametrize("unreadable", [False, True])
@pytest.mark.parametrize("strict", [False, True])
def test_junit_agrees_with_the_exit_code(
    files: list[str], unreadable: bool, strict: bool, capsys: Captured
) -> None:
    call = ["--format", "junit", *(["--strict"] if strict else [])]
    arguments = with_unreadable(files, unreadable)
    code = main(["validate", "--release", "2026.4", *call, *arguments])
    root = suites(capsys.readouterr().out)
    wrong = int(root.attrib["failures"]) + int(root.attrib["errors"])
    assert bool(wrong) is (code != 0)
    assert all(len(suite) for suite in root)


def test_junit(capsys: Captured) -> None:
    root = suites(told(capsys, "junit", "both.toml", "good.toml", "missing.toml"))
    assert [suite.attrib["name"] for suite in root] == ["missing.toml", "both.toml", "good.toml"]
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.attrib == {"type": "Q2P021", "message": "[parsl] has no key `retry`"}
    assert (failure.text or "").startswith("both.toml:2:1: error[Q2P021]: [parsl] has no key")
    assert suites(told(capsys, "junit", NASTY))[0].attrib["name"] == NASTY.replace("\x1b", "\\x1b")


def results(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Code, path and the whole of each result; the report is held against SARIF's schema."""
    report = json.loads(text)
    jsonschema.Draft7Validator(SCHEMA).validate(report)
    (run,) = report["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    found = []
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%:-]*", place["uri"])
        assert bool(urlparse(place["uri"]).scheme) is ("uriBaseId" not in place)
        found.append((result["ruleId"], unquote(place["uri"]), result))
    return found


@pytest.mark.parametrize("files", CASES)
@pytest.mark.parametrize("unreadable", [False, True])
def test_sarif_is_valid(files: list[str], unreadable: bool, capsys: Captured) -> None:
    arguments = with_unreadable(files, unreadable)
    whole = json.loads(told(capsys, "json", *arguments))
    text = told(capsys, "sarif", *arguments)
    kept = [r for r in results(text) if "suppressions" not in r[2]]
    findings = [(f, file["path"]) for file in whole["files"] for f in file["findings"]]
    assert [(code, path) for code, path, _ in kept] == [(f["code"], path) for f, path in findings]
    names = [result["partialFingerprints"]["q2pconf/v1"] for _, _, result in kept]
    assert len(set(names)) == len(names)
    (invocation,) = json.loads(text)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is ("missing.toml" not in arguments)


def test_sarif_result(capsys: Captured) -> None:
    text = told(capsys, "sarif", "both.toml")
    driver = json.loads(text)["runs"][0]["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("q2pconf", __version__)
    for rule in driver["rules"]:
        for words in ("shortDescription", "fullDescription", "help"):
            assert rule[words]["text"]
        assert rule["name"].isalnum()
        assert "helpUri" not in rule
    first, second = results(text)
    assert (first[2]["level"], second[2]["level"]) == ("error", "warning")
    assert first[2]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 6,
    }  # fmt: skip


def test_sarif_has_what_a_comment_ignores_as_suppressed(capsys: Captured) -> None:
    ((code, _, result),) = results(told(capsys, "sarif", "ignored.toml"))
    assert code == "Q2P021"
    assert result["suppressions"] == [{"kind": "inSource"}]


def test_sarif_paths_outside(folder: Path, capsys: Captured, monkeypatch: Any) -> None:
    monkeypatch.chdir(folder / "sub")
    ((_, uri, _),) = results(told(capsys, "sarif", "../error.toml"))
    assert uri == f"file://{folder}/error.toml"
