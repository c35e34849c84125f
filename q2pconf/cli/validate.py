"""``q2pconf validate``: check configuration files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from q2pconf._dataclasses import replace
from q2pconf.checks import check_document
from q2pconf.cli import PROBLEMS, chosen_release, columns, is_terminal, print_result, say
from q2pconf.cli.validate_inputs import STDIN_NAME, Progress, checked, read, tell_gathered
from q2pconf.document import Document
from q2pconf.errors import UsageError
from q2pconf.findings import Report
from q2pconf.gathering import STDIN, Problem, gather
from q2pconf.releases import Release
from q2pconf.render.outcome import Outcome
from q2pconf.render.terminal import Style, style
from q2pconf.selection import Selection, choose

if TYPE_CHECKING:
    from q2pconf.cli.validate_fixing import Mender

__all__ = ["FORMATS", "MORE_RELEASES", "add_arguments", "read", "run"]

MORE_RELEASES = ", or all for a table of every release"
"""What --release takes here besides."""

FORMATS = {
    "text": "report",
    "full": "report",
    "concise": "concise",
    "json": "report",
    "json-lines": "jsonlines",
    "github": "github",
    "gitlab": "gitlab",
    "junit": "junit",
    "sarif": "sarif",
}
"""The formats, and the module of ``render`` that makes each."""

_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""What GitHub and GitLab say is the folder that paths count from."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="file to check; a folder: every configuration in it; a quoted pattern such as"
        " 'configs/**/*.toml'; - is stdin",
    )
    parser.add_argument(
        "--format",
        choices=tuple(FORMATS),
        default="text",
        help="default: text (the same as full)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write the result into this file")
    parser.add_argument("--strict", action="store_true", help="exit with 1 for warnings too")
    for name, purpose in (("select", "tell only these"), ("ignore", "leave these out")):
        parser.add_argument(
            f"--{name}",
            metavar="CODES",
            action="append",
            help=f"{purpose}: codes or their beginnings, such as Q2P501,Q2P7",
        )
    parser.add_argument("--stdin-filename", metavar="NAME", help="what to call stdin (-)")
    group = parser.add_argument_group("mending")
    group.add_argument(
        "--fix",
        action="store_true",
        help="mend what is sure (keys, walltimes, numbers in quotes …), keep the file beside it",
    )
    group.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="with --fix or --diff: also what may have been meant otherwise",
    )
    group.add_argument(
        "--diff", action="store_true", help="print what --fix would change, and change nothing"
    )


def run(options: argparse.Namespace) -> int:
    """Check every file, print one result, and return 0, 1 (problems) or 2 (unreadable)."""
    selection = choose(options.select, options.ignore)
    every = (options.release or "").strip().lower() == "all"
    _check_use(options, every)
    releases = _every_release() if every else (chosen_release(options),)
    gathered = gather(options.files)
    _check_output(options.output, [*gathered.files, *gathered.passed_over])
    tell_gathered(gathered, verbose=options.verbose)
    mender = _mender(options, selection)
    found = checked(
        gathered.files,
        releases,
        selection,
        stdin_name=options.stdin_filename or STDIN_NAME,
        progress=Progress.on_stderr(len(gathered.files), quiet=options.quiet or bool(mender)),
        check=mender.check if mender else _check(options),
    )
    unreadable = [*gathered.problems, *found.unreadable]
    if every:
        _deliver(_matrix(found.rows, options), options)
    elif not (mender and mender.prints):
        _tell(options, [row[0] for row in found.rows], releases[0], unreadable)
    if mender:
        mender.tell([row[0] for row in found.rows], releases[0])
    failed = bool(unreadable) or (mender is not None and mender.failed)
    code = _exit_code((r for row in found.rows for r in row), failed, options.strict)
    return max(code, PROBLEMS) if mender and mender.would_change else code


def _check_use(options: argparse.Namespace, every: bool) -> None:
    """Refuse what makes no sense together."""
    if options.stdin_filename is not None and STDIN not in options.files:
        raise UsageError("--stdin-filename says what to call stdin, but no FILE is -")
    if options.stdin_filename == "":
        raise UsageError("--stdin-filename is empty")
    if every and options.format not in ("text", "full", "json"):
        raise UsageError(f"--release all has the formats text and json, not {options.format}")
    if options.output == "":
        raise UsageError("-o is empty")
    if options.fix or options.diff or options.unsafe_fixes:
        from q2pconf.cli.validate_fixing import check_use

        check_use(options, every)


def _check_output(output: str | None, inputs: Iterable[str]) -> None:
    """Refuse to write a report over a configuration."""
    if output is None or output == STDIN:
        return
    target = os.path.realpath(output)
    if output.endswith(".toml") or target in map(os.path.realpath, inputs):
        raise UsageError(f"-o {output}: this would replace a configuration by a report on it")


def _mender(options: argparse.Namespace, selection: Selection) -> Mender | None:
    if not (options.fix or options.diff):
        return None
    from q2pconf.cli.validate_fixing import Mender

    return Mender(options, selection, _look(options))


def _check(options: argparse.Namespace) -> Callable[[Document, Release], Report]:
    """How each document is checked: where fixes are told of, only those that would be taken."""
    tells = options.format.startswith("json") or (
        options.format in ("text", "full") and is_terminal(sys.stderr)
    )
    if not tells:
        return check_document

    def check(document: Document, release: Release) -> Report:
        report = check_document(document, release)
        if not any(each.fix for each in report.findings):
            return report
        from q2pconf.fixing import settled

        return settled(report, document)

    return check


def _every_release() -> tuple[Release, ...]:
    from q2pconf.releases import all_releases, other_parsls

    return (*all_releases(), *other_parsls())


def _exit_code(reports: Iterable[Report], unreadable: bool, strict: bool) -> int:
    if unreadable:
        return 2
    return 1 if any(not report.ok or (strict and report.warnings) for report in reports) else 0


def _look(options: argparse.Namespace) -> Style:
    """Colour and width for where the result goes."""
    at_terminal = is_terminal(sys.stdout) and options.output in (None, STDIN)
    look = style(options.color, os.environ, is_terminal=at_terminal)
    return replace(look, columns=columns()) if at_terminal else look


def _matrix(rows: Sequence[Sequence[Report]], options: argparse.Namespace) -> str:
    """Every file against every release."""
    from q2pconf.render.matrix import as_json, as_text

    return as_json(rows) if options.format == "json" else as_text(rows, _look(options))


def _tell(
    options: argparse.Namespace, reports: list[Report], release: Release, unreadable: list[Problem]
) -> None:
    """Print or write the result, with one line for a person on stderr where it has none."""
    here = _here()
    outcome = Outcome(
        reports=tuple(reports),
        release=release,
        unreadable=tuple(unreadable),
        strict=options.strict,
        verbose=options.verbose,
        style=_look(options),
        here=here,
        root=_root(here),
    )
    text = _rendered(options.format, outcome)
    _deliver(text, options)
    written = options.output not in (None, STDIN)
    if not options.quiet and reports and (written or options.format in ("concise", "github")):
        from q2pconf.render.report import summary

        say(f"{f'wrote {options.output}: ' if written else ''}{summary(reports, release, Style())}")
    if options.format in ("text", "full") and not options.fix and is_terminal(sys.stderr):
        _tell_of_fixes(reports)


def _tell_of_fixes(reports: Sequence[Report]) -> None:
    """What --fix would do."""
    fixes = [each.fix for report in reports for each in report.findings if each.fix]
    sure = sum(each.safe for each in fixes)
    if sure:
        say(f"q2pconf validate --fix mends {sure} of these by itself (--diff shows how)")
    elif fixes:
        say(f"--fix --unsafe-fixes would change {len(fixes)} of these (--diff shows how)")


def _rendered(name: str, outcome: Outcome) -> str:
    module = import_module(f"q2pconf.render.{FORMATS[name]}")
    if name == "json":
        return str(module.as_json(outcome.reports, outcome.release, outcome.unreadable))
    if name in ("text", "full"):
        if not outcome.reports:
            return ""  # stderr has said all there is
        look, verbose = outcome.style, outcome.verbose
        return str(module.as_text(outcome.reports, outcome.release, look, verbose=verbose))
    return str(module.render(outcome))


def _here() -> str:
    """The folder that relative paths count from; it may have been deleted."""
    try:
        return os.getcwd()
    except OSError:
        return os.sep


def _root(here: str) -> str:
    """The folder that machines count paths from: the project's, where GitHub or GitLab names it."""
    for name in _ROOTS:
        named = os.environ.get(name)
        if named:
            root = os.path.realpath(named)
            if os.path.commonpath([root, os.path.realpath(here)]) == root:
                return root
    return here


def _deliver(text: str, options: argparse.Namespace) -> None:
    """The result on stdout, or whole into the file of -o."""
    if options.output in (None, STDIN):
        if text:
            print_result(text)
        return
    from q2pconf.save import save_text

    save_text(options.output, text.encode("utf-8", "backslashreplace").decode(), overwrite=True)
