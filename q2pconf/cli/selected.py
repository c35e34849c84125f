"""The file that a command is about: the one that is named, else the one that QIIME 2 loads; and
what is told of one that is no TOML."""

from __future__ import annotations

import argparse
import os
import sys

from q2pconf.chain import resolve
from q2pconf.cli import is_terminal, tell
from q2pconf.cli.validate_inputs import read
from q2pconf.document import Document, DocumentError
from q2pconf.environments import activated
from q2pconf.errors import InputError
from q2pconf.findings import Report
from q2pconf.releases import Release
from q2pconf.render.report import as_text
from q2pconf.render.terminal import style

__all__ = ["add_file", "selected_document", "unreadable"]


def add_file(command: argparse.ArgumentParser) -> None:
    """The argument FILE, which may be left out."""
    command.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="the file; - is stdin; default: the one that QIIME 2 loads by itself (q2pconf which)",
    )


def selected_document(options: argparse.Namespace, release: Release, purpose: str) -> Document:
    """The document of ``options.file``, else of the file that the chain selects.

    ``purpose`` completes "no file to …". Raises InputError where there is none, DocumentError
    where it is no TOML.
    """
    document = read(_found(options, release, purpose) if options.file is None else options.file)
    _ = document.data
    return document


def _found(options: argparse.Namespace, release: Release, purpose: str) -> str:
    """The path of the file that the chain selects, also of one that QIIME 2 cannot read as TOML."""
    env = activated(os.environ, options.env)
    found = resolve(env, release=release, home=os.path.expanduser("~"))
    there = found.path is not None and os.path.isfile(found.path)
    if not found.ok and not there:
        raise InputError(f"QIIME 2 would find no file to {purpose}: {found.error}")
    if found.path is None or not there:
        raise InputError(
            "QIIME 2 would take its built-in default; name a FILE, or write one: q2pconf init"
        )
    return found.path


def unreadable(error: DocumentError, options: argparse.Namespace, release: Release) -> Report:
    """The report on a file that is no TOML; where the result is for people, it is told on stderr.

    Lines of the file are shown as ``validate`` shows them.
    """
    report = Report(path=error.path, release=release, findings=error.findings, source=error.source)
    if options.format != "json":
        look = style(options.color, os.environ, is_terminal=is_terminal(sys.stderr))
        tell(as_text([report], release, look))
    return report
