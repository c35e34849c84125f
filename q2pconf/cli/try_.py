"""``q2pconf try``: run a file for real."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from q2pconf import schema, units
from q2pconf.checks import check_document
from q2pconf.cli import (
    OK,
    PROBLEMS,
    chosen_release,
    complain,
    is_terminal,
    print_result,
    say,
    tell,
)
from q2pconf.cli.selected import add_file, selected_document, unreadable
from q2pconf.document import Document, DocumentError
from q2pconf.errors import InputError, UsageError
from q2pconf.explanation import Explanation, explain, without_executors
from q2pconf.findings import Report
from q2pconf.model import Config, Table
from q2pconf.releases import Release, numbers
from q2pconf.render.report import as_text
from q2pconf.render.terminal import style

if TYPE_CHECKING:
    from q2pconf.interpreters import Interpreter
    from q2pconf.probe import Outcome, Progress

__all__ = ["add_arguments", "run"]

_BETWEEN_LINES = 5.0
"""Seconds between lines that tell how far it is, where they are not written over."""
_COMMANDS = (
    "worker_init", "launch_cmd", "interchange_launch_cmd", "prepend", "overrides", "bind_cmd",
    "scheduler_options", "worker_executable", "worker_options", "launcher_options",
)  # fmt: skip
"""Keys whose text is run by a shell, on this machine or in the jobs."""
_BY_SIGNAL = 128
"""What a shell adds to the number of the signal that ended a program: 130 for Ctrl-C."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options of ``try``."""
    add_file(command)
    command.add_argument(
        "--timeout",
        metavar="TIME",
        default="15m",
        help="how long to wait for answers, such as 90s, 15m, 2h (default: 15m)",
    )
    command.add_argument(
        "--jobs",
        metavar="N",
        help="start at most so many jobs for each executor; default: as many as the file says",
    )
    command.add_argument(
        "--executor",
        metavar="LABEL",
        action="append",
        default=[],
        help="probe this executor only; may be given more than once",
    )
    command.add_argument(
        "--anyway", action="store_true", help="start it although the check finds errors"
    )
    command.add_argument("--strict", action="store_true", help="exit with 1 for warnings too")
    command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(options: argparse.Namespace) -> int:
    """Try one file; 1 where it has errors or an executor does not answer."""
    seconds = _timeout(options.timeout)
    jobs = None if options.jobs is None else units.read_count(options.jobs).number
    release = chosen_release(options)
    interpreter = _interpreter(options, release)
    try:
        document = selected_document(options, release, "try")
    except DocumentError as error:
        return _refuse(unreadable(error, options, release), options, "mend the file first")
    report = check_document(document, release)
    if report.errors and not options.anyway:
        look = style(options.color, os.environ, is_terminal=is_terminal(sys.stderr))
        tell(as_text([report], release, look))
        advice = "mend the file first, or try it all the same with --anyway"
        return _refuse(report, options, advice)
    promised = explain(document, release)
    if not promised.executors:
        config = Config.from_data(document.data, schema.of(release))
        raise InputError(f"nothing to try, for {without_executors(config)}")
    _announce(promised, jobs, options)
    found = _tried(document, release, interpreter, options, seconds, jobs)
    code = _show(found, options)
    if code == PROBLEMS and not found.ok:
        _remind(report)
    return code


def _remind(report: Report) -> None:
    """The warnings of the check, which may say why it does not work."""
    for one in report.warnings:
        place = f"line {one.span.line}: " if one.span else ""
        say(f"{place}warning[{one.code}]: {one.message} (q2pconf validate says more)")


def _timeout(text: str) -> int:
    found = units.seconds(text)
    if not found:
        raise UsageError(f"--timeout {text}: write a time such as 90s, 15m or 2h")
    return found


def _interpreter(options: argparse.Namespace, release: Release) -> Interpreter:
    """The Python that has the release's Parsl."""
    from q2pconf import interpreters

    found = interpreters.find(os.environ, sys.path, prefix=options.env, python=sys.executable)
    if options.release is not None and numbers(found.parsl) != release.parsl_order:
        raise UsageError(
            f"{release} cannot be tried here: {found.program} has Parsl {found.parsl};"
            " leave --release away, or name the environment of that release with --env"
        )
    return found


