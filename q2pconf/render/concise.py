"""One line for each finding, as editors take it: ``path:line:column: CODE message``."""

from __future__ import annotations

from q2pconf.render.outcome import Outcome
from q2pconf.render.report import COLOUR
from q2pconf.render.terminal import printable

__all__ = ["render"]


def render(outcome: Outcome) -> str:
    """The findings of every file; one without a place stands at the start of its file."""
    lines = []
    for report in outcome.reports:
        path = printable(report.path or "<text>")
        for finding in report.findings:
            span = finding.span
            place = f"{span.line}:{span.column}" if span else "1:1"
            code = outcome.style.paint(finding.code, COLOUR[finding.severity])
            lines.append(f"{path}:{place}: {code} {printable(finding.message)}\n")
    return "".join(lines)
