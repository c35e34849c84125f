"""``q2pconf schema``: keys in words, and the schema itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from q2pconf import schema
from q2pconf.cli import main
from q2pconf.releases import all_releases, find

Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize("release", [release.name for release in all_releases()])
def test_whole_schema_is_the_shipped_one(release: str, capsys: Captured) -> None:
    assert main(["schema", "--release", release]) == 0
    assert json.loads(capsys.readouterr().out) == schema.of(find(release)).content


def test_keys_of_a_class(capsys: Captured) -> None:
    assert main(["schema", "SlurmProvider", "--release", "2026.4"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("SlurmProvider in QIIME 2 2026.4 (Parsl 2026.2.23)\n")
    known = schema.of(find("2026.4")).of_class("SlurmProvider")["properties"]
    for key in set(known) - {"class"}:
        assert f"\n  {key}" in out
    assert '\n  walltime  (string, default "00:10:00")\n' in out
    assert max(map(len, out.splitlines())) <= 92


@pytest.mark.parametrize("name", ["parsl", "[parsl]", "Config"])
def test_keys_of_the_main_table(capsys: Captured, name: str) -> None:
    assert main(["schema", name, "--release", "2024.5"]) == 0
    assert "\n  retries  (integer, default 0)\n" in capsys.readouterr().out


def test_one_class_as_json(capsys: Captured) -> None:
    assert main(["schema", "SrunLauncher", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "SrunLauncher"


@pytest.mark.parametrize(
    ("name", "words"),
    [("slurm", "did you mean SlurmProvider?"), ("Qwertz", "there are: Config, ")],
)
def test_unknown_class_is_2(capsys: Captured, name: str, words: str) -> None:
    assert main(["schema", name, "--release", "2026.4"]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("release", ["2023.7", "2026.4", "parsl==2026.10.26"])
def test_path_of_the_schema(release: str, capsys: Captured) -> None:
    assert main(["schema", "--path", "--release", release]) == 0
    path = Path(capsys.readouterr().out.rstrip("\n"))
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content == schema.of(find(release)).content


def test_path_of_one_class_is_2(capsys: Captured) -> None:
    assert main(["schema", "SlurmProvider", "--path"]) == 2
    assert "--path is for the whole schema" in capsys.readouterr().err


def test_path_of_a_schema_read_off_an_installed_parsl_is_2(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_off = replace(find("2026.4"), generated="{}")
    monkeypatch.setattr("q2pconf.cli.schema.chosen_release", lambda _: read_off)
    assert main(["schema", "--path"]) == 2
    assert "q2pconf schema > qiime2_config.schema.json" in capsys.readouterr().err