def _refuse(report: Report, options: argparse.Namespace, advice: str) -> int:
    """Start nothing, and say what to do."""
    from q2pconf.probe import Outcome, Problem

    complain(f"nothing was started: {advice}")
    if options.format == "json":
        problems = tuple(
            Problem(severity=one.severity, message=f"{one.code}: {one.message}", hint=one.hint)
            for one in report.errors
        )
        _show(Outcome(path=report.path, release=report.release, problems=problems), options)
    return PROBLEMS


def _announce(promised: Explanation, jobs: int | None, options: argparse.Namespace) -> None:
    """Say, before anything is run, what is going to be run."""
    told = []
    for one in promised.executors:
        if options.executor and one.label not in options.executor:
            continue
        blocks = one.blocks.reachable
        if blocks is not None and jobs is not None:
            blocks = min(blocks, jobs)
        if one.provider in (None, "LocalProvider"):
            told.append(f"{one.label} on this machine")
        else:
            count = "jobs" if blocks is None else f"up to {units.several(blocks, 'job')}"
            told.append(f"{one.label} with {count} ({one.provider})")
    if told:
        say(f"starting for real: {'; '.join(told)}; Ctrl-C stops it and cancels the jobs")
    commands = _commands(promised, options.executor)
    if commands:
        here = (
            "; where a job dies, worker_init runs on this machine as well, to find out why"
            if "worker_init" in commands
            else ""
        )
        say(f"this runs the file's own commands ({', '.join(commands)}){here}")


def _commands(promised: Explanation, labels: Sequence[str]) -> list[str]:
    """The keys with commands that the executors to try have."""
    config = Config.from_data(promised.data, schema.of(promised.release))
    found = []
    for executor in config.executors():
        provider = config.provider(executor)
        launcher = None if provider is None else config.launcher(provider)
        if not labels or executor.text("label") in labels:
            tables = [one for one in (executor, provider, launcher) if one is not None]
            found += [
                key for key in _COMMANDS for one in tables if one.has(key) and _runs(one, key)
            ]
    return sorted(set(found), key=_COMMANDS.index)


def _runs(table: Table, key: str) -> bool:
    """Whether the text of a key has more than remarks, as the options of a scheduler are."""
    value = table.get(key)
    return re.search(r"(?m)^\s*[^#\s]", value if isinstance(value, str) else str(value)) is not None


def _tried(
    document: Document,
    release: Release,
    interpreter: Interpreter,
    options: argparse.Namespace,
    seconds: int,
    jobs: int | None,
) -> Outcome:
    """Run the probes, with a line that says how far they are."""
    from q2pconf import probe

    show = _Line(options.quiet)
    return probe.run(
        document,
        release,
        interpreter,
        seconds=seconds,
        jobs=jobs,
        labels=options.executor,
        tell=show.progress,
        closing=show.closing,
    )


class _Line:
    """The line that says how far it is: written over at a terminal, else new where it differs."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.at_terminal = is_terminal(sys.stderr)
        self.last = ""
        self.next = 0.0

    def progress(self, progress: Sequence[Progress]) -> None:
        """Show this, if it is not what stands there."""
        from q2pconf.render.trial import progress_line

        text = progress_line(progress)
        known = text if self.at_terminal else re.sub(r"\bfor [^,;)]*", "", text)
        now = max((one.since for one in progress), default=0.0)
        if self.quiet or known == self.last or now < self.next:
            return
        self.last = known
        if self.at_terminal:
            width = max(os.get_terminal_size(sys.stderr.fileno()).columns, 2) - 1
            tell(f"\r\x1b[K{text if len(text) <= width else text[: width - 1] + '…'}")
        else:
            self.next = now + _BETWEEN_LINES
            say(text)

    def closing(self) -> None:
        """The probes are over."""
        if self.at_terminal and self.last and not self.quiet:
            tell("\r\x1b[K")
        if not self.quiet:
            say("ending all jobs …")


def _show(found: Outcome, options: argparse.Namespace) -> int:
    from q2pconf.render.trial import as_json, as_text

    if options.format == "json":
        print_result(as_json(found))
    else:
        look = style(options.color, os.environ, is_terminal=is_terminal(sys.stdout))
        print_result(as_text(found, look))
    if found.stopped_by is not None:
        return _BY_SIGNAL + found.stopped_by
    strictly = options.strict and any(one.problems for one in found.executors)
    return OK if found.ok and not strictly else PROBLEMS
