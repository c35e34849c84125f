"""Write the JSON Schema of the Parsl that is installed here.

Run in an environment that has the Parsl in question:

    python tools/generate_schemas.py            # writes schemas/parsl-<version>.json
    python tools/generate_schemas.py --stdout

What a key may hold is read off the constructors (signatures, annotations, defaults, and whether
typeguard enforces them) and narrowed to what TOML can express and QIIME 2's loader can build. The
words (descriptions, ranges, examples) come from tools/key_notes.toml; a key without words there
is an error.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import re
import sys
import typing
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

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
Schema = dict[str, Any]


class Notes:
    """The curated words: per key, or per ``Class.key`` where a class means something of its own."""

    def __init__(self, path: Path) -> None:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        self.keys: dict[str, Schema] = raw["keys"]
        self.classes: dict[str, Schema] = raw["classes"]
        self.missing: list[str] = []
        measured = path.with_name("tolerances.toml")
        self.tolerances: dict[str, dict[str, list[str]]] = tomllib.loads(
            measured.read_text(encoding="utf-8") if measured.exists() else ""
        )

    def of_key(self, owner: str, key: str) -> Schema:
        general, special = self.keys.get(key, {}), self.keys.get(f"{owner}.{key}", {})
        words = {**general, **special}
        if "description" not in words:
            self.missing.append(f"{owner}.{key}")
        return words

    def of_class(self, name: str) -> Schema:
        words = self.classes.get(name, {})
        if "description" not in words:
            self.missing.append(name)
        return words


def reachable(module_name: str) -> dict[str, type]:
    """The classes that the loader finds as attributes of a module; none if Parsl has no such."""
    try:
        module = importlib.import_module(module_name)
    except ImportError:
        return {}
    return {
        name: value
        for name, value in sorted(vars(module).items())
        if inspect.isclass(value) and value.__module__.startswith("parsl.") and has_words(value)
    }


def has_words(cls: type) -> bool:
    """Whether a constructor of its own says what the class takes; a bare base class has none."""
    return inspect.isfunction(cls.__init__)  # type: ignore[misc]


def is_checked(cls: type) -> bool:
    """Whether typeguard checks what the constructor is given."""
    constructor = cls.__init__  # type: ignore[misc]
    if hasattr(constructor, "__wrapped__"):  # typeguard up to 2
        return True
    return any(name.startswith("check_argument_types") for name in constructor.__code__.co_names)


def missing_packages(cls: type) -> list[str]:
    """The optional packages that this class asks for and no QIIME 2 release ships."""
    from parsl.errors import OptionalModuleMissing

    if cls.__module__.startswith("parsl.channels"):
        return []  # constructing one may open a connection or ask for a password
    arguments = {
        name: "x"
        for name, parameter in list(inspect.signature(cls).parameters.items())
        if parameter.default is parameter.empty
    }
    try:
        cls(**arguments)
    except OptionalModuleMissing as error:
        return sorted(error.module_names)
    except Exception:
        return []
    return []


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
    if origin is typing.Literal:
        return {"enum": [value for value in arguments if value is not None]}
    if origin is typing.Union or (origin is not None and origin.__name__ == "UnionType"):
        return merge([of_type(argument) for argument in arguments])
    name = getattr(origin or hint, "__name__", "")
    if name in ("list", "List", "Sequence", "Iterable"):
        return _of_array(name, arguments)
    if name in ("dict", "Dict", "Mapping"):
        return _of_table(arguments)
    return {"not": {}}


def _of_array(name: str, arguments: tuple[Any, ...]) -> Schema:
    items = of_type(arguments[0]) if arguments else {}
    array: Schema = {"type": "array", "items": items}
    if items == {"not": {}}:
        array = {"type": "array", "maxItems": 0}
    if name == "Sequence" and arguments and arguments[0] is str:
        return merge([array, {"type": "string"}])
    return array


def _of_table(arguments: tuple[Any, ...]) -> Schema:
    values = of_type(arguments[1]) if len(arguments) == 2 else {}
    table: Schema = {"type": "object"}
    if values:
        table["additionalProperties"] = values
    return table


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
    if isinstance(default, bool):
        return {"type": "boolean"}
    if isinstance(default, int):
        return {"type": "integer"}
    if isinstance(default, float):
        return {"type": "number"}
    if isinstance(default, list):
        return {"type": "array"}
    return {"type": "string"}


def of_parameter(owner: str, parameter: inspect.Parameter, hint: Any, notes: Notes) -> Schema:
    """The schema of one key, with its words."""
    key, default = parameter.name, parameter.default
    words = dict(notes.of_key(owner, key))
    if key in KIND_OF_KEY and reachable(KINDS[KIND_OF_KEY[key]][0]):
        reference: Schema = {"$ref": f"#/definitions/{KIND_OF_KEY[key]}"}
        plural = key.endswith("s")
        body: Schema = {"type": "array", "items": reference} if plural else {"allOf": [reference]}
    elif "type" in words:
        body = {"type": words["type"]}
    elif hint is None:
        body = of_default(default)
    else:
        body = of_type(hint)
    if body == {"not": {}}:
        words = {"description": words.get("description", "")}
    schema = {"description": words.pop("description", ""), **body, **words}
    if key == "launch_cmd" and owner in ("HighThroughputExecutor", "MPIExecutor"):
        schema.update(of_launch_cmd())
    tolerated = notes.tolerances.get(parsl_version(), {}).get(f"{owner}.{key}")
    if tolerated:
        schema["x-tolerates"] = tolerated
    if isinstance(default, (str, int, float, bool)) and body != {"not": {}}:
        schema["default"] = default
    elif key in ("provider", "launcher"):
        name = "LocalProvider" if default is None else type(default).__name__
        schema["default"] = {"class": name}
    return schema


def of_launch_cmd() -> Schema:
    """What Parsl fills into a worker command, and which options the worker program insists on."""
    import parsl.executors.high_throughput.executor as executor
    import parsl.executors.high_throughput.process_worker_pool as pool

    filled = re.search(r"launch_cmd\.format\((.*?)\n\s+self\.", inspect.getsource(executor), re.S)
    fields = re.findall(r"(\w+)=", filled.group(1)) if filled else []
    program = inspect.getsource(pool)
    arguments = program.split("add_argument(")[1:]
    converted = re.findall(r"""None if args\.(\w+) == ['"]None['"] else""", program)
    required = [
        re.findall(r'"(--?[\w-]+)"', argument.split("help=")[0])
        for argument in arguments
        if "required=True" in argument
        or ("default=None" in argument and any(f'"--{name}"' in argument for name in converted))
    ]
    return {"x-fields": sorted({*fields, "block_id"}), "x-required-options": required}


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
        "description": words.get("description", ""),
        "type": "object",
        "properties": {"class": {"const": name, "description": "Which class of Parsl this is."}},
        "required": required,
        "additionalProperties": False,
        "x-checked": is_checked(cls),
    }
    schema["properties"].update(properties)
    packages = words.get("requires") or missing_packages(cls)
    if packages:
        schema["x-requires"] = packages
    return schema


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
        "description": notes.of_key("Config", "executor_mapping").get("description", ""),
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

    return ".".join(str(int(part)) for part in parsl.__version__.split("."))


def generate(notes: Notes) -> Schema:
    """The schema of a whole file for the Parsl that is installed here."""
    version = parsl_version()
    definitions: Schema = {"Config": of_config(notes)}
    for kind, (module, _) in KINDS.items():
        classes = reachable(module)
        if classes:
            definitions[kind] = {"oneOf": [{"$ref": f"#/definitions/{name}"} for name in classes]}
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
    parser.add_argument("--stdout", action="store_true", help="print it instead of writing it")
    parser.add_argument("--notes", type=Path, default=ROOT / "tools" / "key_notes.toml")
    options = parser.parse_args()
    notes = Notes(options.notes)
    schema = generate(notes)
    if notes.missing:
        missing = ", ".join(sorted(set(notes.missing)))
        print(f"no words in key_notes.toml for: {missing}", file=sys.stderr)
        return 1
    text = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
    if options.stdout:
        print(text, end="")
    else:
        (ROOT / "schemas" / f"parsl-{schema['x-parsl']}.json").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
