"""Which QIIME 2 release ships which Parsl, what its loader does, and which one is here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from q2pconf import _release_table, _resources, environments
from q2pconf._dataclasses import dataclass, field, replace
from q2pconf.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from q2pconf.environments import Environment

__all__ = [
    "Loader",
    "Release",
    "all_releases",
    "choose",
    "detect",
    "find",
    "newest",
    "numbers",
    "other_parsls",
]


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
    plain_values: bool
    objects: Mapping[str, str]

    @property
    def loads_launchers(self) -> bool:
        """Whether a launcher table can be loaded: the first loaders misspell its module."""
        return self.objects["launcher"] == "parsl.launchers"


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """What a file is judged by: a QIIME 2 release, the Parsl and tomlkit it has, and its loader.

    ``name`` is ``parsl==VERSION`` for a Parsl without QIIME 2. ``coming``: not out yet.
    ``generated`` is the JSON Schema read off an installed Parsl that q2pconf has none for.
    ``caveat`` says for what unknown version this one stands in. ``prefix`` is the folder of the
    environment that it was found in, None where none was looked at.
    """

    name: str
    parsl: str
    tomlkit: str
    loader: Loader
    coming: bool = False
    generated: str | None = field(default=None, repr=False)
    caveat: str | None = None
    prefix: str | None = field(default=None, compare=False)

    @property
    def parsl_order(self) -> tuple[int, ...]:
        """The version of Parsl as numbers, for comparing."""
        return numbers(self.parsl)

    def __str__(self) -> str:
        without = self.name.startswith(PARSL_ONLY)
        return f"Parsl {self.parsl}" if without else f"QIIME 2 {self.name} (Parsl {self.parsl})"


PARSL_ONLY = "parsl=="


@dataclass(frozen=True, slots=True)
class _Table:
    """releases.toml: the releases, and the versions of Parsl that none of them ships, by name."""

    releases: dict[str, Release]
    others: dict[str, Release]
    default: str


@lru_cache(maxsize=1)
def _table() -> _Table:
    raw = _content(_resources.read_text("schemas", "releases.toml"))
    loaders = {name: Loader(name=name, **traits) for name, traits in raw["loaders"].items()}
    releases = {
        name: Release(
            name=name,
            parsl=entry["parsl"],
            tomlkit=entry["tomlkit"],
            loader=loaders[entry["loader"]],
            coming=entry.get("coming", False),
        )
        for name, entry in sorted(raw["releases"].items(), key=lambda item: numbers(item[0]))
    }
    others = {
        version: Release(
            name=f"{PARSL_ONLY}{version}",
            parsl=version,
            tomlkit=entry["tomlkit"],
            loader=loaders[entry["loader"]],
        )
        for version, entry in raw["parsl"].items()
    }
    default = next(name for name, entry in raw["releases"].items() if entry.get("default"))
    return _Table(releases, others, default)


def _content(text: str) -> dict[str, Any]:
    """The content of releases.toml; as it was read ahead, if that was this text."""
    if text == _release_table.SOURCE:
        return _release_table.CONTENT
    from q2pconf import _toml

    return _toml.loads(text)


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers, for comparing: 2024.10 is later than 2024.5, and 2024.04 is 2024.4."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def all_releases() -> tuple[Release, ...]:
    """Every QIIME 2 release known, oldest first."""
    return tuple(_table().releases.values())


def other_parsls() -> tuple[Release, ...]:
    """The versions of Parsl that have a schema here and no release of their own."""
    return tuple(_table().others.values())


def newest() -> Release:
    """The release that is assumed where none is given and none is found."""
    return _table().releases[_table().default]


def find(name: str) -> Release:
    """The release of this name: ``2026.4``, or ``parsl==VERSION`` for the newest that ships it.

    A version newer than all that are known gives the newest known, with a caveat. Raises
    UsageError for any other that is not known; the message lists those that are.
    """
    if not isinstance(name, str):
        raise UsageError(f'a release is named by text such as "2026.4", not by {name!r}')
    wanted = name.strip()
    if wanted.lower().startswith(PARSL_ONLY):
        return _find_parsl(_plain(wanted[len(PARSL_ONLY) :]))
    found = _table().releases.get(_release_name(wanted))
    if found is not None:
        return found
    last = all_releases()[-1]
    if re.fullmatch(r"\d{4}\.\d{1,2}(\..*)?", wanted) and numbers(wanted)[:2] > numbers(last.name):
        return _instead(last, _release_name(wanted))
    known = ", ".join(release.name for release in all_releases())
    raise UsageError(f"QIIME 2 release {name!r} is not known here; known are {known}")


def _find_parsl(version: str) -> Release:
    shipping = [release for release in all_releases() if release.parsl == version]
    if shipping:
        return next((r for r in reversed(shipping) if not r.coming), shipping[-1])
    if version in _table().others:
        return _table().others[version]
    last = known_parsls()[-1]
    if numbers(version) > numbers(last):
        return replace(_find_parsl(last), caveat=_stands_in(f"Parsl {version}", f"Parsl {last}"))
    raise UsageError(
        f"Parsl {version or '?'} is not known here; known are {', '.join(known_parsls())}"
        " (--release installed takes any that is installed)"
    )


def known_parsls() -> tuple[str, ...]:
    """Every version of Parsl that has a schema here, oldest first."""
    found = {release.parsl for release in all_releases()} | set(_table().others)
    return tuple(sorted(found, key=numbers))


def detect(
    env: Mapping[str, str], search_path: Iterable[str] = (), prefix: str | None = None
) -> Release | None:
    """The release in the environment at hand (see ``environments.at_hand``), with the Parsl that
    is installed there; None where there is neither QIIME 2 nor Parsl.

    What is not known gives the nearest that is, with a caveat.
    """
    return _of(environments.at_hand(env, search_path, prefix))


def choose(
    name: str | None,
    env: Mapping[str, str],
    search_path: Iterable[str] = (),
    *,
    prefix: str | None = None,
    python: str | None = None,
) -> Release:
    """The release to judge by: the one named, else the one at hand, else the newest.

    For ``installed`` the schema of an unknown Parsl is read off what is installed, by the Python
    of the environment, else by ``python``. Raises UsageError for an unknown name, and for
    ``installed`` where nothing is installed.
    """
    here = environments.at_hand(env, search_path, prefix)
    if name is not None and (not isinstance(name, str) or name.strip().lower() != "installed"):
        return find(name)
    found = _of(here)
    if name is None:
        return found or newest()
    if found is None:
        raise UsageError(
            "--release installed: the active environment has neither QIIME 2 nor Parsl;"
            " activate one, or name its folder with --env"
        )
    parsl = _plain(here.parsl or found.parsl)
    return found if parsl in known_parsls() else _generated(found, here, python)


def _of(here: Environment) -> Release | None:
    """The release of an environment."""
    found = _by_versions(here) if here else None
    return replace(found, prefix=here.prefix) if found and here.prefix else found


def _by_versions(here: Environment) -> Release:
    """The release of the versions that an environment has."""
    parsl = _plain(here.parsl) if here.parsl else None
    if here.framework is None:
        return _with_parsl(None, parsl or "")
    name = _release_name(here.framework)
    release = _table().releases.get(name)
    if release is None:
        names = [known.name for known in all_releases()]
        release = _instead(_table().releases[_nearest(name, names)], name)
    return release if parsl is None else _with_parsl(release, parsl)


def _with_parsl(release: Release | None, parsl: str) -> Release:
    """A release whose environment has another Parsl than it shipped with; None: no release."""
    if release is not None and release.parsl == parsl:
        return release
    known = parsl if parsl in known_parsls() else _nearest(parsl, known_parsls())
    found = _find_parsl(known) if release is None else replace(release, parsl=known)
    if known == parsl:
        return found
    doubt = _stands_in(f"the installed Parsl {parsl}", f"Parsl {known}")
    advice = "--release installed reads the keys off the installed one"
    caveats = [found.caveat, f"{doubt}; {advice}"]
    return replace(found, caveat="; ".join(caveat for caveat in caveats if caveat))


def _generated(found: Release, here: Environment, python: str | None) -> Release:
    """The release with the schema of the Parsl that is installed, whatever that is."""
    from q2pconf import installed

    interpreter = installed.python_of(here.prefix) if here.prefix else python
    if interpreter is None:
        raise UsageError(f"--release installed: {here.prefix or 'this environment'} has no Python")
    parsl = _plain(here.parsl or "")
    name = found.name if here.framework else f"{PARSL_ONLY}{parsl}"
    known = _table().releases.get(_release_name(here.framework or ""))
    caveat = None if known or not here.framework else _instead(found, here.framework).caveat
    text = installed.generate(interpreter)
    return replace(found, name=name, parsl=parsl, generated=text, caveat=caveat)


def _instead(release: Release, unknown: str) -> Release:
    return replace(release, caveat=_stands_in(f"QIIME 2 {unknown}", f"QIIME 2 {release.name}"))


def _stands_in(unknown: str, known: str) -> str:
    return f"this q2pconf does not know {unknown} and judges by {known}, the nearest that it knows"


def _nearest(version: str, known: Sequence[str]) -> str:
    """The one of these that came out nearest in time; versions are dates."""
    return min(known, key=lambda one: abs(_day(one) - _day(version)))


def _day(version: str) -> int:
    """Roughly the day of a version: 2026.2.23 is a date, 2026.4 a month."""
    year, month, day = (*numbers(version), 1, 1, 1)[:3]
    return year * 365 + month * 30 + day


def _plain(version: str) -> str:
    """A version without leading zeros and without what follows its numbers."""
    found = re.match(r"\d+(\.\d+)*", version)
    return ".".join(str(number) for number in numbers(found.group() if found else ""))


def _release_name(version: str) -> str:
    return ".".join(_plain(version).split(".")[:2])
