"""SARIF 2.1.0, as GitHub's code scanning and other viewers of findings take it."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

from q2pconf import __version__
from q2pconf.findings import Finding, Report, Severity, Span
from q2pconf.render.outcome import Outcome, fingerprints, whole_message
from q2pconf.rules.catalogue import Entry, entries

__all__ = ["SCHEMA", "render"]

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(outcome: Outcome) -> str:
    """One run: its rules, a result for each finding (what a comment ignores is a suppressed one),
    and whether every file could be read."""
    known = entries()
    found = {f.code for report in outcome.reports for f in (*report.findings, *report.ignored)}
    index = {code: number for number, code in enumerate(sorted(found))}
    run = {
        "tool": {
            "driver": {
                "name": "q2pconf",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(known[code]) for code in index],
                "properties": {
                    "release": outcome.release.name,
                    "parsl": outcome.release.parsl,
                },
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": "The folder that q2pconf counts paths from."}}
        },
        "invocations": [_invocation(outcome)],
        "results": [one for report in outcome.reports for one in _results(outcome, report, index)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(one: Entry) -> dict[str, Any]:
    return {
        "id": one.code,
        "name": "".join(word.capitalize() for word in one.title.split() if word.isalnum()),
        "shortDescription": {"text": one.title},
        "fullDescription": {"text": one.text},
        "help": {"text": one.text, "markdown": f"**{one.title}**\n\n{one.text}"},
    }


def _invocation(outcome: Outcome) -> dict[str, Any]:
    """Whether the whole call could be done; GitHub shows it as the state of the tool."""
    notes = [{"level": "error", "message": {"text": str(told)}} for told in outcome.unreadable]
    return {"executionSuccessful": not notes, "toolExecutionNotifications": notes}


def _results(outcome: Outcome, report: Report, index: dict[str, int]) -> list[dict[str, Any]]:
    path = outcome.path(report)
    names = fingerprints(path, report)
    results = [
        {
            **_result(path, finding, index),
            "partialFingerprints": {"q2pconf/v1": name},
        }
        for finding, name in zip(report.findings, names, strict=True)
    ]
    suppressed = {"suppressions": [{"kind": "inSource"}]}
    results += [{**_result(path, one, index), **suppressed} for one in report.ignored]
    return results


def _result(path: str, finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": _artifact(path)}
    if finding.span:
        place["region"] = _region(finding.span)
    return {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVEL[finding.severity],
        "message": {"text": whole_message(finding)},
        "locations": [{"physicalLocation": place}],
    }


def _artifact(path: str) -> dict[str, Any]:
    uri = quote(os.fsencode(path))
    if os.path.isabs(path):
        return {"uri": f"file://{uri}"}
    return {"uri": uri, "uriBaseId": _ROOT}


def _region(span: Span) -> dict[str, int]:
    """The same range: SARIF counts from 1 and leaves the end out, too."""
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
