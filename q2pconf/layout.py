"""The lines of a document, and which of them belong to which key or table."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from q2pconf.document import Document
from q2pconf.findings import KeyPath, Span
from q2pconf.positions import Header

__all__ = ["Layout", "line_end", "lines"]


def lines(text: str) -> list[str]:
    """The lines of a text, each with its end, counted as Python's text mode does."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


def line_end(document: Document) -> str:
    """The line end that the document uses."""
    found = re.search(r"\r\n|\r|\n", document.text)
    return found.group() if found else "\n"


class Layout:
    """The lines of one document, gathered once for any number of questions about them.

    ``rows`` are the lines, each with its end. Numbers of lines count from 0.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.rows = lines(document.text)

    def text_at(self, span: Span) -> str:
        """What is written at a place."""
        rows = self.rows[span.line - 1 : span.end_line]
        if not rows:
            return ""
        if span.end_line <= len(self.rows):
            rows[-1] = rows[-1][: span.end_column - 1]
        rows[0] = rows[0][span.column - 1 :]
        return "".join(rows)

    def statement(self, path: KeyPath) -> range | None:
        """The lines of ``key = value`` at this path; None where there is no such statement, or
        where it stands within another one's value."""
        places = self.document.positions
        key, value = places.keys.get(path), places.values.get(path)
        if key is None or value is None:
            return None
        if any(path[:end] in places.values for end in range(1, len(path))):
            return None
        return range(key.line - 1, value.end_line)

    def block(self, header: Header) -> range:
        """The lines of a table: its header and what follows up to its last value."""
        return range(header.span.line - 1, self._ends[header.span.line])

    def below(self, path: KeyPath) -> list[range]:
        """The lines of all tables and statements at or below a path."""
        own = self.statement(path)
        return [own] if own else self._below.get(path, [])

    @cached_property
    def _ends(self) -> dict[int, int]:
        """The last line of each table, by the line of its header, both from 1."""
        places = self.document.positions
        starts = sorted(header.span.line for header in places.headers)
        ends = {start: start for start in starts}
        for span in places.values.values():
            if at := bisect_right(starts, span.line):
                start = starts[at - 1]
                ends[start] = max(ends[start], span.end_line)
        return ends

    @cached_property
    def _below(self) -> dict[KeyPath, list[range]]:
        """The lines of the tables and statements at or below each path."""
        places = self.document.positions
        found = [(header.path, self.block(header)) for header in places.headers]
        found += [(path, own) for path in places.keys if (own := self.statement(path)) is not None]
        below: dict[KeyPath, list[range]] = {}
        for path, own in found:
            for end in range(1, len(path) + 1):
                below.setdefault(path[:end], []).append(own)
        return below
