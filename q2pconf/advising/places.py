"""Where in the file a line of advice belongs: on which line, or in which table."""

from __future__ import annotations

from typing import Any, NamedTuple

from q2pconf.advising.judging import Case
from q2pconf.findings import KeyPath
from q2pconf.quoting import written

__all__ = ["Place", "place_of"]

_LONG = 40


class Place(NamedTuple):
    """A place in words, as the end of a sentence, and its line, None where the file has none."""

    words: str
    line: int | None


def place_of(case: Case, key: KeyPath) -> Place:
    """Where a key stands, else where it is to be written."""
    document = case.document
    if document is None:
        return Place(f"in {_owner(case, key)}", None)
    places = document.positions
    if key in places.keys:
        line = places.keys[key].line
        value: Any = case.config.data
        for step in key:
            value = value[step]
        old = f"{key[-1]} = {written(value)}"
        instead = f", instead of `{old}`" if len(old) <= _LONG else ""
        return Place(f"in line {line}{instead}", line)
    header = next((one for one in places.headers if one.path == key[:-1]), None)
    if header is not None:
        line = header.span.line
        return Place(f"in {_owner(case, key)}, below {header} in line {line}", line)
    return _without_header(case, key)


def _without_header(case: Case, key: KeyPath) -> Place:
    """Tables in braces, tables of dotted keys, and tables that are not there yet."""
    assert case.document is not None
    places = case.document.positions
    table = key[:-1]
    if table in places.values:
        line = places.values[table].line
        return Place(f"in {_owner(case, key)}, between the braces in line {line}", line)
    beside = next((path for path in places.keys if path[:-1] == table), None)
    name = ".".join(str(step) for step in table if not isinstance(step, int))
    if beside is not None:
        line = places.keys[beside].line
        return Place(f"in {_owner(case, key)}, beside `{beside[-1]}` in line {line}", line)
    kind = f'`class = "{case.now.capacity.provider}"`'
    return Place(
        f"in a new table [{name}] that begins with {kind}, below the keys of the executor", None
    )


def _owner(case: Case, key: KeyPath) -> str:
    """The table in words; which executor's it is where there are several."""
    if len(key) == 2:
        return "the table [parsl]"
    several = len(list(case.config.executors())) > 1 and key[-1] != "label"
    label = f" labelled {case.executor.text('label')}" if several else ""
    if len(key) == 4:
        return f"the table of the executor{label}"
    return f"the table of the provider{f' of the executor{label}' if several else ''}"
