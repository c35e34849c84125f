"""``q2pconf presets``: what ``init`` can start from, and where from."""

from __future__ import annotations

import argparse
import json
import os
import sys

from q2pconf import presets
from q2pconf.cli import OK, PROBLEMS, check_release, complain, print_result
from q2pconf.presets import Origin
from q2pconf.render.terminal import printable

__all__ = ["add_arguments", "folders", "run"]


def folders() -> dict[Origin, str]:
    """Where the site's and the user's own presets lie, lowest first."""
    return presets.folders(os.environ, os.path.expanduser("~"), sys.platform)


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options of ``presets``."""
    command.epilog = (
        "Presets of your own are files NAME.toml in the folders that -v names: a whole"
        " configuration,"
        ' or a table [q2pconf] with extends = "slurm" and tables [q2pconf.fixed], .choices,'
        " .defaults and .set."
    )
    command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(options: argparse.Namespace) -> int:
    """List every preset; 1 where one is broken."""
    check_release(options)
    found, broken = presets.load_all(folders())
    if options.format == "json":
        rows = [
            {
                "name": one.name, "title": one.title, "description": one.description,
                "origin": one.origin, "path": one.path, "asks": list(one.asks),
            }
            for one in found.values()
        ]  # fmt: skip
        bad = [{"name": b.name, "path": b.path, "reason": b.reason} for b in broken]
        content = {"version": 1, "presets": rows, "broken": bad}
        print_result(json.dumps(content, indent=1) + "\n")
    else:
        width = max(len(name) for name in found)
        print_result(
            "".join(
                f"{one.name:{width}}  {printable(one.title)}"
                f"  ({printable(one.path or one.origin)})\n"
                for one in found.values()
            )
        )
    for bad_one in broken:
        complain(f"{bad_one.path}: {bad_one.reason}")
    if options.verbose:
        for origin, folder in folders().items():
            complain(f"presets of the {origin} belong in {folder}")
    return PROBLEMS if broken else OK
