"""conda: the folder of an environment by its name, wherever conda keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

from q2pconf import conda


def made(folder: Path) -> str:
    folder.mkdir(parents=True)
    return str(folder)


@pytest.fixture
def here(tmp_path: Path) -> str:
    """An environment that is active."""
    return made(tmp_path / "conda" / "envs" / "qiime2-2026.4")


def test_an_environment_beside_the_active_one(tmp_path: Path, here: str) -> None:
    other = made(tmp_path / "conda" / "envs" / "other")
    assert conda.folder_of("other", {}, here) == other
    assert conda.folder_of("qiime2-2026.4", {}, here) == here
    assert conda.folder_of("base", {}, here) == str(tmp_path / "conda")
    assert conda.folder_of("nothing", {}, here) is None
    assert conda.known({}, here) == ("base", "other", "qiime2-2026.4")


@pytest.mark.parametrize(
    ("place", "env"),
    [
        pytest.param("root/envs/x", {"CONDA_EXE": "{}/root/bin/conda"}, id="CONDA_EXE"),
        pytest.param("root/envs/x", {"MAMBA_ROOT_PREFIX": "{}/root"}, id="MAMBA_ROOT_PREFIX"),
        pytest.param("a/x", {"CONDA_ENVS_PATH": "{}/b:{}/a"}, id="CONDA_ENVS_PATH"),
        pytest.param("a/x", {"CONDA_ENVS_DIRS": "{}/a"}, id="CONDA_ENVS_DIRS"),
        pytest.param("home/.conda/envs/x", {"HOME": "{}/home"}, id="home"),
    ],
)
def test_places_of_environments(tmp_path: Path, here: str, place: str, env: dict[str, str]) -> None:
    folder = made(tmp_path / place)
    filled = {key: value.replace("{}", str(tmp_path)) for key, value in env.items()}
    assert conda.folder_of("x", filled, here) == folder


def test_the_list_that_conda_keeps(tmp_path: Path, here: str) -> None:
    folder = made(tmp_path / "scratch" / "envs" / "far")
    gone = tmp_path / "scratch" / "envs" / "gone"
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "environments.txt").write_text(f"{folder}\n{gone}\n", encoding="utf-8")
    env = {"HOME": str(tmp_path)}
    assert conda.folder_of("far", env, here) == folder
    assert conda.folder_of("gone", env, here) is None


def test_a_folder_instead_of_a_name(tmp_path: Path, here: str) -> None:
    assert conda.folder_of(here, {}, here) == here
    assert conda.folder_of(f"{here}/no", {}, here) is None
    mine = made(tmp_path / "mine" / "env")
    assert conda.folder_of("~/mine/env", {"HOME": str(tmp_path)}, here) == mine


def test_whether_there_is_a_conda(tmp_path: Path, here: str) -> None:
    assert conda.is_here({}, here)
    alone = made(tmp_path / "venv")
    assert not conda.is_here({}, alone)
    assert conda.is_here({"CONDA_EXE": f"{tmp_path}/conda/bin/conda"}, alone)
    assert not conda.is_here({"CONDA_EXE": f"{tmp_path}/gone/bin/conda"}, alone)
