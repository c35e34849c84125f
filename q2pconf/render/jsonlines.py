"""One JSON object on a line for each finding: the object of the JSON format, with its file."""

from __future__ import annotations

import json

from q2pconf.render.outcome import Outcome
from q2pconf.render.report import finding_object

__all__ = ["render"]


def render(outcome: Outcome) -> str:
    """The findings of every file, each with its path and the release that it was judged by."""
    lines = []
    for report in outcome.reports:
        about = {"path": report.path, "release": report.release.name}
        for finding in report.findings:
            lines.append(json.dumps({**about, **finding_object(finding)}, default=str) + "\n")
    return "".join(lines)
