"""Edits of a document's lines: what an edit does not touch stays byte for byte."""

from __future__ import annotations

import copy
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from q2pconf import quoting
from q2pconf._dataclasses import replace
from q2pconf.document import Document, DocumentError
from q2pconf.findings import KeyPath, Span
from q2pconf.positions import Header

__all__ = [
    "MARK",
    "annotate",
    "append",
    "block",
    "drop",
    "drop_with_comment",
    "headers_below",
    "insert_after",
    "line_end",
    "lines",
    "move_above",
    "remark",
    "replace_key",
    "same_elsewhere",
    "set_value",
    "spliced",
    "statement",
    "tail",
    "text_at",
]

MARK = "# q2pconf: "
"""Begins every comment that is put into a file."""
_WIDTH = 88


def lines(text: str) -> list[str]:
    """The lines of a text, each with its end, counted as Python's text mode does."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


def line_end(document: Document) -> str:
    """The line end that the document uses."""
    found = re.search(r"\r\n|\r|\n", document.text)
    return found.group() if found else "\n"


def statement(document: Document, path: KeyPath) -> range | None:
    """The numbers, from 0, of the lines of ``key = value`` at this path; None where there is no
    such statement, or where it stands within another one's value."""
    places = document.positions
    key, value = places.keys.get(path), places.values.get(path)
    if key is None or value is None or _inside_value(document, path):
        return None
    return range(key.line - 1, value.end_line)


def drop(document: Document, path: KeyPath, reason: str | None = None) -> Document:
    """The document without this key or table and all that is below it; with a reason it is
    commented out instead, below that reason."""
    taken = {number for part in _ranges(document, path) for number in part}
    if not taken:
        return _drop_inline(document, path, reason)
    every = lines(document.text)
    own: set[int] = set()
    if reason is None and headers_below(document, path):
        own = _own_lead(every, min(taken), max(taken))
    taken |= own
    kept: list[str] = []
    for number, line in enumerate(every):
        if number not in taken or (reason is None and number not in own and _is_remark(line)):
            kept.append(line)
        elif reason is not None:
            if number == min(taken):
                kept.append(_comment(document, reason, line))
            kept.append(f"# {line}" if line.strip() else line)
    return replace(document, text="".join(kept))


def drop_with_comment(document: Document, path: KeyPath) -> Document:
    """The document without this key and the comment lines right above it."""
    own = statement(document, path)
    if own is None:
        return document
    taken = _with_comments(lines(document.text), own)
    kept = [line for number, line in enumerate(lines(document.text)) if number not in taken]
    return replace(document, text="".join(kept))


def annotate(document: Document, path: KeyPath, reason: str, kept: str = "") -> Document:
    """The document with a comment above this key or table; none is added twice.

    ``kept`` is a line of TOML that stays below the comment, commented out.
    """
    place = document.place(path, "key")
    if place is None:
        return document
    every = lines(document.text)
    at = _outermost(document, path, place)
    comment = _comment(document, reason, every[at]) + _as_comment(document, every[at], kept)
    start = _with_comments(every, range(at, at)).start
    if comment in "".join(every[start:at]):
        return document
    return replace(document, text="".join([*every[:at], comment, *every[at:]]))


def set_value(document: Document, path: KeyPath, text: str) -> Document:
    """The document with this TOML text as the value at the path, which must be there."""
    return spliced(document, [(document.positions.values[path], text)])


def replace_key(document: Document, path: KeyPath, text: str) -> Document:
    """The document with this TOML text, perhaps a dotted key, instead of the key's last name."""
    return spliced(document, [(document.positions.parts[path][-1], text)])


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
    every = lines(document.text)
    end = line_end(document)
    if every and not every[-1].endswith(("\n", "\r")):
        every[-1] += end
    numbers = sorted({n for h in headers for n in _with_comments(every, block(document, h))})
    at = _with_comments(every, block(document, target)).start
    tables = [every[number] for number in numbers]
    if at and not every[at - 1].strip():
        tables.append(end)
    before = every[:at]
    after = [line for number, line in enumerate(every) if number >= at and number not in numbers]
    return replace(document, text="".join([*before, *tables, *after]))


def insert_after(document: Document, header: Header, line: str) -> Document:
    """The document with one more line right below the last value of a table."""
    every = lines(document.text)
    at = block(document, header).stop
    end = line_end(document)
    if at and not every[at - 1].endswith(("\n", "\r")):
        every[at - 1] += end
    return replace(document, text="".join([*every[:at], line + end, *every[at:]]))


