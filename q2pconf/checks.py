"""Check a configuration file: syntax, schema and rules, every problem in one report."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from q2pconf import ignores, newer_toml, rules, schema, selection, trust
from q2pconf._dataclasses import replace
from q2pconf.document import MARK, MARKED, TOO_DEEP, Document, DocumentError, check_keys, opened
from q2pconf.findings import Finding, KeyPath, Report, Severity
from q2pconf.model import Config
from q2pconf.releases import Release, choose
from q2pconf.rules import homes, order, renames, shape

__all__ = ["check_data", "check_document", "validate", "with_doubts"]

_OF_LABELS = ("Q2P115", "Q2P116")
"""What is said of a label besides what else is wrong with it, or with an executor without one."""


def validate(
    source: Document | str | os.PathLike[str] | Mapping[str, Any],
    release: Release | str | None = None,
    *,
    select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
) -> Report:
    """Check a configuration given as a path, as TOML text, as a document, or as the data of one.

    A path object is a path. A string is a path if it is one line that ends in ``.toml``, names
    something that exists, or has nothing of TOML in it; else it is TOML text. ``release`` is a
    QIIME 2 release by name (``"2026.4"``) or ``parsl==VERSION``; default: the one installed beside
    q2pconf, else the newest known. ``select`` and ``ignore`` are codes or their beginnings
    (``"Q2P5"``): what counts and what does not; the longer one decides.

    Raises InputError for a file that cannot be read, UsageError for an unknown release or code.
    """
    wanted = selection.choose(select, ignore)
    chosen = release if isinstance(release, Release) else choose(release, os.environ, sys.path)
    return selection.selected(_report_of(source, chosen), wanted)


def _report_of(
    source: Document | str | os.PathLike[str] | Mapping[str, Any], chosen: Release
) -> Report:
    if isinstance(source, Mapping):
        check_keys(source)
        try:
            findings = check_data(source, chosen)
        except RecursionError:
            findings = (replace(TOO_DEEP, span=None),)
        return Report(path=None, release=chosen, findings=findings)
    try:
        document = opened(source, keep_mark=True)
    except DocumentError as error:
        return Report(path=error.path, release=chosen, findings=error.findings)
    report = check_document(document, chosen)
    if isinstance(source, Document) or document.path is None:
        return report
    return with_doubts(report, document.path)


def with_doubts(report: Report, path: str) -> Report:
    """The report of a file with what others than the person could change about it."""
    trusted = trust.owners(path for path in (report.release.prefix, sys.prefix) if path)
    found = tuple(trust.doubts(path, trusted=trusted))
    return replace(report, findings=(*found, *report.findings)) if found else report


def check_document(document: Document, release: Release) -> Report:
    """Check a text: whatever can be told in one run, in the order of the lines, without what its
    comments ask to ignore."""
    try:
        if document.text.startswith(MARK):
            return _marked(document, release)
        return ignores.applied(_check(document, release))
    except RecursionError:
        return _report(document, release, [TOO_DEEP])


def _marked(document: Document, release: Release) -> Report:
    """The report of a text behind a byte order mark. Places count without it, as in an editor."""
    rest = check_document(replace(document, text=document.text.lstrip(MARK)), release)
    return replace(rest, findings=(MARKED, *rest.findings))


def _check(document: Document, release: Release) -> Report:
    findings: list[Finding] = []
    readable, repaired = document, frozenset[int]()
    try:
        _ = document.data
    except DocumentError as error:
        findings.extend(error.findings)
        found = document.repaired()
        if found is None:
            return _report(document, release, findings)
        readable, repaired = found
    findings.extend(
        replace(finding, fix=None) if repaired else finding
        for finding in _placed(readable, check_data(readable.data, release))
        if not (finding.span and finding.span.line in repaired and _is_of_value(finding))
    )
    findings.extend(newer_toml.findings(readable.lines_as_read, release))
    findings.extend(order.findings(readable, release))
    return _report(document, release, findings)


def _is_of_value(finding: Finding) -> bool:
    """Whether a finding is about what is written on its line, and not about the table below."""
    return finding.part != "table" or finding.severity is Severity.INFO


def _report(document: Document, release: Release, findings: list[Finding]) -> Report:
    return Report(
        path=document.path,
        release=release,
        findings=tuple(sorted(findings, key=_position)),
        source=document.lines_as_read,
    )


def check_data(data: Mapping[str, Any], release: Release) -> tuple[Finding, ...]:
    """Check plain data, as a TOML reader gives them; the findings carry no places."""
    known = schema.of(release)
    config = Config.from_data(data, known)
    told = list(_one_each(rules.run(config, rules.Context(release=release))))
    errors = {f.key for f in told if f.severity is Severity.ERROR and f.code not in _OF_LABELS}
    taken = errors | {f.key for f in told if f.severity is Severity.WARNING}
    for problem in schema.check(data, known):
        if _is_mapping(problem.path) or not problem.path or problem.path == ("parsl",):
            continue
        table = _table_of(data, problem)
        finding = shape.finding(problem, known, release, table)
        if finding is None or homes.comes_right(problem, known, table):
            continue
        finding = renames.unless_given(finding, table)
        already = errors if finding.severity is Severity.ERROR else taken
        if finding.key not in already:
            told.append(finding)
            already.add(finding.key)
    return tuple(told)


def _one_each(findings: Iterable[Finding]) -> Iterator[Finding]:
    """One error for each key, the first; a label may be both missing and unusable."""
    seen: set[KeyPath | None] = set()
    for finding in findings:
        is_error = finding.severity is Severity.ERROR
        if is_error and finding.key in seen and finding.part == "value":
            continue
        if is_error and finding.code not in _OF_LABELS:
            seen.add(finding.key)
        yield finding


def _table_of(data: Mapping[str, Any], problem: schema.Problem) -> Mapping[str, Any]:
    """The table that a problem is in, or that lacks something."""
    path = problem.path if problem.kind in ("no-class", "missing-key") else problem.path[:-1]
    table: Any = data
    for part in path:
        table = table[part]
    return table if isinstance(table, Mapping) else {}


def _is_mapping(path: tuple[str | int, ...]) -> bool:
    return path[:1] == ("executor_mapping",) or path[:2] == ("parsl", "executor_mapping")


def _placed(document: Document, findings: Iterable[Finding]) -> list[Finding]:
    return [
        _with_line(
            finding
            if finding.span
            else replace(finding, span=document.place(finding.key, finding.part)),
            document,
        )
        for finding in findings
    ]


def _with_line(finding: Finding, document: Document) -> Finding:
    """The finding with the line of the key that its hint speaks of."""
    place = document.place(finding.beside, "key")
    return replace(finding, hint=f"{finding.hint} in line {place.line}") if place else finding


def _position(finding: Finding) -> tuple[int, int, str]:
    span = finding.span
    return (span.line, span.column, finding.code) if span else (0, 0, finding.code)
