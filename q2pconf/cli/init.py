"""``q2pconf init``: write a configuration file for this machine."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from contextlib import suppress

from q2pconf import presets
from q2pconf.checks import check_document
from q2pconf.cli import OK, chosen_release, say
from q2pconf.document import Document
from q2pconf.errors import RefusedError, UsageError
from q2pconf.host import CpuCount, resolve_cpus
from q2pconf.releases import Release
from q2pconf.save import save_text

__all__ = ["add_arguments", "run"]

DEFAULT_FILE = "qiime2_config.toml"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options of ``init``."""
    command.add_argument(
        "--preset",
        metavar="NAME",
        default="local",
        help=f"what to start from: {', '.join(presets.names())} (default: local)",
    )
    command.add_argument(
        "--max-cpus",
        metavar="N",
        type=_count,
        help="use N CPUs of this machine; default: all that this process may use, less one",
    )
    command.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default=DEFAULT_FILE,
        help=f"the file to write, or - to print it (default: {DEFAULT_FILE} in this folder)",
    )
    command.add_argument("--force", action="store_true", help="replace the file if it exists")
    command.add_argument("--dry-run", action="store_true", help="print the file, write nothing")


def run(options: argparse.Namespace) -> int:
    """Write the preset for this machine and say on what grounds."""
    if not options.output:
        raise UsageError("-o needs the name of a file, or - to print it")
    release = chosen_release(options)
    cpus = resolve_cpus(os.environ, given=options.max_cpus)
    document = presets.preset(options.preset, release=release, cpus=cpus)
    _check(document, release)
    if options.dry_run or options.output == "-":
        _print_result(document.text)
        where = None
    else:
        save_text(options.output, document.text, overwrite=options.force)
        where = options.output
    if not options.quiet:
        _tell(options, release, cpus, where)
    return OK


def _count(text: str) -> int:
    if not re.fullmatch("0*[1-9][0-9]{0,5}", text, flags=re.ASCII):
        raise argparse.ArgumentTypeError(f"a whole number from 1 to 999999 is needed, not {text!r}")
    return int(text)


def _check(document: Document, release: Release) -> None:
    """What is written here is right, or there is a bug in q2pconf."""
    for error in check_document(document, release).errors:
        raise RuntimeError(f"the file for {release} would be wrong: {error.message}")


def _print_result(text: str) -> None:
    if sys.stdout is None:
        raise RefusedError("standard output is closed: nothing was printed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # What is left in the buffer must not fail once more when Python ends.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        reason = error.strerror or str(error)
        raise RefusedError(f"cannot write to standard output: {reason}") from error


def _tell(options: argparse.Namespace, release: Release, cpus: CpuCount, where: str | None) -> None:
    """On stderr: what was written, why it has these counts, and what to type next."""
    if where is None:
        say(f"preset {options.preset} for {release}; no file was written")
    else:
        say(f"wrote {where}: preset {options.preset} for {release}")
    say(f"steps at a time: {cpus.workers} ({cpus.reason})")
    if cpus.workers > cpus.usable:
        say(f"note: {cpus.workers} is more than the {cpus.usable} that this process may use")
    if options.verbose:
        for limit in cpus.considered:
            say(f"  {limit.source}: {limit.detail}")
    if where is not None:
        # A name that begins with a dash would be taken for an option.
        file = shlex.quote(f"./{where}" if where.startswith("-") else where)
        named = f" --release {release.name}" if options.release else ""
        say("next:")
        say(f"  q2pconf validate{named} {file}")
        say(f"  qiime PLUGIN PIPELINE ... --parallel-config {file}")
    elif options.dry_run and options.output != "-":
        _tell_of_existing(options)


def _tell_of_existing(options: argparse.Namespace) -> None:
    if os.path.lexists(options.output) and not options.force:
        say(f"note: {options.output} exists already; only --force would replace it")
