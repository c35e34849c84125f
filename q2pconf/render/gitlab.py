"""GitLab's code quality report: a JSON array of what was found."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from q2pconf.findings import Finding, Severity
from q2pconf.gathering import Problem
from q2pconf.render.outcome import Outcome, fingerprints, whole_message

__all__ = ["render"]

_SEVERITY = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(outcome: Outcome) -> str:
    """An entry for each finding, and for each file that could not be read."""
    entries = [_unreadable(told) for told in outcome.unreadable]
    for report in outcome.reports:
        path = outcome.path(report)
        names = fingerprints(path, report)
        entries += [
            _entry(path, finding, name)
            for finding, name in zip(report.findings, names, strict=True)
        ]
    return json.dumps(entries, indent=1) + "\n"


def _entry(path: str, finding: Finding, fingerprint: str) -> dict[str, Any]:
    span = finding.span
    lines = {"begin": span.line, "end": span.end_line} if span else {"begin": 1}
    return {
        "description": whole_message(finding),
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": _SEVERITY[finding.severity],
        "location": {"path": path, "lines": lines},
    }


def _unreadable(problem: Problem) -> dict[str, Any]:
    told = str(problem)
    return {
        "description": told,
        "check_name": "unreadable",
        "fingerprint": hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest(),
        "severity": "blocker",
        "location": {"path": problem.name, "lines": {"begin": 1}},
    }
