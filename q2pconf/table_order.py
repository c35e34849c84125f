"""Orders of tables that are valid TOML and that QIIME 2's reader, tomlkit, refuses all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["Names", "out_of_order"]

Names = tuple[str, ...]


def out_of_order(headers: Sequence[tuple[Names, bool]]) -> Iterator[tuple[int, Names]]:
    """The positions of the headers that tomlkit before 0.15 refuses, each with its array.

    A header is its names and whether it stands in double brackets. These readers want the tables
    of ``[[a.b]]`` to follow it at once, and a further ``[[a.b]]`` only where all single tables in
    between lie below ``[a]``.
    """
    arrays: set[Names] = set()
    interrupted: set[Names] = set()
    previous: Names = ()
    for index, (names, is_array) in enumerate(headers):
        parents = (names[:end] for end in range(1, len(names)))
        apart = next((p for p in parents if p in arrays and previous[: len(p)] != p), None)
        if apart is None and is_array and names in interrupted:
            apart = names
        if apart is not None:
            yield index, apart
        if is_array:
            arrays.add(names)
        else:
            interrupted |= {array for array in arrays if _interrupts(names, array)}
        previous = names


def _interrupts(table: Names, array: Names) -> bool:
    """Whether a table between two elements of a nested array makes tomlkit see two arrays."""
    return len(array) > 1 and (table[0] != array[0] or table == array[: len(table)])
