"""Two texts as a unified diff."""

from __future__ import annotations

import difflib

from q2pconf.edits import lines
from q2pconf.render.terminal import Style, printable

__all__ = ["as_diff"]

_LOOK = {"+": "green", "-": "red", "@": "cyan"}
_NO_END = "\\ No newline at end of file\n"


def as_diff(before: str, after: str, name: str, style: Style) -> str:
    """The change, byte for byte as ``patch`` takes it where it is not for a terminal."""
    rows = difflib.unified_diff(lines(before), lines(after), name, name)
    return "".join(_row(row, style) for row in rows)


def _row(row: str, style: Style) -> str:
    body = row.rstrip("\r\n")
    end = row[len(body) :]
    if style.terminal:
        looks = (_LOOK[row[0]],) if row[0] in _LOOK else ()
        shown = printable(body.replace("\t", "    ")) + ("\\r" if end == "\r" else "")
        body, end = style.paint(shown, *looks), end and "\n"
    return f"{body}{end}" if end else f"{body}\n{_NO_END}"
