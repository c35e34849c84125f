"""``q2pconf rule``: every code in words."""

from __future__ import annotations

import json

import pytest
from test_invalid import CODES, INVALID, OF_MODES, release_of

from q2pconf import validate
from q2pconf.cli import main
from q2pconf.rules.catalogue import FAMILIES, entries

Captured = pytest.CaptureFixture[str]


def test_every_code_has_an_entry() -> None:
    assert set(entries()) == set(CODES) | OF_MODES


@pytest.mark.parametrize("code", sorted(entries()))
def test_entry_is_whole(code: str) -> None:
    entry = entries()[code]
    assert entry.code == code
    assert entry.family == FAMILIES[code[3]]
    assert entry.severities
    assert entry.title[0].isupper() or entry.title[0] == "[" or entry.title.split()[0].islower()
    assert not entry.title.endswith(".")
    assert entry.text.endswith((".", ")"))
    assert "  " not in entry.text


@pytest.mark.parametrize("release", ["2023.7", "2024.5", "2026.1", "2026.4"])
@pytest.mark.parametrize("code", CODES)
def test_findings_are_as_bad_as_the_entry_says(code: str, release: str) -> None:
    path = INVALID / f"{code}.toml"
    for judged in {release, release_of(path)}:
        for finding in validate(path, judged).findings:
            assert finding.severity in entries()[finding.code].severities


@pytest.mark.parametrize("written", ["Q2P101", "q2p101", "101"])
def test_one_code(capsys: Captured, written: str) -> None:
    assert main(["rule", written]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Q2P101: A key that an executor does not have (error)\n\nEvery key")
    assert max(map(len, out.splitlines())) <= 92
    assert err == ""


def test_all_codes_by_family(capsys: Captured) -> None:
    assert main(["rule"]) == 0
    out = capsys.readouterr().out
    blocks = out.split("\n\n")
    assert [block.splitlines()[0] for block in blocks] == [
        name for digit, name in FAMILIES.items() if any(code[3] == digit for code in entries())
    ]
    for entry in entries().values():
        assert f"  {entry.code}  " in out
        assert f"  {entry.title}\n" in out


@pytest.mark.parametrize(("written", "start"), [("Q2P12", "Q2P12"), ("3", "Q2P3")])
def test_codes_that_begin_alike(capsys: Captured, written: str, start: str) -> None:
    assert main(["rule", written, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 1
    assert [row["code"] for row in told["rules"]] == [c for c in entries() if c.startswith(start)]


def test_json_of_one(capsys: Captured) -> None:
    assert main(["rule", "Q2P220", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rules"]
    entry = entries()["Q2P220"]
    assert row == {
        "code": "Q2P220",
        "family": "providers and launchers",
        "title": entry.title,
        "severities": ["error", "warning"],
        "text": entry.text,
    }


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Q2P001x", "did you mean Q2P001 ("),
        ("walltime", "there is no code walltime; these are about it: Q2P220"),
        ("brontosaurus", "there is no code brontosaurus; `q2pconf rule` lists them all"),
    ],
)
def test_unknown_code_is_2(capsys: Captured, written: str, words: str) -> None:
    assert main(["rule", written]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err


def test_colour_only_where_it_is_wanted(capsys: Captured) -> None:
    assert main(["rule", "Q2P101", "--color", "always"]) == 0
    assert "\x1b[31merror\x1b[0m" in capsys.readouterr().out
