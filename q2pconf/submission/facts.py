"""What a file would submit, as data."""

from __future__ import annotations

from collections.abc import Mapping

from q2pconf._dataclasses import dataclass, field
from q2pconf.errors import Q2pconfError
from q2pconf.releases import Release

__all__ = ["Script", "Submission", "SubmissionError", "Verdict"]


class SubmissionError(Q2pconfError):
    """The Python of the environment cannot be asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What ``sbatch --test-only`` says of a script."""

    ok: bool
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """What one executor submits for its first job; None where it submits no script.

    ``command`` is the command line, ``files`` what lies beside the script (path → text). Texts are
    those of the files with bytes that are no UTF-8 as Python's surrogate escapes. ``test_only`` is
    None where no Slurm was asked or none has answered. ``limits`` has one sentence for each limit
    of the partition that the job goes beyond. ``error`` says why Parsl cannot submit it.
    """

    label: str
    class_name: str
    provider: str | None
    command: str | None = None
    path: str | None = None
    text: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    test_only: Verdict | None = None
    limits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """The scripts of a file, in the order of its executors.

    ``parsl`` is the version that wrote them, ``errors`` how many the check of the file found.
    ``error`` is what stopped QIIME 2 or Parsl before there was a script, in their words,
    ``nothing`` what QIIME 2 does with a file that names no executors.
    """

    path: str | None
    release: Release
    parsl: str
    scripts: tuple[Script, ...] = ()
    errors: int = 0
    error: str | None = None
    nothing: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the file is right and the scheduler refuses nothing."""
        refused = any(one.test_only is not None and not one.test_only.ok for one in self.scripts)
        failed = any(one.error for one in self.scripts)
        return not (self.errors or self.error or refused or failed)
