"""presets: what init can start from, in words and for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from q2pconf.cli import main

Captured = pytest.CaptureFixture[str]

CENTER = '[q2pconf]\ntitle = "My \\u001b[1mcenter"\nextends = "slurm"\n'


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder and folders of presets of its own, all empty."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "site"))
    monkeypatch.setattr("q2pconf.cluster.detect", lambda env: None)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.chdir(tmp_path)
    for origin in ("user", "site"):
        (tmp_path / origin / "q2pconf" / "presets").mkdir(parents=True)
    return tmp_path


def put(home: Path, origin: str, name: str, text: str) -> Path:
    path = home / origin / "q2pconf" / "presets" / name
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped(capsys: Captured) -> None:
    assert main(["presets"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "local  This computer  (built-in)",
        "pbs    A PBS cluster  (built-in)",
        "slurm  A Slurm cluster  (built-in)",
    ]
    assert err == ""


def test_where_each_is_from(capsys: Captured, home: Path) -> None:
    site = put(home, "site", "mycenter.toml", CENTER)
    user = put(home, "user", "slurm.toml", CENTER)
    assert main(["presets"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    rows = {row.split()[0]: row for row in out.splitlines()}
    assert rows["mycenter"].endswith(f"({site})")
    assert rows["slurm"].endswith(f"({user})")
    assert rows["local"].endswith("(built-in)")


def test_json(capsys: Captured, home: Path) -> None:
    site = put(home, "site", "mycenter.toml", CENTER)
    bad = put(home, "user", "bad.toml", "[q2pconf]\nx = 1\n")
    assert main(["presets", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"version", "presets", "broken"}
    assert found["version"] == 1
    rows = {row["name"]: row for row in found["presets"]}
    assert list(rows) == ["local", "mycenter", "pbs", "slurm"]
    for row in rows.values():
        assert set(row) == {"name", "title", "description", "origin", "path", "asks"}
    assert (rows["mycenter"]["origin"], rows["mycenter"]["path"]) == ("site", str(site))
    assert (rows["local"]["origin"], rows["local"]["path"]) == ("built-in", None)
    assert "walltime" in rows["mycenter"]["asks"]
    (broken,) = found["broken"]
    assert (broken["name"], broken["path"]) == ("bad", str(bad))
    assert broken["reason"].startswith("line 2: [q2pconf] has no 'x'")


def test_a_broken_one_is_told_with_its_line(capsys: Captured, home: Path) -> None:
    bad = put(home, "site", "local.toml", "[q2pconf]\n[q2pconf.fixed]\ncpus = 0\n")
    assert main(["presets"]) == 1
    out, err = capsys.readouterr()
    assert err.startswith(f"q2pconf: {bad}: line 3: cpus in [q2pconf.fixed]: ")
    assert out.startswith("local  This computer  (built-in)\n")


@pytest.mark.parametrize("name", ["local", "pbs", "other"])
def test_init_works_beside_a_broken_one(capsys: Captured, home: Path, name: str) -> None:
    bad = put(home, "site", f"{name}.toml", "nonsense")
    assert main(["init", "-o", "-"]) == 0
    out, err = capsys.readouterr()
    assert 'class = "LocalProvider"' in out
    assert f"note: the preset {bad} is left out: line 1: " in err


def test_init_from_a_site_preset(capsys: Captured, home: Path) -> None:
    fixed = '[q2pconf.fixed]\naccount = "lab"\nmemory = "4GB"\nwalltime = "2h"\n'
    put(home, "site", "mycenter.toml", CENTER + fixed)
    line = ["init", "--preset", "mycenter", "-o", "-"]
    assert main(line) == 2
    assert "missing: --actions, --cpus (" in capsys.readouterr().err
    assert main([*line, "--actions", "3", "--cpus", "2"]) == 0
    out, err = capsys.readouterr()
    assert 'account = "lab"' in out
    assert 'walltime = "02:00:00"' in out
    assert out.isascii()
    assert "\x1b" not in out + err
    assert main([*line, "--yes", "--account", "x"]) == 2
    assert "--account: the preset mycenter fixes it to 'lab'" in capsys.readouterr().err


def test_init_from_a_broken_preset(capsys: Captured, home: Path) -> None:
    bad = put(home, "user", "mine.toml", "[q2pconf]\nx = 1\n")
    assert main(["init", "--preset", "mine", "-o", "-"]) == 2
    assert f"q2pconf: {bad}: line 2: [q2pconf] has no 'x'" in capsys.readouterr().err


def test_verbose_says_where_ones_own_belong(capsys: Captured, home: Path) -> None:
    assert main(["presets", "-v"]) == 0
    err = capsys.readouterr().err
    for origin in ("site", "user"):
        assert f"presets of the {origin} belong in {home}/{origin}/q2pconf/presets\n" in err
