"""Measure in which release of Parsl each class and key of a configuration came and went.

    python tools/measure_history.py

Releases are fetched from PyPI, one at a time, and read without being installed or imported: which
classes a file can name, and what their constructors take. Between two releases that agree nothing
is looked at; where two differ, the one halfway between is fetched. The releases whose schemas are
shipped are always looked at. The result is schemas/history.toml.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "schemas" / "history.toml"
FIRST = "2023.8.28"
MODULES = ("executors", "providers", "launchers", "channels", "monitoring")
HEAD = """\
# Written by tools/measure_history.py: the releases of Parsl, after {first} and up to {last},
# in which a class or key of a configuration came (added) or was gone (removed). Keys of a class
# that came or went as a whole are not named one by one.
"""

Classes = Mapping[str, frozenset[str]]
Events = dict[str, dict[str, str]]


def main() -> int:
    """Find what changed between the first release and the newest, and write it down."""
    versions = releases()
    seen = Seen(versions=versions, read=read_release)
    known = {path.stem.removeprefix("parsl-") for path in TARGET.parent.glob("parsl-*.json")}
    stops = [index for index, version in enumerate(versions) if version in known]
    ends = sorted({0, *stops, len(versions) - 1})
    steps = [step for low, high in pairwise(ends) for step in seen.between(low, high)]
    classes, keys = events(steps)
    TARGET.write_text(as_toml(classes, keys, versions), encoding="utf-8")
    print(f"{len(seen.found)} of {len(versions)} releases read, {len(steps)} with changes")
    return 0


def releases() -> list[str]:
    """The releases on PyPI from the first one that counts, oldest first."""
    asked = pip("index", "versions", "parsl")
    found = re.search(r"Available versions: (.*)", asked)
    assert found is not None, asked
    numbered = [version for version in found.group(1).split(", ") if version.count(".") == 2]
    return sorted((v for v in numbered if order_of(v) >= order_of(FIRST)), key=order_of)


def order_of(version: str) -> tuple[int, ...]:
    """A version as numbers, for comparing."""
    return tuple(int(part) for part in version.split("."))


def pip(*arguments: str) -> str:
    """What pip says."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    return done.stdout


def read_release(version: str) -> Classes:
    """The classes of a release and their keys."""
    with tempfile.TemporaryDirectory() as folder:
        pip("download", "--quiet", "--no-deps", "--only-binary=:all:",
            "--dest", folder, f"parsl=={version}")  # fmt: skip
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return Sources(
                {
                    name: archive.read(name).decode("utf-8")
                    for name in archive.namelist()
                    if name.startswith("parsl/") and name.endswith(".py")
                }
            ).classes()


