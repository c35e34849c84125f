"""The rules: a code, a title, a function that yields findings; its docstring is its page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from q2pconf._dataclasses import dataclass, field
from q2pconf.findings import Finding, Fix, KeyPath, Part, Severity
from q2pconf.model import Config
from q2pconf.releases import Release

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from q2pconf.host import CpuCount

__all__ = ["Context", "Rule", "all_rules", "error", "info", "rule", "run", "warning"]

_ROOMS = (
    "config", "executors", "workers", "providers", "scripts", "marks", "directives", "requests",
    "blocks",
    "shares", "nodes", "mapping", "naming", "loaders", "texts", "places", "environments",
)  # fmt: skip


def is_own_address(address: str) -> bool:
    """Whether this machine has this IP address; asked by taking a free port of it for a moment."""
    import socket

    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as one:
            one.bind((address, 0))
    except OSError:
        return False
    return True


def program(name: str) -> str | None:
    """Where this program is on this machine, None where it is not."""
    import shutil

    return shutil.which(name)


def cpus_here() -> CpuCount:
    """How many CPUs QIIME 2 may use on this machine; asked only where a rule wants to know."""
    from q2pconf.host import resolve_cpus

    return resolve_cpus()


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What a rule may know besides the file: the release that it is judged by, and what
    there is on this machine: variables, files, programs, addresses, CPUs."""

    release: Release
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    is_file: Callable[[str], bool] = os.path.isfile
    find_program: Callable[[str], str | None] = program
    is_own_address: Callable[[str], bool] = is_own_address
    cpus: Callable[[], CpuCount] = cpus_here


Check = Callable[[Config, Context], Iterator[Finding]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule: ``severities`` are those that its findings can have; ``doc`` says what it finds, why
    that matters and what to write instead."""

    code: str
    title: str
    severities: tuple[Severity, ...]
    doc: str
    check: Check


_REGISTRY: dict[str, Rule] = {}


def rule(
    code: str, title: str, *severities: Literal["error", "warning", "info"]
) -> Callable[[Check], Check]:
    """Register a function as the rule of this code. Codes are never reused."""

    def register(check: Check) -> Check:
        if code in _REGISTRY:
            raise ValueError(f"two rules have the code {code}")
        _REGISTRY[code] = Rule(
            code=code,
            title=title,
            severities=tuple(Severity(one) for one in severities),
            doc=check.__doc__ or "",
            check=check,
        )
        return check

    return register


def all_rules() -> Mapping[str, Rule]:
    """Every rule by its code, in the order of the codes."""
    for room in _ROOMS:
        import_module(f"q2pconf.rules.{room}")
    return dict(sorted(_REGISTRY.items()))


def run(config: Config, context: Context) -> Iterator[Finding]:
    """The findings of every rule."""
    for found in all_rules().values():
        yield from found.check(config, context)


def error(code: str, key: KeyPath, message: str, **more: str | Part | Fix | None) -> Finding:
    """A finding that makes a run fail; ``more`` are part, consequence, hint and fix."""
    return Finding(code=code, severity=Severity.ERROR, key=key, message=message, **more)  # type: ignore[arg-type]


def warning(code: str, key: KeyPath, message: str, **more: str | Part | Fix | None) -> Finding:
    """A finding that lets a run go on, but not as meant."""
    return Finding(code=code, severity=Severity.WARNING, key=key, message=message, **more)  # type: ignore[arg-type]


def info(code: str, key: KeyPath, message: str, **more: str | Part | Fix | None) -> Finding:
    """A finding that is worth knowing."""
    return Finding(code=code, severity=Severity.INFO, key=key, message=message, **more)  # type: ignore[arg-type]
