"""The Python that has Parsl, and how q2pconf's agent runs there.

q2pconf itself never imports Parsl: what must be asked of the real one is asked by the files of
``q2pconf/agent``, which are copied into a folder and run by the Python of the environment.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from q2pconf import environments, installed
from q2pconf._dataclasses import dataclass
from q2pconf.environments import Environment
from q2pconf.errors import UsageError

__all__ = ["Interpreter", "find", "temporary", "unpack", "working_folder"]

_NONE = (
    "there is no Parsl here: activate the environment of QIIME 2, name its folder with --env,"
    " or install Parsl beside q2pconf: pip install 'q2pconf[try]'"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpreter:
    """A Python that has Parsl.

    ``program`` is its path and ``env`` the variables to run it with, as they are where its
    environment is active: Parsl starts its own programs by their names alone. ``framework`` and
    ``parsl`` are the versions there; ``prefix`` is the environment's folder, None for the Python
    that runs q2pconf.
    """

    program: str
    env: Mapping[str, str]
    framework: str | None
    parsl: str
    prefix: str | None


def find(
    env: Mapping[str, str],
    search_path: Iterable[str] = (),
    *,
    prefix: str | None = None,
    python: str | None = None,
) -> Interpreter:
    """The Python of the environment at hand (see ``environments.at_hand``).

    ``python`` is the one that runs q2pconf. Raises UsageError, with what to do, where the
    environment has no Parsl or no Python.
    """
    here = environments.at_hand(env, search_path, prefix)
    if here.parsl is None:
        raise UsageError(_NONE if prefix is None else f"--env {prefix}: there is no Parsl there")
    program = installed.python_of(here.prefix) if here.prefix else python
    if not program:
        raise UsageError(f"{here.prefix or 'this environment'} has no Python that could be run")
    return Interpreter(
        program=os.path.abspath(program),
        env=_active(env, here, program),
        framework=here.framework,
        parsl=here.parsl,
        prefix=here.prefix,
    )


def _active(env: Mapping[str, str], here: Environment, program: str) -> Mapping[str, str]:
    """The variables with the programs of this environment first."""
    told = {name: value for name, value in env.items() if name != "PYTHONHOME"}
    own = os.path.dirname(os.path.abspath(program))
    others = [each for each in env.get("PATH", os.defpath).split(os.pathsep) if each != own]
    told["PATH"] = os.pathsep.join([own, *others])
    told.update(environments.activated({}, here.prefix))
    return told


def working_folder() -> str:
    """The folder that this was started in. Raises UsageError where it is gone."""
    try:
        return os.getcwd()
    except OSError:
        raise UsageError(
            "the folder that you are in is not there any more: change to another one (cd)"
        ) from None


def temporary() -> str:
    """The folder for temporary files. Raises UsageError where there is none to write to."""
    try:
        return tempfile.gettempdir()
    except OSError as error:
        raise UsageError(
            f"no folder for temporary files can be written ({error.strerror}): free some space, or"
            " set TMPDIR to a folder that can"
        ) from None


def unpack(folder: Path) -> None:
    """Copy the agent's files into this folder."""
    for file in (files("q2pconf") / "agent").iterdir():
        if file.name.endswith(".py") and file.name != "__init__.py":
            (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
