"""Reports of checked files as text for people and as JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from q2pconf.findings import Finding, Report, Severity
from q2pconf.releases import Release
from q2pconf.render.terminal import Style, printable

__all__ = ["as_json", "as_text", "finding_object"]

_COLOUR = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_WIDEST = 160


def as_text(reports: Sequence[Report], release: Release, style: Style) -> str:
    """Every finding with its line of the file, the consequence and the remedy; a summary last."""
    blocks = [_finding(report, finding, style) for report in reports for finding in report.findings]
    return "".join(f"{block}\n" for block in [*blocks, summary(reports, release, style)])


def summary(reports: Sequence[Report], release: Release, style: Style) -> str:
    """One line: how many files, errors and warnings, and which release they were judged by."""
    errors = sum(len(report.errors) for report in reports)
    warnings = sum(len(report.warnings) for report in reports)
    files = "" if len(reports) == 1 else f"{len(reports)} files: "
    if not errors and not warnings:
        return f"{files}{style.paint('ok', 'green')} for {release}"
    parts = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((errors, "error"), (warnings, "warning"))
        if count
    ]
    colour = "red" if errors else "yellow"
    return f"{files}{style.paint(', '.join(parts), colour)} for {release}"


def as_json(reports: Sequence[Report], release: Release) -> str:
    """The reports by the contract: version, release, files with findings, summary."""
    content = {
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


def _finding(report: Report, finding: Finding, style: Style) -> str:
    place = printable(report.path or "<text>")
    if finding.span:
        place += f":{finding.span.line}:{finding.span.column}"
    word = style.paint(f"{finding.severity.value}[{finding.code}]", _COLOUR[finding.severity])
    lines = [f"{place}: {word}: {printable(finding.message)}", *_excerpt(report, finding, style)]
    if finding.consequence:
        lines.append(f"    what happens: {printable(finding.consequence)}")
    if finding.hint:
        lines.append(f"    {style.paint('do this:', 'bold')} {printable(finding.hint)}")
    return "\n".join(lines)


def _excerpt(report: Report, finding: Finding, style: Style) -> list[str]:
    """The line of the file, and a mark under the part that is meant."""
    span = finding.span
    if span is None or report.source is None:
        return []
    lines = report.source.split("\n")
    if span.line > len(lines) or not lines[span.line - 1].strip():
        return []
    text = lines[span.line - 1]
    end = span.end_column if span.end_line == span.line else len(text) + 1
    start = max(0, span.column - 1 - _WIDEST // 2) if len(text) > _WIDEST else 0
    shown = printable(text[start : start + _WIDEST].replace("\t", " "))
    length = max(1, min(end, start + _WIDEST + 1) - span.column)
    number = str(span.line)
    blank = " " * len(number)
    mark = " " * (span.column - 1 - start) + style.paint("^" * length, _COLOUR[finding.severity])
    return [f"  {number} | {shown}", f"  {blank} | {mark}"]
