"""How tomlkit, QIIME 2's reader, puts the tables of a file together, version by version.

tomlkit keeps a table that is written in several parts as several parts, and joins them when it is
asked for the data. Some orders of tables that TOML allows make it refuse, or read an element of an
array twice. Which ones follows from how it joins, so this does the same, with the names only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Names", "RefusedError", "Section", "read"]

Names = tuple[str, ...]
Version = tuple[int, ...]


class Section(NamedTuple):
    """A header and the keys below it; without names, the keys above the first header."""

    names: Names
    array: bool
    keys: Sequence[Names]


class RefusedError(Exception):
    """tomlkit stops; the text is what it says."""


class _Array:
    """An array of tables."""

    def __init__(self, tables: Iterable[_Table]) -> None:
        self.tables = list(tables)

    def copy(self) -> _Array:
        return _Array(table.copy() for table in self.tables)


class _Table:
    """A table as tomlkit keeps it: its entries in the order of the file, None for a plain value.

    ``implied`` is one that only longer names speak of. ``dotted`` are the names that stand before
    the dot of a key. ``joined`` remembers which parts were found to fit together.
    """

    def __init__(self, version: Version, *, implied: bool = False, element: bool = False) -> None:
        self.version = version
        self.implied = implied
        self.element = element
        self.entries: list[tuple[str, _Node]] = []
        self.dotted: set[int] = set()
        self.places: dict[str, list[int]] = {}
        self.latest: str | None = None
        self.joined: dict[str, tuple[int, _Table]] = {}

    def copy(self) -> _Table:
        other = _Table(self.version, implied=self.implied, element=self.element)
        other.entries = [(name, node and node.copy()) for name, node in self.entries]
        other.places = {name: list(places) for name, places in self.places.items()}
        other.dotted, other.latest = set(self.dotted), self.latest
        return other

    def parts(self) -> list[tuple[str, bool, _Node]]:
        """Every entry, with whether its name stands before the dot of a key."""
        return [(name, at in self.dotted, node) for at, (name, node) in enumerate(self.entries)]

    def node(self, name: str) -> _Node:
        """What this name stands for; its parts joined, if it has several."""
        places = self.places[name]
        return self.entries[places[0]][1] if len(places) == 1 else self.join(name)

    def has(self, name: str) -> bool:
        """Whether there is this name; looking joins its parts."""
        places = self.places.get(name, ())
        if len(places) > 1 and self.joined.get(name, (0, None))[0] != len(places):
            self.join(name)
        return bool(places)

    def add(self, name: str, node: _Node, *, dotted: bool = False, check: bool = True) -> None:
        """Take an entry, into the one of its name if both may be one."""
        if not self.has(name):
            self.attach(name, node, dotted=dotted, check=check)
        elif isinstance(node, _Table):
            self.extend(name, node, dotted=dotted, check=check)
        else:
            here = self.entries[self.places[name][-1]][1]
            if not (isinstance(here, _Array) and isinstance(node, _Array)):
                raise _twice(name)
            here.tables += node.tables

    def extend(self, name: str, node: _Table, *, dotted: bool, check: bool) -> None:
        """Take a table of a name that is there already."""
        at = self.places[name][-1]
        here = self.entries[at][1]
        if isinstance(here, _Array):
            self.extend_array(name, here, node)
        elif isinstance(here, _Table) and node.element:
            self.entries[at] = (name, _Array([here, node]))
        elif not isinstance(here, _Table) or not (here.implied or node.implied):
            raise _twice(name)
        elif here.implied and node.implied:
            self.extend_implied(name, here, node, dotted=dotted, check=check)
        else:
            if here.implied and at in self.dotted:
                raise _redefined()
            if self.version >= (0, 15):
                _compare(here, node)
            self.attach(name, node, dotted=dotted, check=check)

    def extend_array(self, name: str, here: _Array, node: _Table) -> None:
        """Take a further element, or what belongs to the latest one (0.15)."""
        if node.element:
            here.tables.append(node)
        elif node.implied and self.version >= (0, 15):
            for key, before_dot, child in node.parts():
                here.tables[-1].add(key, child, dotted=before_dot)
        else:
            raise _twice(name)

    def extend_implied(
        self, name: str, here: _Table, node: _Table, *, dotted: bool, check: bool
    ) -> None:
        """Put an implied table into the implied one right before it, else beside it."""
        at = self.places[name][-1]
        if dotted or at in self.dotted or self.latest != name:
            self.put(name, node, dotted=dotted)
            if check or self.version < (0, 12, 2):
                self.check(name)
            return
        merged = here if self.version >= (0, 15) else here.copy()
        for key, before_dot, child in node.parts():
            merged.add(key, child, dotted=before_dot)
            merged.has(key)
        self.entries[at] = (name, merged)

    def attach(self, name: str, node: _Node, *, dotted: bool, check: bool) -> None:
        """Take an entry as a further part."""
        self.put(name, node, dotted=dotted)
        if check and self.version >= (0, 15):
            self.check(name)

    def put(self, name: str, node: _Node, *, dotted: bool = False) -> None:
        places = self.places.setdefault(name, [])
        if places and not isinstance(self.entries[places[-1]][1], _Table):
            raise _twice(name)
        places.append(len(self.entries))
        if dotted:
            self.dotted.add(len(self.entries))
        self.entries.append((name, node))
        if isinstance(node, _Table):
            self.latest = name

    def put_keys(self, keys: Iterable[Names]) -> None:
        """Take the keys below a header."""
        for first, *rest in keys:
            node: _Node = None
            for name in reversed(rest):
                table = _Table(self.version, implied=True)
                table.put(name, node, dotted=node is not None)
                node = table
            self.add(first, node, dotted=bool(rest), check=bool(rest))
            self.has(first)

    def check(self, name: str) -> None:
        """Refuse parts that do not fit together, as far as tomlkit tries them."""
        places = self.places[name]
        if len(places) < 2:
            return
        if self.version < (0, 13):
            self.join(name)
            return
        late = self.version >= (0, 15)
        done, trial = self.joined.pop(name, (0, _Table(self.version)))
        for at in places[done:]:
            for key, before_dot, child in _parts(self.entries[at][1]):
                node = child and child.copy() if late else child
                trial.add(key, node, dotted=before_dot, check=late)
        trial.check_all()
        if late:
            self.joined[name] = (len(places), trial)

    def check_all(self) -> None:
        if self.version >= (0, 12, 2):
            for name in list(self.places):
                self.check(name)

    def join(self, name: str) -> _Table:
        """One table of all parts of this name.

        Before 0.13, an array in one part takes the elements of the later parts for good, and does
        so again each time: that is how elements come twice.
        """
        whole = _Table(self.version)
        for at in self.places[name]:
            for key, before_dot, child in _parts(self.entries[at][1]):
                if self.version < (0, 13):
                    whole.add(key, child, dotted=before_dot, check=False)
                elif not (self.version >= (0, 15) and whole.join_arrays(key, child)):
                    whole.put(key, child, dotted=before_dot)
        whole.check_all()
        return whole

    def join_arrays(self, name: str, node: _Node) -> bool:
        """Put the elements of an array behind those of its name, if there is one."""
        places = self.places.get(name, [])
        here = self.entries[places[0]][1] if len(places) == 1 else None
        if not (isinstance(here, _Array) and isinstance(node, _Array)):
            return False
        self.entries[places[0]] = (name, _Array([*here.tables, *node.tables]))
        return True


_Node = _Table | _Array | None


class _Reader:
    """One pass over the sections: what follows a table and lies below it goes into it."""

    def __init__(self, sections: Sequence[Section], version: Version) -> None:
        self.sections = sections
        self.version = version
        self.next = 0
        self.arrays: list[Names] = []

    def file(self) -> _Table:
        root = _Table(self.version)
        while self.next < len(self.sections):
            if not self.sections[self.next].names:
                root.put_keys(self.sections[self.next].keys)
                self.next += 1
                continue
            name, node = self.section(())
            if isinstance(node, _Table) and node.element:
                node = self.array(node, (name,))
            root.add(name, node)
        return root

    def section(self, parent: Names) -> tuple[str, _Table | _Array]:
        """The next section with all that belongs to it, and its name within the parent."""
        section = self.sections[self.next]
        self.next += 1
        names = section.names[len(parent) :]
        first = table = _Table(self.version, element=section.array)
        if len(names) > 1:
            element = section.array and names[:1] in self.arrays
            first = table = _Table(self.version, implied=True, element=element)
            for end, name in enumerate(names[1:], 2):
                last = end == len(names)
                child = _Table(self.version, implied=not last, element=section.array and last)
                table.put(name, _Array([child]) if child.element else child)
                table = child
        table.put_keys(section.keys)
        while self.next < len(self.sections) and self.is_below(section.names):
            below, node = self.section(section.names)
            table.add(below, node, check=False)
            table.has(below)
        table.check_all()
        name = names[0] if names else section.names[-1]
        if len(names) > 1 or not section.array or section.names in self.arrays[-1:]:
            return name, first
        return name, self.array(first, section.names)

    def is_below(self, names: Names) -> bool:
        following = self.sections[self.next].names
        return len(following) > len(names) and following[: len(names)] == names

    def array(self, first: _Table, names: Names) -> _Array:
        """The array that begins with this table: its further elements must follow at once."""
        tables = [first]
        self.arrays.append(names)
        while self.next < len(self.sections) and self.sections[self.next][:2] == (names, True):
            node = self.section(names)[1]
            if isinstance(node, _Table):
                tables.append(node)
        self.arrays.pop()
        return _Array(tables)


def read(sections: Sequence[Section], version: Version, table: str) -> int:
    """How many elements the arrays in this top-level table have when tomlkit has read them.

    Raises RefusedError where tomlkit stops.
    """
    root = _Reader(sections, version).file()
    _forget(root)
    return sum(_count(root.node(name), name == table) for name in root.places)


def _count(node: _Node, counts: bool) -> int:
    if isinstance(node, _Array):
        return sum(counts + _count(table, counts) for table in node.tables)
    if isinstance(node, _Table):
        return sum(_count(node.node(name), counts) for name in node.places)
    return 0


def _forget(node: _Node) -> None:
    """From the end of the file on, tomlkit looks at all parts anew."""
    if isinstance(node, _Array):
        for table in node.tables:
            _forget(table)
    elif isinstance(node, _Table):
        node.joined.clear()
        for _, child in node.entries:
            _forget(child)


def _parts(node: _Node) -> list[tuple[str, bool, _Node]]:
    return node.parts() if isinstance(node, _Table) else []


def _compare(here: _Table, node: _Table) -> None:
    """Refuse a table beside an implied one of its name where they say different things (0.15)."""
    for name, before_dot, child in node.parts():
        if name not in here.places:
            continue
        several = len(here.places[name]) > 1
        there = here.node(name)
        tables = not several and there is not None
        if tables != (child is not None):
            raise _twice(name)
        fits = tables and isinstance(there, _Table) and there.implied
        if before_dot and not (fits and here.version >= (0, 15, 2)):
            raise _redefined()
        if tables and isinstance(there, _Table) and isinstance(child, _Table):
            if not (there.implied or child.implied):
                raise _twice(name)
            _compare(there, child)


def _twice(name: str) -> RefusedError:
    return RefusedError(f'Key "{name}" already exists')


def _redefined() -> RefusedError:
    return RefusedError("Redefinition of an existing table")
