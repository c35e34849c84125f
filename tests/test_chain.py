"""The chain, step by step, in made-up surroundings."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from q2pconf.chain import Resolution, resolve
from q2pconf.releases import find

NAME = "qiime2_config.toml"
PARSL = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
MAPPING = '[executor_mapping.dada2]\ndenoise_single = "default"\n'
INNER = '[parsl.executor_mapping.dada2]\ndenoise_single = "default"\n'


class World:
    """A home, a site and an environment, with a file in each place that is asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.user = root / "home" / ".config" / "qiime2" / NAME
        self.site = root / "site" / "qiime2" / NAME
        self.conda = root / "env" / "etc" / NAME
        for file in (self.user, self.site, self.conda):
            file.parent.mkdir(parents=True)
        self.env = {"HOME": str(root / "home"), "XDG_CONFIG_DIRS": str(root / "site")}

    def activate(self) -> None:
        self.env["CONDA_PREFIX"] = str(self.root / "env")

    def look(self, release: str = "2026.4", given: Path | str | None = None) -> Resolution:
        return resolve(
            self.env,
            release=find(release),
            parallel_config=given,
            cwd=str(self.root),
            platform="linux",
        )

    def statuses(self, **kind: str) -> dict[str, str]:
        return {step.source: step.status for step in self.look(**kind).candidates}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_chain_nothing_set(world: World) -> None:
    found = world.look()
    assert (found.source, found.path, found.ok) == ("memory", None, True)
    assert world.statuses() == {
        "env": "unset",
        "user": "absent",
        "site": "absent",
        "conda": "unset",
        "written": "unset",
        "memory": "selected",
    }


def test_chain_each_place_in_turn(world: World) -> None:
    world.activate()
    world.conda.write_text(PARSL)
    assert world.look().path == str(world.conda)
    world.site.write_text(PARSL)
    assert world.look().path == str(world.site)
    world.user.write_text(PARSL)
    assert world.look().path == str(world.user)
    world.env["QIIME2_CONFIG"] = str(world.root / "mine.toml")
    (world.root / "mine.toml").write_text(PARSL)
    assert world.look().path == str(world.root / "mine.toml")
    assert world.statuses() == {
        "env": "selected",
        "user": "shadowed",
        "site": "shadowed",
        "conda": "shadowed",
        "written": "unreached",
        "memory": "unreached",
    }


def test_chain_reason_names_what_decided(world: World) -> None:
    world.user.write_text(PARSL)
    reasons = {step.source: step.reason for step in world.look().candidates}
    assert reasons["site"] == "your own file comes first"
    assert "CONDA_PREFIX is not set" in reasons["conda"]


def test_variable_empty_stops_the_search(world: World) -> None:
    world.activate()
    world.user.write_text(PARSL)
    world.env["QIIME2_CONFIG"] = ""
    found = world.look()
    assert (found.source, found.path) == ("memory", None)
    assert world.statuses() == {
        "env": "absent",
        "user": "shadowed",
        "site": "unreached",
        "conda": "unreached",
        "written": "unreached",
        "memory": "selected",
    }


def test_variable_missing_file_fails_though_others_exist(world: World) -> None:
    world.user.write_text(PARSL)
    world.env["QIIME2_CONFIG"] = "/nowhere/at/all.toml"
    found = world.look()
    assert (found.source, found.path, found.ok) == ("env", "/nowhere/at/all.toml", False)
    assert found.error is not None
    assert found.error.startswith("FileNotFoundError: QIIME2_CONFIG names /nowhere/at/all.toml")
    assert "unset QIIME2_CONFIG" in found.error


def test_variable_tilde_is_not_expanded(world: World) -> None:
    (world.root / "home" / "x.toml").write_text(PARSL)
    world.env["QIIME2_CONFIG"] = "~/x.toml"
    found = world.look()
    assert not found.ok
    assert any("~" in note for note in found.notes)


def test_variable_relative_counts_from_cwd(world: World) -> None:
    (world.root / "x.toml").write_text(PARSL)
    world.env["QIIME2_CONFIG"] = "x.toml"
    found = world.look()
    assert (found.path, found.ok) == ("x.toml", True)
    assert any("relative" in note for note in found.notes)


def test_test_variable_even_empty_replaces_the_chain(world: World) -> None:
    world.user.write_text(PARSL)
    world.env["QIIMETEST"] = ""
    found = world.look()
    assert (found.source, found.path) == ("test", None)
    assert world.statuses()["user"] == "shadowed"


