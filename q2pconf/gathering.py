"""Which files a call means: names, folders and patterns become a list without repeats."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from glob import glob, has_magic
from typing import NamedTuple

from q2pconf import _toml
from q2pconf._dataclasses import dataclass, field

__all__ = ["CONFIG_NAME", "STDIN", "Gathered", "Problem", "gather"]

CONFIG_NAME = "qiime2_config.toml"
"""A file of this name is a configuration whatever it holds."""

STDIN = "-"

_TABLES = ("parsl", "executor_mapping")
_BROKEN = re.compile(r"^\s*\[+\s*[\"']?(?:parsl|executor_mapping)\b|^\s*parsl\s*\.", re.MULTILINE)
_MOST_BYTES = 2 * 1024 * 1024


class Problem(NamedTuple):
    """A name that gives nothing to check, and why."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


@dataclass(slots=True)
class Gathered:
    """The files to check, in order; the TOML files of folders that are no configurations; and the
    names that give nothing."""

    files: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def gather(names: Iterable[str]) -> Gathered:
    """The files that these names mean.

    A file is taken as it is, and ``-`` too; whether it can be read is not asked here. A folder
    stands for the configurations in it and below: its TOML files with a table ``parsl`` or
    ``executor_mapping``, and every ``qiime2_config.toml``. Hidden files and folders and links to
    folders are passed over. A name that is no file but a pattern (``*``, ``?``, ``[…]``, ``**``)
    stands for what it matches. A folder or a pattern that gives nothing is a problem; a file that
    is meant twice comes once.
    """
    found = Gathered()
    seen: set[str] = set()
    for name in names:
        if os.path.isdir(name):
            files = _in_folder(name, found, wanted=True)
        elif has_magic(name) and not os.path.lexists(name):
            files = _matching(name, found)
        else:
            files = [name]
        for file in files:
            identity = file if file == STDIN else os.path.realpath(file)
            if identity not in seen:
                seen.add(identity)
                found.files.append(file)
    return found


def _matching(pattern: str, found: Gathered) -> list[str]:
    """What a pattern matches, as a shell would give it, with the folders searched."""
    files: list[str] = []
    for name in sorted(glob(pattern, recursive=True)):
        files += _in_folder(name, found, wanted=False) if os.path.isdir(name) else [name]
    if not files:
        found.problems.append(Problem(pattern, "no file to check matches this pattern"))
    return files


def _in_folder(folder: str, found: Gathered, *, wanted: bool) -> list[str]:
    """The configurations in a folder; none is a problem if it is ``wanted``."""
    files: list[str] = []
    others: list[str] = []
    told = len(found.problems)
    for path in _toml_files(folder, found.problems):
        try:
            (files if _is_configuration(path) else others).append(path)
        except OSError as error:
            found.problems.append(Problem(path, f"cannot be read ({error.strerror})"))
    found.passed_over += others
    if wanted and not files and len(found.problems) == told:
        what = f"{len(others)} TOML files, none with a table [parsl]"
        if len(others) < 2:
            what = "1 TOML file, which has no table [parsl]" if others else "no TOML file"
        found.problems.append(Problem(folder, f"there is no file to check in this folder ({what})"))
    return files


def _toml_files(folder: str, problems: list[Problem]) -> Iterator[str]:
    """The TOML files in a folder and below, in the order of their names, a folder's own first."""

    def failed(error: OSError) -> None:
        problems.append(
            Problem(str(error.filename), f"this folder cannot be read ({error.strerror})")
        )

    for place, folders, files in os.walk(folder, onerror=failed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.endswith(".toml") and not name.startswith("."):
                path = os.path.normpath(os.path.join(place, name))
                if os.path.isfile(path):
                    yield path
                elif not os.path.exists(path):
                    problems.append(Problem(path, "this link leads to no file"))


def _is_configuration(path: str) -> bool:
    """Whether a file is meant for QIIME 2, be it right or wrong. Raises OSError."""
    if os.path.basename(path) == CONFIG_NAME:
        return True
    with open(path, "rb") as file:
        content = file.read(_MOST_BYTES)
    if not any(word.encode() in content for word in _TABLES):
        return False
    text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    try:
        data = _toml.loads(text)
    except (ValueError, RecursionError):
        return _BROKEN.search(text) is not None
    return any(table in data for table in _TABLES)
