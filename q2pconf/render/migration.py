"""A migration as a diff, as words and as JSON."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Sequence

from q2pconf.edits import lines
from q2pconf.findings import KeyPath, show_path
from q2pconf.migrating import Migration
from q2pconf.render.terminal import Style, printable

__all__ = ["as_diff", "as_json", "as_words"]

_LOOK = {"+": "green", "-": "red", "@": "cyan"}
_NO_END = "\\ No newline at end of file\n"


def as_diff(found: Migration, style: Style) -> str:
    """The change as a unified diff, byte for byte as ``patch`` takes it where not in colour."""
    name = found.original.path or "qiime2_config.toml"
    before, after = lines(found.original.text), lines(found.document.text)
    rows = difflib.unified_diff(before, after, name, name)
    return "".join(_row(row, style) for row in rows)


def _row(row: str, style: Style) -> str:
    body = row.rstrip("\r\n")
    end = row[len(body) :]
    look = _LOOK.get(row[0])
    if style.colour and look:
        body = style.paint(printable(body.replace("\t", "    ")), look)
    return f"{body}{end}" if end else f"{body}\n{_NO_END}"


def as_words(found: Migration, style: Style, *, verbose: bool = False) -> str:
    """What was changed and why, what is left to do, and how the target takes the result."""
    text = f"from {found.origin} to {found.target}\n"
    left = [(item.key, item.message) for item in found.left]
    done = [(change.key, change.message) for change in found.changes]
    text += _list("changed", found, [item for item in done if item not in left], style)
    text += _list("left for you", found, left, style, "yellow")
    if verbose:
        text += "".join(f"note: {printable(note)}\n" for note in found.notes)
    if not found.changed:
        text += "nothing to change\n"
    return text


def _list(
    title: str,
    found: Migration,
    items: Sequence[tuple[KeyPath, str]],
    style: Style,
    look: str = "bold",
) -> str:
    ordered = sorted(items, key=lambda item: _line(found, item[0]) or math.inf)
    rows = [f"  {_place(found, key)}{printable(message)}\n" for key, message in ordered]
    return f"{style.paint(f'{title}:', look)}\n{''.join(rows)}" if rows else ""


def _place(found: Migration, key: KeyPath) -> str:
    line = _line(found, key)
    return f"line {line}: " if line else ""


def _line(found: Migration, key: KeyPath) -> int | None:
    """The line of a key in the file as it was."""
    span = found.original.place(key, "key")
    return span.line if span else None


def as_json(found: Migration) -> str:
    """The whole result for machines."""
    content = {
        "version": 1,
        "path": found.original.path,
        "from": found.origin.name,
        "to": found.target.name,
        "parsl": found.target.parsl,
        "changed": found.changed,
        "ok": found.report.ok and not found.left,
        "changes": [
            {
                "kind": change.kind,
                "key": list(change.key),
                "line": _line(found, change.key),
                "message": change.message,
            }
            for change in found.changes
        ],
        "left": [
            {
                "key": list(item.key),
                "place": show_path(item.key),
                "line": _line(found, item.key),
                "message": item.message,
            }
            for item in found.left
        ],
        "notes": list(found.notes),
        "diff": as_diff(found, Style()),
        "text": found.document.text,
    }
    return json.dumps(content, indent=1) + "\n"
