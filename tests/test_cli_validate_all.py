"""``q2pconf validate --release all``: every file against every release."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from q2pconf.cli import main
from q2pconf.releases import all_releases, other_parsls

OLD = '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\nmax_workers = 2\n'
THREADS = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
EVERY = [release.name for release in (*all_releases(), *other_parsls())]

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.toml").write_text(OLD)
    Path("threads.toml").write_text(THREADS)


def test_a_line_for_each_release(capsys: Captured) -> None:
    assert main(["validate", "old.toml", "--release", "all"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == "old.toml"
    assert [line.split()[0] for line in lines[1:]] == EVERY
    verdicts = {line.split()[0]: line.split()[3] for line in lines[1:]}
    assert {name for name, word in verdicts.items() if word == "ok"} == set(
        EVERY[: EVERY.index("2026.4")]
    )
    assert re.search(
        r"^  2026\.4 +Parsl 2026\.2\.23 +error 4:1: Q2P101 `max_workers` of HighThroughputExecutor"
        r" was removed in Parsl 2024\.9\.9$",
        out,
        re.M,
    )


def test_fine_everywhere_is_0(capsys: Captured) -> None:
    assert main(["validate", "threads.toml", "--release", " ALL "]) == 0
    assert capsys.readouterr().out.count("  ok\n") == len(EVERY)


def test_several_files(capsys: Captured) -> None:
    assert main(["validate", "threads.toml", "old.toml", "--release", "all"]) == 1
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if not line.startswith(" ")] == [
        "threads.toml", "", "old.toml",
    ]  # fmt: skip


def test_json(capsys: Captured) -> None:
    assert main(["validate", "old.toml", "--release", "all", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["version"], found["release"], found["parsl"]) == (1, "all", None)
    (file,) = found["files"]
    assert (file["path"], file["ok"]) == ("old.toml", False)
    assert [one["release"] for one in file["releases"]] == EVERY
    by_name = {one["release"]: one for one in file["releases"]}
    assert by_name["2025.10"]["ok"]
    assert by_name["2025.10"]["error"] is None
    assert by_name["2026.7"]["error"]["code"] == "Q2P101"
    assert by_name["2026.7"]["error"]["line"] == 4
    assert found["summary"]["errors"] == sum(one["errors"] for one in file["releases"]) == 4


def test_unreadable_and_broken_files(capsys: Captured) -> None:
    Path("broken.toml").write_bytes(b"\xff")
    assert main(["validate", "nowhere.toml", "broken.toml", "--release", "all"]) == 2
    out, err = capsys.readouterr()
    assert "nowhere.toml: there is no such file" in err
    assert out.count("error 1:1: Q2P003") == len(EVERY)


def test_strict_counts_warnings(capsys: Captured) -> None:
    Path("warned.toml").write_text(f'{THREADS}[executor_mapping.dada2]\ndenoise = "default"\n')
    assert main(["validate", "warned.toml", "--release", "all"]) == 0
    assert "ok (1 warning)" in capsys.readouterr().out
    assert main(["validate", "warned.toml", "--release", "all", "--strict"]) == 1
