"""What is worth saying beside the chain: files never read, mappings that do not count."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from q2pconf.opening import Opened
from q2pconf.releases import Loader

__all__ = ["file_notes", "has_mapping", "mapping_notes", "near_misses", "path_notes"]

GIVEN_MAPPING = ("parsl", "executor_mapping")

MISSPELT = (
    "qiime2_config.tml",
    "qiime2-config.toml",
    "qiime2_config.toml.txt",
    "qiime_config.toml",
    "qiime2.toml",
)


def has_mapping(data: Mapping[str, Any] | None, table: tuple[str, ...]) -> bool:
    """Whether there is a mapping with something in it in this table."""
    value: Any = data
    for key in table:
        value = value.get(key) if isinstance(value, Mapping) else None
    return isinstance(value, Mapping) and bool(value)


def mapping_notes(
    data: Mapping[str, Any] | None, loader: Loader, *, given: bool, name: str
) -> Iterator[str]:
    """Say so where a file has a mapping, but not in the table that is read on its way."""
    chain_mapping = loader.chain_mapping or "executor_mapping"
    inside, outside = has_mapping(data, GIVEN_MAPPING), has_mapping(data, (chain_mapping,))
    if given:
        if outside and not inside:
            yield (
                f"the mapping in [{chain_mapping}] of {name} is ignored with --parallel-config,"
                " which takes the one in [parsl.executor_mapping]"
            )
    elif not loader.chain_mapping:
        if inside or outside:
            yield (
                f"the mapping in {name} is ignored: this release drops it from every file that"
                " it finds itself; give the file with --parallel-config"
            )
    elif inside and not outside:
        yield (
            f"the mapping in [parsl.executor_mapping] of {name} is ignored in a file that QIIME 2"
            f" finds itself, which takes the one in [{chain_mapping}]; write it in both places"
        )


def path_notes(path: str, *, variable: bool) -> Iterator[str]:
    """What is odd about a path of the chain; ``variable``: QIIME2_CONFIG names it."""
    if variable and path.startswith("~"):
        yield "QIIME 2 takes the ~ in QIIME2_CONFIG as the name of a folder; write the path in full"
    elif not os.path.isabs(path):
        yield f"{path} is relative: it depends on the folder in which QIIME 2 is started"


def file_notes(path: str, opened: Opened) -> Iterator[str]:
    """What is odd about a file, where QIIME 2 gets as far as reading it."""
    if opened.skipped:
        yield f"{path} was not looked into: {opened.skipped}"
    if opened.data is not None and "parsl" not in opened.data:
        yield (
            f"{path} has no [parsl] table, so QIIME 2 would stop once it uses the file"
            " (AttributeError: 'NoneType' object has no attribute 'pop')"
        )


def near_misses(
    folders: Iterable[str], env: Mapping[str, str], *, file_name: str, home: str | None, cwd: str
) -> Iterator[str]:
    """Files that look as if they were meant, in places where QIIME 2 never looks.

    ``folders`` are those in which it does look: the user's, the site's, the environment's.
    """
    right = [os.path.join(folder, file_name) for folder in folders]
    guesses = [
        (os.path.join(os.path.dirname(path), *parts), path)
        for path in right
        for parts in (("qiime2", file_name), ("..", file_name), *((name,) for name in MISSPELT))
    ]
    own = env.get("HOME", home)
    if own:
        guesses.append((os.path.join(own, ".config", "qiime2", file_name), right[0]))
    for path, instead in guesses:
        path = os.path.normpath(path)
        if path not in map(os.path.normpath, right) and os.path.isfile(os.path.join(cwd, path)):
            yield f"{path} is never read; the place for it is {instead}"
    for entry in env.get("XDG_CONFIG_DIRS", "").split(os.pathsep)[1:]:
        path = os.path.join(entry, "qiime2", file_name)
        if entry and path not in right and os.path.isfile(os.path.join(cwd, path)):
            yield f"{path} is never read: of XDG_CONFIG_DIRS only the first entry counts"
