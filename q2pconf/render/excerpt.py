"""A line of a file with a mark below the part that is meant, aligned as a terminal shows it."""

from __future__ import annotations

from itertools import accumulate

from q2pconf.findings import Span
from q2pconf.render.terminal import Style, printable

__all__ = ["excerpt", "width"]

_TAB = 4
_CUT = "…"
_LEAST = 20


def excerpt(text: str, span: Span, style: Style, colour: str) -> list[str]:
    """The line ``text``, and a line with the mark; of a value of several lines its first.

    A line that is wider than the style's columns is cut to what stands around the mark.
    """
    number = str(span.line)
    room = max(_LEAST, style.columns - len(number) - 5)
    start = min(span.column - 1, len(text))
    end = span.end_column - 1 if span.end_line == span.line else len(text.rstrip())
    # No character before or after that could be shown: lines may have millions.
    first, last = max(0, start - room), min(len(text), start + room)
    cells = _cells(text[first:last])
    whole = first == 0 and last == len(text)
    low, high = _window([wide for _, wide in cells], start - first, room, whole=whole)
    left, right = (_CUT if first + low else ""), (_CUT if first + high < len(text) else "")
    shown = "".join(cell for cell, _ in cells[low:high])
    before = sum(wide for _, wide in cells[low : start - first])
    marked = sum(wide for _, wide in cells[start - first : min(high, end - first)])
    mark = " " * (len(left) + before) + style.paint("^" * max(1, marked), colour)
    return [f"  {number} | {left}{shown}{right}", f"  {' ' * len(number)} | {mark}"]


def _window(widths: list[int], at: int, room: int, *, whole: bool) -> tuple[int, int]:
    """Which cells to show, first and one past the last, so that cell ``at`` is among them; all if
    these are the ``whole`` line and there is room."""
    ends = [0, *accumulate(widths)]
    if whole and ends[-1] <= room:
        return 0, len(widths)
    room -= 2 * len(_CUT)
    low = high = at
    while low and ends[at] - ends[low - 1] <= room // 3:
        low -= 1
    while high < len(widths) and ends[high + 1] - ends[low] <= room:
        high += 1
    while low and ends[high] - ends[low - 1] <= room:
        low -= 1
    return low, high


def _cells(text: str) -> list[tuple[str, int]]:
    """What stands for each character on a terminal, and how many columns it takes."""
    cells, column = [], 0
    for character in text:
        if character == "\t":
            shown = " " * (_TAB - column % _TAB)
            wide = len(shown)
        else:
            shown = printable(character)
            wide = width(shown)
        cells.append((shown, wide))
        column += wide
    return cells


def width(text: str) -> int:
    """How many columns of a terminal a printable text takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    wide = 0
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me") or "\u1160" <= character <= "\u11ff":
            continue
        wide += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return wide
