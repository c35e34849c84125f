"""Workflow commands of GitHub Actions: each finding becomes an annotation of its line."""

from __future__ import annotations

from q2pconf.findings import Finding, Severity
from q2pconf.render.outcome import Outcome, whole_message
from q2pconf.render.terminal import printable

__all__ = ["render"]

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(outcome: Outcome) -> str:
    """A command for each finding, and for each file that could not be read."""
    lines = [f"::error title=q2pconf::{_data(str(told))}\n" for told in outcome.unreadable]
    for report in outcome.reports:
        path = outcome.path(report)
        lines += [_command(path, finding) for finding in report.findings]
    return "".join(lines)


def _command(path: str, finding: Finding) -> str:
    properties = {"file": path, **_place(finding), "title": f"q2pconf {finding.code}"}
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_LEVEL[finding.severity]} {told}::{_data(whole_message(finding))}\n"


def _place(finding: Finding) -> dict[str, str]:
    """The lines, and where they are one line also the columns, the last one included: GitHub takes
    columns for single lines only."""
    span = finding.span
    if span is None:
        return {}
    lines = {"line": str(span.line), "endLine": str(span.end_line)}
    if span.line != span.end_line:
        return lines
    last = max(span.column, span.end_column - 1)
    return {**lines, "col": str(span.column), "endColumn": str(last)}


def _data(text: str) -> str:
    lines = (printable(line).replace("%", "%25") for line in text.split("\n"))
    return "%0A".join(lines)


def _property(text: str) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return printable(escaped).replace(":", "%3A").replace(",", "%2C")
