"""Presets: complete configuration files to start from; built in, of the site, of the user."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from q2pconf import _resources, edits, filling
from q2pconf._dataclasses import dataclass, field, replace
from q2pconf.answers import read_one
from q2pconf.directories import config_folders
from q2pconf.document import Document, DocumentError
from q2pconf.errors import InputError, UsageError

__all__ = ["ANSWERS", "Broken", "Preset", "find", "folders", "load_all", "names"]

Origin = Literal["built-in", "site", "user"]

OWN = "q2pconf"
"""The table of a preset that is for q2pconf; QIIME 2 never looks at it."""

ANSWERS = (
    "actions", "cpus", "memory", "walltime", "partition", "queue", "account", "qos",
    "environment", "worker_init", "exclusive", "max_cpus", "map",
)  # fmt: skip
"""Every question that a preset may ask, in the order in which they are asked."""

_WORDS = {"title": str, "description": str, "extends": str, "asks": list}
_TABLES = ("defaults", "fixed", "choices", "set")


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """A preset as it is shipped.

    ``text`` is a valid file by itself. ``asks`` are the questions, ``defaults`` the suggested
    answers, ``fixed`` those that are not asked for, ``choices`` the only ones allowed, ``settings``
    values for any other key; all in the words of the command line's options.
    """

    name: str
    title: str
    description: str
    text: str = field(repr=False)
    origin: Origin
    path: str | None = None
    asks: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def document(self) -> Document:
        """The file to start from, without what is for q2pconf only."""
        whole = Document(text=self.text, path=self.path)
        bare = edits.drop(whole, (OWN,))
        return replace(bare, text=re.sub(r"\n{3,}", "\n\n", bare.text))


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A preset that cannot be used, and why, with the line."""

    name: str
    path: str
    reason: str


def names() -> tuple[str, ...]:
    """The names of the presets that q2pconf comes with."""
    return tuple(sorted(name for name, _ in _shipped()))


def folders(env: Mapping[str, str], home: str | None, platform: str) -> dict[Origin, str]:
    """Where the site's and the user's own presets lie, lowest first; arguments as for
    ``directories.config_folders``."""
    found = config_folders("platformdirs", env, home, platform, "q2pconf")
    return {
        "site": os.path.join(found.site, "presets"),
        "user": os.path.join(found.user, "presets"),
    }


def find(name: str, folders: Mapping[Origin, str] | None = None) -> Preset:
    """The preset of this name; a user's comes before the site's, that before the built-in one.

    A broken one counts only where there is no other of its name. Raises UsageError for an unknown
    name, InputError for a broken preset.
    """
    found, broken = load_all(folders)
    if name in found:
        return found[name]
    for one in broken:
        if one.name == name:
            raise InputError(f"{one.path}: {one.reason}")
    raise UsageError(f"there is no preset {name!r}; there are: {', '.join(found)}")


def load_all(
    folders: Mapping[Origin, str] | None = None,
) -> tuple[dict[str, Preset], tuple[Broken, ...]]:
    """Every preset by its name, and those that are broken.

    ``folders`` has the folders of the site's and the user's presets, lowest first.
    """
    found: dict[str, Preset] = {}
    broken: list[Broken] = []
    for name, text in _shipped():
        found[name] = _preset(name, text, "built-in", None, {})
    for origin, folder in (folders or {}).items():
        below = dict(found)
        for path in _files(folder):
            name = path.name.removesuffix(".toml")
            try:
                text = Document.load(path).text
                found[name] = _preset(name, text, origin, str(path), below)
            except DocumentError as error:
                broken.append(Broken(name=name, path=str(path), reason=error.told))
            except (InputError, UsageError) as error:
                reason = str(error).removeprefix(f"{path}: ")
                broken.append(Broken(name=name, path=str(path), reason=reason))
    return dict(sorted(found.items())), tuple(broken)


def _shipped() -> Iterator[tuple[str, str]]:
    for entry in _resources.folder("presets").iterdir():
        if entry.name.endswith(".toml"):
            yield entry.name.removesuffix(".toml"), entry.read_text(encoding="utf-8")


def _files(folder: str) -> Iterable[Path]:
    try:
        named = (p for p in Path(folder).iterdir() if re.fullmatch(r"[^.].*\.toml", p.name))
        return sorted(p for p in named if p.is_file() or not p.exists() or p.is_dir())
    except OSError:
        return ()


