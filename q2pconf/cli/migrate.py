"""``q2pconf migrate``: carry a configuration file over to another release."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import IO

from q2pconf.cli import (
    OK,
    PROBLEMS,
    at_terminal,
    chosen_release,
    complain,
    is_terminal,
    print_result,
    say,
    tell,
)
from q2pconf.cli.selected import unreadable
from q2pconf.cli.validate_inputs import read
from q2pconf.document import Document, DocumentError
from q2pconf.errors import UsageError
from q2pconf.migrating import Migration, migrate, undecided
from q2pconf.releases import Release, find
from q2pconf.render import migration as render
from q2pconf.render.terminal import Style, style
from q2pconf.save import replace_text, save_text

__all__ = ["add_arguments", "run"]


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options of ``migrate``."""
    command.add_argument("file", metavar="FILE", help="the file to carry over; - is stdin")
    command.add_argument("--to", metavar="REL", help="the release to carry it to, as for --release")
    command.add_argument(
        "--from",
        metavar="REL",
        dest="origin",
        help="the release that it was written for; default: the nearest one in which it is right",
    )
    command.add_argument(
        "--plugin",
        metavar="ACTION=PLUGIN",
        action="append",
        default=[],
        type=_pair,
        help="which plugin an action of the mapping belongs to; may be given several times",
    )
    mode = command.add_mutually_exclusive_group()
    mode.add_argument("--diff", action="store_true", help="print what would change (default)")
    mode.add_argument(
        "--write", action="store_true", help="change the file, with a back-up beside it"
    )
    mode.add_argument(
        "--check", action="store_true", help="print no diff; exit with 1 if it would change"
    )
    mode.add_argument("-o", "--output", metavar="FILE", help="write the result here; - prints it")
    command.add_argument("--force", action="store_true", help="let -o replace a file")
    command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(options: argparse.Namespace) -> int:
    """Migrate one file; 1 where something is left to do, or where --check would change it."""
    _check_use(options)
    target = chosen_release(options)
    origin = _origin(options)
    try:
        document = read(options.file)
        _ = document.data
    except DocumentError as error:
        return _unreadable(options, target, error)
    found = migrate(document, to=target, from_=origin, plugins=_plugins(document, target, options))
    _deliver(found, options)
    if found.left or (options.check and found.changed):
        return PROBLEMS
    return OK


def _check_use(options: argparse.Namespace) -> None:
    """Refuse what makes no sense together; --to and --release are two words for the target."""
    if options.write and options.file == "-":
        raise UsageError(
            "--write needs a file; with stdin use -o FILE, or -o - to print the result"
        )
    for option, value in (("-o", options.output), ("--to", options.to), ("--from", options.origin)):
        if value is not None and not value.strip():
            raise UsageError(f"{option} is empty")
    if options.to and options.release and options.to != options.release:
        raise UsageError(f"--to {options.to} and --release {options.release}: which is it?")
    options.release = options.to or options.release
    given: dict[str, str] = {}
    for action, plugin in options.plugin:
        if given.setdefault(action, plugin) != plugin:
            raise UsageError(f"--plugin {action}: {given[action]} or {plugin}?")


def _origin(options: argparse.Namespace) -> Release | None:
    if options.origin is None:
        return None
    found = find(options.origin)
    if found.caveat:
        complain(f"warning: --from: {found.caveat}")
    return found


def _pair(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"([A-Za-z0-9_-]+)=([A-Za-z0-9_-]+)", text)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"ACTION=PLUGIN is needed, such as denoise=dada2: {text!r}"
        )
    return found.group(1), found.group(2)


def _plugins(document: Document, target: Release, options: argparse.Namespace) -> dict[str, str]:
    """The plugins that are given, and at a terminal those that are answered."""
    plugins = dict(options.plugin)
    open_ones = [action for action in undecided(document, target) if action not in plugins]
    if open_ones and _can_ask(options):
        from q2pconf.prompts import plugin_of

        answers = {action: plugin_of(action) for action in open_ones}
        plugins.update({action: plugin for action, plugin in answers.items() if plugin})
    return plugins


def _can_ask(options: argparse.Namespace) -> bool:
    """Whether a person sits there and nothing else is expected of this call."""
    machine = options.format == "json" or options.check or options.file == "-"
    return not machine and at_terminal()


def _unreadable(options: argparse.Namespace, target: Release, error: DocumentError) -> int:
    """A file that is not TOML: its problems, and nothing is written."""
    report = unreadable(error, options, target)
    if options.format == "json":
        print_result(render.broken_as_json(report))
    return PROBLEMS


def _style(options: argparse.Namespace, stream: IO[str] | None) -> Style:
    return style(options.color, os.environ, is_terminal=is_terminal(stream))


def _deliver(found: Migration, options: argparse.Namespace) -> None:
    """The result into a file or on stdout, the words on stderr."""
    written, kept = _write(found, options)
    if options.format == "json":
        print_result(render.as_json(found, backup=kept))
    elif options.output == "-":
        print_result(found.document.text)
    elif not (options.write or options.check or options.output):
        print_result(render.as_diff(found, _style(options, sys.stdout)))
    if options.quiet or options.format == "json":
        return
    tell(render.as_words(found, _style(options, sys.stderr), done=not options.check))
    if written:
        say(written)


def _write(found: Migration, options: argparse.Namespace) -> tuple[str | None, str | None]:
    """Write what is to be written: what was, in words, and the path of the back-up."""
    if options.output and options.output != "-":
        save_text(options.output, found.document.text, overwrite=options.force)
        return f"wrote {options.output}", None
    if options.write and found.changed:
        kept = replace_text(options.file, found.document.text, found.original.text)
        return f"wrote {options.file}; the file as it was is {kept}", str(kept)
    return None, None
