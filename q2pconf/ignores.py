"""Comments that hide findings: ``# q2pconf: ignore[Q2P501]`` at the end of a line, or above it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from q2pconf._dataclasses import dataclass, field, replace
from q2pconf.findings import Finding, Report, Severity, Span
from q2pconf.selection import UNREADABLE

__all__ = ["MARK", "applied", "comments"]

MARK = "q2pconf:"
"""A text without this has no such comment."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|(?P<comment>#[^\n]*)",
    re.DOTALL,
)
_IGNORE = re.compile(r"#\s*q2pconf:\s*ignor\w*(?P<list>\s*\[(?P<codes>[^\]]*)\])?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignore:
    """One comment: the line that it speaks of, each code with its place, and its own place."""

    line: int
    codes: tuple[tuple[str, Span], ...]
    span: Span


@dataclass(slots=True)
class _Lookup:
    """For each code the lines on which it is ignored, and which of these were of use."""

    lines: dict[str, list[int]] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)

    def hides(self, finding: Finding) -> bool:
        if finding.span is None or finding.code in UNREADABLE:
            return False
        lines = self.lines.get(finding.code, [])
        start = bisect_left(lines, finding.span.line)
        hiding = lines[start : bisect_left(lines, finding.span.end_line + 1)]
        self.used.update((finding.code, line) for line in hiding)
        return bool(hiding)


def applied(report: Report) -> Report:
    """The report without what the comments of its text hide; a comment that hides nothing is a
    finding itself."""
    found = comments(report.source) if report.source and MARK in report.source.lower() else []
    if not found:
        return report
    lookup = _Lookup()
    for one in sorted(found, key=lambda one: one.line):
        for code, _ in one.codes:
            lookup.lines.setdefault(code, []).append(one.line)
    hidden = [lookup.hides(finding) for finding in report.findings]
    pairs = list(zip(report.findings, hidden, strict=True))
    kept = [finding for finding, is_hidden in pairs if not is_hidden]
    kept += _idle(report, found, lookup)
    return replace(
        report,
        findings=tuple(sorted(kept, key=_place)),
        ignored=tuple(finding for finding, is_hidden in pairs if is_hidden),
    )


def comments(text: str) -> list[Ignore]:
    """The comments of a text that ask to ignore something; a ``#`` in a string begins none."""
    below = _lines_below(text.split("\n"))
    found, row, counted = [], 0, 0
    for token in _TOKEN.finditer(text):
        comment = token.group("comment")
        match = _IGNORE.search(comment) if comment else None
        if match is None:
            continue
        row += text.count("\n", counted, token.start())
        counted = token.start()
        offset = counted - (text.rfind("\n", 0, counted) + 1)
        alone = not text[counted - offset : counted].strip()
        found.append(_ignore(match, row + 1, offset, below[row] if alone else row + 1))
    return found


def _lines_below(lines: list[str]) -> list[int]:
    """For each line the number of the next one that is neither empty nor a comment."""
    below, number = [0] * len(lines), 0
    for row in range(len(lines) - 1, -1, -1):
        below[row] = number
        if lines[row].strip() and not lines[row].lstrip().startswith("#"):
            number = row + 1
    return below


def _ignore(match: re.Match[str], line: int, offset: int, about: int) -> Ignore:
    def span(start: int, end: int) -> Span:
        return Span(
            line=line, column=offset + start + 1, end_line=line, end_column=offset + end + 1
        )

    start, codes = match.start("codes"), []
    for part in re.finditer(r"[^\s,]+", match.group("codes") or ""):
        codes.append((part.group().upper(), span(start + part.start(), start + part.end())))
    return Ignore(line=about, codes=tuple(codes), span=span(match.start(), match.end()))


def _idle(report: Report, found: list[Ignore], lookup: _Lookup) -> Iterator[Finding]:
    """A finding for each code of a comment that does not exist or hides nothing."""
    from q2pconf.rules.catalogue import entries

    known, at_line = entries(), dict[int, list[str]]()
    for finding in (*report.findings, *report.ignored):
        if finding.span and finding.code not in UNREADABLE:
            at_line.setdefault(finding.span.line, []).append(finding.code)
    unjudged = any(finding.code in UNREADABLE for finding in report.findings)
    for one in found:
        names = {code for code, _ in one.codes}
        if "Q2P017" in names:
            continue
        here = [code for code in dict.fromkeys(at_line.get(one.line, ())) if code not in names]
        if not one.codes:
            yield _no_codes(one, here)
        for code, span in one.codes:
            if (code, one.line) not in lookup.used:
                told = _why_idle(code, one, report, code in known, unjudged)
                if told is not None:
                    yield _finding(told, span, _remedy(here))


def _why_idle(code: str, one: Ignore, report: Report, exists: bool, unjudged: bool) -> str | None:
    if code in UNREADABLE:
        return f"{code} cannot be ignored: the file cannot be read"
    if not exists:
        return f"there is no code {code}"
    if unjudged:
        return None
    where = f"line {one.line} has no {code}" if one.line else "no line follows"
    return f"{where} for {report.release}, so this comment ignores nothing"


def _no_codes(one: Ignore, here: list[str]) -> Finding:
    listed = ", ".join(here) or "Q2P501"
    return _finding(
        "this comment names no code, so it ignores nothing",
        one.span,
        f"name what to ignore: `# q2pconf: ignore[{listed}]`",
    )


def _remedy(here: list[str]) -> str:
    return f"delete it; the codes on that line: {', '.join(here)}" if here else "delete it"


def _finding(message: str, span: Span, hint: str) -> Finding:
    return Finding(code="Q2P017", severity=Severity.INFO, message=message, span=span, hint=hint)


def _place(finding: Finding) -> tuple[int, int, str]:
    span = finding.span
    return (span.line, span.column, finding.code) if span else (0, 0, finding.code)
