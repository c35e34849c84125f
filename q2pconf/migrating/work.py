"""A migration under way, and its result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from q2pconf import edits, schema
from q2pconf._dataclasses import dataclass
from q2pconf.checks import check_document
from q2pconf.document import Document
from q2pconf.edits import Splice
from q2pconf.findings import KeyPath, Report, Span
from q2pconf.layout import Layout
from q2pconf.model import Config
from q2pconf.releases import Release

__all__ = ["Change", "Migration", "Open", "Work"]

Kind = Literal["rename", "set", "remove", "comment", "move", "add"]
Make = Callable[[Layout], list[Splice]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """An edit that was made: ``key`` is where, in the file as it was, ``message`` what and why."""

    kind: Kind
    key: KeyPath
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """Something that is left for a person to decide."""

    key: KeyPath
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """A file carried over: the new ``document``, what was changed, what is left to do, what the
    target warns of, what is worth knowing, and what the target says of the result."""

    document: Document
    original: Document
    origin: Release
    target: Release
    changes: tuple[Change, ...]
    left: tuple[Open, ...]
    doubts: tuple[Open, ...]
    notes: tuple[str, ...]
    report: Report

    @property
    def changed(self) -> bool:
        """Whether the text is another one."""
        return self.document.text != self.original.text


@dataclass(slots=True)
class _Edit:
    """An edit that is still to be made: ``make`` plans it, nothing but ``places`` may say anything
    else by it; ``left`` to a person is what it is about. ``made`` is None where it is not needed.
    """

    change: Change
    places: frozenset[KeyPath]
    make: Make
    left: bool = False
    made: bool | None = None


Planned = list[tuple[_Edit, list[Splice]]]


class Work:
    """What the steps of a migration work on.

    Edits wait until somebody asks for the document, and are made all at once then.
    """

    def __init__(
        self, document: Document, origin: Release, target: Release, plugins: Mapping[str, str]
    ) -> None:
        self.origin, self.target, self.plugins = origin, target, dict(plugins)
        self.old, self.new = schema.of(origin), schema.of(target)
        self.changes: list[Change] = []
        self.left: list[Open] = []
        self.doubts: list[Open] = []
        self.notes: list[str] = []
        self._document = document
        self._checked: tuple[Document, Report] | None = None
        self._waiting: list[_Edit] = []

    @property
    def document(self) -> Document:
        """The document with all edits so far."""
        self._settle()
        return self._document

    @property
    def report(self) -> Report:
        """What the target says of the document with all edits so far."""
        document = self.document
        if self._checked is None or self._checked[0] is not document:
            self._checked = document, check_document(document, self.target)
        return self._checked[1]

    @property
    def config(self) -> Config:
        """The document as the target's Parsl sees it."""
        return Config.from_data(self.document.data, self.new)

    def remove(self, key: KeyPath, message: str) -> None:
        """Delete a key or table."""
        self.edit("remove", key, lambda layout: edits.dropping(layout, key), message)

    def set(self, key: KeyPath, text: str, message: str) -> None:
        """Write this TOML text instead of a value."""
        self.edit("set", key, lambda layout: edits.setting(layout, key, text), message)

    def rename(self, key: KeyPath, text: str, message: str, *also: KeyPath) -> None:
        """Write this TOML text, perhaps a dotted key, instead of a key's last name."""
        self.edit("rename", key, lambda layout: edits.naming(layout, key, text), message, *also)

    def edit(self, kind: Kind, key: KeyPath, make: Make, message: str, *also: KeyPath) -> None:
        """Make an edit, and say why.

        One that leaves a text that cannot be read is not taken, nor one that says anything else
        than before outside of ``key`` and the other places named.
        """
        change = Change(kind=kind, key=key, message=message)
        self._waiting.append(_Edit(change, frozenset((key, *also)), make))

    def expect(self, key: KeyPath, message: str) -> None:
        """Say what is worth a look, though nothing has to be done."""
        self.doubts.append(Open(key=key, message=message))

    def leave(self, key: KeyPath, message: str) -> None:
        """Say what is left to do."""
        change = Change(kind="comment", key=key, message=message)
        self._waiting.append(_Edit(change, frozenset(), lambda _: [], left=True))

    def comment_out(self, key: KeyPath, message: str) -> None:
        """Comment something out that the target cannot have, and leave it to the person."""
        self.edit("comment", key, lambda layout: edits.dropping(layout, key, message), message)
        self._waiting[-1].left = True

    def annotate(self, key: KeyPath, message: str) -> None:
        """Put a comment above something that only the person can change."""
        self.edit("comment", key, lambda layout: edits.annotating(layout, key, message), message)
        self._waiting[-1].left = True

    def done(
        self, kind: Kind, key: KeyPath, document: Document, message: str, *also: KeyPath
    ) -> None:
        """Take over a document that was edited as a whole, as ``edit`` takes one edit."""
        if document.text == self.document.text:
            return
        if edits.same_elsewhere(self.document, document, (key, *also)):
            self._document = document
            self.changes.append(Change(kind=kind, key=key, message=message))
        else:
            self._refuse(key, message)

    def _refuse(self, key: KeyPath, message: str) -> None:
        told = f"not done by itself, for the way the file is written: {message}"
        self.left.append(Open(key=key, message=told))

    def _settle(self) -> None:
        """Make the edits that wait, and say of each in turn what became of it."""
        edited, self._waiting = self._waiting, []
        rest = edited
        while rest:
            rest = self._make(rest)
        for one in edited:
            if one.made:
                self.changes.append(one.change)
            elif one.made is False:
                self._refuse(one.change.key, one.change.message)
            if one.left:
                self.left.append(Open(key=one.change.key, message=one.change.message))

    def _make(self, edited: Iterable[_Edit]) -> list[_Edit]:
        """Make those edits at once that are about lines and places of their own; the others are
        given back, to be planned anew."""
        layout = Layout(self._document)
        now: Planned = []
        later: list[_Edit] = []
        lines: set[int] = set()
        places: set[KeyPath] = set()
        for one in edited:
            splices = [each for each in one.make(layout) if layout.text_at(each[0]) != each[1]]
            own = {number for span, _ in splices for number in _lines_of(span)}
            if not (lines.isdisjoint(own) and places.isdisjoint(one.places)):
                later.append(one)
            elif splices:
                one.made = False
                now.append((one, splices))
            if splices:
                lines |= own
                places |= one.places
        good, self._document = self._good(self._document, [], now)
        for one, _ in good:
            one.made = True
        return later

    def _good(self, document: Document, taken: Planned, more: Planned) -> tuple[Planned, Document]:
        """Those that are right beside those already ``taken``, and the document with both: all of
        them, else what is right of each half. ``document`` is the one with those taken."""
        if not more:
            return taken, document
        every = [*taken, *more]
        tried = edits.spliced(self._document, [splice for _, own in every for splice in own])
        places = [place for one, _ in every for place in one.places]
        if edits.same_elsewhere(self._document, tried, places):
            return every, tried
        if len(more) == 1:
            return taken, document
        half = len(more) // 2
        taken, document = self._good(document, taken, more[:half])
        return self._good(document, taken, more[half:])


def _lines_of(span: Span) -> range:
    """The lines that a place touches."""
    last = span.end_line if span.end_column > 1 else span.end_line - 1
    return range(span.line, max(last, span.line) + 1)
