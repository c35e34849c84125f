"""Edits of a document's lines: what an edit does not touch stays byte for byte.

An edit is first planned, as texts to be put at some places of a ``Layout``; so many edits of one
document can be made at once.
"""

from __future__ import annotations

import copy
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from q2pconf._dataclasses import replace
from q2pconf.document import Document, DocumentError
from q2pconf.findings import KeyPath, Span
from q2pconf.layout import Layout, line_end, lines
from q2pconf.positions import Header

__all__ = [
    "MARK",
    "Splice",
    "annotating",
    "append",
    "drop",
    "drop_with_comment",
    "dropping",
    "headers_below",
    "insert_after",
    "line_end",
    "lines",
    "move_above",
    "naming",
    "remark",
    "replace_key",
    "same_elsewhere",
    "set_value",
    "setting",
    "spliced",
    "tail",
    "text_at",
]

MARK = "# q2pconf: "
"""Begins every comment that is put into a file."""
_WIDTH = 88

Splice = tuple[Span, str]
"""A place of a document, and the text to be put there."""


def drop(document: Document, path: KeyPath, reason: str | None = None) -> Document:
    """The document without this key or table and all that is below it; with a reason it is
    commented out instead, below that reason."""
    return spliced(document, dropping(Layout(document), path, reason))


def dropping(layout: Layout, path: KeyPath, reason: str | None = None) -> list[Splice]:
    """The plan of ``drop``."""
    numbers = sorted({number for part in layout.below(path) for number in part})
    if not numbers:
        return _dropping_inline(layout, path, reason)
    rows = layout.rows
    if reason is not None:
        marks = [(_before(number), "# " if rows[number].strip() else "") for number in numbers]
        place, mark = marks[0]
        return [(place, _comment(layout, reason, rows[numbers[0]]) + mark), *marks[1:]]
    taken = [number for number in numbers if not _is_remark(rows[number])]
    if path in layout.document.positions.tables:
        taken += _own_lead(rows, numbers[0], numbers[-1])
    return [(_whole(number), "") for number in taken]


def drop_with_comment(document: Document, path: KeyPath) -> Document:
    """The document without this key and the comment lines right above it."""
    layout = Layout(document)
    own = layout.statement(path)
    taken = _with_comments(layout.rows, own) if own else ()
    return spliced(document, [(_whole(number), "") for number in taken])


def annotating(layout: Layout, path: KeyPath, reason: str, kept: str = "") -> list[Splice]:
    """A plan for a comment above this key or table; none is added twice.

    ``kept`` is TOML that stays below the comment, commented out.
    """
    place = layout.document.place(path, "key")
    if place is None:
        return []
    rows, at = layout.rows, _outermost(layout, path, place)
    comment = _comment(layout, reason, rows[at]) + _as_comment(layout, rows[at], kept)
    start = _with_comments(rows, range(at, at)).start
    return [] if comment in "".join(rows[start:at]) else [(_before(at), comment)]


def set_value(document: Document, path: KeyPath, text: str) -> Document:
    """The document with this TOML text as the value at the path, which must be there."""
    return spliced(document, [(document.positions.values[path], text)])


def setting(layout: Layout, path: KeyPath, text: str) -> list[Splice]:
    """The plan of ``set_value``; nothing where there is no value."""
    place = layout.document.positions.values.get(path)
    return [(place, text)] if place else []


def replace_key(document: Document, path: KeyPath, text: str) -> Document:
    """The document with this TOML text, perhaps a dotted key, instead of the key's last name."""
    return spliced(document, [(document.positions.parts[path][-1], text)])


def naming(layout: Layout, path: KeyPath, text: str) -> list[Splice]:
    """The plan of ``replace_key``; nothing where there is no key."""
    places = layout.document.positions.parts.get(path)
    return [(places[-1], text)] if places else []


def append(document: Document, text: str) -> Document:
    """The document with more lines (each ended by ``\\n``) at its end, after an empty one."""
    end = line_end(document)
    before = document.text
    if before and not before.endswith(("\n", "\r")):
        before += end
    if before.strip():
        before += end
    return replace(document, text=before + text.replace("\n", end))


def move_above(document: Document, headers: Iterable[Header], target: Header) -> Document:
    """The document with these tables, and the comments right above them, before another one."""
    layout = Layout(document)
    every, end = layout.rows, line_end(document)
    if every and not every[-1].endswith(("\n", "\r")):
        every[-1] += end
    numbers = sorted({n for h in headers for n in _with_comments(every, layout.block(h))})
    at = _with_comments(every, layout.block(target)).start
    tables = [every[number] for number in numbers]
    if at and not every[at - 1].strip():
        tables.append(end)
    before = every[:at]
    after = [line for number, line in enumerate(every) if number >= at and number not in numbers]
    return replace(document, text="".join([*before, *tables, *after]))


def insert_after(document: Document, header: Header, line: str) -> Document:
    """The document with one more line right below the last value of a table."""
    layout = Layout(document)
    every, end = layout.rows, line_end(document)
    at = layout.block(header).stop
    if at and not every[at - 1].endswith(("\n", "\r")):
        every[at - 1] += end
    return replace(document, text="".join([*every[:at], line + end, *every[at:]]))


