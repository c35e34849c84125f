"""A migration under way, and its result."""

from __future__ import annotations

from typing import Literal

from q2pconf import edits, schema
from q2pconf._dataclasses import dataclass, field
from q2pconf.document import Document
from q2pconf.findings import KeyPath, Report
from q2pconf.model import Config
from q2pconf.releases import Release

__all__ = ["Change", "Migration", "Open", "Work"]

Kind = Literal["rename", "set", "remove", "comment", "move", "add"]


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


@dataclass
class Work:
    """What the steps of a migration work on."""

    document: Document
    origin: Release
    target: Release
    plugins: dict[str, str]
    changes: list[Change] = field(default_factory=list)
    left: list[Open] = field(default_factory=list)
    doubts: list[Open] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.old = schema.of(self.origin)
        self.new = schema.of(self.target)

    @property
    def config(self) -> Config:
        """The document as the target's Parsl sees it."""
        return Config.from_data(self.document.data, self.new)

    def done(
        self, kind: Kind, key: KeyPath, document: Document, message: str, *also: KeyPath
    ) -> None:
        """Take over an edited document, and say why.

        One that cannot be read is not taken, nor one that says anything else than before outside
        of ``key`` and the other places named.
        """
        if document.text == self.document.text:
            return
        places = (key, *also)
        if not edits.same_elsewhere(self.document, document, places):
            self.leave(key, f"not done by itself, for the way the file is written: {message}")
            return
        self.document = document
        self.changes.append(Change(kind=kind, key=key, message=message))

    def expect(self, key: KeyPath, message: str) -> None:
        """Say what is worth a look, though nothing has to be done."""
        self.doubts.append(Open(key=key, message=message))

    def leave(self, key: KeyPath, message: str) -> None:
        """Say what is left to do."""
        self.left.append(Open(key=key, message=message))

    def comment_out(self, key: KeyPath, message: str) -> None:
        """Comment something out that the target cannot have, and leave it to the person."""
        self.done("comment", key, edits.drop(self.document, key, message), message)
        self.leave(key, message)

    def annotate(self, key: KeyPath, message: str) -> None:
        """Put a comment above something that only the person can change."""
        self.done("comment", key, edits.annotate(self.document, key, message), message)
        self.leave(key, message)
