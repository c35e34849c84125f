"""Write the JSON Schema of the Parsl that is installed here.

Run in an environment that has the Parsl in question:

    python tools/generate_schemas.py

What a key may hold is read off the constructors (signatures, annotations, defaults, and whether
typeguard enforces them) and narrowed to what TOML can express and QIIME 2's loader can build. The
words (descriptions, ranges, examples) come from key_notes.toml; a key without words is an error.

With ``--notes FILE.json`` q2pconf.installed runs it where there may be any Python from 3.8 on and
nothing but Parsl: all notes in one file, keys without words allowed, and for a Parsl that was not
measured the tolerances of an older one. Nothing of Parsl is constructed: some of its classes call
a network, a scheduler or a cloud.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import inspect
import json
import math
import re
import sys
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Schema = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
KINDS = {  # the kind of class, where its classes are, and the keys whose tables name them
    "executor": ("parsl.executors", ("executors",)),
    "provider": ("parsl.providers", ("provider",)),
    "launcher": ("parsl.launchers", ("launcher",)),
    "channel": ("parsl.channels", ("channel", "channels")),
    "monitoring": ("parsl.monitoring", ("monitoring",)),
}
KIND_OF_KEY = {key: kind for kind, (_, keys) in KINDS.items() for key in keys}
SIMPLE: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
ORDER = ("string", "integer", "number", "boolean", "array", "object")


class Notes:
    """The curated words: per key, or per ``Class.key`` where a class means something of its own."""

    def __init__(self, path: Path) -> None:
        self.travelling = path.suffix == ".json"
        if self.travelling:
            raw = json.loads(path.read_text(encoding="utf-8"))
        else:
            raw = {**read_toml(path), "tolerances": read_toml(path.with_name("tolerances.toml"))}
        self.keys: dict[str, Schema] = raw["keys"]
        self.classes: dict[str, Schema] = raw["classes"]
        self.tolerances = self._measured(raw["tolerances"])
        self.missing: list[str] = []

    def _measured(self, tolerances: dict[str, dict[str, list[str]]]) -> dict[str, list[str]]:
        here = parsl_version()
        if here in tolerances or not self.travelling:
            return tolerances.get(here, {})
        order = {one: [int(part) for part in one.split(".")] for one in (here, *tolerances)}
        older = [version for version in tolerances if order[version] < order[here]]
        return tolerances[max(older or tolerances, key=order.__getitem__)]

    def of_key(self, owner: str, key: str) -> Schema:
        return self._joined(self.keys, key, f"{owner}.{key}")

    def of_class(self, name: str) -> Schema:
        return self._joined(self.classes, name)

    def _joined(self, table: dict[str, Schema], *names: str) -> Schema:
        words: Schema = {"description": ""}
        for name in names:
            words.update(table.get(name, {}))
        if not words["description"]:
            self.missing.append(names[-1])
        return words


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file holds; nothing if there is no such file."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def reachable(module_name: str) -> dict[str, type]:
    """The classes that the loader finds as attributes of a module; none if Parsl has no such."""
    try:
        module = importlib.import_module(module_name)
    except ImportError:
        return {}
    return {
        name: value
        for name, value in sorted(vars(module).items())
        if inspect.isclass(value)
        and value.__module__.startswith("parsl.")
        and inspect.isfunction(value.__init__)  # of its own; a bare base class has none
    }


def is_checked(cls: type) -> bool:
    """Whether typeguard checks what the constructor is given."""
    constructor = cls.__init__  # type: ignore[misc]
    used: tuple[str, ...] = constructor.__code__.co_names
    by_wrapping = hasattr(constructor, "__wrapped__")  # typeguard up to 2
    return by_wrapping or any(name.startswith("check_argument_types") for name in used)


def missing_packages(names: list[str]) -> list[str]:
    """Those of the packages that a class asks for which are not here; no QIIME 2 ships them."""
    return [name for name in names if importlib.util.find_spec(name) is None]


def hints_of(cls: type) -> dict[str, Any]:
    """The constructor's annotations as types; those that cannot be resolved are ``object``."""
    constructor = cls.__init__  # type: ignore[misc]
    try:
        return typing.get_type_hints(constructor)
    except (NameError, TypeError):
        return {
            name: _from_text(annotation) for name, annotation in constructor.__annotations__.items()
        }


