"""An explanation as a picture for a report: each executor's jobs, nodes and workers, with figures.

The SVG is whole in itself: no script, no font and no file from elsewhere. It goes with light and
dark surroundings.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape
from itertools import chain

from q2pconf.capacity import Capacity
from q2pconf.explanation import Explanation
from q2pconf.render import facts
from q2pconf.units import several

__all__ = ["as_svg"]

_WIDTH = 900
_MARGIN = 28
_LINE = 20
_CELL, _GAP = 14, 4
_COLUMNS = 8
_MOST_CELLS = 32
_MOST_NODES = 3
_NODE = _COLUMNS * (_CELL + _GAP) - _GAP + 24
_FACTS_AT = 400
_NOTE_LETTERS = 124

_STYLE = """\
.q2pconf { font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 14px }
.q2pconf .page { fill: #ffffff }
.q2pconf .card { fill: #f6f8fa; stroke: #d0d7de }
.q2pconf .job { fill: #ffffff; stroke: #57606a }
.q2pconf .node { fill: #eaf2fb; stroke: #54708f }
.q2pconf .idle { fill: #f0f0f0; stroke: #8c959f; stroke-dasharray: 4 3 }
.q2pconf .worker { fill: #1f6fb2 }
.q2pconf .unknown { fill: none; stroke: #1f6fb2; stroke-dasharray: 3 2 }
.q2pconf text { fill: #1f2328 }
.q2pconf .soft { fill: #57606a }
.q2pconf .bad { fill: #b3261e }
.q2pconf .title { font-size: 21px; font-weight: 600 }
.q2pconf .name { font-size: 17px; font-weight: 600 }
.q2pconf .strong { font-weight: 600 }
.q2pconf .small { font-size: 12px }
.q2pconf .big { font-size: 26px; font-weight: 600 }
@media (prefers-color-scheme: dark) {
.q2pconf .page { fill: #0d1117 }
.q2pconf .card { fill: #161b22; stroke: #30363d }
.q2pconf .job { fill: #0d1117; stroke: #8b949e }
.q2pconf .node { fill: #14263b; stroke: #6b93bd }
.q2pconf .idle { fill: #1c2128; stroke: #6e7681 }
.q2pconf .worker { fill: #58a6ff }
.q2pconf .unknown { stroke: #58a6ff }
.q2pconf text { fill: #e6edf3 }
.q2pconf .soft { fill: #9da7b3 }
.q2pconf .bad { fill: #ff8a80 }
}
"""


def as_svg(found: Explanation) -> str:
    """The picture, as the text of an SVG file."""
    parts: list[str] = []
    at = _MARGIN
    for draw in (_head, _executors, _foot):
        drawn, at = draw(found, at)
        parts += drawn
    height = at + _MARGIN - 8
    name = found.path or "this file"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"'
            f' viewBox="0 0 {_WIDTH} {height}" class="q2pconf" role="img"'
            ' aria-labelledby="q2pconf-title q2pconf-desc">',
            f'<title id="q2pconf-title">{_safe(f"What {name} does in {found.release}")}</title>',
            f'<desc id="q2pconf-desc">{_safe(_described(found))}</desc>',
            f"<style>\n{_STYLE}</style>",
            f'<rect class="page" width="{_WIDTH}" height="{height}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _described(found: Explanation) -> str:
    """The picture for those who cannot see it: the figures of every executor."""
    told = []
    for one, place in facts.by_default_first(found):
        figures = "; ".join(f"{name}: {value}" for name, value in facts.rows(one, place))
        told.append(f"Executor {one.label or 'without label'} ({one.class_name}): {figures}.")
    total = found.concurrent_actions
    told.append(f"At a time, in all: {facts.UNKNOWN if total is None else total}.")
    return " ".join(told)


def _head(found: Explanation, at: int) -> tuple[list[str], int]:
    name = (found.path or "standard input").rpartition("/")[2]
    lines = [
        _text(_MARGIN, at + 18, _cut(f"What {name} does", 70), "title"),
        _text(_MARGIN, at + 42, str(found.release), "soft"),
    ]
    at += 56
    if found.errors:
        told = several(found.errors, "error")
        words = f"Nothing of this happens yet: the file has {told} (q2pconf validate)"
        lines.append(_text(_MARGIN, at + 14, words, "bad strong"))
        at += 24
    return lines, at


def _executors(found: Explanation, at: int) -> tuple[list[str], int]:
    parts: list[str] = []
    for one, place in facts.by_default_first(found):
        drawn, bottom = _executor(one, place, at + 14)
        height = bottom - at
        parts.append(_box("card", _MARGIN - 12, at, _WIDTH - 2 * _MARGIN + 24, height, 10))
        parts += drawn
        at = bottom + 14
    return parts, at


def _executor(one: Capacity, place: str, at: int) -> tuple[list[str], int]:
    """The card of one executor, and where it ends."""
    on = f" on {one.provider}" if one.provider else ""
    parts = [
        _text(_MARGIN, at + 14, _cut(one.label or "(no label)", 40), "name"),
        _text(_MARGIN, at + 34, _cut(f"{one.class_name}{on}", 60), "soft"),
    ]
    count = "?" if one.concurrent_actions is None else f"{one.concurrent_actions:,}"
    word = "action" if one.concurrent_actions == 1 else "actions"
    right = f'text-anchor="end" x="{_WIDTH - _MARGIN}"'
    parts.append(f'<text class="big" {right} y="{at + 20}">{_cut(count, 24)}</text>')
    parts.append(f'<text class="soft" {right} y="{at + 38}">{word} at a time</text>')
    at += 54
    drawing, low = _drawing(one, at)
    figures, end = _figures(one, place, at)
    notes, bottom = _notes(one.notes, max(low, end) + 8)
    return [*parts, *drawing, *figures, *notes], bottom


def _figures(one: Capacity, place: str, at: int) -> tuple[list[str], int]:
    """The rows of figures beside the drawing."""
    parts = []
    y = at + 12
    for name, value in facts.rows(one, place):
        parts.append(_text(_FACTS_AT, y, name, "soft"))
        for line in _lines(value, 48):
            parts.append(_text(_FACTS_AT + 132, y, line))
            y += _LINE
    return parts, y


def _notes(notes: tuple[str, ...], at: int) -> tuple[list[str], int]:
    parts = []
    for note in notes:
        for number, line in enumerate(_lines(note, _NOTE_LETTERS)):
            mark = "• " if number == 0 else "   "
            parts.append(
                f'<text class="small soft" x="{_MARGIN}" y="{at + 10}"'
                f' xml:space="preserve">{_safe(mark + line)}</text>'
            )
            at += 17
        at += 2
    return parts, at + 8


def _drawing(one: Capacity, at: int) -> tuple[list[str], int]:
    """A job with its nodes, and how often it is there."""
    nodes = list(_nodes(one))
    hidden = (one.nodes_per_block or 0) - len(nodes) if not one.here else 0
    inside, y = [], at + 30
    what = "thread" if one.provider is None else "worker"
    for name, workers in nodes:
        drawn, y = _node(name, workers, what, y)
        inside += drawn
    if hidden > 0:
        inside.append(_text(_MARGIN + 14, y + 12, f"and {several(hidden, 'more node')}", "small"))
        y += 22
    width = _NODE + 24
    height = y + 4 - at
    jobs = None if one.here else one.blocks.reachable
    times = "" if one.here else f"× {'?' if jobs is None else f'{jobs:,}'}"
    behind = [
        _box("job", _MARGIN + shift, at + shift, width, height, 8)
        for shift in ((10, 5) if times and jobs != 1 else ())
    ]
    parts = [*behind, _box("job", _MARGIN, at, width, height, 8)]
    parts.append(_text(_MARGIN + 12, at + 19, "this machine" if one.here else "one job", "strong"))
    if times:
        parts.append(_text(_MARGIN + width + 24, at + height // 2 + 2, times, "big"))
        word = "job" if jobs == 1 else "jobs"
        parts.append(_text(_MARGIN + width + 26, at + height // 2 + 20, f"{word} at most", "soft"))
    return [*parts, *inside], at + height + (18 if behind else 8)


def _nodes(one: Capacity) -> Iterator[tuple[str, int | None]]:
    """The nodes of a job that are drawn, each with its workers; None where they are not known."""
    managers, workers = one.managers_per_block, one.workers_per_manager
    if one.here:
        groups = 1 if one.provider is None else _product(managers, one.blocks.reachable)
        yield "", _product(groups, workers)
        return
    nodes, used = one.nodes_per_block, one.nodes_used
    for number in range(min(1 if nodes is None else max(nodes, 0), _MOST_NODES)):
        share = None
        if managers is not None and used is not None:
            extra = managers % used if used else 0
            share = managers // used + (number < extra) if number < used else 0
        yield f"node {number + 1}", _product(share, workers)


def _product(one: int | None, other: int | None) -> int | None:
    if 0 in (one, other):
        return 0
    return None if one is None or other is None else one * other


def _node(name: str, workers: int | None, what: str, y: int) -> tuple[list[str], int]:
    """A node with a square for each worker, and where it ends."""
    x = _MARGIN + 12
    drawn = _COLUMNS if workers is None else min(workers, _MOST_CELLS)
    rows = -(-drawn // _COLUMNS)
    words = {None: "workers unknown", 0: "idle"}.get(workers) or several(workers or 0, what)
    height = 26 + (rows * (_CELL + _GAP) + 6 if drawn else 0)
    parts = [_box("idle" if workers == 0 else "node", x, y, _NODE, height, 5)]
    told = _cut(": ".join(part for part in (name, words) if part), 26)
    parts.append(_text(x + 12, y + 17, told, "small"))
    kind = "unknown" if workers is None else "worker"
    more = (workers or 0) > drawn
    for number in range(drawn - 1 if more else drawn):
        row, column = divmod(number, _COLUMNS)
        left, top = x + 12 + column * (_CELL + _GAP), y + 26 + row * (_CELL + _GAP)
        parts.append(_box(kind, left, top, _CELL, _CELL, 3))
    if more:
        row, column = divmod(drawn - 1, _COLUMNS)
        left, top = x + 12 + column * (_CELL + _GAP), y + 37 + row * (_CELL + _GAP)
        parts.append(_text(left + 1, top, "…", "strong"))
    return parts, y + height + 8


def _foot(found: Explanation, at: int) -> tuple[list[str], int]:
    """Which action goes where, the logs, the sum."""
    total = found.concurrent_actions
    told = facts.UNKNOWN if total is None else several(total, "action")
    rows = chain(
        ((f"{what} runs on", to) for what, to in facts.destinations(found)),
        [("logs and job scripts", facts.places(found)), ("at a time, in all", told)],
    )
    parts = []
    y = at + 14
    for name, value in rows:
        lines = _lines(f"{name}: {value}" if not name.endswith(" on") else f"{name} {value}", 110)
        for line in lines:
            look = "strong" if name.startswith("at a time") else ""
            parts.append(_text(_MARGIN, y, line, look))
            y += _LINE
    notes, y = _notes(found.notes, y - 4)
    return [*parts, *notes], y


def _lines(text: str, letters: int) -> list[str]:
    """The text in lines of at most so many letters."""
    return textwrap.wrap(text, letters) or [""]


def _text(x: int, y: int, text: str, look: str = "") -> str:
    kind = f' class="{look}"' if look else ""
    return f'<text{kind} x="{x}" y="{y}">{_safe(text)}</text>'


def _box(look: str, x: int, y: int, width: int, height: int, round_by: int) -> str:
    return (
        f'<rect class="{look}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{round_by}"/>'
    )


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"


def _safe(text: str) -> str:
    """Text that XML can hold; what it cannot becomes a mark."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in text.replace("\n", " "))
    return escape(shown)
