"""Orders of tables that TOML allows and that QIIME 2's reader, tomlkit, does not take as meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from q2pconf._dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from q2pconf.findings import KeyPath
    from q2pconf.positions import Header, Positions
    from q2pconf.table_reader import Names

__all__ = ["Misplaced", "first_misplaced", "in_order", "out_of_order"]

TABLE = "parsl"
"""The table that QIIME 2 uses; what is read twice elsewhere does no harm."""

MOST = 200
"""Files of more headers are not looked into: trying their orders would take too long."""


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A header that stands where tomlkit does not take it as meant.

    ``error`` is what tomlkit says, None where it reads the table more than once instead. ``array``
    is the array of tables whose latest element it belongs to. It may stand in front of ``above``,
    with the next headers that belong to it, ``followers`` in number; no place is known if None.
    """

    header: Header
    error: str | None
    array: Header | None
    above: Header | None
    followers: int

    @property
    def move(self) -> str:
        """Where it may stand, as an order."""
        if self.above is None:
            return "write all tables whose names begin with the same word one after the other"
        count = f"{self.followers} tables" if self.followers > 1 else "table"
        more = f" with the {count} below it" if self.followers else ""
        return f"move it{more} up, above {self.above} in line {self.above.span.line}"


@dataclass(frozen=True, slots=True)
class _File:
    """What is common to all orders of the headers of a file."""

    top_keys: Sequence[Names]
    tomlkit: tuple[int, ...]

    def fault(self, headers: Sequence[Header]) -> tuple[str | None] | None:
        """Why this order is not taken as meant; None where it is."""
        from q2pconf.table_reader import RefusedError, Section, read

        sections = [Section((), array=False, keys=self.top_keys)]
        sections += [Section(header.names, header.array, header.keys) for header in headers]
        try:
            elements = read(sections, self.tomlkit, TABLE)
        except RefusedError as refused:
            return (str(refused),)
        except RecursionError:
            return None
        meant = sum(header.array and header.names[0] == TABLE for header in headers)
        return None if elements == meant else (None,)

    def first_fault(self, headers: Sequence[Header]) -> int:
        """The first header of a faulty order up to which the order is faulty."""
        fine, faulty = 0, len(headers)
        while faulty - fine > 1:
            middle = (fine + faulty) // 2
            if self.fault(headers[:middle]) is None:
                fine = middle
            else:
                faulty = middle
        return fine


def in_order(text: str) -> bool:
    """Whether each table of a text surely follows what it belongs to, which every tomlkit takes.

    It may say no too often: a line within a longer text or list can look like a header.
    """
    seen: set[KeyPath] = set()
    elements: dict[KeyPath, int] = {}
    before: KeyPath = ()
    for line in re.findall(r"^[ \t]*\[[^\]\n]+\]{1,2}", text, re.MULTILINE):
        names = [name.strip(" \t\"'") for name in line.strip(" \t[]").split(".")]
        path: KeyPath = ()
        for end, name in enumerate(names, 1):
            path = (*path, name)
            if end == len(names) and line.lstrip().startswith("[["):
                elements[path] = elements.get(path, -1) + 1
            if path in elements:
                path = (*path, elements[path])
        ends = range(1, len(path) + 1)
        new = next((end for end in ends if path[:end] != before[:end]), None)
        if new is None or path[:new] in seen:
            return False
        seen.update(path[:end] for end in ends)
        before = path
    return True


def first_misplaced(text: str, tomlkit: str) -> Misplaced | None:
    """The first header of a valid TOML text that this version of tomlkit does not take as meant."""
    if in_order(text):
        return None
    from q2pconf.positions import Positions

    return next(out_of_order(Positions.of(text), tomlkit), None)


def out_of_order(positions: Positions, tomlkit: str) -> Iterator[Misplaced]:
    """Every header of a valid TOML text that this version of tomlkit does not take as meant.

    The next one is looked for with the ones before it moved to where they may stand.
    """
    version = tuple(int(number) for number in re.findall(r"\d+", tomlkit)[:3])
    file = _File(positions.top_keys, version)
    headers = list(positions.headers)
    while len(headers) <= MOST and file.fault(headers) is not None:
        at = file.first_fault(headers)
        found, moved = _misplaced(file, headers[: at + 1 + _followers(headers, at)], at)
        yield found
        if found.above is None:
            return
        headers[: len(moved)] = moved


def _misplaced(file: _File, headers: list[Header], at: int) -> tuple[Misplaced, list[Header]]:
    """The header at fault, and the order that it is moved to.

    The given headers end with those that follow it and belong to it.
    """
    (error,) = file.fault(headers[: at + 1]) or (None,)
    for first, last in _blocks(headers, at):
        header, owner = headers[first], _owner(headers, first)
        for to, end in _places(headers, first, last, owner):
            order = headers[:to] + headers[first:end] + headers[to:first] + headers[end:]
            if file.fault(order[: max(end, at + 1)]) is None:
                return Misplaced(header, error, owner, headers[to], end - first - 1), order
    return Misplaced(headers[at], error, _owner(headers, at), None, 0), headers


def _owner(headers: list[Header], at: int) -> Header | None:
    """The array of tables, at its latest element, that a header belongs to."""
    owners = (one for one in reversed(headers[:at]) if one.array)
    return next((one for one in owners if _starts(headers[at], one.names)), None)


def _blocks(headers: list[Header], at: int) -> Iterator[tuple[int, int]]:
    """What to move: the header at fault, else an array before it, with all that follows and belongs
    to it."""
    yield at, len(headers)
    for first in range(at, 0, -1):
        if headers[first].array:
            last = first + 1
            while last < len(headers) and _starts(headers[last], headers[first].names):
                last += 1
            yield first, last


def _places(
    headers: list[Header], first: int, last: int, owner: Header | None
) -> Iterator[tuple[int, int]]:
    """Where the headers from first to last mean the same, the nearest kin first.

    Each place comes with the end of those that may go there.
    """
    header = headers[first]
    lowest = headers.index(owner) + 1 if owner else 0
    for end in range(len(header.names), 0, -1):
        kin = [to for to in range(first) if _starts(headers[to], header.names[:end])]
        if kin and lowest <= kin[-1] + 1 < first:
            yield kin[-1] + 1, last
        if kin and end == len(header.names) and not header.array and lowest <= kin[0]:
            yield kin[0], first + 1


def _followers(headers: list[Header], at: int) -> int:
    """How many headers right behind this one belong below it."""
    end = at + 1
    while end < len(headers) and _starts(headers[end], headers[at].names):
        if len(headers[end].names) == len(headers[at].names):
            break
        end += 1
    return end - at - 1


def _starts(header: Header, names: Names) -> bool:
    return header.names[: len(names)] == names
