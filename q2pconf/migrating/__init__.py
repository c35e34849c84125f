"""Carry a configuration file from one release to another: edits, each with its reason."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Set

from q2pconf.checks import check_document
from q2pconf.document import Document, opened
from q2pconf.findings import Finding, KeyPath, Report
from q2pconf.migrating import keys, mapping, tables
from q2pconf.migrating.work import Change, Migration, Open, Work
from q2pconf.releases import Release, all_releases, choose, find

__all__ = ["Change", "Migration", "Open", "detect_source", "migrate", "undecided"]

_STEPS = (
    tables.in_order,
    tables.channels,
    tables.launchers,
    tables.classes,
    keys.unknown_keys,
    keys.values,
    mapping.labels,
    mapping.shape,
    keys.defaults,
)
_MOST_PASSES = 4


def migrate(
    source: Document | str | os.PathLike[str],
    *,
    to: Release | str | None = None,
    from_: Release | str | None = None,
    plugins: Mapping[str, str] | None = None,
    mirror: bool = False,
) -> Migration:
    """Carry a file, a text (as for ``validate``) or a document over to the release ``to``.

    ``to`` defaults to the release at hand, ``from_`` to the newest in which the file is right.
    ``plugins`` says which plugin an action belongs to, where a mapping does not. ``mirror``: write
    the mapping for both ways of loading even if the file is for this release already. Lines that
    need no change stay byte for byte. What cannot be decided stays, with a comment, and is in
    ``left``.

    Raises InputError for a file that cannot be read, DocumentError for one that is not TOML,
    UsageError for an unknown release.
    """
    document = opened(source)
    target = to if isinstance(to, Release) else choose(to, os.environ, sys.path)
    if from_ is None:
        before = _likeliest(document, target)
    else:
        origin = from_ if isinstance(from_, Release) else find(from_)
        before = check_document(document, origin)
    origin = before.release
    _ = document.data
    work = Work(document, origin, target, plugins or {})
    for _ in range(_MOST_PASSES):
        text = work.document.text
        for step in _STEPS:
            step(work)
        # What one step has taken away may have hidden something from those before it.
        if work.document.text == text or work.report.ok:
            break
    if mirror or origin != target:
        mapping.mirror(work)
    return _finished(work, document, before)


_OF_NAMES = {"Q2P302", "Q2P305", "Q2P306"}
"""Doubts about names in a mapping say nothing of the release, and count twice where it is twice."""

_OF_SHAPE = "Q2P301"
"""One mapping of the wrong shape hides whatever else is wrong in it."""


def detect_source(document: Document, target: Release) -> Release:
    """The release that a file was most likely written for: the one in which it is right with the
    fewest doubts; of several the target itself, else the nearest to it. Of a file that is right in
    none, the shape of a mapping tells more than anything else."""
    return _likeliest(document, target).release


def _likeliest(document: Document, target: Release) -> Report:
    """What that release says of the file; those nearest to the target are asked first."""
    known = all_releases()
    place = {release.name: index for index, release in enumerate(known)}

    def distance(release: Release) -> int:
        return abs(place.get(release.name, len(known)) - place.get(target.name, len(known)))

    best: Report | None = None
    fewest: tuple[int, int, int] | None = None
    for release in sorted(known if target in known else (*known, target), key=distance):
        report = check_document(document, release)
        doubts = [each for each in report.warnings if each.code not in _OF_NAMES]
        of_shape = sum(each.code == _OF_SHAPE for each in report.errors)
        found = (of_shape, len(report.errors), len(doubts))
        if fewest is None or found < fewest:
            best, fewest = report, found
        if not any(found):
            break
    assert best is not None
    return best


def undecided(document: Document, target: Release) -> tuple[str, ...]:
    """The actions of a mapping whose plugin the target wants to know and the file does not say."""
    return mapping.without_plugin(document, target)


def _finished(work: Work, original: Document, before: Report) -> Migration:
    """The result, with what the target still says against the file; what some other release does
    not say gets a comment in the file too. ``before`` is what the origin says of the original."""
    unchanged = work.document.text == original.text and work.origin == work.target
    report = before if unchanged else work.report
    old = {(finding.code, finding.key) for finding in before.findings}
    told = {item.key for item in work.left}
    errors = [each for each in report.errors if not _is_about(each.key, told)]
    of_release = _of_release(errors, work)
    for finding in errors:
        message = f"{finding.message}: {finding.hint or finding.consequence}"
        if (finding.code, finding.key) in of_release:
            work.annotate(finding.key or (), message)
        else:
            work.leave(finding.key or (), message)
    document = work.document
    told = {item.key for item in work.left}
    for finding in report.warnings:
        if (finding.code, finding.key) not in old and not _is_about(finding.key, told):
            told_so = f"{finding.message}: {finding.consequence or finding.hint}"
            work.expect(finding.key or (), told_so)
    return Migration(
        document=document,
        original=original,
        origin=work.origin,
        target=work.target,
        changes=tuple(work.changes),
        left=tuple(dict.fromkeys(work.left)),
        doubts=tuple(dict.fromkeys(work.doubts)),
        notes=tuple(dict.fromkeys(work.notes)),
        report=report,
    )


def _of_release(errors: list[Finding], work: Work) -> set[tuple[str, KeyPath | None]]:
    """The errors that a file has in the target and not in every release. Which release it was
    written for does not matter: that may be a guess, and another one in the next run."""
    left = {(each.code, each.key) for each in errors}
    found: set[tuple[str, KeyPath | None]] = set()
    if work.origin == work.target:
        return found
    for release in all_releases():
        if not left:
            break
        if release == work.target:
            continue  # which has them all
        there = {(each.code, each.key) for each in check_document(work.document, release).errors}
        found |= left - there
        left &= there
    return found


def _is_about(key: KeyPath | None, places: Set[KeyPath]) -> bool:
    """Whether a key is at or below one of these places."""
    return any((key or ())[:end] in places for end in range(1, len(key or ()) + 1))
