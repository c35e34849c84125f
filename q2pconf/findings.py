"""What a check found: findings with a place, a consequence and a remedy, gathered in a report."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Literal

from q2pconf._dataclasses import dataclass, field
from q2pconf.releases import Release

__all__ = ["Finding", "Fix", "KeyPath", "Report", "Severity", "Span", "show_path"]

KeyPath = tuple[str | int, ...]
"""Where a value sits: keys of tables and positions in arrays, such as
``("parsl", "executors", 0, "label")``."""

Part = Literal["key", "value", "table"]


class Severity(str, Enum):
    """How bad a finding is.

    ERROR: QIIME 2 or Parsl will fail, or the run can never do work. WARNING: it runs, but surely
    not as meant. INFO: worth knowing.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A range of text. Lines and columns count from 1, in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Fix:
    """A change to the file that removes a finding.

    ``value`` is the new key or the new value; for a copy the table, such as
    ``parsl.executor_mapping``, that gets what is at ``key``. ``unmark`` takes the byte order mark
    away that stands in front of the text. ``safe``: it says what the file was meant to say, and
    nothing else can have been meant.
    """

    kind: Literal["rename", "set", "remove", "copy", "unmark"]
    key: KeyPath
    value: str | int | float | bool | None = None
    safe: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One mistake.

    ``key`` and ``part`` say where it is (``key``: the key's name, ``value``: what follows the
    ``=``, ``table``: the header of the table); ``span`` is the same as a place in the text, None
    where the text has no such place. ``message`` says what is wrong, ``consequence`` what QIIME 2
    or Parsl would do, ``hint`` what to write instead; ``beside`` is a key that the end of the hint
    speaks of, whose line is added to it.
    """

    code: str
    severity: Severity
    message: str
    key: KeyPath | None = None
    part: Part = "value"
    span: Span | None = None
    consequence: str | None = None
    hint: str | None = None
    beside: KeyPath | None = None
    fix: Fix | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All findings of one file, in the order of their places.

    ``path`` is the file's name as given, None for text or a dict; ``source`` is the text that was
    checked (None for a dict). ``ignored`` are the findings that a comment in the file hides,
    ``left_out`` those whose codes the caller did not want; ``findings`` has neither.
    """

    path: str | None
    release: Release
    findings: tuple[Finding, ...] = ()
    source: str | None = field(default=None, repr=False)
    ignored: tuple[Finding, ...] = ()
    left_out: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """True where nothing was found that makes a run fail."""
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that make a run fail."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that let a run go on, but not as meant."""
        return tuple(f for f in self.findings if f.severity is Severity.WARNING)


def show_path(path: Iterable[str | int]) -> str:
    """A key path as a person writes it: ``parsl.executors[0].label`` counts from 0."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
