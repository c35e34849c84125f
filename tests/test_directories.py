"""The folders for the configuration against the libraries themselves, in made-up environments."""

from __future__ import annotations

import itertools
import ntpath
import os
import posixpath
import pwd
from collections.abc import Mapping
from types import ModuleType

import appdirs
import platformdirs
import pytest
from platformdirs import macos, unix

from q2pconf.directories import Folders, config_folders

OWN = pwd.getpwuid(os.getuid()).pw_dir
CLASSES = {"linux": unix.Unix, "darwin": macos.MacOS}
NEWEST = tuple(map(int, platformdirs.__version__.split(".")[:2])) >= (4, 14)
"""Python 3.10 has no platformdirs after 4.12, which strips blanks and takes a relative HOME."""

HOMES = ("/home/someone", "/home/someone/", "/", "//", "", None)
NEWER_HOMES = ("relative",)
XDG_HOMES = (None, "", "relative", ".", "/absolute/", "/", "~/config", "/a/..")
NEWER_XDG_HOMES = (" ", "/a ", " /a")
XDG_DIRS = (
    *(None, "", ":", "relative", "/a:/b", ":/b", "relative:/b", "/a:relative", "~/site"),
    *("~root/x", "/a//", "~", "/", "/a/..:/b"),
)
NEWER_XDG_DIRS = (" ", " /a", "/a ", " :/b")

each_platform = pytest.mark.parametrize("platform", ["linux", "darwin"])


def environment(home: str | None, xdg_home: str | None, xdg_dirs: str | None) -> dict[str, str]:
    names = {"HOME": home, "XDG_CONFIG_HOME": xdg_home, "XDG_CONFIG_DIRS": xdg_dirs}
    return {name: value for name, value in names.items() if value is not None}


def use(monkeypatch: pytest.MonkeyPatch, env: Mapping[str, str]) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)


@each_platform
@pytest.mark.parametrize("home", ["/home/someone", "/home/someone/", "/", "", None])
@pytest.mark.parametrize("xdg_home", [None, "", "relative", "/absolute/", "~/config"])
@pytest.mark.parametrize(
    "xdg_dirs", [None, "", "relative", "/a:/b", ":/b", "~/site", "~root/x", "/a//", "~"]
)
def test_appdirs(
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    home: str | None,
    xdg_home: str | None,
    xdg_dirs: str | None,
) -> None:
    env = environment(home, xdg_home, xdg_dirs)
    use(monkeypatch, env)
    monkeypatch.setattr(appdirs, "system", platform)
    real = Folders(appdirs.user_config_dir("qiime2"), appdirs.site_config_dir("qiime2"))
    monkeypatch.undo()
    assert config_folders("appdirs", env, OWN, platform) == real


@each_platform
@pytest.mark.parametrize("home", [*HOMES, *(NEWER_HOMES if NEWEST else ())])
def test_platformdirs(monkeypatch: pytest.MonkeyPatch, platform: str, home: str | None) -> None:
    for xdg_home, xdg_dirs in itertools.product(
        (*XDG_HOMES, *(NEWER_XDG_HOMES if NEWEST else ())),
        (*XDG_DIRS, *(NEWER_XDG_DIRS if NEWEST else ())),
    ):
        env = environment(home, xdg_home, xdg_dirs)
        with monkeypatch.context() as patch:
            use(patch, env)
            folders = CLASSES[platform]("qiime2")
            real = Folders(folders.user_config_dir, folders.site_config_dir)
        assert config_folders("platformdirs", env, OWN, platform) == real, env


@pytest.mark.skipif(platformdirs.PlatformDirs not in CLASSES.values(), reason="another system")
def test_platformdirs_as_qiime2_calls_it(monkeypatch: pytest.MonkeyPatch) -> None:
    env = {"HOME": "/h", "XDG_CONFIG_DIRS": "relative:/b"}
    use(monkeypatch, env)
    real = Folders(platformdirs.user_config_dir("qiime2"), platformdirs.site_config_dir("qiime2"))
    monkeypatch.undo()
    platform = "darwin" if platformdirs.PlatformDirs is macos.MacOS else "linux"
    assert config_folders("platformdirs", env, OWN, platform) == real


@pytest.mark.parametrize("module", [appdirs, platformdirs])
def test_libraries_are_left_alone(module: ModuleType) -> None:
    config_folders("appdirs", {"XDG_CONFIG_HOME": "/x"}, None, "darwin")
    assert module.os is os
    assert os.path in (posixpath, ntpath)
    assert module.user_config_dir("q") != "/x/q"


@each_platform
def test_no_home_is_no_crash(platform: str) -> None:
    for library in ("appdirs", "platformdirs"):
        assert config_folders(library, {}, None, platform).user.startswith("~/")  # type: ignore[arg-type]
