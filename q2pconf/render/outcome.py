"""What a call of validate came to, as every format is given it, and what formats share."""

from __future__ import annotations

import os
from collections.abc import Iterator

from q2pconf._dataclasses import dataclass, field
from q2pconf.findings import Finding, Report, Severity
from q2pconf.gathering import Problem
from q2pconf.releases import Release
from q2pconf.render.terminal import Style

__all__ = ["Outcome", "fingerprints", "whole_message"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The reports of the files that could be read, and why the others could not.

    ``root`` is the folder that machines count paths from, ``here`` the one that the paths of the
    reports count from; both absolute. ``strict``: warnings count as errors. ``verbose``: nothing is
    left out for the sake of reading.
    """

    reports: tuple[Report, ...]
    release: Release
    unreadable: tuple[Problem, ...] = ()
    strict: bool = False
    verbose: bool = False
    style: Style = field(default_factory=Style)
    root: str = "/"
    here: str = "/"

    def path(self, report: Report) -> str:
        """The file's path from the root, with ``/``; an absolute path if it is outside."""
        name = report.path or "<text>"
        if name.startswith("<"):
            return name
        full = os.path.normpath(os.path.join(self.here, name))
        inside = os.path.relpath(full, self.root)
        chosen = full if inside == os.pardir or inside.startswith(os.pardir + os.sep) else inside
        return chosen.replace(os.sep, "/")

    def fails(self, finding: Finding) -> bool:
        """Whether this finding makes the exit code 1."""
        wanted = (Severity.ERROR, Severity.WARNING) if self.strict else (Severity.ERROR,)
        return finding.severity in wanted


def whole_message(finding: Finding) -> str:
    """What is wrong, what would happen and what to do, a line for each."""
    lines = [finding.message]
    if finding.consequence:
        lines.append(f"What happens: {finding.consequence}")
    if finding.hint:
        lines.append(f"Do this: {finding.hint}")
    return "\n".join(lines)


def fingerprints(path: str, report: Report) -> Iterator[str]:
    """For each finding a name of its own, which stays when lines move or words change."""
    import hashlib

    lines = (report.source or "").split("\n")
    counts: dict[str, int] = {}
    for finding in report.findings:
        what = repr(finding.key)
        if finding.key is None and finding.span and finding.span.line <= len(lines):
            what = lines[finding.span.line - 1].strip()
        basis = "\0".join((path, finding.code, what))
        counts[basis] = counts.get(basis, 0) + 1
        basis += f"\0{counts[basis]}"
        yield hashlib.sha256(basis.encode("utf-8", "surrogatepass")).hexdigest()
