"""Where conda has the environment of a name, by the places that it keeps environments in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

__all__ = ["folder_of", "is_here", "known"]


def folder_of(name: str, env: Mapping[str, str], prefix: str) -> str | None:
    """The folder of the environment with this name or folder, None where there is none here.

    ``prefix`` is an environment that is here: others are looked for beside it, and where the
    variables in ``env`` and conda's own list in the home folder say.
    """
    if os.sep in name:
        home = env.get("HOME", "")
        folder = os.path.join(home, name[2:]) if name.startswith("~/") else name
        return folder if os.path.isdir(folder) else None
    return dict(_environments(env, prefix)).get(name)


def known(env: Mapping[str, str], prefix: str) -> tuple[str, ...]:
    """The names of the environments that are found here."""
    return tuple(sorted(dict(_environments(env, prefix))))


def is_here(env: Mapping[str, str], prefix: str) -> bool:
    """Whether it is known where conda keeps its environments."""
    return any(os.path.isdir(root) for root in _roots(env, prefix))


def _environments(env: Mapping[str, str], prefix: str) -> Iterator[tuple[str, str]]:
    """Name and folder of each environment; conda's root is called base."""
    for root in _roots(env, prefix):
        if os.path.isdir(root):
            yield "base", root
    for place in _places(env, prefix):
        for name in _folders(place):
            yield name, os.path.join(place, name)
    for folder in _listed(env):
        if os.path.isdir(folder) and os.path.basename(os.path.dirname(folder)) == "envs":
            yield os.path.basename(folder), folder
    yield _name(prefix), prefix


def _name(prefix: str) -> str:
    return os.path.basename(prefix.rstrip(os.sep))


def _roots(env: Mapping[str, str], prefix: str) -> Iterator[str]:
    if env.get("CONDA_EXE"):
        yield os.path.dirname(os.path.dirname(env["CONDA_EXE"]))
    if env.get("MAMBA_ROOT_PREFIX"):
        yield env["MAMBA_ROOT_PREFIX"]
    above = os.path.dirname(prefix.rstrip(os.sep))
    if os.path.basename(above) == "envs":
        yield os.path.dirname(above)


def _places(env: Mapping[str, str], prefix: str) -> Iterator[str]:
    """The folders that hold environments."""
    for variable in ("CONDA_ENVS_PATH", "CONDA_ENVS_DIRS"):
        yield from (entry for entry in env.get(variable, "").split(os.pathsep) if entry)
    yield from (os.path.join(root, "envs") for root in _roots(env, prefix))
    if env.get("HOME"):
        yield os.path.join(env["HOME"], ".conda", "envs")


def _listed(env: Mapping[str, str]) -> list[str]:
    """The environments that conda has made for this person."""
    try:
        path = os.path.join(env.get("HOME", ""), ".conda", "environments.txt")
        with open(path, encoding="utf-8", errors="replace") as file:
            return [line.strip() for line in file if line.strip()]
    except OSError:
        return []


def _folders(place: str) -> list[str]:
    try:
        return [name for name in os.listdir(place) if os.path.isdir(os.path.join(place, name))]
    except OSError:
        return []
