"""What a person answers, as options, in a file or at a terminal; read, checked, in one form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from q2pconf import units
from q2pconf._dataclasses import dataclass
from q2pconf.errors import UsageError

__all__ = ["Answers", "read", "read_one", "under_one_name"]

_READERS: Mapping[str, Callable[[object], tuple[Any, str | None]]] = {
    "actions": units.read_count,
    "cpus": units.read_count,
    "max_cpus": units.read_count,
    "memory": units.read_memory,
    "walltime": units.read_walltime,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """The answers, None where nothing was answered.

    ``actions`` at a time, ``cpus`` and ``memory_gb`` for each, ``walltime`` as HH:MM:SS,
    ``mapping`` as (plugin, action, label), ``settings`` as (key, value). ``said``: what was
    understood or rounded, for the person.
    """

    actions: int | None = None
    cpus: int | None = None
    memory_gb: int | None = None
    walltime: str | None = None
    partition: str | None = None
    queue: str | None = None
    account: str | None = None
    qos: str | None = None
    environment: str | None = None
    worker_init: str | None = None
    exclusive: bool | None = None
    max_cpus: int | None = None
    mapping: tuple[tuple[str, str, str], ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()
    said: tuple[str, ...] = ()


def read(raw: Mapping[str, Any]) -> Answers:
    """The answers of options or of a file. Raises UsageError that names the one at fault."""
    found: dict[str, Any] = {}
    said: list[str] = []
    for name, value in raw.items():
        if value is None:
            continue
        key = {"memory": "memory_gb", "map": "mapping", "set": "settings"}.get(name, name)
        found[key], note = read_one(name, value)
        if note:
            said.append(note)
    return Answers(**found, said=tuple(said))


def under_one_name(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with ``shared``, an option's name too, as the opposite of ``exclusive``.

    Raises UsageError where both are answered.
    """
    found = dict(raw)
    shared = found.pop("shared", None)
    if shared is not None:
        if found.get("exclusive") is not None:
            raise UsageError("exclusive and shared: answer one of them")
        found["exclusive"] = not _flag("shared", shared)
    return found


def read_one(name: str, value: Any) -> tuple[Any, str | None]:
    """One answer as it is kept, and what was understood if that is not plain.

    Raises UsageError with a reason.
    """
    if name in _READERS:
        try:
            kept, said = _READERS[name](value)
        except UsageError as error:
            raise UsageError(f"{_option(name)}: {error}") from None
        return kept, said and f"{_option(name)}: {said}"
    if name in ("partition", "queue", "account", "qos"):
        return _name(name, value), None
    if name in ("environment", "worker_init"):
        return _text(name, value), None
    if name == "exclusive":
        return _flag(name, value), None
    if name == "map":
        return tuple(_mapped(one) for one in _several(name, value)), None
    if name == "set":
        return _settings(value), None
    raise UsageError(f"there is no question {name!r}")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _name(name: str, value: Any) -> str:
    text = str(value).strip()
    if not isinstance(value, str) or not re.fullmatch(
        r"[\w.@+:/-]+(,[\w.@+:/-]+)*", text, re.ASCII
    ):
        raise UsageError(f"{_option(name)}: a name without blanks is needed, not {text!r}")
    if text.startswith("-"):
        raise UsageError(f"{_option(name)}: {text!r} begins with a hyphen, as options do")
    return text


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise UsageError(f"{_option(name)}: text is needed, not {value!r}")
    if not value.strip() or any("\ud800" <= c <= "\udfff" for c in value):
        raise UsageError(f"{_option(name)}: text in UTF-8 is needed, not {value!r}")
    if name == "environment" and value.startswith("-"):
        raise UsageError(f"{_option(name)}: {value!r} begins with a hyphen, as options do")
    if name == "environment" and not value.isprintable():
        # Even in quotes, a line of its own could be a directive to the scheduler.
        raise UsageError(f"{_option(name)}: {value!r} is not on one line")
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{_option(name)}: true or false is needed, not {value!r}")
    return value


def _settings(value: Any) -> tuple[tuple[str, Any], ...]:
    if not isinstance(value, Mapping):
        raise UsageError(f"--set: a table of keys and values is needed, not {value!r}")
    for name, one in value.items():
        if any("\ud800" <= c <= "\udfff" for c in f"{name}{one}"):
            raise UsageError(f"--set {name!r}: text in UTF-8 is needed")
    return tuple(value.items())


def _several(name: str, value: Any) -> Iterable[Any]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list | tuple):
        raise UsageError(f"{_option(name)}: a list of PLUGIN.ACTION=LABEL is needed")
    return value


def _mapped(value: Any) -> tuple[str, str, str]:
    found = re.fullmatch(r"([\w-]+)\.([\w-]+)=([\w.-]+)", str(value).strip(), re.ASCII)
    if found is None:
        raise UsageError(
            "--map: PLUGIN.ACTION=LABEL is needed, such as dada2.denoise_paired=tpool,"
            f" not {value!r}"
        )
    plugin, action, label = found.groups()
    return plugin.replace("-", "_"), action.replace("-", "_"), label