def _from_text(annotation: Any) -> Any:
    known = {"Optional[str]": str, "str": str, "bool": bool, "float": float, "int": int}
    return known.get(annotation, object) if isinstance(annotation, str) else annotation


def of_type(hint: Any) -> Schema:
    """The TOML values that a type takes; ``{"not": {}}`` where there is none."""
    if hint in SIMPLE:
        return {"type": SIMPLE[hint]}
    if hint is type(None):
        return {"not": {}}
    if hint is typing.Any:
        return {}
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if str(origin).rpartition(".")[2] == "Literal":  # typing's, or typing_extensions' own
        return {"enum": [value for value in arguments if value is not None]}
    if origin is typing.Union or getattr(origin, "__name__", "") == "UnionType":
        return merge([of_type(argument) for argument in arguments])
    name = getattr(origin or hint, "__name__", "")
    if name in ("list", "List", "Sequence", "Iterable"):
        return _of_array(name, arguments)
    if name in ("dict", "Dict", "Mapping"):
        values = of_type(arguments[1]) if len(arguments) == 2 else {}
        return {"type": "object", **({"additionalProperties": values} if values else {})}
    return {"not": {}}


def _of_array(name: str, arguments: tuple[Any, ...]) -> Schema:
    items = of_type(arguments[0]) if arguments else {}
    only = {"maxItems": 0} if items == {"not": {}} else {"items": items}
    if name == "Sequence" and arguments[:1] == (str,):
        return merge([{"type": "array", **only}, {"type": "string"}])
    return {"type": "array", **only}


def merge(schemas: list[Schema]) -> Schema:
    """One schema for a union: types side by side, as no two of them overlap here."""
    merged: Schema = {}
    types: list[str] = []
    for schema in schemas:
        if schema == {"not": {}}:
            continue
        if "enum" in schema:
            merged.setdefault("enum", []).extend(schema["enum"])
            continue
        kind = schema.get("type", [])
        types.extend([kind] if isinstance(kind, str) else kind)
        merged.update({key: value for key, value in schema.items() if key != "type"})
    if "number" in types and "integer" in types:
        types.remove("integer")
    if types:
        ordered = [kind for kind in ORDER if kind in types]
        merged["type"] = ordered[0] if len(ordered) == 1 else ordered
    return merged or {"not": {}}


def of_default(default: Any) -> Schema:
    """What an unannotated parameter takes, judged by its default."""
    return {"type": {**SIMPLE, list: "array"}.get(type(default), "string")}


def of_parameter(owner: str, parameter: inspect.Parameter, hint: Any, notes: Notes) -> Schema:
    """The schema of one key, with its words."""
    key, default = parameter.name, parameter.default
    words = notes.of_key(owner, key)
    if key in KIND_OF_KEY and reachable(KINDS[KIND_OF_KEY[key]][0]):
        kind = KIND_OF_KEY[key]
        items: Schema = {"$ref": f"#/definitions/{kind}"}
        body = {"type": "array", "items": items} if key.endswith("s") else any_of_kind(kind)
    elif "type" in words:
        body = {"type": words["type"]}
    elif hint is None:
        body = of_default(default) if words["description"] else {}  # a key that nobody knows
    else:
        body = of_type(hint)
    if body == {"not": {}}:
        words = {"description": words["description"]}
    schema = {"description": words.pop("description"), **body, **words}
    if key == "launch_cmd" and owner in ("HighThroughputExecutor", "MPIExecutor"):
        schema.update(of_launch_cmd())
    tolerated = notes.tolerances.get(f"{owner}.{key}")
    if tolerated:
        schema["x-tolerates"] = tolerated
    endless = isinstance(default, float) and not math.isfinite(default)  # JSON has no such number
    if isinstance(default, (str, int, float, bool)) and body != {"not": {}} and not endless:
        schema["default"] = default
    elif key in ("provider", "launcher"):
        name = "LocalProvider" if default is None else type(default).__name__
        schema["default"] = {"class": name}
    return schema


def any_of_kind(kind: str) -> Schema:
    """A table of any class of a kind. Editors tell the classes apart only where this list stands
    in the key's own schema."""
    return {"oneOf": [{"$ref": f"#/definitions/{name}"} for name in reachable(KINDS[kind][0])]}


