"""Orders of tables that are valid TOML and that QIIME 2's reader, tomlkit, refuses all the same."""

from __future__ import annotations

from collections.abc import Iterator

from q2pconf.document import Document
from q2pconf.findings import Finding, Severity
from q2pconf.releases import Release

__all__ = ["findings"]


def findings(document: Document, release: Release) -> Iterator[Finding]:
    """A table of an executor that does not follow it at once: QIIME 2 stops with KeyAlreadyPresent.

    tomlkit (up to 0.14) takes the tables below an array of tables only while nothing else has
    come in between.
    """
    if "[[" not in document.text:
        return
    headers = document.positions.headers
    arrays: set[tuple[str, ...]] = set()
    previous: tuple[str, ...] = ()
    for header in headers:
        for end in range(1, len(header.names) + header.array):
            prefix = header.names[:end]
            if prefix in arrays and previous[:end] != prefix:
                yield Finding(
                    code="Q2P005",
                    severity=Severity.ERROR,
                    key=header.path,
                    part="table",
                    span=header.span,
                    message=f"[{'.'.join(header.names)}] must follow its [[{'.'.join(prefix)}]]"
                    " at once, without another table in between",
                    consequence="QIIME 2 stops with KeyAlreadyPresent, although this is valid TOML",
                    hint=f"move it up, right below its [[{'.'.join(prefix)}]]",
                )
                break
        if header.array:
            arrays.add(header.names)
        previous = header.names
