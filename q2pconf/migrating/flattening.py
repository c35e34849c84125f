"""Mappings of plugin → action → label made into action → label, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from q2pconf import edits, quoting
from q2pconf._dataclasses import replace
from q2pconf.document import Document
from q2pconf.findings import KeyPath, Span
from q2pconf.layout import Layout
from q2pconf.positions import Header

__all__ = ["flat"]

INNER: KeyPath = ("parsl", "executor_mapping")
Leaves = Iterable[tuple[KeyPath, Any]]


def flat(document: Document, leaves: Leaves) -> Document:
    """The document with one mapping table, in which the lines of the old ones stand."""
    if INNER in document.positions.values:
        pairs = (f"{quoting.bare(str(p[-1]))} = {quoting.written(v)}" for p, v in leaves)
        return edits.set_value(document, INNER, f"{{ {', '.join(pairs)} }}")
    layout = Layout(document)
    every = [*layout.rows]
    if every and not every[-1].endswith(("\n", "\r")):
        every[-1] += edits.line_end(document)
    starts = {
        (path, span.line): span
        for path, spans in document.positions.parts.items()
        if path[:-1] == INNER
        for span in reversed(spans)
    }
    for path, label in leaves:
        _line(layout, every, starts, path, label)
    headers = document.positions.headers
    own = [index for index, header in enumerate(headers) if header.path[:2] == INNER]
    if not own:
        return replace(document, text="".join(every))
    _gather(layout, every, [headers[index] for index in own], _next_to_first(own))
    return replace(document, text="".join(every))


def _next_to_first(own: list[int]) -> int:
    """How many mapping tables follow the first one without another table in between."""
    count = 1
    while count < len(own) and own[count] == own[count - 1] + 1:
        count += 1
    return count


def _gather(layout: Layout, every: list[str], tables: list[Header], near: int) -> None:
    """One header for all; the lines of tables that stand apart come behind those that do not."""
    first = tables[0]
    number = first.span.line - 1
    every[number] = _spliced(every[number], first.span, "[parsl.executor_mapping]")
    stop = layout.block(tables[near - 1]).stop
    moved: list[str] = []
    for position, header in enumerate(tables[1:], 1):
        body = layout.block(header)
        every[body.start] = ""
        if position >= near:
            moved += every[body.start : body.stop]
            every[body.start : body.stop] = [""] * len(body)
    every[stop - 1] += "".join(moved)


def _line(
    layout: Layout,
    every: list[str],
    starts: Mapping[tuple[KeyPath, int], Span],
    path: KeyPath,
    label: Any,
) -> None:
    """Take the plugin out of one line of a mapping; ``starts`` are where the plugins' names begin,
    by path and line."""
    plugin = path[: len(INNER) + 1]
    if len(path) <= len(plugin):
        return
    places = layout.document.positions
    inline = places.values.get(plugin)
    if inline is not None:
        pair = f"{quoting.bare(str(path[-1]))} = {quoting.written(label)}"
        _inline(layout, every, inline, places.parts[plugin][-1], pair)
        return
    leaf = places.parts[path][-1]
    start = starts.get((plugin, leaf.line))
    if start is not None and start.column < leaf.column:
        line = every[leaf.line - 1]
        every[leaf.line - 1] = line[: start.column - 1] + line[leaf.column - 1 :]


def _inline(layout: Layout, every: list[str], inline: Span, key: Span, pair: str) -> None:
    """A line of its own for what stood in ``plugin = { ... }``."""
    number = inline.line - 1
    line, rest = every[number], edits.line_end(layout.document)
    if line.lstrip().startswith(layout.text_at(key)):
        line, rest = "", line[inline.end_column - 1 :] or rest
    every[number] = f"{line}{' ' * (key.column - 1)}{pair}{rest}"


def _spliced(line: str, span: Span, text: str) -> str:
    return line[: span.column - 1] + text + line[span.end_column - 1 :]


def leaves_of(value: Mapping[str, Any], base: KeyPath = INNER) -> list[tuple[KeyPath, Any]]:
    """Every mapped label with its path, of either shape."""
    found: list[tuple[KeyPath, Any]] = []
    for key, entry in value.items():
        if isinstance(entry, Mapping):
            found += [((*base, key, action), label) for action, label in entry.items()]
        else:
            found.append(((*base, key), entry))
    return found