def tail(document: Document, path: KeyPath) -> str:
    """What stands behind the value of a statement on its line: blanks and a comment."""
    span = document.positions.values[path]
    return lines(document.text)[span.end_line - 1][span.end_column - 1 :].rstrip("\r\n")


def text_at(document: Document, span: Span) -> str:
    """What is written at a place."""
    return Layout(document).text_at(span)


def headers_below(document: Document, path: KeyPath) -> list[Header]:
    """The headers of the table at this path and of those below it."""
    return [h for h in document.positions.headers if h.path[: len(path)] == path]


def _is_remark(line: str) -> bool:
    """Whether a line is a comment of the person's."""
    return line.lstrip().startswith("#") and not line.lstrip().startswith(MARK)


def _own_lead(rows: Sequence[str], first: int, last: int) -> range:
    """Our own comment above a table that goes, and the empty line above that if one stays below."""
    start = first
    while start and rows[start - 1].startswith("#   "):
        start -= 1
    start = start - 1 if start and rows[start - 1].startswith(MARK) else first
    ends = last + 1 == len(rows) or rows[last + 1][0] in "\r\n"
    if start and not rows[start - 1].strip() and ends:
        start -= 1
    return range(start, first)


def _with_comments(every: Sequence[str], taken: range) -> range:
    """Lines of a table and the comments right above it."""
    start = taken.start
    while start and every[start - 1].lstrip().startswith("#"):
        start -= 1
    return range(start, taken.stop)


def _outermost(layout: Layout, path: KeyPath, place: Span) -> int:
    """The line of the statement that a place is in."""
    for end in range(1, len(path)):
        own = layout.statement(path[:end])
        if own is not None:
            return own.start
    return place.line - 1


def _dropping_inline(layout: Layout, path: KeyPath, reason: str | None) -> list[Splice]:
    """What to put where so that a key of an inline table goes, and one of the commas beside it."""
    places = layout.document.positions
    if path not in places.keys or path not in places.values:
        return []
    key, value = places.keys[path], places.values[path]
    own = Span(
        line=key.line, column=key.column, end_line=value.end_line, end_column=value.end_column
    )
    after = re.compile(r"[ \t]*,[ \t]*").match(layout.rows[own.end_line - 1], own.end_column - 1)
    before = layout.rows[own.line - 1][: own.column - 1].rstrip(" \t")
    whole = own
    if after:
        whole = replace(own, end_column=after.end() + 1)
    elif before.endswith(","):
        whole = replace(own, column=len(before[:-1].rstrip(" \t")) + 1)
    said = annotating(layout, path[:-1], reason, layout.text_at(own)) if reason is not None else []
    return [*said, (whole, "")]


def _before(number: int) -> Span:
    """The place in front of a line, which is counted from 0."""
    return Span(line=number + 1, column=1, end_line=number + 1, end_column=1)


def _whole(number: int) -> Span:
    """A line, counted from 0, with its end."""
    return Span(line=number + 1, column=1, end_line=number + 2, end_column=1)


def _comment(layout: Layout, reason: str, line: str) -> str:
    """The reason as lines of a comment, indented as this line is; in ASCII, for QIIME 2 reads a
    file in the encoding of whatever locale it is run in."""
    end = line_end(layout.document)
    return "".join(f"{_indent(line)}{row}{end}" for row in remark(reason))


def _as_comment(layout: Layout, line: str, kept: str) -> str:
    """TOML of perhaps several lines, commented out, the first of them indented as this line is."""
    rows = "".join(f"# {row}" for row in lines(kept))
    return f"{_indent(line)}{rows}{line_end(layout.document)}" if kept else ""


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def remark(reason: str) -> list[str]:
    """A reason as the lines of a comment."""
    plain = reason.replace("…", "...").encode("ascii", "backslashreplace").decode()
    rows = textwrap.wrap(
        plain.replace(" = ", "\0=\0"),
        _WIDTH,
        initial_indent=MARK,
        subsequent_indent="#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [row.replace("\0", " ") for row in rows]


def same_elsewhere(before: Document, after: Document, places: Iterable[KeyPath]) -> bool:
    """Whether both say the same but at these places; false where the second cannot be read."""
    wanted = tuple(places)
    try:
        return bool(_without(before.data, wanted) == _without(after.data, wanted))
    except DocumentError:
        return False


def _without(data: Mapping[str, Any], places: Iterable[KeyPath]) -> Any:
    """The data without what is at these places."""
    bare = copy.deepcopy(data)
    for place in places:
        table: Any = bare
        for part in place[:-1]:
            inside = isinstance(table, Mapping) and part in table
            listed = isinstance(table, list) and isinstance(part, int) and part < len(table)
            table = table[part] if inside or listed else None
        if isinstance(table, dict):
            table.pop(place[-1], None)
    return bare


def spliced(document: Document, changes: Iterable[Splice]) -> Document:
    """The document with other texts at these places, which do not overlap."""
    starts, text, last = [0], document.text, 0
    for line in lines(text):
        starts.append(starts[-1] + len(line))
    parts: list[str] = []
    for span, new in sorted(changes, key=lambda each: (each[0].line, each[0].column)):
        parts += [text[last : starts[span.line - 1] + span.column - 1], new]
        last = starts[span.end_line - 1] + span.end_column - 1
    return replace(document, text="".join([*parts, text[last:]]))
