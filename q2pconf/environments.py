"""What an environment has of QIIME 2 and Parsl, by the names of its files; nothing is imported."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from q2pconf._dataclasses import dataclass
from q2pconf.errors import UsageError

__all__ = ["Environment", "activated", "at_hand", "at_prefix"]

FRAMEWORK = ("rachis", "qiime2")


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """The versions of QIIME 2's framework and of Parsl as their packages name them, None where
    there is none; ``prefix`` is the folder of the environment, None for the Python at hand."""

    framework: str | None
    parsl: str | None
    prefix: str | None = None

    def __bool__(self) -> bool:
        return bool(self.framework or self.parsl)


def at_prefix(prefix: str) -> Environment:
    """What the conda or Python environment in this folder has.

    What Python would import there comes first, then what conda has put there.
    """
    meta = _names(os.path.join(prefix, "conda-meta"))
    packages = [name for site in _site_folders(prefix) for name in _names(site)]
    return Environment(
        framework=_distribution(packages, *FRAMEWORK) or _conda_package(meta, *FRAMEWORK),
        parsl=_distribution(packages, "parsl") or _conda_package(meta, "parsl"),
        prefix=prefix,
    )


def at_hand(
    env: Mapping[str, str], search_path: Iterable[str] = (), prefix: str | None = None
) -> Environment:
    """What ``prefix`` has; without it the active conda environment, else the Python at hand, whose
    ``sys.path`` is ``search_path``.

    Raises UsageError where ``prefix`` is no folder, or has neither QIIME 2 nor Parsl.
    """
    if prefix is not None:
        found = at_prefix(prefix)
        if not os.path.isdir(prefix):
            raise UsageError(f"--env {prefix}: there is no such folder")
        if not found:
            raise UsageError(f"--env {prefix}: neither QIIME 2 nor Parsl is installed there")
        return found
    active = env.get("CONDA_PREFIX")
    if active and (found := at_prefix(active)):
        return found
    packages = [name for entry in search_path for name in _names(entry or ".")]
    return Environment(
        framework=_distribution(packages, *FRAMEWORK), parsl=_distribution(packages, "parsl")
    )


def activated(env: Mapping[str, str], prefix: str | None) -> Mapping[str, str]:
    """The variables as they are once the environment in this folder is active."""
    if prefix is None or not os.path.isdir(os.path.join(prefix, "conda-meta")):
        return env
    return {**env, "CONDA_PREFIX": prefix}


def _site_folders(prefix: str) -> list[str]:
    """Where the Python of an environment has its packages (Linux and macOS)."""
    lib = os.path.join(prefix, "lib")
    pythons = [name for name in _names(lib) if re.fullmatch(r"python\d.*", name)]
    return [os.path.join(lib, name, "site-packages") for name in pythons]


def _conda_package(names: Iterable[str], *packages: str) -> str | None:
    return _version_in(names, packages, r"-(\d[^-]*)-[^-]*\.json")


def _distribution(names: Iterable[str], *packages: str) -> str | None:
    return _version_in(names, packages, r"-(\d[^-]*)(?:-py\d[\d.]*)?\.(?:dist|egg)-info")


def _version_in(names: Iterable[str], packages: tuple[str, ...], ending: str) -> str | None:
    """The latest of the versions in these names; an update may have left an older one behind."""
    # Hundreds of names begin with something else, and are not worth a pattern.
    likely = [name for name in names if name.startswith(packages)]
    found = [
        match.group(1)
        for name in likely
        if (match := re.fullmatch(rf"(?:{'|'.join(packages)}){ending}", name))
    ]
    return max((one.rpartition("!")[2] for one in found), key=_numbers, default=None)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (OSError, ValueError):
        return []