def test_conda_prefix_empty_is_as_unset(world: World) -> None:
    world.env["CONDA_PREFIX"] = ""
    found = world.look()
    assert found.source == "memory"
    assert "CONDA_PREFIX is empty" in {s.source: s for s in found.candidates}["conda"].reason


def test_written_says_so_and_writes_nothing(world: World) -> None:
    world.activate()
    found = world.look()
    assert (found.source, found.path, found.ok) == ("written", str(world.conda), True)
    assert world.statuses()["written"] == "would-write"
    assert world.statuses()["conda"] == "absent"
    assert not world.conda.exists()


def test_written_without_etc_fails(world: World) -> None:
    world.activate()
    world.conda.parent.rmdir()
    found = world.look()
    assert (found.source, found.ok) == ("written", False)
    assert found.failure is not None
    assert found.failure.kind == "FileNotFoundError"
    assert str(world.conda.parent) in found.failure.problem
    assert world.statuses()["written"] == "would-write"


def test_directory_counts_as_file_and_fails(world: World) -> None:
    world.user.mkdir()
    found = world.look()
    assert (found.source, found.path) == ("user", str(world.user))
    assert found.failure is not None
    assert found.failure.kind == "IsADirectoryError"


def test_dangling_link_is_passed_over(world: World) -> None:
    world.user.symlink_to("nowhere.toml")
    world.site.write_text(PARSL)
    found = world.look()
    assert found.source == "site"
    assert found.candidates[1].status == "absent"
    assert "link" in found.candidates[1].reason


def test_not_toml_fails(world: World) -> None:
    world.user.write_text("[parsl]\nstrategy = None\n")
    found = world.look()
    assert found.failure is not None
    assert found.failure.kind == "ParseError"
    assert "line 2" in found.failure.problem


@pytest.mark.parametrize(
    ("release", "text", "given", "counts"),
    [
        pytest.param("2026.4", PARSL, False, False, id="none"),
        pytest.param("2026.4", MAPPING + PARSL, False, True, id="chain-top-level"),
        pytest.param("2026.4", INNER + PARSL, False, False, id="chain-inner"),
        pytest.param("2026.4", MAPPING + PARSL, True, False, id="given-top-level"),
        pytest.param("2026.4", INNER + PARSL, True, True, id="given-inner"),
        pytest.param("2024.10", MAPPING + PARSL, False, True, id="2024.10-chain"),
        pytest.param("2024.5", MAPPING + PARSL, False, False, id="2024.5-chain"),
        pytest.param("2024.5", INNER + PARSL, False, False, id="2024.5-chain-inner"),
        pytest.param("2024.5", INNER + PARSL, True, True, id="2024.5-given"),
        pytest.param("2026.4", f"[executor_mapping]\n{PARSL}", False, False, id="chain-empty"),
        pytest.param("2026.4", f"executor_mapping = 3\n{PARSL}", False, False, id="no-table"),
    ],
)
def test_mapping_applies(world: World, release: str, text: str, given: bool, counts: bool) -> None:
    file = world.root / "given.toml" if given else world.user
    file.write_text(text)
    found = world.look(release, file if given else None)
    assert found.mapping_applies is counts
    ignored = any("is ignored" in note for note in found.notes)
    assert ignored is (not counts and "denoise_single" in text)


def test_given_comes_first(world: World) -> None:
    world.user.write_text(PARSL)
    (world.root / "given.toml").write_text(PARSL)
    world.env["QIIME2_CONFIG"] = "/nowhere"
    world.env["QIIMETEST"] = "1"
    found = world.look(given="given.toml")
    assert (found.source, found.path, found.ok) == ("parallel-config", "given.toml", True)
    assert [s.source for s in found.candidates if s.status == "selected"] == ["parallel-config"]
    assert world.statuses(given="given.toml")["user"] == "shadowed"


def test_given_missing_fails(world: World) -> None:
    world.user.write_text(PARSL)
    found = world.look(given="nowhere.toml")
    assert (found.source, found.ok) == ("parallel-config", False)
    assert found.error is not None
    assert found.error.startswith("FileNotFoundError: there is no file nowhere.toml")


