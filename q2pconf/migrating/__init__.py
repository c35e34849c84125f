"""Carry a configuration file from one release to another: edits, each with its reason."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from q2pconf.checks import check_document
from q2pconf.document import Document
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


def migrate(
    source: Document | str | os.PathLike[str],
    *,
    to: Release | str | None = None,
    from_: Release | str | None = None,
    plugins: Mapping[str, str] | None = None,
    mirror: bool = False,
) -> Migration:
    """Carry a file, or a document, over to the release ``to``.

    ``to`` defaults to the release at hand, ``from_`` to the newest in which the file is right.
    ``plugins`` says which plugin an action belongs to, where a mapping does not. ``mirror``: write
    the mapping for both ways of loading even if the file is for this release already. Lines that
    need no change stay byte for byte. What cannot be decided stays, with a comment, and is in
    ``left``.

    Raises InputError for a file that cannot be read, DocumentError for one that is not TOML,
    UsageError for an unknown release.
    """
    document = source if isinstance(source, Document) else Document.load(source)
    target = to if isinstance(to, Release) else choose(to, os.environ, sys.path)
    if from_ is None:
        from_ = detect_source(document, target)
    origin = from_ if isinstance(from_, Release) else find(from_)
    _ = document.data
    work = Work(document=document, origin=origin, target=target, plugins=dict(plugins or {}))
    for step in _STEPS:
        step(work)
    if mirror or origin != target:
        mapping.mirror(work)
    return _finished(work, document)


_OF_NAMES = {"Q2P302", "Q2P305", "Q2P306"}
"""Doubts about names in a mapping say nothing of the release, and count twice where it is twice."""


def detect_source(document: Document, target: Release) -> Release:
    """The release that a file was most likely written for: the one in which it is right with the
    fewest doubts; of several the target itself, else the nearest to it."""
    best = target
    rank: tuple[int, int, int] | None = None
    known = all_releases()
    place = {release.name: index for index, release in enumerate(known)}
    for release in (*known, target):
        report = check_document(document, release)
        distance = abs(place.get(release.name, len(known)) - place.get(target.name, len(known)))
        doubts = [each for each in report.warnings if each.code not in _OF_NAMES]
        found = (len(report.errors), len(doubts), distance)
        if rank is None or found < rank:
            best, rank = release, found
    return best


def undecided(document: Document, target: Release) -> tuple[str, ...]:
    """The actions of a mapping whose plugin the target wants to know and the file does not say."""
    return mapping.without_plugin(document, target)


def _finished(work: Work, original: Document) -> Migration:
    """The result, with what the target still says against the file; what it says because it is
    another release gets a comment in the file too."""
    report = check_document(work.document, work.target)
    told = {item.key for item in work.left}
    before = {(f.code, f.key) for f in check_document(original, work.origin).findings}
    for finding in report.errors:
        key = finding.key or ()
        if any(key[: len(one)] == one for one in told if one):
            continue
        message = f"{finding.message}: {finding.hint or finding.consequence}"
        if (finding.code, finding.key) in before:
            work.leave(key, message)
        else:
            work.annotate(key, message)
    for finding in report.warnings:
        open_ones = [item.key for item in work.left if item.key]
        known = any((finding.key or ())[: len(one)] == one for one in open_ones)
        if (finding.code, finding.key) not in before and not known:
            told_so = f"{finding.message}: {finding.consequence or finding.hint}"
            work.expect(finding.key or (), told_so)
    return Migration(
        document=work.document,
        original=original,
        origin=work.origin,
        target=work.target,
        changes=tuple(work.changes),
        left=tuple(work.left),
        doubts=tuple(work.doubts),
        notes=tuple(work.notes),
        report=report,
    )
