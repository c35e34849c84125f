"""``q2pconf explain``: what a file will do."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from q2pconf.cli import (
    OK,
    PROBLEMS,
    chosen_release,
    explain_script,
    is_terminal,
    print_result,
    say,
)
from q2pconf.cli.selected import add_file, selected_document, unreadable
from q2pconf.document import DocumentError
from q2pconf.errors import RefusedError, UsageError
from q2pconf.explanation import Explanation, explain
from q2pconf.releases import Release
from q2pconf.render import explanation as render
from q2pconf.render.terminal import style

if TYPE_CHECKING:
    from q2pconf.advising import Advice

__all__ = ["add_arguments", "run"]


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options of ``explain``."""
    add_file(command)
    command.add_argument(
        "--for",
        dest="wanted",
        metavar="WHAT",
        help='compare with what you want, such as "25 actions, 12 cpus, 96GB, 24h" or "25 x 12 x'
        ' 96GB", and say which lines to change; exit code 1 if the file does not give it',
    )
    command.add_argument(
        "--svg", metavar="FILE", help="write a picture for a report as well; - prints it instead"
    )
    command.add_argument("--force", action="store_true", help="--svg may replace a file")
    explain_script.add_arguments(command)
    command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(options: argparse.Namespace) -> int:
    """Explain one file; 1 where it has errors, or is not what --for asks."""
    _refuse(options)
    release = chosen_release(options)
    try:
        if options.script or options.executor is not None:
            return explain_script.run(
                options, selected_document(options, release, "explain"), release
            )
        found, told, wish = _explained(options, release)
    except DocumentError as error:
        report = unreadable(error, options, release)
        if options.format == "json":
            print_result(render.broken_as_json(report))
        return PROBLEMS
    if options.svg is not None:
        _picture(options, found)
    if options.format == "json":
        print_result(render.as_json(found, told))
    elif options.svg != "-":
        look = style(options.color, os.environ, is_terminal=is_terminal(sys.stdout))
        print_result(render.as_text(found, look, told, wish))
    return PROBLEMS if told or found.errors else OK


def _refuse(options: argparse.Namespace) -> None:
    """Options that do not go together."""
    if options.svg == "":
        raise UsageError("--svg needs the name of a file, or - to print the picture")
    if options.svg == "-" and options.format == "json":
        raise UsageError("--svg -: the picture and the JSON cannot both be printed; name a file")
    if options.force and options.svg is None:
        raise UsageError("--force is for --svg FILE")
    alone = options.script or options.executor is not None
    if alone and (options.svg is not None or options.wanted is not None):
        raise UsageError("--script shows the jobs' scripts and nothing else; leave out the rest")


def _explained(
    options: argparse.Namespace, release: Release
) -> tuple[Explanation, tuple[Advice, ...] | None, str]:
    """What the file does, and with --for what is to change, and the wish in words."""
    if options.wanted is None:
        return explain(selected_document(options, release, "explain"), release), None, ""
    from q2pconf.advising import advise, intention, told

    wanted = intention(options.wanted)
    found = explain(selected_document(options, release, "explain"), release)
    return found, advise(found, wanted), told(wanted)


def _picture(options: argparse.Namespace, found: Explanation) -> None:
    """The picture, printed or in a file of its own."""
    from q2pconf.render.svg import as_svg
    from q2pconf.save import save_text

    picture = as_svg(found)
    if options.svg == "-":
        print_result(picture)
        return
    if found.path is not None and os.path.realpath(found.path) == os.path.realpath(options.svg):
        raise RefusedError(f"--svg {options.svg}: that is the file to explain; name another")
    save_text(options.svg, picture, overwrite=options.force)
    say(f"wrote {options.svg}")
