"""Who else can change a file on whose word commands run."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

import q2pconf
from q2pconf.cli import main
from q2pconf.rules.catalogue import entries
from q2pconf.trust import doubts, owners, steps

ME, OTHER, ADMIN = 1000, 2000, 3000


class Files:
    """A file system of which the tests say who owns what."""

    def __init__(self) -> None:
        self.modes: dict[str, tuple[int, int]] = {}

    def add(self, path: str, mode: int = 0o755, owner: int = 0, kind: int = stat.S_IFDIR) -> None:
        self.modes[path] = (kind | mode, owner)

    def lstat(self, path: str) -> os.stat_result:
        if path not in self.modes:
            raise FileNotFoundError(path)
        mode, owner = self.modes[path]
        return os.stat_result((mode, 0, 0, 1, owner, 50, 0, 0, 0, 0))


@pytest.fixture
def files() -> Files:
    found = Files()
    for folder in ("/", "/home"):
        found.add(folder)
    found.add("/home/me", 0o700, ME)
    found.add("/home/me/f.toml", 0o644, ME, stat.S_IFREG)
    return found


def told(files: Files, path: str = "/home/me/f.toml", *trusted: int) -> list[tuple[str, str]]:
    found = doubts(path, user=ME, trusted=trusted, own_group=lambda group: False, lstat=files.lstat)
    return [(each.code, each.message) for each in found]


def test_a_file_of_ones_own(files: Files) -> None:
    assert told(files) == []


def test_everybody_can_write_the_file(files: Files) -> None:
    files.add("/home/me/f.toml", 0o666, ME, stat.S_IFREG)
    ((code, message),) = told(files)
    assert code == "Q2P701"
    assert message == (
        "everybody on this machine can write to the file /home/me/f.toml, and change it"
    )


def test_a_group_can_write_a_folder_above(files: Files) -> None:
    files.add("/home/me", 0o775, ME)
    ((code, message),) = told(files)
    assert code == "Q2P701"
    assert "everybody in the group " in message
    assert "the folder /home/me, and put another file in its place" in message


def test_a_sticky_folder_is_no_risk_for_a_file_of_ones_own(files: Files) -> None:
    files.add("/home/me", 0o1777)
    assert told(files) == []


def test_the_file_of_somebody_else(files: Files) -> None:
    files.add("/home/me/f.toml", 0o644, OTHER, stat.S_IFREG)
    assert [code for code, _ in told(files)] == ["Q2P702"]
    assert told(files, "/home/me/f.toml", OTHER) == []


def test_the_folder_of_somebody_else(files: Files) -> None:
    files.add("/home/me", 0o755, ADMIN)
    ((code, message),) = told(files)
    assert code == "Q2P702"
    assert "the folder /home/me belongs to" in message


def test_what_is_not_there_says_nothing(files: Files) -> None:
    assert told(files, "/home/me/other.toml") == []
    assert told(files, "/nowhere/f.toml") == []


def test_links_are_followed_and_their_folders_looked_at(tmp_path: Path) -> None:
    shared, own = tmp_path / "shared", tmp_path / "own"
    for folder in (shared, own):
        folder.mkdir(mode=0o755)
    (shared / "real.toml").write_text("[parsl]\n")
    (own / "f.toml").symlink_to("../shared/real.toml")
    visited = [step.path for step in steps(str(own / "f.toml"))]
    assert visited[-4:] == [
        str(own),
        str(own / "f.toml"),
        str(shared),
        str(shared / "real.toml"),
    ]
    shared.chmod(0o777)
    messages = [each.message for each in doubts(str(own / "f.toml"))]
    assert [m for m in messages if str(shared) in m] == [
        f"everybody on this machine can write to the folder {shared}, and put another file in its"
        " place"
    ]
    shared.chmod(0o755)


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert len(list(steps(str(tmp_path / "a")))) < 100
    (tmp_path / "c").symlink_to(tmp_path / "c" / ".." / "c")
    assert len(list(steps(str(tmp_path / "c")))) <= 1001


def test_validate_tells_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "f.toml"
    path.write_text('[parsl]\nexecutors = [{class = "ThreadPoolExecutor", label = "default"}]\n')
    path.chmod(0o666)
    told = f"everybody on this machine can write to the file {path}, and change it"
    assert [each.message for each in q2pconf.validate(path).warnings] == [told]
    assert main(["validate", str(path)]) == 0
    out = capsys.readouterr().out
    assert f"{path}: warning[Q2P701]: {told}\n" in out
    assert f"do this: take that right away: chmod o-w {path}\n" in out
    assert main(["validate", "--ignore", "Q2P7", "--strict", str(path)]) == 0
    path.chmod(0o644)
    assert q2pconf.validate(path).findings == ()


def test_who_owns_the_environment_is_trusted(files: Files, tmp_path: Path) -> None:
    assert owners([str(tmp_path), str(tmp_path / "missing")]) == {os.getuid()}


def test_every_code_is_told(files: Files) -> None:
    files.add("/home/me/f.toml", 0o666, OTHER, stat.S_IFREG)
    found = list(doubts("/home/me/f.toml", user=ME, lstat=files.lstat))
    assert {each.code for each in found} == {code for code in entries() if code[3] == "7"}
    for each in found:
        assert entries()[each.code].severities == (each.severity,)


def test_which_tells_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f.toml"
    path.write_text("[parsl]\n")
    path.chmod(0o666)
    monkeypatch.setenv("QIIME2_CONFIG", str(path))
    main(["which"])
    told = capsys.readouterr()
    assert "can write to" not in told.out
    assert f"q2pconf: warning: everybody on this machine can write to the file {path}" in told.err
