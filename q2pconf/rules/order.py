"""Orders of tables that QIIME 2's reader refuses, as findings with a place."""

from __future__ import annotations

from collections.abc import Iterator

from q2pconf.document import Document
from q2pconf.findings import Finding, Severity
from q2pconf.releases import Release
from q2pconf.table_order import out_of_order

__all__ = ["findings"]


def findings(document: Document, release: Release) -> Iterator[Finding]:
    """A table of an executor that does not follow it at once: QIIME 2 stops with KeyAlreadyPresent,
    although this is valid TOML."""
    if "[[" not in document.text:
        return
    headers = document.positions.headers
    for index, array in out_of_order([(header.names, header.array) for header in headers]):
        header, owner = headers[index], f"[[{'.'.join(array)}]]"
        name = ".".join(header.names)
        yield Finding(
            code="Q2P005",
            severity=Severity.ERROR,
            key=header.path,
            part="table",
            span=header.span,
            message=f"{f'[[{name}]]' if header.array else f'[{name}]'} must follow {owner}"
            " without another table in between",
            consequence="QIIME 2 stops with KeyAlreadyPresent, although this is valid TOML",
            hint=f"move it up, right below {owner}",
        )
