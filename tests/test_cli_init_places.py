"""init: where the file goes, what QIIME 2 then loads, and a file that is there already."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from q2pconf.cli import init, main
from q2pconf.cli.destination import Destination
from q2pconf.document import Document
from q2pconf.errors import RefusedError
from q2pconf.host import CpuCount

Captured = pytest.CaptureFixture[str]
LOCAL = ["init", "--preset", "local"]
NAME = "qiime2_config.toml"


def three(_: object, *, given: int | None) -> CpuCount:
    source = "given" if given else "psutil"
    return CpuCount(count=given or 4, source=source, detail="4 CPUs")  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with nothing in it, a machine of 4 CPUs, no cluster, no environment."""
    found = tmp_path / "home"
    (found / "work").mkdir(parents=True)
    monkeypatch.chdir(found / "work")
    monkeypatch.setattr(init, "resolve_cpus", three)
    monkeypatch.setattr("q2pconf.cluster.detect", lambda env: None)
    for name in ("CONDA_PREFIX", "VIRTUAL_ENV", "QIIME2_CONFIG", "QIIMETEST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(found))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(found / "user"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(found / "site"))
    return found


def right(path: Path) -> bool:
    return bool(Document.load(path).data["parsl"]["executors"])


@pytest.mark.parametrize("release", ["2024.5", "2026.4", "2026.10"])
@pytest.mark.parametrize("place", ["user", "site"])
def test_to_a_folder_that_is_not_there(
    capsys: Captured, home: Path, place: str, release: str
) -> None:
    assert main([*LOCAL, "--to", place, "--release", release]) == 0
    target = home / place / "qiime2" / NAME
    assert right(target)
    err = capsys.readouterr().err
    assert f"wrote {target} for QIIME 2 {release}" in err
    assert f"  q2pconf explain --release {release} {target}\n" in err
    assert "  qiime PLUGIN PIPELINE ... --parallel   (QIIME 2 finds the file by itself)" in err
    assert os.listdir(home / "work") == []


def test_to_conda(capsys: Captured, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = home / "envs" / "q2"
    prefix.mkdir(parents=True)
    monkeypatch.setenv("CONDA_PREFIX", str(prefix))
    assert main([*LOCAL, "--to", "conda"]) == 0
    assert right(prefix / "etc" / NAME)
    assert "QIIME 2 finds the file by itself" in capsys.readouterr().err


def test_to_conda_of_env(capsys: Captured, home: Path) -> None:
    prefix = home / "envs" / "q2"
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "qiime2-2024.5.0-py39_0.json").touch()
    assert main([*LOCAL, "--to", "conda", "--env", str(prefix)]) == 0
    assert right(prefix / "etc" / NAME)


def test_to_conda_where_none_is(capsys: Captured) -> None:
    assert main([*LOCAL, "--to", "conda"]) == 2
    assert "no conda environment is active; activate one, or use --env" in capsys.readouterr().err


def test_to_a_path(capsys: Captured, home: Path) -> None:
    assert main([*LOCAL, "--to", "f.toml"]) == 0
    assert right(home / "work" / "f.toml")
    assert "--parallel-config f.toml" in capsys.readouterr().err
    assert main([*LOCAL, "--to", "no/f.toml"]) == 2
    assert "no folder" in capsys.readouterr().err


def test_to_a_place_that_something_shadows(
    capsys: Captured, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([*LOCAL, "--to", "user"]) == 0
    capsys.readouterr()
    assert main([*LOCAL, "--to", "site"]) == 0
    shadow = home / "user" / "qiime2" / NAME
    assert f"note: QIIME 2 loads {shadow} instead: q2pconf which\n" in capsys.readouterr().err
    monkeypatch.setenv("QIIME2_CONFIG", str(home / "work" / "mine.toml"))
    (home / "work" / "mine.toml").write_text(shadow.read_text())
    assert main([*LOCAL, "--to", "user", "--force"]) == 0
    assert f"note: QIIME 2 loads {home}/work/mine.toml instead" in capsys.readouterr().err


def test_to_a_place_that_is_taken(capsys: Captured, home: Path) -> None:
    assert main([*LOCAL, "--to", "user"]) == 0
    assert main([*LOCAL, "--to", "user", "--max-cpus", "2"]) == 2
    assert "exists already; nothing was changed" in capsys.readouterr().err


def test_to_a_folder_that_may_not_be_made(
    capsys: Captured, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "makedirs", refuse)
    assert main([*LOCAL, "--to", "site"]) == 2
    assert "cannot make the folder" in capsys.readouterr().err


def test_to_a_folder_whose_name_is_a_file(capsys: Captured, home: Path) -> None:
    (home / "site").write_text("")
    assert main([*LOCAL, "--to", "site"]) == 2
    assert "cannot make the folder" in capsys.readouterr().err


MINE = """\
# mine
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
max_workers_per_node = 2 # two
[parsl.executors.provider]
class = "SlurmProvider"
cores_per_node = 8
mem_per_node = 10
max_blocks = 3
walltime = "01:00:00"
"""


def test_change_keeps_what_is_not_answered(capsys: Captured) -> None:
    Path("f").write_text(MINE)
    os.chmod("f", 0o640)
    assert main(["init", "-o", "f", "--force", "--walltime", "2h", "--account", "lab"]) == 0
    wanted = MINE.replace('"01:00:00"', '"02:00:00"') + 'account = "lab"\n'
    assert Path("f").read_text() == wanted
    assert Path("f.bak").read_text() == MINE
    assert os.stat("f").st_mode & 0o777 == 0o640
    err = capsys.readouterr().err
    assert "up to 6 actions at a time: 3 jobs, 2 actions in each\n" in err
    assert "f.bak\n" in err


def test_change_without_an_answer_changes_nothing() -> None:
    Path("f").write_text(MINE)
    assert main(["init", "-o", "f", "--force"]) == 0
    assert Path("f").read_text() == MINE
    assert os.listdir() == ["f"], "nothing to keep"


def test_change_twice_keeps_both(capsys: Captured) -> None:
    Path("f").write_text(MINE)
    for cpus in ("1", "2"):
        assert main(["init", "-o", "f", "--force", "--cpus", cpus]) == 0
    assert Path("f.bak").read_text() == MINE
    assert sorted(os.listdir()) == ["f", "f.bak", "f.bak2"]


def test_change_of_a_link_writes_what_it_points_to() -> None:
    Path("real").write_text(MINE)
    Path("f").symlink_to("real")
    assert main(["init", "-o", "f", "--force", "--account", "lab"]) == 0
    assert Path("f").is_symlink()
    assert 'account = "lab"' in Path("real").read_text()


def test_preset_replaces_instead() -> None:
    Path("f").write_text(MINE)
    assert main([*LOCAL, "-o", "f", "--force"]) == 0
    assert "# mine" not in Path("f").read_text()
    assert Path("f.bak").read_text() == MINE


def test_change_of_an_older_file() -> None:
    Path("f").write_text(MINE.replace("max_workers_per_node", "max_workers"))
    assert main(["init", "-o", "f", "--force", "--release", "2024.5", "--account", "a"]) == 0
    assert "max_workers = 2 # two" in Path("f").read_text()
    assert main(["init", "-o", "f", "--force", "--release", "2026.4", "--account", "b"]) == 0
    text = Path("f").read_text()
    assert "max_workers_per_node = 2 # two" in text
    assert 'account = "b"' in text


def test_change_that_would_make_it_wrong(capsys: Captured) -> None:
    Path("f").write_text(MINE)
    line = ["init", "-o", "f", "--force", "--set"]
    for option in ("retries=many", "provider.walltime=soon", "nothing=1"):
        assert main([*line, option]) == 2
    assert Path("f").read_text() == MINE
    assert os.listdir() == ["f"]


@pytest.mark.parametrize(
    "text", ["mine", "", "x = 1\n", "[parsl]\n", "parsl = 3\n", "\ufeffx", "[[parsl.executors]]\n"]
)
def test_what_is_no_configuration_is_replaced(text: str) -> None:
    Path("f").write_text(text, encoding="utf-8")
    assert main(["init", "-o", "f", "--max-cpus", "2"]) == 2
    assert main(["init", "-o", "f", "--force", "--max-cpus", "2"]) == 0
    assert right(Path("f"))
    assert Path("f.bak").read_text(encoding="utf-8") == text


def test_a_file_that_is_no_text_is_replaced_with_force() -> None:
    Path("f").write_bytes(b"\xff\x00")
    assert main([*LOCAL, "-o", "f"]) == 2
    assert Path("f").read_bytes() == b"\xff\x00"


@pytest.mark.parametrize("extra", [["--dry-run"], ["-o", "-"]])
def test_nothing_is_written(capsys: Captured, home: Path, extra: list[str]) -> None:
    Path(NAME).write_text(MINE)
    assert main([*LOCAL, *extra]) == 0
    assert Path(NAME).read_text() == MINE
    assert os.listdir() == [NAME]


def test_dry_run_of_a_change(capsys: Captured) -> None:
    Path("f").write_text(MINE)
    assert main(["init", "-o", "f", "--force", "--dry-run", "--account", "lab"]) == 0
    out, err = capsys.readouterr()
    assert out == MINE + 'account = "lab"\n'
    assert "exists already" not in err
    assert Path("f").read_text() == MINE


def test_what_is_no_text_is_never_replaced(capsys: Captured, home: Path) -> None:
    file = home / "work" / "mine.toml"
    file.write_bytes(b"# caf\xe9 precious\n")
    assert main([*LOCAL, "--yes", "--force", "-o", str(file)]) == 2
    assert "is not a text file" in capsys.readouterr().err
    assert file.read_bytes() == b"# caf\xe9 precious\n"


@pytest.mark.parametrize("before", [None, b"old\n"])
def test_what_changes_meanwhile_is_never_replaced(home: Path, before: bytes | None) -> None:
    file = home / "work" / "mine.toml"
    text = None if before is None else before.decode()
    place = Destination(path=str(file), content=before, text=text)
    file.write_text("new of another\n")
    with pytest.raises(RefusedError, match="changed by somebody else meanwhile"):
        place.write("ours\n", replace=True)
    assert file.read_text() == "new of another\n"
    assert [path.name for path in file.parent.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize("place", ["usr", "User", "home"])
def test_to_a_word_that_is_no_place(capsys: Captured, home: Path, place: str) -> None:
    assert main([*LOCAL, "--to", place]) == 2
    assert "user, site, conda, or the path of a file" in capsys.readouterr().err
    assert not (home / "work" / place).exists()
