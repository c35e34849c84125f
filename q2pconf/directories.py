"""The user's and the site's folder for the configuration, as a library names them for QIIME 2.

Up to 2026.4 that library is appdirs, from 2026.7 on platformdirs. Both ask the process that they
run in; here the environment is an argument.
"""

from __future__ import annotations

import os
import posixpath
import types
from collections.abc import Iterable, Mapping

from q2pconf._dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    Library = Literal["appdirs", "platformdirs"]

__all__ = ["Folders", "Library", "config_folders"]

APP = "qiime2"


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders in which QIIME 2 looks for its file."""

    user: str
    site: str


def config_folders(
    library: Library, env: Mapping[str, str], home: str | None, platform: str, app: str = APP
) -> Folders:
    """The folders as the library names them in this environment, on Linux and macOS (darwin).

    ``home`` is the home folder where ``env`` has no HOME, None where there is none. ``app`` is
    whose folders, QIIME 2's if not given.
    """
    if library == "appdirs":
        return _of_appdirs(env, home, platform, app)
    return _of_platformdirs(env, home, platform, app)


def _of_appdirs(env: Mapping[str, str], home: str | None, platform: str, app: str) -> Folders:
    """What appdirs says: a private copy of it is made to ask ``env``."""
    import appdirs

    def expanduser(path: str) -> str:
        if path != "~" and not path.startswith("~/"):
            return os.path.expanduser(path)  # ``~name`` comes from the list of users
        return _below(env.get("HOME", home), path)

    private: Any = types.ModuleType("appdirs")
    appdirs.__spec__.loader.exec_module(private)
    private.system = platform
    private.os = types.SimpleNamespace(
        getenv=env.get,
        sep=os.sep,
        pathsep=os.pathsep,
        path=types.SimpleNamespace(expanduser=expanduser, join=os.path.join),
    )
    return Folders(private.user_config_dir(app), private.site_config_dir(app))


def _of_platformdirs(env: Mapping[str, str], home: str | None, platform: str, app: str) -> Folders:
    """What platformdirs 4.14 says: on macOS as on Linux the XDG variables come first, and only
    absolute paths count.

    (Within a Python of Homebrew the site's folder is another; QIIME 2 does not run in one.)
    """
    if platform == "darwin":
        user, site = "~/Library/Application Support", "/Library/Application Support"
    else:
        user, site = "~/.config", "/etc/xdg"
    own = _first_absolute((env.get("HOME", ""), home or ""))
    if own is None and "HOME" in env:
        own = _listed_home()
    user = _first_absolute((env.get("XDG_CONFIG_HOME", ""),)) or _below(own, user)
    site = _first_absolute(env.get("XDG_CONFIG_DIRS", "").split(os.pathsep)) or site
    return Folders(posixpath.join(user, app), posixpath.join(site, app))


def _first_absolute(paths: Iterable[str]) -> str | None:
    return next((path for path in paths if posixpath.isabs(path)), None)


def _listed_home() -> str | None:
    """The home folder of this user in the list of users."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return None


def _below(home: str | None, path: str) -> str:
    """A path with its ``~`` replaced; as it is where no home folder is known."""
    return path if home is None else (home.rstrip("/") + path[1:]) or "/"
