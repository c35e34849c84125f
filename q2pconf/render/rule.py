"""What codes mean, as text and JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from itertools import groupby

from q2pconf.findings import Severity
from q2pconf.render.terminal import Style
from q2pconf.rules.catalogue import Entry

__all__ = ["as_json", "as_list", "as_text", "severities"]

_WIDTH = 92
_LOOKS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


def severities(entry: Entry) -> str:
    """How bad a finding of this code is: ``error``, or ``error or warning``."""
    return " or ".join(one.value for one in entry.severities)


def as_text(entry: Entry, look: Style) -> str:
    """One code: its title, its severity and its words."""
    paragraphs = [textwrap.fill(part, _WIDTH) for part in entry.text.split("\n\n")]
    head = f"{look.paint(f'{entry.code}: {entry.title}', 'bold')} ({_painted(entry, look)})"
    return "\n\n".join([head, *paragraphs]) + "\n"


def as_list(entries: Iterable[Entry], look: Style) -> str:
    """Codes with their severities and titles, family by family."""
    blocks = []
    for family, group in groupby(entries, key=lambda one: one.family):
        lines = [look.paint(family, "bold")]
        for one in group:
            gap = " " * (len("error or warning") - len(severities(one)))
            lines.append(f"  {one.code}  {_painted(one, look)}{gap}  {one.title}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def as_json(entries: Iterable[Entry]) -> str:
    """The same for scripts."""
    rows = [
        {
            "code": one.code, "family": one.family, "title": one.title,
            "severities": [severity.value for severity in one.severities], "text": one.text,
        }
        for one in entries
    ]  # fmt: skip
    return json.dumps({"version": 1, "rules": rows}, indent=1, ensure_ascii=False) + "\n"


def _painted(entry: Entry, look: Style) -> str:
    return " or ".join(look.paint(one.value, _LOOKS[one]) for one in entry.severities)
