"""``q2pconf schema``: keys in words, and the schema itself."""

from __future__ import annotations

import json

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
