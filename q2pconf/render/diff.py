"""Two texts as a unified diff."""

from __future__ import annotations

import difflib

from q2pconf.edits import lines
from q2pconf.render.terminal import Style, printable

__all__ = ["as_diff"]

_LOOK = {"+": "green", "-": "red", "@": "cyan"}
_NO_END = "\\ No newline at end of file\n"


def as_diff(before: str, after: str, name: str, style: Style) -> str:
    """The change, byte for byte as ``patch`` takes it where not in colour."""
    rows = difflib.unified_diff(lines(before), lines(after), name, name)
    return "".join(_row(row, style) for row in rows)


def _row(row: str, style: Style) -> str:
    body = row.rstrip("\r\n")
    end = row[len(body) :]
    look = _LOOK.get(row[0])
    if style.colour and look:
        body = style.paint(printable(body.replace("\t", "    ")), look)
    return f"{body}{end}" if end else f"{body}\n{_NO_END}"
