"""When keys and classes of Parsl came and went, and what says the same where they are missing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from q2pconf import _resources, _toml
from q2pconf._dataclasses import dataclass

__all__ = ["Past", "of_class", "of_key"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """The past of a key or class.

    ``added`` and ``removed`` are versions of Parsl, None where that lies before or after all that
    was looked at. The rest is what replacements.toml says: ``instead`` a key that says the same,
    ``option`` the beginning of a line in scheduler_options that does; without it nothing is lost
    where it is ``harmless`` or its value ``neutral``, or where ``only_with``, another key that it
    needs, is not true; ``why`` ends a sentence.
    """

    added: str | None = None
    removed: str | None = None
    instead: str | None = None
    option: str | None = None
    harmless: bool = False
    neutral: tuple[Any, ...] = ()
    only_with: str | None = None
    why: str = ""


def of_key(owner: str, key: str) -> Past:
    """The past of a class's key; an empty one for a key that was always or never there."""
    replaced = _table("replacements.toml")["keys"]
    words = replaced.get(f"{owner}.{key}") or replaced.get(f"*.{key}") or {}
    return _past({**_table("history.toml")["keys"].get(f"{owner}.{key}", {}), **words})


def of_class(name: str) -> Past:
    """The past of a class; an empty one for a class that was always or never there."""
    words = _table("replacements.toml")["classes"].get(name, {})
    return _past({**_table("history.toml")["classes"].get(name, {}), **words})


def _past(entry: dict[str, Any]) -> Past:
    return Past(**{**entry, "neutral": tuple(entry.get("neutral", ()))})


@lru_cache(maxsize=2)
def _table(name: str) -> dict[str, Any]:
    return _toml.loads(_resources.read_text("schemas", name))
