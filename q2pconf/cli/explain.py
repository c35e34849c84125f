"""``q2pconf explain``: what a file will do."""

from __future__ import annotations

import argparse
import os
import sys

from q2pconf.chain import resolve
from q2pconf.cli import OK, PROBLEMS, chosen_release, is_terminal, print_result, say, tell
from q2pconf.cli.validate import read
from q2pconf.document import Document, DocumentError
from q2pconf.environments import activated
from q2pconf.errors import InputError
from q2pconf.explanation import advice, explain, intention
from q2pconf.findings import Report
from q2pconf.releases import Release
from q2pconf.render import explanation as render
from q2pconf.render.report import as_text
from q2pconf.render.terminal import style

__all__ = ["add_arguments", "run"]


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options of ``explain``."""
    command.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="the file; - is stdin; default: the one that QIIME 2 loads by itself (q2pconf which)",
    )
    command.add_argument(
        "--for",
        dest="wanted",
        metavar="WHAT",
        help='compare with what you want, such as "25 actions, 12 cpus, 96GB"',
    )
    command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(options: argparse.Namespace) -> int:
    """Explain one file; 1 where it has errors, or is not what --for asks."""
    release = chosen_release(options)
    wanted = None if options.wanted is None else intention(options.wanted)
    look = style(options.color, os.environ, is_terminal=is_terminal(sys.stdout))
    try:
        found = explain(_document(options, release), release)
    except DocumentError as error:
        report = Report(path=options.file, release=release, findings=error.findings)
        tell(as_text([report], release, style("never", os.environ, is_terminal=False)))
        return PROBLEMS
    told = None if wanted is None else advice(found, wanted)
    if options.format == "json":
        print_result(render.as_json(found))
        for line in told or ():
            say(line)
    else:
        print_result(render.as_text(found, look, told))
    return PROBLEMS if told or found.errors else OK


def _document(options: argparse.Namespace, release: Release) -> Document:
    """The file that is named, else the one that the chain selects."""
    if options.file is not None:
        return read(options.file)
    env = activated(os.environ, options.env)
    found = resolve(env, release=release, home=os.path.expanduser("~"))
    if not found.ok:
        raise InputError(f"QIIME 2 would find no file to explain: {found.error}")
    if found.path is None or not os.path.exists(found.path):
        raise InputError(
            "QIIME 2 would take its built-in default; name a FILE, or write one: q2pconf init"
        )
    return read(found.path)