def _preset(
    name: str, text: str, origin: Origin, path: str | None, below: Mapping[str, Preset]
) -> Preset:
    """A preset of its text. Raises DocumentError or UsageError where it cannot be used."""
    document = Document(text=text, path=path)
    own = document.data.get(OWN, {})
    _check(document, own)
    base = None
    if "extends" in own:
        base = below.get(own["extends"])
        if base is None:
            place = _line(document, "extends")
            raise UsageError(f"{place}there is no preset {own['extends']!r} to extend")
    misplaced = next((key for key in (*_WORDS, *_TABLES) if key in document.data), None)
    if misplaced is not None:
        raise UsageError(f"`{misplaced}` belongs in a table [{OWN}], below that line")
    if base is None and "parsl" not in document.data:
        raise UsageError("it has no table [parsl], and extends no other preset")
    if path is not None and "parsl" in document.data:
        try:
            filling.default_executor(filling.config_of(document))
        except UsageError as error:
            raise UsageError(str(error).partition(";")[0]) from None
    choices = {key: tuple(value) for key, value in own.get("choices", {}).items()}
    return Preset(
        name=name,
        title=own.get("title", base.title if base else name),
        description=own.get("description", base.description if base else ""),
        text=text if base is None or "parsl" in document.data else base.text,
        origin=origin,
        path=path,
        asks=tuple(own.get("asks", base.asks if base else ())),
        defaults={**(base.defaults if base else {}), **own.get("defaults", {})},
        fixed={**(base.fixed if base else {}), **own.get("fixed", {})},
        choices={**(base.choices if base else {}), **choices},
        settings={**(base.settings if base else {}), **own.get("set", {})},
    )


def _check(document: Document, own: Any) -> None:
    """Whether the table [q2pconf] has only what it may have. Raises UsageError with the line."""
    if not isinstance(own, Mapping):
        raise UsageError(f"[{OWN}] must be a table")
    for key, value in own.items():
        kind = _WORDS.get(key, dict if key in _TABLES else None)
        if kind is None:
            known = ", ".join([*_WORDS, *_TABLES])
            raise UsageError(f"{_line(document, key)}[{OWN}] has no {key!r}; known are {known}")
        if not isinstance(value, kind):
            wanted = {str: "text in quotes", list: "a list", dict: "a table"}[kind]
            raise UsageError(f"{_line(document, key)}{key!r} must be {wanted}")
    _check_names(document, own)
    _check_values(document, own)


def _check_names(document: Document, own: Mapping[str, Any]) -> None:
    """Whether every question is one that there is."""
    odd = [one for one in own.get("asks", ()) if not isinstance(one, str)]
    if odd:
        raise UsageError(f"{_line(document, 'asks')}there is no question {odd[0]!r}")
    strangers = [one for one in own.get("asks", ()) if one not in ANSWERS]
    for table in ("defaults", "fixed", "choices"):
        strangers += [key for key in own.get(table, {}) if key not in ANSWERS]
    if strangers:
        known = ", ".join(ANSWERS)
        place = next(
            (
                _line(document, t, strangers[0])
                for t in ("defaults", "fixed", "choices")
                if strangers[0] in own.get(t, {})
            ),
            _line(document, "asks"),
        )
        raise UsageError(f"{place}there is no question {strangers[0]!r}; known are {known}")


def _check_values(document: Document, own: Mapping[str, Any]) -> None:
    """Whether every answer can be used."""
    for key, value in own.get("choices", {}).items():
        if not isinstance(value, list) or not value:
            raise UsageError(f"{_line(document, 'choices', key)}the choices of {key!r} are a list")
    given = [(t, key, one) for t in ("defaults", "fixed") for key, one in own.get(t, {}).items()]
    given += [("choices", key, one) for key, all_ in own.get("choices", {}).items() for one in all_]
    for table, key, one in given:
        try:
            read_one(key, one)
        except UsageError as error:
            reason = str(error).removeprefix(f"--{key.replace('_', '-')}: ")
            place = _line(document, table, key)
            raise UsageError(f"{place}{key} in [{OWN}.{table}]: {reason}") from None


def _line(document: Document, *keys: str) -> str:
    span = document.place((OWN, *keys), "key")
    return f"line {span.line}: " if span else ""
