"""A migration as a diff, as words and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from q2pconf.findings import KeyPath, Report, show_path
from q2pconf.migrating import Migration
from q2pconf.render import diff
from q2pconf.render.report import finding_object
from q2pconf.render.terminal import Style, printable

__all__ = ["as_diff", "as_json", "as_words", "broken_as_json"]


def as_diff(found: Migration, style: Style) -> str:
    """The change as a unified diff."""
    name = found.original.path or "qiime2_config.toml"
    return diff.as_diff(found.original.text, found.document.text, name, style)


def as_words(found: Migration, style: Style, *, done: bool = True) -> str:
    """What was changed and why, what is left to do, what is worth a look."""
    counted = "; lines are counted in the file as it was" if found.changed else ""
    text = f"from {found.origin} to {found.target}{counted}\n"
    left = [(item.key, item.message) for item in found.left]
    made = [(change.key, change.message) for change in found.changes]
    text += _list(
        "changed" if done else "would change",
        found,
        [item for item in made if item not in left],
        style,
    )
    text += _list("left for you", found, left, style, "yellow")
    doubts = [(item.key, item.message) for item in found.doubts]
    text += _list("worth a look", found, doubts, style)
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
    return f"{style.paint(f'{title}:', look)}\n{''.join(dict.fromkeys(rows))}" if rows else ""


def _place(found: Migration, key: KeyPath) -> str:
    line = _line(found, key)
    return f"line {line}: " if line else ""


def _line(found: Migration, key: KeyPath) -> int | None:
    """The line of a key in the file as it was, or of the table that it is missing in."""
    for length in range(len(key), 0, -1):
        span = found.original.place(key[:length], "key")
        if span:
            return span.line
    return None


def as_json(found: Migration, *, backup: str | None = None) -> str:
    """The whole result for machines; ``backup`` is where the file is kept as it was."""
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
        "warnings": [
            {"key": list(item.key), "line": _line(found, item.key), "message": item.message}
            for item in found.doubts
        ],
        "notes": list(found.notes),
        "diff": as_diff(found, Style()),
        "text": found.document.text,
        **({} if backup is None else {"backup": backup}),
    }
    return json.dumps(content, indent=1) + "\n"


def broken_as_json(report: Report) -> str:
    """A file that is not TOML, in the same form: nothing was changed, and why."""
    content = {
        "version": 1, "path": report.path, "from": None, "to": report.release.name,
        "parsl": report.release.parsl, "changed": False, "ok": False, "changes": [],
        "left": [], "warnings": [], "notes": [], "diff": "", "text": None,
        "findings": [finding_object(finding) for finding in report.findings],
    }  # fmt: skip
    return json.dumps(content, indent=1) + "\n"
