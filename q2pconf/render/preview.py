"""A file before it is written, as far as a screen has room for it."""

from __future__ import annotations

from q2pconf.render.diff import as_diff
from q2pconf.render.terminal import Style, printable

__all__ = ["preview", "whole"]

_REST = 16
"""Rows for what it comes to and the question below."""
_QUOTES = ("'''", '"""')


def preview(text: str, before: str | None, name: str, rows: int, style: Style) -> str:
    """What would change in a file (``before``), or the new one: without its comments where it does
    not fit into so many rows with them."""
    if before is not None:
        change = as_diff(before, text, name, style)
        return f"\n{_safe(change, style)}\n" if change else f"\n{name} is so already.\n"
    if text.count("\n") + _REST <= rows:
        return f"\n{style.paint(f'{name}:', 'bold')}\n\n{whole(text)}\n"
    title = style.paint(f"{name}, without its comments:", "bold")
    return f"\n{title}\n\n{whole(_bare(text))}\n"


def whole(text: str) -> str:
    """A file's text, with nothing in it that could steer a terminal."""
    return "".join(f"{printable(line.expandtabs(4))}\n" for line in text.splitlines())


def _safe(change: str, style: Style) -> str:
    return change if style.colour else whole(change)


def _bare(text: str) -> str:
    """The text without comments and empty lines; text of several lines stays as it is."""
    kept = []
    inside = ""
    for line in text.splitlines():
        if inside or (line.strip() and not line.lstrip().startswith("#")):
            kept.append(line)
        for quotes in _QUOTES:
            if inside in ("", quotes) and line.count(quotes) % 2:
                inside = "" if inside else quotes
    return "\n".join(kept)
