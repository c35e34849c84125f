"""The house: a room imports only rooms of its own floor or below, and one library has one room."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import q2pconf

HOUSE = Path(q2pconf.__file__).resolve().parent

FLOORS = (
    (
        "errors", "findings", "environments", "conda", "plugins", "history", "installed",
        "releases", "_release_table", "_dataclasses", "_resources", "_toml", "proving",
        "newer_toml", "names", "quoting", "units", "shell", "syntax", "positions", "table_order",
        "table_reader", "directories", "trust", "activation", "answers", "completions", "agent",
        "interpreters",
    ),
    (
        "document", "layout", "edits", "schema", "model", "host", "save", "opening", "gathering",
        "cluster",
    ),
    ("capacity",),
    ("rules", "chain", "chain_notes", "presets", "filling"),
    ("checks", "explanation", "parsl_loader", "ignores", "selection"),
    ("advising", "fixing", "migrating", "probe", "submission"),
    ("wizard",),
    ("render", "prompts"),
    ("interview",),
    ("cli",),
    ("__main__",),
)  # fmt: skip
"""The rooms, lowest floor first. A package is one room."""

FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

LIBRARIES = {
    "appdirs": {"directories"},
    "jsonschema": {"schema"},
    "parsl": {"agent", "parsl_loader"},
    "prompt_toolkit": {"prompts"},
    "psutil": {"host"},
    "questionary": {"prompts"},
    "tomli": {"_toml"},
    "tomllib": {"_toml"},
    "tomlkit": {"agent", "document"},
    "tree_sitter": {"positions"},
    "tree_sitter_toml": {"positions"},
}
"""Libraries, and the rooms that may import them."""

PAGE = HOUSE.parent / "docs" / "architecture.md"

MODULES = sorted(HOUSE.rglob("*.py"))
NO_FACE = [path for path in MODULES if path != HOUSE / "__init__.py"]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(HOUSE).parts)


each_module = pytest.mark.parametrize("path", NO_FACE, ids=module_name)


def room_of(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """Every module that is imported, at the top, in a function or for the type checker only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            base = tuple((node.module or "").split("."))
            yield from ((*base, alias.name) for alias in node.names)


def rooms_used(path: Path) -> set[str]:
    """The rooms that a module imports from; its own among them, if so."""
    return {
        name[1]
        for name in imports(ast.parse(path.read_text(encoding="utf-8")))
        if name[0] == "q2pconf" and len(name) > 1 and name[1] != "__version__"
    }


def test_every_room_has_a_floor() -> None:
    assert {room_of(path) for path in NO_FACE} <= set(FLOOR_OF)


@each_module
def test_no_import_from_a_higher_floor(path: Path) -> None:
    floor = FLOOR_OF[room_of(path)]
    assert {room for room in rooms_used(path) if FLOOR_OF[room] > floor} == set()


def test_no_rooms_import_each_other_in_a_circle() -> None:
    uses: dict[str, set[str]] = {}
    for path in NO_FACE:
        room = room_of(path)
        uses.setdefault(room, set()).update(rooms_used(path) - {room})
    while leaves := {room for room, used in uses.items() if not used}:
        uses = {room: used - leaves for room, used in uses.items() if room not in leaves}
    assert uses == {}


def test_face_imports_no_room_when_it_is_imported() -> None:
    tree = ast.parse((HOUSE / "__init__.py").read_text(encoding="utf-8"))
    at_once = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not [name for node in at_once for name in imports(node) if name[0] == "q2pconf"]


@each_module
def test_one_library_has_one_room(path: Path) -> None:
    room = room_of(path)
    for name in imports(ast.parse(path.read_text(encoding="utf-8"))):
        if name[0] == "q2pconf" or (name[0] in sys.stdlib_module_names - {"tomllib"}):
            continue
        if room == "agent" and (HOUSE / room / f"{name[0]}.py").is_file():
            continue  # its files lie beside each other wherever they run
        assert name[0] in LIBRARIES, f"{name[0]} has no room yet"
        assert room in LIBRARIES[name[0]], f"{name[0]} belongs to {LIBRARIES[name[0]]}"


@pytest.mark.parametrize(
    "path", [path for path in NO_FACE if room_of(path) == "agent"], ids=module_name
)
def test_agent_needs_nothing_of_the_house(path: Path) -> None:
    assert rooms_used(path) == set()


@pytest.mark.parametrize(
    "path", [path for path in NO_FACE if room_of(path) != "cli"], ids=module_name
)
def test_only_the_command_line_prints_exits_and_reads_argv(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {node.func.id for node in ast.walk(tree) if is_plain_call(node)}
    prints = {"print"} if room_of(path) == "agent" else set()  # a process of its own
    assert called & {"print", "input", "exit", "quit"} <= prints
    of_sys = {node.attr for node in ast.walk(tree) if is_attribute_of_sys(node)}
    talks = {"prompts": {"stdin", "stdout"}, "agent": {"stdin", "stderr"}}
    assert of_sys & {"argv", "exit", "stdin", "stdout", "stderr"} <= talks.get(room_of(path), set())
    assert ("sys", "exit") not in set(imports(tree))
    assert ("sys", "argv") not in set(imports(tree))


def is_plain_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def is_attribute_of_sys(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "sys"
    )


def test_the_page_has_every_room_on_its_floor() -> None:
    rows = re.findall(
        r"^\| (?!floor|---).*?\| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    named = [set(re.findall(r"`(\w+)/?`", row)) & FLOOR_OF.keys() for row in rows]
    assert named[::-1] == [set(rooms) for rooms in FLOORS[:-1]]
