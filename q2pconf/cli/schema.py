"""``q2pconf schema``: the keys that a release knows, for people and for editors."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from q2pconf import _resources, names, schema
from q2pconf.cli import OK, chosen_release, print_result
from q2pconf.errors import UsageError
from q2pconf.releases import Release
from q2pconf.schema import Schema

__all__ = ["add_arguments", "run"]


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of ``schema``."""
    command.add_argument(
        "name",
        metavar="CLASS",
        nargs="?",
        help="a class such as SlurmProvider, or parsl for the table [parsl]: its keys, in words;"
        " without it the whole JSON Schema, for editors",
    )
    command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    command.add_argument(
        "--path", action="store_true", help="print where the JSON Schema is installed instead"
    )
    command.epilog = (
        "For an editor with tombi or taplo: q2pconf schema > qiime2_config.schema.json, and"
        " #:schema ./qiime2_config.schema.json as the first line of the configuration."
    )


def run(options: argparse.Namespace) -> int:
    """Print the schema, its path, or the keys of one class."""
    release = chosen_release(options)
    if options.path:
        if options.name is not None:
            raise UsageError(f"--path is for the whole schema, not for {options.name}")
        print_result(f"{_path(release)}\n")
        return OK
    known = schema.of(release)
    if options.name is None:
        print_result(json.dumps(known.content, indent=1, ensure_ascii=False) + "\n")
        return OK
    name = "Config" if options.name.lower() in ("parsl", "[parsl]", "config") else options.name
    content = known.of_class(name)
    if not content:
        raise UsageError(_unknown(options.name, known))
    if options.format == "json":
        print_result(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    else:
        title = "[parsl]" if name == "Config" else name
        print_result(f"{title} in {release}\n" + "".join(_keys(content)))
    return OK


def _path(release: Release) -> str:
    """Where the schema of this release is a file by itself."""
    place = _resources.folder("schemas") / f"parsl-{release.parsl}.json"
    if release.generated is not None or not isinstance(place, Path):
        raise UsageError(
            f"the schema of {release} is no file of its own: write one with"
            " `q2pconf schema > qiime2_config.schema.json`"
        )
    return str(place)


def _unknown(name: str, known: Schema) -> str:
    classes = [
        one for one, content in known.content["definitions"].items() if "properties" in content
    ]
    near = names.meant(name, classes)
    if near:
        return f"there is no class {name} in Parsl {known.parsl}; did you mean {near}?"
    return f"there is no class {name} in Parsl {known.parsl}; there are: {', '.join(classes)}"


def _keys(content: Mapping[str, Any]) -> Iterator[str]:
    """A few lines for each key: its name, its type, its default, what it is for."""
    for key, rule in content["properties"].items():
        if key == "class":
            continue
        kind = rule.get("type", "table" if "$ref" in str(rule) else "")
        kind = " or ".join(kind) if isinstance(kind, list) else kind
        facts = [kind] if kind else []
        if key in content["required"]:
            facts.append("required")
        if isinstance(rule.get("default"), str | int | float):
            facts.append(f"default {json.dumps(rule['default'])}")
        told = f"  ({', '.join(facts)})" if facts else ""
        words = rule.get("description", "")
        indent = " " * 6
        text = textwrap.fill(words, 92, initial_indent=indent, subsequent_indent=indent)
        yield f"\n  {key}{told}\n{text}\n"