def test_given_mapping_only_takes_executors_from_the_chain(world: World) -> None:
    world.user.write_text(PARSL)
    (world.root / "given.toml").write_text(INNER)
    found = world.look(given="given.toml")
    assert (found.source, found.mapping_applies, found.ok) == ("parallel-config", True, True)
    taken = [step.source for step in found.candidates if step.status == "selected"]
    assert taken == ["parallel-config", "user"]


def test_given_mapping_only_fails_with_the_chain(world: World) -> None:
    world.env["QIIME2_CONFIG"] = "/nowhere.toml"
    (world.root / "given.toml").write_text(INNER)
    found = world.look(given="given.toml")
    assert found.error is not None
    assert "/nowhere.toml" in found.error
    assert not found.mapping_applies


@pytest.mark.parametrize(
    "near",
    [
        pytest.param("home/.config/qiime2/qiime2/qiime2_config.toml", id="doubled"),
        pytest.param("home/.config/qiime2_config.toml", id="one-up"),
        pytest.param("home/.config/qiime2/qiime2_config.tml", id="tml"),
        pytest.param("site/qiime2/qiime2-config.toml", id="hyphen"),
        pytest.param("env/qiime2_config.toml", id="prefix"),
        pytest.param("second/qiime2/qiime2_config.toml", id="second-entry"),
    ],
)
def test_near_miss_is_told(world: World, near: str) -> None:
    world.activate()
    world.env["XDG_CONFIG_DIRS"] += f":{world.root}/second"
    file = world.root / near
    file.parent.mkdir(parents=True, exist_ok=True)
    assert world.look().notes == ()
    file.write_text(PARSL)
    (note,) = world.look().notes
    assert note.startswith(f"{file} is never read")


def test_near_miss_default_folder_where_xdg_moves_it(world: World) -> None:
    world.user.write_text(PARSL)
    world.env["XDG_CONFIG_HOME"] = str(world.root / "elsewhere")
    (note,) = world.look().notes
    assert note.startswith(f"{world.user} is never read")


def test_no_parsl_table_is_told(world: World) -> None:
    world.user.write_text("")
    found = world.look()
    assert found.ok
    assert any("no [parsl] table" in note for note in found.notes)


def test_a_file_without_executors_is_told_where_no_other_has_them(world: World) -> None:
    world.user.write_text(INNER)
    assert any("names no executors" in note for note in world.look().notes)
    given = world.root / "given.toml"
    given.write_text(INNER)
    assert any("names no executors" in note for note in world.look("2026.4", given).notes)
    world.user.write_text(PARSL)
    assert not any("names no executors" in note for note in world.look("2026.4", given).notes)


def test_resolution_is_frozen(world: World) -> None:
    found = world.look()
    with pytest.raises(FrozenInstanceError):
        found.path = "x"  # type: ignore[misc]


HERE, THERE = "home/.config", "elsewhere"


@pytest.mark.parametrize(
    ("release", "place", "only"),
    [
        pytest.param("2026.4", HERE, "QIIME 2 from 2026.7 on", id="appdirs"),
        pytest.param("2026.7", THERE, "QIIME 2 up to 2026.4", id="platformdirs"),
    ],
)
def test_file_where_only_other_releases_look(
    world: World, release: str, place: str, only: str
) -> None:
    world.env["XDG_CONFIG_HOME"] = THERE  # not absolute: platformdirs does not take it
    file = world.root / place / "qiime2" / NAME
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(PARSL)
    found = world.look(release)
    assert found.source == "memory"
    (note,) = [note for note in found.notes if "read" in note]
    assert f"is read by {only} only; this release looks in " in note


@pytest.mark.parametrize("release", ["2026.4", "2026.7"])
def test_same_place_is_no_news(world: World, release: str) -> None:
    world.user.write_text(PARSL)
    found = world.look(release)
    assert (found.path, found.notes) == (str(world.user), ())


def test_folders_follow_the_release(world: World) -> None:
    world.env["XDG_CONFIG_DIRS"] = f"relative:{world.root}/site"
    world.site.write_text(PARSL)
    assert world.look("2026.4").source == "memory"
    assert world.look("2026.7").path == str(world.site)


def test_no_home_is_told_where_it_matters() -> None:
    told = {
        release: any("no home folder" in note for note in resolve({}, release=release).notes)
        for release in ("2026.4", "2026.7")
    }
    assert told == {"2026.4": False, "2026.7": True}
