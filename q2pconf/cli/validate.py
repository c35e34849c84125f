"""``q2pconf validate``: check configuration files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable

from q2pconf.checks import check_document
from q2pconf.cli import chosen_release, complain, is_terminal, print_result
from q2pconf.document import MAX_BYTES, Document, DocumentError
from q2pconf.errors import InputError
from q2pconf.findings import Report
from q2pconf.releases import Release
from q2pconf.render.terminal import Style, style

__all__ = ["MORE_RELEASES", "add_arguments", "read", "run"]

MORE_RELEASES = ", or all for a table of every release"
"""What --release takes here besides."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="file to check; - is stdin")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--strict", action="store_true", help="exit with 1 for warnings too")


def run(options: argparse.Namespace) -> int:
    """Check every file, print one result, and return 0, 1 (problems) or 2 (unreadable)."""
    look = style(options.color, os.environ, is_terminal=is_terminal(sys.stdout))
    if (options.release or "").strip().lower() == "all":
        return _run_all(options, look)
    from q2pconf.render.report import as_json, as_text

    release = chosen_release(options)
    reports, unreadable = _checked(options.files, (release,))
    rows = [row for (row,) in reports]
    if rows or options.format == "json":
        as_wanted = options.format == "json"
        print_result(as_json(rows, release) if as_wanted else as_text(rows, release, look))
    return _exit_code(rows, unreadable, strict=options.strict)


def _run_all(options: argparse.Namespace, look: Style) -> int:
    """Every file against every release."""
    from q2pconf.releases import all_releases, other_parsls
    from q2pconf.render.matrix import as_json, as_text

    reports, unreadable = _checked(options.files, (*all_releases(), *other_parsls()))
    if reports or options.format == "json":
        print_result(as_json(reports) if options.format == "json" else as_text(reports, look))
    rows = [report for row in reports for report in row]
    return _exit_code(rows, unreadable, strict=options.strict)


def _exit_code(reports: Iterable[Report], unreadable: bool, *, strict: bool) -> int:
    if unreadable:
        return 2
    return 1 if any(not report.ok or (strict and report.warnings) for report in reports) else 0


def _checked(
    names: Iterable[str], releases: tuple[Release, ...]
) -> tuple[list[tuple[Report, ...]], bool]:
    """For each file that can be read its reports, one for each release; whether one cannot."""
    reports, unreadable = [], False
    for name in names:
        try:
            document = read(name)
        except DocumentError as error:
            path = _shown(name)
            reports.append(
                tuple(Report(path=path, release=r, findings=error.findings) for r in releases)
            )
        except InputError as error:
            complain(str(error))
            unreadable = True
        else:
            reports.append(tuple(check_document(document, release) for release in releases))
    return reports, unreadable


def read(name: str) -> Document:
    """The document of this file, or of stdin for ``-``.

    Raises InputError where it cannot be read, DocumentError where it is no text.
    """
    if name != "-":
        return Document.load(name)
    if sys.stdin is None:
        raise InputError("-: there is no standard input")
    return Document.from_bytes(sys.stdin.buffer.read(MAX_BYTES + 1), _shown(name))


def _shown(name: str) -> str:
    return "<stdin>" if name == "-" else name
