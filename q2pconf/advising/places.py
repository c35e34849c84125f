"""Where in the file a line of advice belongs: on which line, or in which table."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from q2pconf.advising.judging import Case
from q2pconf.document import Document
from q2pconf.findings import KeyPath, Span

__all__ = ["Place", "place_of", "who"]

_LONG = 60


class Place(NamedTuple):
    """A place in words, as the end of a sentence, and its line, None where the file has none.

    ``name`` is the key as it is to be written there: ``provider.class`` among dotted keys.
    """

    words: str
    line: int | None
    name: str


def place_of(case: Case, key: KeyPath, changing: Collection[KeyPath] = ()) -> Place:
    """Where a key stands, else where it is to be written: beside none that is ``changing`` too."""
    name = str(key[-1])
    document = case.document
    if document is None:
        return Place(f"in {_owner(case, key)}", None, name)
    places = document.positions
    if key in places.keys:
        return _instead(case, document, key)
    header = next((one for one in places.headers if one.path == key[:-1]), None)
    if header is not None:
        line = header.span.line
        written = _text(document, header.span)
        return Place(f"in {_owner(case, key)}, below {written} in line {line}", line, name)
    beside = [path for path in places.keys if path[:-1] == key[:-1]]
    beside = [path for path in beside if path not in changing] or beside
    if beside:
        return _beside(case, document, key, beside)
    if key[:-1] in places.values:
        line = places.values[key[:-1]].line
        return Place(f"in {_owner(case, key)}, between its braces in line {line}", line, name)
    return _in_new_table(case, document, key)


def _instead(case: Case, document: Document, key: KeyPath) -> Place:
    """On the line where it stands already."""
    places = document.positions
    name, value = places.keys[key], places.values[key]
    line, written = name.line, _text(document, name)
    if value.end_line > line:
        words = f"in line {line}, instead of `{written}` in lines {line} to {value.end_line}"
        return Place(words, line, written)
    old = _text(document, name, value)
    whole = document.lines_as_read.split("\n")[line - 1]
    where = f"in line {line}"
    if _in_braces(document, key) and (len(old) > _LONG or whole.count(old) > 1):
        where = f"in line {line}, in {_owner(case, key)}"
    instead = f"`{old}`" if len(old) <= _LONG else f"what `{written}` says there"
    return Place(f"{where}, instead of {instead}", line, written)


def _beside(case: Case, document: Document, key: KeyPath, beside: list[KeyPath]) -> Place:
    """Next to another key of the same table: among dotted keys, or in braces."""
    places = document.positions
    if not _in_braces(document, key):
        found = beside[-1]
        line = places.keys[found].line
        words = f"beside `{_text(document, places.keys[found])}` in line {line}"
        return Place(f"in {_owner(case, key)}, {words}", line, _dotted(document, found, key))
    found, words = _neighbour(case, document, beside)
    line = places.keys[found].line
    words = f"{words} in line {line}, with a comma between"
    return Place(f"in {_owner(case, key)}, {words}", line, _dotted(document, found, key))


def _neighbour(case: Case, document: Document, beside: list[KeyPath]) -> tuple[KeyPath, str]:
    """A key in braces that is told from all others on its line, and on which side of it to write:
    behind one with a short value, in front of one that has a table for a value."""
    places = document.positions
    lines = document.lines_as_read.split("\n")
    for path in reversed(beside):
        name, value = places.keys[path], places.values.get(path)
        if value is None or value.end_line > name.line:
            continue
        text = _text(document, name, value)
        plain = len(text) <= _LONG and text[-1] not in "}]"
        if plain and lines[name.line - 1].count(text) == 1:
            return path, f"behind `{text}`"
    return beside[0], f"in front of `{_text(document, places.keys[beside[0]])}`"


def _dotted(document: Document, beside: KeyPath, key: KeyPath) -> str:
    """A key with what stands before the last name of the one beside it."""
    places = document.positions
    whole = places.keys[beside]
    leaf = next(one for one in places.parts[beside] if one.line == whole.line)
    before = document.lines_as_read.split("\n")[whole.line - 1][whole.column - 1 : leaf.column - 1]
    return f"{before}{key[-1]}"


def _in_new_table(case: Case, document: Document, key: KeyPath) -> Place:
    """In a table of a provider that the file has not yet, behind its executor's own keys."""
    name, places, owner = str(key[-1]), document.positions, case.executor.path
    kind = f'class = "{case.now.capacity.provider}"'
    if _in_braces(document, case.executor.at("provider")):
        own = [path for path in places.keys if path[:-1] == owner]
        beside = _beside(case, document, case.executor.at("provider"), own)
        return Place(f"in a new `provider = {{ {kind} }}` {beside.words}", beside.line, name)
    header = next(one for one in places.headers if one.path == owner)
    others = [one.path for one in places.headers if one.path[: len(owner)] == owner != one.path]
    ends = [
        span.end_line
        for path, span in places.values.items()
        if path[: len(owner)] == owner and not any(path[: len(one)] == one for one in others)
    ]
    line = max([header.span.line, *ends])
    table = ".".join(step for step in key[:-1] if isinstance(step, str))
    return Place(
        f"in a new table [{table}] that begins with `{kind}`, below line {line} (the last line of"
        f" {who(case)})",
        line,
        name,
    )


def who(case: Case) -> str:
    """The executor in words; which one it is where there are several."""
    if len(list(case.config.executors())) < 2:
        return "the executor"
    if case.executor.has("label"):
        return f"the executor labelled {case.executor.text('label')}"
    spot = case.document and case.document.place(case.executor.path, "table")
    return f"the executor in line {spot.line}" if spot else "the executor without a label"


def _owner(case: Case, key: KeyPath) -> str:
    """The table in words; which executor's it is where there are several."""
    if len(key) == 2:
        return "the table [parsl]"
    if len(key) == 4:
        return f"the table of {'the executor' if key[-1] == 'label' else who(case)}"
    one = who(case)
    return f"the table of the provider{'' if one == 'the executor' else f' of {one}'}"


def _in_braces(document: Document, key: KeyPath) -> bool:
    """Whether a key is written within an inline table."""
    return any(key[:end] in document.positions.values for end in range(1, len(key)))


def _text(document: Document, first: Span, last: Span | None = None) -> str:
    """What stands in a line, from the begin of a name on."""
    end = last or first
    line = document.lines_as_read.split("\n")[first.line - 1]
    return line[first.column - 1 : end.end_column - 1]
