"""Plain values and names as TOML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["as_tables", "bare", "in_lines", "written"]


def written(value: Any, *, in_rows: bool = False) -> str:
    """A plain value as TOML, lists and tables on one line; with ``in_rows``, text of several lines
    stays so.

    Raises TypeError for None, which TOML has no word for.
    """
    if value is None:
        raise TypeError("TOML cannot say None")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return (_in_rows(value) if in_rows else None) or _quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(written(each, in_rows=in_rows) for each in value)}]"
    if isinstance(value, Mapping):
        pairs = (f"{bare(key)} = {written(each, in_rows=in_rows)}" for key, each in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    return str(value)


def bare(name: str) -> str:
    """A name as it stands in front of ``=``: in quotes where it has to be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else written(name)


def in_lines(text: str, lead: str = "") -> str:
    """Text of several lines in three quotes; ``lead`` is the line end behind the first three."""
    plain = re.sub(r'""(?=")|"\Z', _escaped_quotes, text.replace("\\", "\\\\"))
    parts = (c if c in "\n\t" or c.isprintable() else _escape(ord(c)) for c in plain)
    return f'"""{lead}{"".join(parts)}"""'


def _escaped_quotes(found: re.Match[str]) -> str:
    return found[0].replace('"', '\\"')


def as_tables(name: str, inner: Mapping[str, Any]) -> str:
    """A table for each table in a mapping, below this name; each line ends with ``\\n``."""
    text = ""
    for key, values in inner.items():
        if isinstance(values, Mapping):
            lines = (f"{bare(each)} = {written(value)}\n" for each, value in values.items())
            text += f"[{name}.{bare(key)}]\n{''.join(lines)}"
    return text


def _in_rows(text: str) -> str | None:
    """Text of several lines as it is, in three quotes; None where that cannot be."""
    plain = all(c.isprintable() or c in "\n\t" for c in text)
    if "\n" in text and plain and "'''" not in text and not text.endswith("'"):
        return f"'''\n{text}'''"
    return None


def _quoted(text: str) -> str:
    """Text in quotes, with escapes for all that is not ASCII or not to be seen."""
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    parts = (
        short.get(c) or (c if c.isascii() and c.isprintable() else _escape(ord(c))) for c in text
    )
    return f'"{"".join(parts)}"'


def _escape(code: int) -> str:
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
