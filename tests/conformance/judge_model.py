"""The values the judge's parts hand to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LONGEST_ERROR = 600


@dataclass(frozen=True)
class Machine:
    """The node that workers are counted for, whatever this machine is."""

    cores: int = 64
    memory_gb: float = 256.0


@dataclass(frozen=True)
class Verdict:
    """The first stage at which a file fails ("ok" if none), why, and what was seen."""

    file: str
    stage: str
    error: str | None
    detail: dict[str, Any] = field(default_factory=dict)


class StageError(Exception):
    """A stage failed: the message is the verdict's error."""

    def __init__(self, error: str, detail: dict[str, Any] | None = None) -> None:
        super().__init__(error[:LONGEST_ERROR])
        self.detail = detail or {}


def describe(error: BaseException) -> str:
    """An exception as one text: its type and its message."""
    return f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
