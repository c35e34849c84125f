"""What is worth saying beside the chain: files never read, mappings that do not count."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from q2pconf.opening import Opened
    from q2pconf.releases import Loader

__all__ = [
    "NO_EXECUTORS",
    "NO_HOME",
    "file_notes",
    "has_mapping",
    "mapping_notes",
    "near_misses",
    "path_notes",
]

GIVEN_MAPPING = ("parsl", "executor_mapping")

MISSPELT = (
    "qiime2_config.tml",
    "qiime2-config.toml",
    "qiime2_config.toml.txt",
    "qiime_config.toml",
    "qiime2.toml",
)

NO_HOME = (
    "no home folder is known, so QIIME 2 would stop when it looks for your own file"
    " (RuntimeError: could not determine the home directory); set HOME to a full path"
)

NO_EXECUTORS = (
    "{} names no executors, and QIIME 2 looks for no other file that does: the first action stops"
    " with KeyError: 'default'"
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
    folders: Sequence[str],
    env: Mapping[str, str],
    *,
    file_name: str,
    home: str | None,
    cwd: str,
    others: Sequence[str] = (),
    releases: str = "",
) -> Iterator[str]:
    """Files that look as if they were meant, in places where QIIME 2 does not look.

    ``folders`` are those in which it does look: the user's, the site's, the environment's.
    ``others`` are the user's and the site's of other ``releases``, so named.
    """
    right = [os.path.join(folder, file_name) for folder in folders]
    told = {os.path.normpath(path) for path in right}

    def misses(path: str) -> bool:
        """Whether there is a file that is not read and was not told of yet."""
        path = os.path.normpath(path)
        new = path not in told and os.path.isfile(os.path.join(cwd, path))
        told.add(path)
        return new

    for folder, instead in zip(others, right, strict=False):
        if misses(path := os.path.join(folder, file_name)):
            yield f"{path} is read by {releases} only; this release looks in {instead}"
    for path, instead in _guesses(right, file_name, env.get("HOME", home)):
        if misses(path):
            yield f"{os.path.normpath(path)} is never read; the place for it is {instead}"
    for entry in env.get("XDG_CONFIG_DIRS", "").split(os.pathsep)[1:]:
        if entry and misses(path := os.path.join(entry, "qiime2", file_name)):
            yield f"{path} is never read: of XDG_CONFIG_DIRS only the first entry counts"


def _guesses(right: Sequence[str], file_name: str, own: str | None) -> Iterator[tuple[str, str]]:
    """Places that are easily taken for the right ones, each with the right one."""
    for path in right:
        for parts in (("qiime2", file_name), ("..", file_name), *((name,) for name in MISSPELT)):
            yield os.path.join(os.path.dirname(path), *parts), path
    if own:
        yield os.path.join(own, ".config", "qiime2", file_name), right[0]
