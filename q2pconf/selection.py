"""Which codes count: those selected and those ignored, by code or by the beginning of codes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from q2pconf._dataclasses import dataclass, replace
from q2pconf.errors import UsageError
from q2pconf.findings import Report

__all__ = ["UNREADABLE", "Selection", "choose", "selected"]

UNREADABLE = frozenset({"Q2P001", "Q2P002", "Q2P003", "Q2P004"})
"""The codes of a file that cannot be read: they always count, for nothing was checked then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Codes or beginnings of codes; without ``select`` every code is selected."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def takes(self, code: str) -> bool:
        """Whether findings of this code count: the longest beginning that fits has the say.

        A file that cannot be read at all is always told: nothing else of it was checked.
        """
        if code in UNREADABLE:
            return True
        wanted = _longest(self.select or ("",), code)
        return wanted > _longest(self.ignore, code)


def _longest(beginnings: Iterable[str], code: str) -> int:
    return max((len(one) for one in beginnings if code.startswith(one)), default=-1)


def choose(select: str | Iterable[str] | None, ignore: str | Iterable[str] | None) -> Selection:
    """The selection that these words make: codes or their beginnings, several with commas.

    Raises UsageError for a word that is neither.
    """
    return Selection(select=tuple(_codes(select, "select")), ignore=tuple(_codes(ignore, "ignore")))


def selected(report: Report, selection: Selection) -> Report:
    """The report with what counts; the rest is in ``left_out``."""
    taken = {code: selection.takes(code) for code in {f.code for f in report.findings}}
    if all(taken.values()):
        return report
    return replace(
        report,
        findings=tuple(finding for finding in report.findings if taken[finding.code]),
        left_out=tuple(finding for finding in report.findings if not taken[finding.code]),
    )


def _codes(words: str | Iterable[str] | None, option: str) -> list[str]:
    if words is None:
        return []
    given = [words] if isinstance(words, str) else list(words)
    codes = [_code(part) for word in given for part in word.split(",")]
    for code in codes:
        _check(code, option)
    return codes


def _code(word: str) -> str:
    """A code or its beginning; capitals and the letters in front may be left out."""
    code = word.strip().upper()
    return f"Q2P{code}" if re.fullmatch(r"[0-9]{1,3}", code) else code


def _check(code: str, option: str) -> None:
    """Refuse what no code is or begins with, and what cannot be ignored."""
    from q2pconf.rules.catalogue import entries

    if not code:
        raise UsageError(f"{option}: a code is missing; write one such as Q2P501, or Q2P5 for all")
    if option == "ignore" and code in UNREADABLE:
        raise UsageError(f"ignore: {code} always counts: nothing is checked in such a file")
    known = entries()
    if not any(one.startswith(code) for one in known):
        near = f"Q2P{code[-3:]}" if f"Q2P{code[-3:]}" in known else _near(code, known)
        hint = f"did you mean {near}?" if near else "`q2pconf rule` lists them all"
        raise UsageError(f"{option}: there is no code {code}; {hint}")


def _near(code: str, known: Iterable[str]) -> str | None:
    """A code that differs by one character."""
    return next(
        (one for one in known if len(one) == len(code) and _differences(one, code) == 1), None
    )


def _differences(one: str, other: str) -> int:
    return sum(left != right for left, right in zip(one, other, strict=True))
