"""``q2pconf validate``: check configuration files."""

from __future__ import annotations

import argparse
import os
import sys

from q2pconf.checks import check_document, check_file
from q2pconf.document import MAX_BYTES, Document, DocumentError
from q2pconf.errors import InputError
from q2pconf.findings import Report
from q2pconf.releases import Release, choose
from q2pconf.render.report import as_json, as_text
from q2pconf.render.terminal import printable, style

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="file to check; - is stdin")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--strict", action="store_true", help="exit with 1 for warnings too")


def run(options: argparse.Namespace) -> int:
    """Check every file, print one result, and return 0, 1 (problems) or 2 (unreadable)."""
    release = choose(options.release, os.environ, sys.path)
    reports, unreadable = [], False
    for name in options.files:
        try:
            reports.append(_check(name, release))
        except InputError as error:
            print(f"q2pconf: {printable(str(error))}", file=sys.stderr)
            unreadable = True
    if reports or options.format == "json":
        text = _shown(reports, release, options)
        sys.stdout.write(text)
    if unreadable:
        return 2
    failed = any(not report.ok or (options.strict and report.warnings) for report in reports)
    return 1 if failed else 0


def _shown(reports: list[Report], release: Release, options: argparse.Namespace) -> str:
    if options.format == "json":
        return as_json(reports, release)
    look = style(options.color, os.environ, is_terminal=sys.stdout.isatty())
    return as_text(reports, release, look)


def _check(name: str, release: Release) -> Report:
    if name != "-":
        return check_file(name, release)
    if sys.stdin is None:
        raise InputError("-: there is no standard input")
    try:
        document = Document.from_bytes(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>")
    except DocumentError as error:
        return Report(path="<stdin>", release=release, findings=error.findings)
    return check_document(document, release)