def of_launch_cmd() -> Schema:
    """What Parsl fills into a worker command, and which options the worker program insists on."""
    import parsl.executors.high_throughput.executor as executor
    import parsl.executors.high_throughput.process_worker_pool as pool

    filled = re.search(r"launch_cmd\.format\((.*?)\n\s+self\.", inspect.getsource(executor), re.S)
    fields = re.findall(r"(\w+)=", filled.group(1)) if filled else []
    program = inspect.getsource(pool)
    converted = re.findall(r"""None if args\.(\w+) == ['"]None['"] else""", program)
    required = [
        re.findall(r'"(--?[\w-]+)"', argument.split("help=")[0])
        for argument in program.split("add_argument(")[1:]
        if is_insisted_on(argument, converted)
    ]
    return {"x-fields": sorted(fields), "x-required-options": required}


def is_insisted_on(argument: str, converted: list[str]) -> bool:
    """Whether the worker program stops without this option, by itself or by what it then does."""
    if "required=True" in argument:
        return True
    if "default=None" in argument:
        return any(f'"--{name}"' in argument for name in converted)
    stumbles = ("--cpu-affinity", "--available-accelerators")  # None is no affinity, and no list
    return "default=" not in argument and any(f'"{name}"' in argument for name in stumbles)


def of_class(name: str, cls: type, notes: Notes) -> Schema:
    """The schema of one class: its name under ``class``, and a property for each parameter."""
    hints, properties, required = hints_of(cls), {}, ["class"]
    for key, parameter in list(inspect.signature(cls.__init__).parameters.items())[1:]:  # type: ignore[misc]
        properties[key] = of_parameter(name, parameter, hints.get(key), notes)
        if parameter.default is parameter.empty:
            required.append(key)
    words = notes.of_class(name)
    schema: Schema = {
        "title": name,
        "description": words["description"],
        "type": "object",
        "properties": {"class": {"const": name, "description": "Which class of Parsl this is."}},
        "required": required,
        "additionalProperties": False,
        "x-checked": is_checked(cls),
    }
    schema["properties"].update(properties)
    packages = missing_packages(words.get("requires", []))
    return {**schema, "x-requires": packages} if packages else schema


def of_config(notes: Notes) -> Schema:
    """The schema of the table ``[parsl]``."""
    from parsl.config import Config

    schema = of_class("Config", Config, notes)
    del schema["properties"]["class"]
    schema["required"] = []
    schema["properties"]["executor_mapping"] = mapping(notes)
    return schema


def mapping(notes: Notes) -> Schema:
    """The schema of an executor mapping, in either of its shapes."""
    return {
        "description": notes.of_key("Config", "executor_mapping")["description"],
        "type": "object",
        "additionalProperties": {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "additionalProperties": {"type": "string"}},
            ]
        },
    }


def parsl_version() -> str:
    """The version of the Parsl that is installed here, as PyPI writes it."""
    import parsl

    return ".".join(str(int(part)) for part in re.findall(r"\d+", parsl.__version__)[:3])


def generate(notes: Notes) -> Schema:
    """The schema of a whole file for the Parsl that is installed here."""
    version = parsl_version()
    definitions: Schema = {"Config": of_config(notes)}
    for kind, (module, _) in KINDS.items():
        classes = reachable(module)
        if classes:
            definitions[kind] = any_of_kind(kind)
        for name, cls in classes.items():
            definitions[name] = of_class(name, cls, notes)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"QIIME 2 parallel configuration for Parsl {version}",
        "description": "The file qiime2_config.toml that QIIME 2 reads for parallel runs.",
        "type": "object",
        "properties": {
            "parsl": {"$ref": "#/definitions/Config"},
            "executor_mapping": mapping(notes),
        },
        "required": ["parsl"],
        "definitions": definitions,
        "x-parsl": version,
    }


def main() -> int:
    """Write the schema, or say which keys have no words yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, help="instead of schemas/parsl-<version>.json")
    parser.add_argument("--notes", type=Path, default=ROOT / "tools" / "key_notes.toml")
    options = parser.parse_args()
    notes = Notes(options.notes)
    schema = generate(notes)
    if notes.missing and not notes.travelling:
        print("no words in key_notes.toml for:", *sorted(set(notes.missing)), file=sys.stderr)
        return 1
    text = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
    target = options.output or ROOT / "schemas" / f"parsl-{schema['x-parsl']}.json"
    target.write_bytes(text.encode("utf-8"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
