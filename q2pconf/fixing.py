"""Mend a file: the fixes that findings carry, each taken only where the file gets better by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from q2pconf import edits, quoting
from q2pconf._dataclasses import dataclass, replace
from q2pconf.checks import check_document
from q2pconf.document import MARK, Document, DocumentError
from q2pconf.findings import Finding, Fix, KeyPath, Report, Span
from q2pconf.releases import Release

__all__ = ["Fixed", "fix", "settled"]

_ROUNDS = 10
"""A fix may show what was hidden below a mistake; more than a few rounds are never needed."""

Check = Callable[[Document], Report]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fixed:
    """A file mended: the new ``document``, the findings that are gone by their fixes, in the order
    in which they were mended, and the ``report`` of what is left."""

    document: Document
    original: Document
    fixed: tuple[Finding, ...]
    report: Report

    @property
    def changed(self) -> bool:
        """Whether the text is another one."""
        return self.document.text != self.original.text


def fix(
    document: Document, release: Release, *, unsafe: bool = False, check: Check | None = None
) -> Fixed:
    """Mend a document for a release; comments, order and spacing of the rest stay as they are.

    ``unsafe`` takes fixes too that may not say what was meant. ``check`` gives the report (default:
    that of ``checks.check_document``); findings that it leaves out are not mended. A text that is
    no TOML is left as it is, but for a byte order mark. A second run changes nothing.
    """
    checked = check or (lambda each: check_document(each, release))
    now, fixed = document, list[Finding]()
    report = checked(now)
    if marks := [each for each in report.findings if each.fix and each.fix.kind == "unmark"]:
        now = replace(now, text=now.text.lstrip(MARK))
        report, fixed = checked(now), marks
    for _ in range(_ROUNDS if _is_readable(now) else 0):
        wanted = [each for each in report.findings if each.fix and (unsafe or each.fix.safe)]
        before = now
        now, report, done = _take(now, report, wanted, checked)
        fixed += done
        if now.text == before.text:
            break
    return Fixed(document=now, original=document, fixed=tuple(fixed), report=report)


def settled(report: Report, document: Document) -> Report:
    """The report of a document with those fixes only that ``fix`` takes in the end."""
    after = fix(document, report.release, unsafe=True).report
    refused = {(each.code, each.key) for each in after.findings if each.fix}
    findings = (
        replace(each, fix=None) if (each.code, each.key) in refused else each
        for each in report.findings
    )
    return replace(report, findings=tuple(findings))


def _is_readable(document: Document) -> bool:
    try:
        return bool(document.data) or True
    except DocumentError:
        return False


def _take(
    document: Document, report: Report, wanted: Sequence[Finding], check: Check
) -> tuple[Document, Report, list[Finding]]:
    """Take all of these fixes; where the file would not be better, halves of them, down to one."""
    if not wanted:
        return document, report, []
    edited = _edited(document, [each.fix for each in wanted if each.fix])
    if edited.text != document.text and _says_no_more(document, edited, wanted):
        found = check(edited)
        if _is_better(found, report, wanted):
            return edited, found, list(wanted)
    if len(wanted) == 1:
        return document, report, []
    done: list[Finding] = []
    half = len(wanted) // 2
    for part in (wanted[:half], wanted[half:]):
        document, report, more = _take(document, report, part, check)
        done += more
    return document, report, done


def _is_better(after: Report, before: Report, wanted: Sequence[Finding]) -> bool:
    """Whether the file is no worse by any count, and these findings are gone. An error alone may
    give way to the warnings that it hid."""
    left = {(each.code, each.key) for each in after.findings}
    fewer = len(wanted) == 1 and len(after.errors) < len(before.errors)
    return (
        len(after.errors) <= len(before.errors)
        and (fewer or len(after.findings) <= len(before.findings))
        and not any((each.code, each.key) in left for each in wanted)
    )


def _says_no_more(before: Document, after: Document, wanted: Iterable[Finding]) -> bool:
    """Whether nothing is said otherwise but what the fixes are about."""
    places: list[KeyPath] = []
    for each in wanted:
        if each.fix is not None:
            places += _places(each.fix)
    return edits.same_elsewhere(before, after, places)


def _places(change: Fix) -> list[KeyPath]:
    if change.kind == "rename":
        return [change.key, (*change.key[:-1], str(change.value))]
    return [tuple(str(change.value).split("."))] if change.kind == "copy" else [change.key]


def _edited(document: Document, changes: Sequence[Fix]) -> Document:
    """The document with these changes; one that cannot be made is left out."""
    places = document.positions
    splices: dict[tuple[int, int], tuple[Span, str]] = {}
    later: list[Fix] = []
    for change in changes:
        if change.kind == "rename" and not _is_taken(document, change):
            spans = list(places.parts.get(change.key, ()))
            text = quoting.bare(str(change.value))
        elif change.kind == "set" and change.key in places.values:
            spans = [places.values[change.key]]
            text = _like(document, spans[0], change.value)
        else:
            later.append(change)
            continue
        for span in spans:
            splices[span.line, span.column] = (span, text)
    edited = edits.spliced(document, splices.values())
    for change in later:
        edited = _one(edited, change)
    return edited


def _one(document: Document, change: Fix) -> Document:
    """The document with a change of its lines."""
    if change.kind == "remove":
        return edits.drop(document, change.key)
    if change.kind == "copy":
        return edits.append(
            document, quoting.as_tables(str(change.value), _at(document, change.key))
        )
    if change.kind == "set":
        header = next((h for h in document.positions.headers if h.path == change.key[:-1]), None)
        line = f"{quoting.bare(str(change.key[-1]))} = {quoting.written(change.value)}"
        if header is not None and change.key not in document.positions.values:
            return edits.insert_after(document, header, line)
    return document


def _is_taken(document: Document, change: Fix) -> bool:
    """Whether there is a key of the new name already."""
    table = _at(document, change.key[:-1])
    return isinstance(table, dict) and change.value in table


def _at(document: Document, path: KeyPath) -> Any:
    found: Any = document.data
    for part in path:
        found = found[part]
    return found


def _like(document: Document, span: Span, value: Any) -> str:
    """A value as TOML; text of several lines stays so."""
    old = edits.text_at(document, span)
    if not (isinstance(value, str) and old.startswith(('"""', "'''")) and "\n" in value):
        return quoting.written(value)
    text = quoting.in_lines(value, "\n" if old[3:].startswith(("\n", "\r\n")) else "")
    return text.replace("\n", edits.line_end(document))