class Sources:
    """The source files of a Parsl, by their path."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.trees: dict[str, ast.Module] = {}

    def classes(self) -> Classes:
        """Every class that a configuration can name, and its keys."""
        found = {"Config": self.keys("parsl.config", "Config")}
        for module in MODULES:
            for name in self.names(f"parsl.{module}"):
                found[name] = self.keys(f"parsl.{module}", name)
        return {name: frozenset(keys) for name, keys in found.items() if keys is not None}

    def tree(self, module: str) -> ast.Module | None:
        """A module's source as a tree; None for a module that is not Parsl's."""
        path = module.replace(".", "/")
        for name in (f"{path}/__init__.py", f"{path}.py"):
            if name in self.texts:
                return self.trees.setdefault(name, ast.parse(self.texts[name]))
        return None

    def names(self, module: str) -> set[str]:
        """What a module defines or imports from elsewhere by name."""
        tree = self.tree(module)
        return {name for name, _ in bindings(tree)} if tree else set()

    def keys(self, module: str, name: str) -> list[str] | None:
        """The keys of a class; None for what is no class of Parsl, or has no constructor."""
        found = self.find(module, name)
        if found is None:
            return None
        home, definition = found
        for part in definition.body:
            if isinstance(part, ast.FunctionDef) and part.name == "__init__":
                arguments = [*part.args.posonlyargs, *part.args.args, *part.args.kwonlyargs]
                return [argument.arg for argument in arguments[1:]]
        for base in definition.bases:
            inherited = self.keys(home, base.id) if isinstance(base, ast.Name) else None
            if inherited is not None:
                return inherited
        return None

    def find(self, module: str, name: str) -> tuple[str, ast.ClassDef] | None:
        """Where a class of this name is defined, followed through imports."""
        tree = self.tree(module)
        for bound, node in bindings(tree) if tree else ():
            if bound == name and isinstance(node, ast.ClassDef):
                return module, node
            if bound == name and isinstance(node, ast.ImportFrom):
                (real,) = (one.name for one in node.names if (one.asname or one.name) == name)
                return self.find(node.module or "", real)
        return None


def bindings(tree: ast.Module) -> Iterator[tuple[str, ast.ClassDef | ast.ImportFrom]]:
    """The names that a module gives to classes and to what it imports, with where it does.

    Parsl has relative imports only where no class is concerned that a file can name.
    """
    inside = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    waiting: list[ast.AST] = [tree]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, ast.ClassDef):
                yield node.name, node
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                yield from ((alias.asname or alias.name, node) for alias in node.names)
            if not isinstance(node, inside):
                waiting.append(node)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What two releases, one right after the other, have: the later one's name with it."""

    version: str
    before: Classes
    after: Classes


class Seen:
    """Releases that were read, and the search for changes among them."""

    def __init__(self, *, versions: list[str], read: Callable[[str], Classes]) -> None:
        self.versions = versions
        self.read = read
        self.found: dict[int, Classes] = {}

    def at(self, index: int) -> Classes:
        """The classes of a release, read once."""
        if index not in self.found:
            self.found[index] = self.read(self.versions[index])
        return self.found[index]

    def between(self, low: int, high: int) -> Iterator[Step]:
        """Every change from one release to a later one, oldest first."""
        before, after = self.at(low), self.at(high)
        if before == after:
            return
        if high - low == 1:
            yield Step(version=self.versions[high], before=before, after=after)
            return
        middle = (low + high) // 2
        yield from self.between(low, middle)
        yield from self.between(middle, high)


def events(steps: list[Step]) -> tuple[Events, Events]:
    """When classes, and keys of classes that stayed, came and went."""
    classes: Events = {}
    keys: Events = {}
    for step in steps:
        note(classes, step.version, set(step.before), set(step.after))
        for name in set(step.before) & set(step.after):
            before = {f"{name}.{key}" for key in step.before[name]}
            after = {f"{name}.{key}" for key in step.after[name]}
            note(keys, step.version, before, after)
    return classes, keys


def note(table: Events, version: str, before: set[str], after: set[str]) -> None:
    """Write down what came and went with a version; both may happen to a name only once."""
    for event, names in (("added", after - before), ("removed", before - after)):
        for name in names:
            happened = table.setdefault(name, {})
            assert event not in happened, f"{name} was {event} in {happened[event]} and {version}"
            happened[event] = version


def as_toml(classes: Events, keys: Events, versions: list[str]) -> str:
    """The two tables as text, in the order of the alphabet."""
    lines = [HEAD.format(first=versions[0], last=versions[-1]), "[classes]"]
    lines += [f"{name} = {as_table(classes[name])}" for name in sorted(classes)]
    lines += ["", "[keys]"]
    lines += [f'"{name}" = {as_table(keys[name])}' for name in sorted(keys)]
    return "\n".join(lines) + "\n"


def as_table(happened: Mapping[str, str]) -> str:
    """One name's events as an inline table."""
    pairs = (f'{event} = "{version}"' for event, version in sorted(happened.items()))
    return "{ " + ", ".join(pairs) + " }"


if __name__ == "__main__":
    raise SystemExit(main())
