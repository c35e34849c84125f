"""Files against every release: one line for each pair, ok or the first error."""

from __future__ import annotations

import json
from collections.abc import Sequence

from q2pconf.findings import Report
from q2pconf.render.report import finding_object
from q2pconf.render.terminal import Style, printable

__all__ = ["as_json", "as_text"]


def as_text(rows: Sequence[Sequence[Report]], style: Style) -> str:
    """A block for each file: the file's name, then a line for each release."""
    return "\n".join(_block(reports, style) for reports in rows)


def _block(reports: Sequence[Report], style: Style) -> str:
    width = max(len(report.release.name) for report in reports)
    parsl = max(len(report.release.parsl) for report in reports)
    lines = [style.paint(printable(reports[0].path or "<text>"), "bold")]
    for report in reports:
        name = f"{report.release.name:{width}}  Parsl {report.release.parsl:{parsl}}"
        lines.append(f"  {name}  {_verdict(report, style)}")
    return "".join(f"{line}\n" for line in lines)


def _verdict(report: Report, style: Style) -> str:
    if not report.errors:
        count = len(report.warnings)
        plural = "" if count == 1 else "s"
        some = style.paint(f" ({count} warning{plural})", "yellow") if count else ""
        return style.paint("ok", "green") + some
    first = report.errors[0]
    place = f"{first.span.line}:{first.span.column}: " if first.span else ""
    more = len(report.errors) - 1
    rest = f" (and {more} more)" if more else ""
    return f"{style.paint('error', 'red')} {place}{first.code} {printable(first.message)}{rest}"


def as_json(rows: Sequence[Sequence[Report]]) -> str:
    """The same for machines: for each file its releases, each with its first error or null."""
    content = {
        "version": 1,
        "release": "all",
        "parsl": None,
        "files": [
            {
                "path": reports[0].path,
                "ok": all(report.ok for report in reports),
                "releases": [
                    {
                        "release": report.release.name,
                        "parsl": report.release.parsl,
                        "ok": report.ok,
                        "errors": len(report.errors),
                        "warnings": len(report.warnings),
                        "error": finding_object(report.errors[0]) if report.errors else None,
                    }
                    for report in reports
                ],
            }
            for reports in rows
        ],
        "summary": {
            "files": len(rows),
            "errors": sum(len(report.errors) for reports in rows for report in reports),
            "warnings": sum(len(report.warnings) for reports in rows for report in reports),
        },
    }
    return json.dumps(content, indent=1, default=str) + "\n"
