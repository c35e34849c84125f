"""Which QIIME 2 release ships which Parsl, what its loader does, and which one is here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from q2pconf import _resources, _toml
from q2pconf.errors import UsageError

__all__ = ["Loader", "Release", "all_releases", "choose", "detect", "find", "newest"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Loader:
    """What a release's own loader does with a file; the words are those of releases.toml."""

    name: str
    framework: str
    mapping: Literal["flat", "per-plugin"]
    chain_mapping: str
    directories: Literal["appdirs", "platformdirs"]
    thread_label: str
    process_label: str
    worker_cap_key: str
    objects: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A QIIME 2 release: its name, the Parsl and tomlkit it ships, and its loader."""

    name: str
    parsl: str
    tomlkit: str
    loader: Loader

    @property
    def order(self) -> tuple[int, ...]:
        """The name as numbers, for comparing: 2024.10 is later than 2024.5."""
        return tuple(int(part) for part in self.name.split("."))

    def __str__(self) -> str:
        return f"QIIME 2 {self.name} (Parsl {self.parsl})"


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, Release], str]:
    raw: dict[str, Any] = _toml.loads(_resources.read_text("schemas", "releases.toml"))
    loaders = {name: Loader(name=name, **traits) for name, traits in raw["loaders"].items()}
    releases = {
        name: Release(
            name=name,
            parsl=entry["parsl"],
            tomlkit=entry["tomlkit"],
            loader=loaders[entry["loader"]],
        )
        for name, entry in raw["releases"].items()
    }
    default = next(name for name, entry in raw["releases"].items() if entry.get("default"))
    return releases, default


def all_releases() -> tuple[Release, ...]:
    """Every release known, oldest first."""
    return tuple(sorted(_table()[0].values(), key=lambda release: release.order))


def newest() -> Release:
    """The release that is assumed where none is given and none is found."""
    releases, default = _table()
    return releases[default]


def find(name: str) -> Release:
    """The release of this name: ``2026.4``, or ``parsl==VERSION`` for the newest that ships it.

    Raises UsageError for a name that is not known; the message lists those that are.
    """
    wanted = name.strip()
    if wanted.lower().startswith("parsl=="):
        version = _plain(wanted[len("parsl==") :])
        shipping = [release for release in all_releases() if release.parsl == version]
        if shipping:
            return shipping[-1]
        known = ", ".join(sorted({release.parsl for release in all_releases()}))
        raise UsageError(f"Parsl {version} is not known here; known are {known}")
    release = _table()[0].get(_release_name(wanted))
    if release is None:
        known = ", ".join(release.name for release in all_releases())
        raise UsageError(f"QIIME 2 release {name!r} is not known here; known are {known}")
    return release


def detect(env: Mapping[str, str], search_path: Iterable[str] = ()) -> Release | None:
    """The release of the active conda environment, else of the Python environment at hand.

    Reads names only, never imports: ``$CONDA_PREFIX/conda-meta`` lists conda packages, the
    folders of ``search_path`` (``sys.path``) list Python distributions. None where neither has
    QIIME 2, or has a release that is not known.
    """
    for found in (_conda_version(env.get("CONDA_PREFIX", "")), _metadata_version(search_path)):
        if found:
            return _table()[0].get(found)
    return None


def choose(name: str | None, env: Mapping[str, str], search_path: Iterable[str] = ()) -> Release:
    """The release to judge by: the one named, else the one at hand, else the newest.

    Raises UsageError for an unknown name, or for ``installed`` where no release is installed.
    """
    if name is not None and name.strip().lower() != "installed":
        return find(name)
    found = detect(env, search_path)
    if found is None and name is not None:
        raise UsageError(
            "--release installed: the active environment has no QIIME 2 release that is known here"
        )
    return found or newest()


def _plain(version: str) -> str:
    """A version as releases.toml writes it: no leading zeros, no patch level for releases."""
    numbers = re.findall(r"\d+", version)
    return ".".join(str(int(number)) for number in numbers)


def _release_name(version: str) -> str:
    return ".".join(_plain(version).split(".")[:2])


def _conda_version(prefix: str) -> str | None:
    if not prefix:
        return None
    return _version_in(Path(prefix) / "conda-meta", r"(?:rachis|qiime2)-(\d+\.\d+)\..*\.json")


def _metadata_version(search_path: Iterable[str]) -> str | None:
    for entry in search_path:
        found = _version_in(
            Path(entry or "."), r"(?:rachis|qiime2)-(\d+\.\d+).*\.(?:dist|egg)-info"
        )
        if found:
            return found
    return None


def _version_in(folder: Path, pattern: str) -> str | None:
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return None
    for name in names:
        match = re.fullmatch(pattern, name)
        if match:
            return _release_name(match.group(1))
    return None
