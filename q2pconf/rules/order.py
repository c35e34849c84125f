"""Orders of tables that QIIME 2's reader does not take as meant, as findings with a place."""

from __future__ import annotations

from collections.abc import Iterator

from q2pconf.document import Document
from q2pconf.findings import Finding, Severity
from q2pconf.releases import Release
from q2pconf.table_order import Misplaced, in_order, out_of_order

__all__ = ["findings"]

EXECUTORS = ("parsl", "executors")


def findings(document: Document, release: Release) -> Iterator[Finding]:
    """A table apart from what it belongs to: QIIME 2 stops, although this is valid TOML, or reads
    the table more than once."""
    if in_order(document.lines_as_read):
        return
    for misplaced in out_of_order(document.positions, release.tomlkit):
        header, severity = misplaced.header, Severity.ERROR
        if misplaced.error is not None:
            consequence = f"QIIME 2 stops with `{misplaced.error}`, although this is valid TOML"
        elif header.names == EXECUTORS:
            consequence = (
                "QIIME 2 reads this executor more than once and stops with ConfigurationError"
                " (Executors must have unique labels)"
            )
        else:
            consequence, severity = "QIIME 2 reads this table more than once", Severity.WARNING
        yield Finding(
            code="Q2P005",
            severity=severity,
            key=header.path,
            part="table",
            span=header.span,
            message=_message(misplaced, release),
            consequence=consequence,
            hint=misplaced.move,
        )


def _message(misplaced: Misplaced, release: Release) -> str:
    header, array = misplaced.header, misplaced.array
    if array is None:
        return f"{header} comes too late for the TOML reader of QIIME 2 {release.name}"
    return f"{header} must follow {array} without another table in between"
