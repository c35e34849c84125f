"""``q2pconf which``: the file that QIIME 2 loads, and why."""

from __future__ import annotations

import argparse
import os
import sys

from q2pconf.chain import Resolution, resolve
from q2pconf.cli import chosen_release, complain, is_terminal, print_result, say
from q2pconf.environments import activated
from q2pconf.releases import Release
from q2pconf.render import resolution as render
from q2pconf.render.terminal import printable, style

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``which``."""
    parser.add_argument(
        "--parallel-config",
        metavar="FILE",
        help="the file you would give to QIIME 2 with its own --parallel-config",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="text for people or json for scripts (default: text)",
    )


def run(options: argparse.Namespace) -> int:
    """Print which file QIIME 2 loads; 1 where it would fail."""
    release = chosen_release(options)
    found = resolve(
        activated(os.environ, options.env),
        release=release,
        parallel_config=options.parallel_config,
        home=os.path.expanduser("~"),
    )
    if options.format == "json":
        print_result(render.as_json(found) + "\n")
    elif options.quiet:
        _print_path(found)
    else:
        colours = style(options.color, os.environ, is_terminal=is_terminal(sys.stdout))
        print_result(render.as_text(found, colours, verbose=options.verbose) + "\n")
    if found.path is not None and os.path.exists(found.path):
        _tell_doubts(found.path, release)
    return 0 if found.ok else 1


def _tell_doubts(path: str, release: Release) -> None:
    """Who else can change the file, and with it what runs in this person's name."""
    from q2pconf import trust

    trusted = trust.owners(each for each in (release.prefix, sys.prefix) if each)
    for doubt in trust.doubts(path, trusted=trusted):
        complain(f"warning: {doubt.message}; {doubt.consequence}. {doubt.hint}")


def _print_path(found: Resolution) -> None:
    """The path alone on stdout, byte for byte unless it is for a terminal; the rest on stderr."""
    say(str(found.release))
    if found.error is not None:
        complain(found.error)
    if found.path is None:
        return
    if sys.stdout is None or is_terminal(sys.stdout):
        print_result(f"{printable(found.path)}\n")
        return
    sys.stdout.buffer.write(os.fsencode(found.path))
    print_result("\n")
