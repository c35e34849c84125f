"""Write, check and explain QIIME 2 parallel configuration files.

The library's face: what is named here is public, and loaded when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what typing calls so; importing that takes longer than all of this
if TYPE_CHECKING:
    from typing import Any

    from q2pconf.capacity import Capacity
    from q2pconf.capacity.job import Node
    from q2pconf.chain import Candidate, Resolution, resolve
    from q2pconf.checks import validate
    from q2pconf.document import Document, DocumentError
    from q2pconf.errors import InputError, Q2pconfError, RefusedError, UsageError
    from q2pconf.explanation import Explanation, explain
    from q2pconf.findings import Finding, Fix, Report, Severity, Span
    from q2pconf.host import CpuCount, resolve_cpus
    from q2pconf.migrating import Change, Migration, Open, migrate
    from q2pconf.parsl_loader import LoaderError, to_parsl
    from q2pconf.releases import Release
    from q2pconf.wizard import preset

__version__ = "0.1.0"

__all__ = [
    "Candidate",
    "Capacity",
    "Change",
    "CpuCount",
    "Document",
    "DocumentError",
    "Explanation",
    "Finding",
    "Fix",
    "InputError",
    "LoaderError",
    "Migration",
    "Node",
    "Open",
    "Q2pconfError",
    "RefusedError",
    "Release",
    "Report",
    "Resolution",
    "Severity",
    "Span",
    "UsageError",
    "explain",
    "migrate",
    "preset",
    "resolve",
    "resolve_cpus",
    "to_parsl",
    "validate",
]

_HOMES = {
    "Candidate": "chain",
    "Capacity": "capacity",
    "Change": "migrating",
    "CpuCount": "host",
    "Document": "document",
    "DocumentError": "document",
    "Explanation": "explanation",
    "Finding": "findings",
    "Fix": "findings",
    "InputError": "errors",
    "LoaderError": "parsl_loader",
    "Migration": "migrating",
    "Node": "capacity.job",
    "Open": "migrating",
    "Q2pconfError": "errors",
    "RefusedError": "errors",
    "Release": "releases",
    "Report": "findings",
    "Resolution": "chain",
    "Severity": "findings",
    "Span": "findings",
    "UsageError": "errors",
    "explain": "explanation",
    "migrate": "migrating",
    "preset": "wizard",
    "resolve": "chain",
    "resolve_cpus": "host",
    "to_parsl": "parsl_loader",
    "validate": "checks",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"q2pconf.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'q2pconf' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
