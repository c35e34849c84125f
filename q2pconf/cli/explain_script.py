"""``q2pconf explain --script``: the submit scripts of a file."""

from __future__ import annotations

import argparse
import os
import sys

from q2pconf.cli import OK, PROBLEMS, is_terminal, print_result, say
from q2pconf.document import Document
from q2pconf.errors import UsageError
from q2pconf.releases import Release
from q2pconf.render.terminal import printable

__all__ = ["add_arguments", "run"]


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options for submit scripts."""
    command.add_argument(
        "--script",
        action="store_true",
        help="print the submit script as the Parsl of the environment writes it, and say what"
        " Slurm makes of it; nothing is submitted",
    )
    command.add_argument(
        "--executor", metavar="LABEL", help="--script: of this executor only; default: of all"
    )


def run(options: argparse.Namespace, document: Document, release: Release) -> int:
    """Print the scripts; 1 where the file has errors or the scheduler refuses."""
    if not options.script:
        raise UsageError("--executor is for --script")
    from q2pconf import submission
    from q2pconf.render import submission as render

    named = options.release is not None and options.release.strip().lower() != "installed"
    interpreter = submission.interpreter_for(
        release,
        os.environ,
        sys.path,
        prefix=options.env,
        python=sys.executable,
        must_match=named,
    )
    found = submission.prepare(document, release, interpreter, label=options.executor)
    if options.format == "json":
        print_result(render.as_json(found))
        return OK if found.ok else PROBLEMS
    _print_script(render.as_scripts(found))
    for line in render.remarks(found, brief=options.quiet):
        say(line)
    return OK if found.ok else PROBLEMS


def _print_script(text: str) -> None:
    """The very bytes; a terminal gets what is harmless."""
    if is_terminal(sys.stdout):
        lines = text.split("\n")
        text = "\n".join("\t".join(map(printable, line.split("\t"))) for line in lines)
    elif sys.stdout is not None and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")
    print_result(text)
