"""Where every key, value and table header of a TOML text stands, by key path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from q2pconf._dataclasses import dataclass, field
from q2pconf.findings import KeyPath, Part, Span

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Header", "Positions"]

_KEYS = ("bare_key", "quoted_key", "dotted_key")
_PUNCTUATION = ("[", "]", "[[", "]]", "{", "}", ",", "=", "comment")


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """A table header as it stands in the file: ``[a.b]``, or ``[[a.b]]`` where ``array``.

    ``keys`` are the names of each key below it, up to the next header.
    """

    names: tuple[str, ...]
    array: bool
    path: KeyPath
    span: Span
    keys: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        name = ".".join(self.names)
        return f"[[{name}]]" if self.array else f"[{name}]"


@dataclass(slots=True)
class Positions:
    """The places of one text; the text should be valid TOML, but need not be."""

    keys: dict[KeyPath, Span] = field(default_factory=dict)
    values: dict[KeyPath, Span] = field(default_factory=dict)
    tables: dict[KeyPath, Span] = field(default_factory=dict)
    headers: list[Header] = field(default_factory=list)
    top_keys: list[tuple[str, ...]] = field(default_factory=list)
    """The names of each key above the first header."""
    parts: dict[KeyPath, list[Span]] = field(default_factory=dict)
    """Every place where the last name of a path is written, in headers and before ``=``."""

    @classmethod
    def of(cls, text: str) -> Positions:
        """Find every place in this text (line ends: ``\\n`` or ``\\r\\n``)."""
        import tree_sitter
        import tree_sitter_toml

        parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))
        source = text.encode("utf-8", "surrogatepass")
        return _Walk(source).run(parser.parse(source).root_node)

    def find(self, path: KeyPath, part: Part = "value") -> Span | None:
        """The place of a key, a value or a table; of the nearest table around it if it has none."""
        order = {
            "key": (self.keys, self.tables, self.values),
            "value": (self.values, self.tables, self.keys),
            "table": (self.tables, self.keys, self.values),
        }[part]
        for end in range(len(path), 0, -1):
            for places in order:
                if path[:end] in places:
                    return places[path[:end]]
            order = (self.tables, self.keys, self.values)
        return None


class _Walk:
    """One pass over the syntax tree, keeping count of the elements of each array of tables."""

    def __init__(self, source: bytes) -> None:
        self.lines = source.split(b"\n")
        self.source = source
        self.counts: dict[KeyPath, int] = {}
        self.found = Positions()
        self.row, self.line, self.plain, self.at, self.characters = -1, b"", True, 0, 0

    def run(self, root: Node) -> Positions:
        for node in root.children:
            if node.type in ("table", "table_array_element"):
                self.table(node)
            elif node.type == "pair":
                self.found.top_keys += self.names((node,))
                self.pair(node, ())
        return self.found

    def table(self, node: Node) -> None:
        name = next((child for child in node.children if child.type in _KEYS), None)
        if name is None:
            return
        leaves = self.leaves(name)
        names = tuple(self.text(leaf) for leaf in leaves)
        array = node.type == "table_array_element"
        path = self.resolve(names, array)
        self.note_parts(leaves, path)
        closing = next((c for c in node.children if c.type in ("]", "]]")), name)
        span = self.span(node, closing)
        self.found.tables.setdefault(path, span)
        if array:
            self.found.tables.setdefault(path[:-1], span)
        for end in range(1, len(path)):
            self.found.tables.setdefault(path[:end], span)
        pairs = [child for child in node.children if child.type == "pair"]
        keys = tuple(self.names(pairs))
        header = Header(names=names, array=array, path=path, span=span, keys=keys)
        self.found.headers.append(header)
        for pair in pairs:
            self.pair(pair, path)

    def resolve(self, names: tuple[str, ...], array: bool) -> KeyPath:
        """The path of a header: each array of tables on the way means its latest element."""
        path: KeyPath = ()
        for position, name in enumerate(names):
            path = (*path, name)
            if array and position == len(names) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path = (*path, self.counts[path])
        return path

    def pair(self, node: Node, base: KeyPath) -> None:
        name = next((child for child in node.children if child.type in _KEYS), None)
        if name is None:
            return
        path = base
        for leaf in self.leaves(name):
            path = (*path, self.text(leaf))
            self.found.keys.setdefault(path, self.span(name))
            self.found.parts.setdefault(path, []).append(self.span(leaf))
        value = next(child for child in reversed(node.children) if child.type not in _PUNCTUATION)
        if value is not name:
            self.value(value, path)

    def value(self, node: Node, path: KeyPath) -> None:
        self.found.values.setdefault(path, self.span(node))
        if node.type == "array":
            elements = [c for c in node.children if c.type not in _PUNCTUATION]
            for index, element in enumerate(elements):
                self.value(element, (*path, index))
        elif node.type == "inline_table":
            for child in node.children:
                if child.type == "pair":
                    self.pair(child, path)

    def note_parts(self, leaves: list[Node], path: KeyPath) -> None:
        """Keep where each name of a header stands; positions in arrays have no name."""
        ends = [end for end, part in enumerate(path, 1) if isinstance(part, str)]
        for leaf, end in zip(leaves, ends, strict=True):
            self.found.parts.setdefault(path[:end], []).append(self.span(leaf))

    def names(self, pairs: Iterable[Node]) -> Iterator[tuple[str, ...]]:
        """The names of the key of each pair."""
        for pair in pairs:
            name = next((child for child in pair.children if child.type in _KEYS), None)
            if name is not None:
                yield tuple(self.text(leaf) for leaf in self.leaves(name))

    def leaves(self, node: Node) -> list[Node]:
        """The single names of a key, in order; without recursion, for a key may have thousands."""
        found, waiting = [], [node]
        while waiting:
            one = waiting.pop()
            if one.type == "dotted_key":
                waiting.extend(child for child in reversed(one.children) if child.type in _KEYS)
            else:
                found.append(one)
        found.sort(key=lambda leaf: leaf.start_byte)
        return found

    def text(self, leaf: Node) -> str:
        """A name without its quotes."""
        text = self.source[leaf.start_byte : leaf.end_byte].decode("utf-8", "replace")
        return _unquoted(text) if leaf.type == "quoted_key" else text

    def span(self, first: Node, last: Node | None = None) -> Span:
        end = last or first
        return Span(
            line=first.start_point[0] + 1,
            column=self.column(first.start_point[0], first.start_point[1]),
            end_line=end.end_point[0] + 1,
            end_column=self.column(end.end_point[0], end.end_point[1]),
        )

    def column(self, row: int, byte: int) -> int:
        """A column in characters from 1, of a column in bytes from 0."""
        if row != self.row:
            self.row, self.line = row, self.lines[row] if row < len(self.lines) else b""
            self.plain, self.at, self.characters = self.line.isascii(), 0, 0
        if self.plain:
            return min(byte, len(self.line)) + 1
        # A line may be long, and have many places: count on from the last one.
        if byte < self.at:
            self.at = self.characters = 0
        self.characters += len(self.line[self.at : byte].decode("utf-8", "replace"))
        self.at = byte
        return self.characters + 1


def _unquoted(text: str) -> str:
    if text.startswith("'") or "\\" not in text:
        return text[1:-1]
    from q2pconf._toml import loads

    return next(iter(loads(f"{text} = 0")))
