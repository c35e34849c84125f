"""One file per code that has it, its near miss that has not, and what is said of it.

``python tests/test_invalid.py --write`` writes the expected texts anew.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from q2pconf import host, schema, validate
from q2pconf.cli import main
from q2pconf.findings import Report, Severity
from q2pconf.host import CpuCount, Limit
from q2pconf.releases import all_releases
from q2pconf.rules import all_rules

TESTS = Path(__file__).resolve().parent
INVALID = TESTS / "invalid"
EXAMPLES = TESTS / "examples"
CODES = sorted(path.stem for path in INVALID.glob("Q2P???.toml"))
READING = {f"Q2P00{number}" for number in range(1, 7)} | {"Q2P017"}
OF_MODES = {"Q2P701", "Q2P702"}
"""Codes of who owns a file and who can write it: no file of a checkout can show that
(tests/test_trust.py does)."""
SHAPES = {"type": "02", "required": "04", "not": "05", "maxItems": "05"} | dict.fromkeys(
    ("enum", "pattern", "minimum", "maximum", "exclusiveMinimum"), "03"
)
FAMILIES = {"executor": "1", "provider": "2", "launcher": "2", "channel": "2", "monitoring": "0"}


def machine() -> CpuCount:
    """What rules are told of this machine, whichever it is."""
    whole = Limit(source="psutil", count=64, detail="64 CPUs in this machine (psutil)")
    return CpuCount(
        count=whole.count, source=whole.source, detail=whole.detail, considered=(whole,)
    )


@pytest.fixture(autouse=True)
def same_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "resolve_cpus", machine)


def head(path: Path, word: str) -> list[str]:
    """What the comment lines at the head of a file say: ``# release: 2024.5, 2026.4``."""
    text = path.read_bytes().decode("utf-8", "replace")
    found = re.search(rf"\A(?:#.*\n)*?# {word}: (.*)\n", text)
    return found.group(1).split(", ") if found else []


def release_of(path: Path) -> str:
    return (head(path, "release") or ["2026.4"])[0]


def command(path: Path, *options: str) -> list[str]:
    return ["validate", "--release", release_of(path), "--color", "never", *options, path.name]


def is_fatal(report: Report) -> bool:
    return any(finding.severity is Severity.ERROR for finding in report.findings)


def codes_of_schemas() -> Iterator[str]:
    """The codes of what a shipped schema can say against a file."""
    for parsl in {release.parsl for release in all_releases()}:
        shipped = schema.load(parsl)
        owners = {"Config": "0"}
        for kind, family in FAMILIES.items():
            owners |= dict.fromkeys(shipped.classes(kind), family)
            yield from (shape_code(family, number) for number in ("11", "12", "13"))
        for owner, family in owners.items():
            content = shipped.of_class(owner)
            yield shape_code(family, "01")
            if set(content.get("required", [])) - {"class"}:
                yield shape_code(family, SHAPES["required"])
            for rule in content["properties"].values():
                yield from (shape_code(family, SHAPES[word]) for word in rule if word in SHAPES)


def shape_code(family: str, number: str) -> str:
    return f"Q2P0{int(number) + 20}" if family == "0" else f"Q2P{family}{number}"


@pytest.mark.parametrize("code", sorted(READING | set(all_rules()) | set(codes_of_schemas())))
def test_code_has_its_files(code: str) -> None:
    missing = [
        end for end in ("toml", "txt", "ok.toml") if not (INVALID / f"{code}.{end}").is_file()
    ]
    assert missing == []


def test_files_are_of_known_codes() -> None:
    known = READING | set(all_rules()) | set(codes_of_schemas())
    strangers = {path.name for path in INVALID.iterdir() if path.name.split(".")[0] not in known}
    assert strangers == set()


@pytest.mark.parametrize("code", CODES)
def test_invalid_through_the_library(code: str) -> None:
    path = INVALID / f"{code}.toml"
    report = validate(path, release_of(path))
    assert {finding.code for finding in report.findings} == {code, *head(path, "also")}
    assert report.release.name == release_of(path)
    for finding in report.findings:
        assert finding.message
        assert finding.hint
        assert finding.consequence or finding.severity is not Severity.ERROR


@pytest.mark.parametrize("code", CODES)
def test_invalid_near_miss(code: str) -> None:
    path = INVALID / f"{code}.ok.toml"
    found = {finding.code for finding in validate(path, release_of(path)).findings}
    assert code not in found
    assert found == set(head(path, "also"))


@pytest.mark.parametrize("code", CODES)
def test_invalid_text(
    code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(INVALID)
    path = INVALID / f"{code}.toml"
    fatal = is_fatal(validate(path, release_of(path)))
    assert main(command(path)) == (1 if fatal else 0)
    out, err = capsys.readouterr()
    assert out == (INVALID / f"{code}.txt").read_text(encoding="utf-8")
    assert err == ""


@pytest.mark.parametrize("code", CODES)
def test_invalid_strict(
    code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(INVALID)
    path = INVALID / f"{code}.toml"
    report = validate(path, release_of(path))
    assert main(command(path, "--strict")) == (1 if report.errors or report.warnings else 0)


@pytest.mark.parametrize("code", CODES)
def test_invalid_json(
    code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(INVALID)
    path = INVALID / f"{code}.toml"
    fatal = is_fatal(validate(path, release_of(path)))
    assert main(command(path, "--format", "json")) == (1 if fatal else 0)
    told = json.loads(capsys.readouterr().out)
    assert told["release"] == release_of(path)
    (file,) = told["files"]
    assert file["path"] == f"{code}.toml"
    assert file["ok"] is not fatal
    assert {finding["code"] for finding in file["findings"]} == {code, *head(path, "also")}
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    for finding in file["findings"]:
        if finding["line"] is not None:
            assert 1 <= finding["column"] <= len(lines[finding["line"] - 1]) + 1
            start, end = (
                (finding["line"], finding["column"]),
                (finding["end_line"], finding["end_column"]),
            )
            assert start < end


@pytest.mark.parametrize(
    ("path", "release"),
    [
        pytest.param(path, release, id=f"{path.stem}-{release}")
        for path in sorted(EXAMPLES.glob("*.toml"))
        for release in head(path, "release")
    ],
)
def test_example_is_fine(path: Path, release: str) -> None:
    report = validate(path, release)
    assert report.ok
    assert {finding.code for finding in report.findings} == set(head(path, "also"))


def test_examples_cover_every_release() -> None:
    covered = {release for path in EXAMPLES.glob("*.toml") for release in head(path, "release")}
    assert covered == {release.name for release in all_releases()}


def write() -> None:
    """Write the expected text of every file anew."""
    os.chdir(INVALID)
    pytest.MonkeyPatch().setattr(host, "resolve_cpus", machine)
    for code in CODES:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            main(command(INVALID / f"{code}.toml"))
        (INVALID / f"{code}.txt").write_text(out.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/test_invalid.py --write")
    write()
