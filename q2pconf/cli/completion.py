"""``q2pconf completion``: let the shell complete q2pconf's commands, options and values."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from q2pconf.cli import COMMANDS, OK, check_release, parser_for, print_result
from q2pconf.completions import Offer, Source, complete, lines, split
from q2pconf.completions.scripts import SCRIPTS, SHELLS_HELP
from q2pconf.errors import UsageError

__all__ = ["add_arguments", "run"]


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of ``completion``."""
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = SHELLS_HELP
    command.add_argument("shell", choices=tuple(SCRIPTS), nargs="?", help="the shell you use")
    # What the scripts call. The words so far are lines of one text, which begins with the program:
    # no word of theirs is taken for an option here. Of bash: the whole line, then its last bit.
    command.add_argument("--answer", nargs=2, metavar=("SHELL", "WORDS"), help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Print the script of a shell, or what a half-typed command line can go on with."""
    if options.answer is not None:
        print_result("".join(f"{line}\n" for line in _answer(*options.answer)))
        return OK
    check_release(options)
    if options.shell is None:
        raise UsageError(f"which shell? {', '.join(SCRIPTS)}")
    print_result(SCRIPTS[options.shell])
    return OK


def _answer(shell: str, typed: str) -> Iterable[str]:
    part = ""
    if shell == "bash":
        line, _, part = typed.rpartition("\n")
        words = split(line)[1:]
    else:
        words = typed.split("\n")[1:]
    chosen = next((word for word in words[:-1] if word in COMMANDS), None)
    parser, module = parser_for(chosen)
    more = ("all",) if getattr(module, "MORE_RELEASES", "") else ()
    offer = complete(parser, words, _sources(words, more))
    return lines(offer, shell, words[-1] if words else "", part)


def _sources(words: Sequence[str], more_releases: tuple[str, ...]) -> Mapping[str, Source]:
    """What makes the values of options and arguments, by their names or by their metavars."""
    places = tuple((name, "") for name in ("user", "site", "conda"))
    return {
        "REL": lambda: _releases(more_releases),
        "preset": _presets,
        "CODE": _codes,
        "CODES": _codes,
        "CLASS": lambda: _classes(words),
        "FILE": lambda: Offer(also="files"),
        "PLACE": lambda: Offer(words=places, also="files"),
        "PREFIX": lambda: Offer(also="folders"),
        "ENV": lambda: Offer(also="folders"),
    }


def _releases(more: tuple[str, ...]) -> Offer:
    from q2pconf.releases import all_releases, other_parsls

    known = [*reversed(all_releases()), *other_parsls()]
    words = [(one.name, f"Parsl {one.parsl}") for one in known]
    words.append(("installed", "what is installed in the active environment"))
    return Offer(words=(*words, *((word, "every release") for word in more)))


def _presets() -> Offer:
    from q2pconf.cli.presets import folders
    from q2pconf.presets import load_all

    found, _ = load_all(folders())
    return Offer(words=tuple((one.name, one.title) for one in found.values()))


def _codes() -> Offer:
    from q2pconf.rules.catalogue import entries

    return Offer(words=tuple((one.code, one.title) for one in entries().values()))


def _classes(words: Sequence[str]) -> Offer:
    from q2pconf import schema
    from q2pconf.releases import choose

    asked = [value for name, value in pairwise(words) if name == "--release"]
    release = choose(asked[0] if asked else None, os.environ, sys.path)
    known = schema.of(release).content["definitions"]
    classes = [
        (name, content["description"])
        for name, content in known.items()
        if "properties" in content and name != "Config"
    ]
    return Offer(words=(("parsl", "the table [parsl]"), *classes))