def tail(document: Document, path: KeyPath) -> str:
    """What stands behind the value of a statement on its line: blanks and a comment."""
    span = document.positions.values[path]
    return lines(document.text)[span.end_line - 1][span.end_column - 1 :].rstrip("\r\n")


def text_at(document: Document, span: Span) -> str:
    """What is written at a place."""
    start = _index(document, span.line, span.column)
    return document.text[start : _index(document, span.end_line, span.end_column)]


def headers_below(document: Document, path: KeyPath) -> list[Header]:
    """The headers of the table at this path and of those below it."""
    return [h for h in document.positions.headers if h.path[: len(path)] == path]


def block(document: Document, header: Header) -> range:
    """The lines of a table: its header and what follows up to its last value."""
    starts = [other.span.line for other in document.positions.headers]
    next_start = min((line for line in starts if line > header.span.line), default=None)
    ends = [
        span.end_line
        for span in document.positions.values.values()
        if span.line >= header.span.line and (next_start is None or span.line < next_start)
    ]
    return range(header.span.line - 1, max([header.span.line, *ends]))


def _ranges(document: Document, path: KeyPath) -> list[range]:
    """The lines of all tables and statements at or below a path."""
    found = [block(document, header) for header in headers_below(document, path)]
    for key in document.positions.keys:
        if key[: len(path)] == path and (own := statement(document, key)) is not None:
            found.append(own)
    return found


def _is_remark(line: str) -> bool:
    """Whether a line is a comment of the person's."""
    return line.lstrip().startswith("#") and not line.lstrip().startswith(MARK)


def _own_lead(every: Sequence[str], first: int, last: int) -> set[int]:
    """Our own comment above a table that goes, and the empty line above that if one stays below."""
    start = first
    while start and every[start - 1].startswith("#   "):
        start -= 1
    start = start - 1 if start and every[start - 1].startswith(MARK) else first
    rest = "".join(every[last + 1 :])
    if start and not every[start - 1].strip() and (not rest or rest[0] in "\r\n"):
        start -= 1
    return set(range(start, first))


def _with_comments(every: Sequence[str], taken: range) -> range:
    """Lines of a table and the comments right above it."""
    start = taken.start
    while start and every[start - 1].lstrip().startswith("#"):
        start -= 1
    return range(start, taken.stop)


def _inside_value(document: Document, path: KeyPath) -> bool:
    return any(path[:end] in document.positions.values for end in range(1, len(path)))


def _outermost(document: Document, path: KeyPath, place: Span) -> int:
    """The line of the statement that a place is in."""
    for end in range(1, len(path)):
        own = statement(document, path[:end])
        if own is not None:
            return own.start
    return place.line - 1


def _drop_inline(document: Document, path: KeyPath, reason: str | None) -> Document:
    """The document without a key that stands in an inline table."""
    places = document.positions
    if path not in places.keys or path not in places.values:
        return document
    start = _index(document, places.keys[path].line, places.keys[path].column)
    end = _index(document, places.values[path].end_line, places.values[path].end_column)
    value: Any = document.data
    for part in path:
        value = value[part]
    lost = f"{path[-1]} = {quoting.written(value)}"
    after = re.match(r"[ \t]*,[ \t]*", document.text[end:])
    before = re.search(r"[ \t]*,[ \t]*\Z", document.text[:start])
    if after:
        end += after.end()
    elif before:
        start = before.start()
    shorter = replace(document, text=document.text[:start] + document.text[end:])
    if reason is None:
        return shorter
    return annotate(shorter, path[:-1], reason, lost)


def _comment(document: Document, reason: str, line: str) -> str:
    """The reason as lines of a comment, indented as this line is; in ASCII, for QIIME 2 reads a
    file in the encoding of whatever locale it is run in."""
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    end = line_end(document)
    return "".join(f"{indent}{row}{end}" for row in remark(reason))


def _as_comment(document: Document, line: str, kept: str) -> str:
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    return f"{indent}# {kept}{line_end(document)}" if kept else ""


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


def spliced(document: Document, changes: Iterable[tuple[Span, str]]) -> Document:
    """The document with other texts at these places, which do not overlap."""
    starts, text, last = [0], document.text, 0
    for line in lines(text):
        starts.append(starts[-1] + len(line))
    parts: list[str] = []
    for span, new in sorted(changes, key=lambda each: (each[0].line, each[0].column)):
        parts += [text[last : starts[span.line - 1] + span.column - 1], new]
        last = starts[span.end_line - 1] + span.end_column - 1
    return replace(document, text="".join([*parts, text[last:]]))


def _index(document: Document, line: int, column: int) -> int:
    """The position in the text of a place, both from 1."""
    return sum(map(len, lines(document.text)[: line - 1])) + column - 1
