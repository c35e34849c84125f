"""Reports of checked files as text for people and as JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from q2pconf.findings import Finding, Report, Severity
from q2pconf.gathering import Problem
from q2pconf.releases import Release
from q2pconf.render.excerpt import excerpt
from q2pconf.render.terminal import Style, printable

__all__ = ["COLOUR", "as_json", "as_text", "finding_object", "summary"]

COLOUR = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
"""The colour of each severity."""

_MOST_OF_A_CODE = 10
"""So many findings of one code are shown for each file; the rest are counted."""


def as_text(
    reports: Sequence[Report], release: Release, style: Style, *, verbose: bool = False
) -> str:
    """Every finding with its line of the file, the consequence and the remedy; a summary last.

    Of many findings of one code in one file only the first are shown, unless ``verbose``.
    """
    blocks = [block for report in reports for block in _blocks(report, style, verbose)]
    return "".join(f"{block}\n" for block in [*blocks, summary(reports, release, style)])


def summary(reports: Sequence[Report], release: Release, style: Style) -> str:
    """One line: how many files, errors and warnings, which release they were judged by, and what
    was not counted."""
    found = [finding for report in reports for finding in report.findings]
    errors = sum(finding.severity is Severity.ERROR for finding in found)
    counted = _counted(found, infos=False)
    files = "" if len(reports) == 1 else f"{len(reports)} files: "
    colour = "red" if errors else "yellow" if counted else "green"
    line = f"{files}{style.paint(counted or 'ok', colour)} for {release}"
    hidden = _counted(finding for report in reports for finding in report.ignored)
    left_out = _counted(finding for report in reports for finding in report.left_out)
    if hidden:
        line += f"; ignored by comments: {hidden}"
    if left_out:
        line += f"; left out by --select and --ignore: {left_out}"
    return line


def _counted(findings: Iterable[Finding], *, infos: bool = True) -> str:
    """How many findings of each severity, in words; empty for none."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    words = {Severity.ERROR: "error", Severity.WARNING: "warning"}
    if infos:
        words[Severity.INFO] = "note"
    return ", ".join(
        f"{counts[severity]} {word}{'' if counts[severity] == 1 else 's'}"
        for severity, word in words.items()
        if counts[severity]
    )


def as_json(reports: Sequence[Report], release: Release, unreadable: Sequence[Problem] = ()) -> str:
    """The reports by the contract: version, release, files with findings, summary; what could not
    be read besides, where there is any."""
    content: dict[str, Any] = {
        "version": 1,
        "release": release.name,
        "parsl": release.parsl,
        "files": [_file(report) for report in reports],
        "summary": {
            "files": len(reports),
            "errors": sum(len(report.errors) for report in reports),
            "warnings": sum(len(report.warnings) for report in reports),
        },
    }
    if unreadable:
        content["unreadable"] = [{"path": one.name, "message": one.reason} for one in unreadable]
    return json.dumps(content, indent=1, default=str) + "\n"


def _file(report: Report) -> dict[str, Any]:
    return {
        "path": report.path,
        "ok": report.ok,
        "findings": [finding_object(finding) for finding in report.findings],
    }


def finding_object(finding: Finding) -> dict[str, Any]:
    """One finding by the contract."""
    span = finding.span
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": _whole_message(finding),
        "key": None if finding.key is None else list(finding.key),
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
        "hint": finding.hint,
        "fixable": finding.fix is not None,
    }


def _whole_message(finding: Finding) -> str:
    """What is wrong and what would happen, as the contract has one place for both."""
    if finding.consequence is None:
        return finding.message
    return f"{finding.message}; {finding.consequence}"


def _blocks(report: Report, style: Style, verbose: bool) -> Iterator[str]:
    """The findings of a file, and how many more of a code there are than are shown."""
    lines = (report.source or "").split("\n")
    path = printable(report.path or "<text>")
    counts: dict[str, int] = {}
    rest: dict[str, list[Finding]] = {}
    for finding in report.findings:
        counts[finding.code] = counts.get(finding.code, 0) + 1
        if verbose or counts[finding.code] <= _MOST_OF_A_CODE:
            yield _finding(path, lines, finding, style)
        else:
            rest.setdefault(finding.code, []).append(finding)
    for code, more in rest.items():
        at = [finding.span.line for finding in more if finding.span]
        where = (
            "" if not at else f", line {at[0]}" if at[0] == at[-1] else f", lines {at[0]}–{at[-1]}"
        )
        word = style.paint(f"{more[0].severity.value}[{code}]", COLOUR[more[0].severity])
        yield f"{path}: … and {len(more)} more of {word}{where} (-v lists them)"


def _finding(path: str, lines: list[str], finding: Finding, style: Style) -> str:
    span = finding.span
    place = f"{path}:{span.line}:{span.column}" if span else path
    colour = COLOUR[finding.severity]
    word = style.paint(f"{finding.severity.value}[{finding.code}]", colour)
    told = [f"{place}: {word}: {printable(finding.message)}"]
    if span and span.line <= len(lines) and lines[span.line - 1].strip():
        told += excerpt(lines[span.line - 1], span, style, colour)
    if finding.consequence:
        told.append(f"    what happens: {printable(finding.consequence)}")
    if finding.hint:
        told.append(f"    {style.paint('do this:', 'bold')} {printable(finding.hint)}")
    return "\n".join(told)
