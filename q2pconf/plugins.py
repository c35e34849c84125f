"""Which plugins and actions QIIME 2 has in an environment, by the text of its files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from q2pconf._dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Plugin", "at_prefix"]

_GROUPS = ("rachis.plugins", "qiime2.plugins")
_TESTS = ("dummy-plugin", "other-plugin")
"""Plugins of the framework's own tests; QIIME 2 does not load them."""
_NAME = re.compile(r"\bPlugin\(\s*name\s*=\s*['\"]([\w .-]+)['\"]")
_FUNCTION = re.compile(r"\bfunction\s*=\s*(?:\w+\.)*(\w+)")
_LARGEST = 2_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Plugin:
    """A plugin as far as its files tell: ``ids`` are the names it may go by in a mapping,
    ``actions`` those found in the text that registers them, ``text`` that text ("" for unread)."""

    ids: frozenset[str]
    actions: frozenset[str]
    text: str


def at_prefix(prefix: str) -> tuple[Plugin, ...]:
    """The plugins that are installed in the environment in this folder; nothing is imported.

    None is told where some are linked in from elsewhere in the way of old, and cannot be seen.
    """
    from pathlib import Path

    sites = sorted(Path(prefix).glob("lib/python*/site-packages"))
    if any(True for site in sites for _ in site.glob("*.egg-link")):
        return ()
    return tuple(_plugin(site, name, target) for site in sites for name, target in _entries(site))


def _entries(site: Path) -> Iterator[tuple[str, str]]:
    """The name and the module of every plugin, as its package registers it."""
    from configparser import ConfigParser, Error

    for file in sorted(site.glob("*-info/entry_points.txt")):
        parser = ConfigParser(delimiters=("=",), interpolation=None, strict=False)
        parser.optionxform = str  # type: ignore[assignment]
        try:
            parser.read_string(_read(file))
        except Error:
            continue
        for group in _GROUPS:
            if parser.has_section(group):
                for name, value in parser.items(group):
                    if name not in _TESTS:
                        yield name, value.partition(":")[0].strip()


def _plugin(site: Path, name: str, module: str) -> Plugin:
    text = _module_text(site, module)
    names = {name, module.partition(".")[0], *_NAME.findall(text)}
    plain = {_id(one) for one in names}
    return Plugin(
        ids=frozenset(plain | {one.removeprefix("q2_") for one in plain}),
        actions=frozenset(_FUNCTION.findall(text)),
        text=text,
    )


def _module_text(site: Path, module: str) -> str:
    """The text of the module, or of the package of that name."""
    place = site.joinpath(*module.split("."))
    return _read(place.with_suffix(".py")) or _read(place / "__init__.py")


def _read(path: Path) -> str:
    try:
        if os.path.getsize(path) > _LARGEST:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return ""


def _id(name: str) -> str:
    """How QIIME 2 makes the id of a plugin from its name."""
    return name.strip().replace("-", "_")
