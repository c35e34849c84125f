"""The classes that a configuration file can name, with their parameters, as the Parsl here has."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

_MODULES = {
    "executor": "parsl.executors",
    "provider": "parsl.providers",
    "launcher": "parsl.launchers",
    "channel": "parsl.channels",
    "monitoring": "parsl.monitoring",
}
REQUIRED = "<required>"


def classes() -> dict[str, dict[str, Any]]:
    """Class name → its kind and its parameters (default and annotation as text)."""
    from parsl.config import Config

    found = {"Config": _entry("config", Config)}
    for kind, name in _MODULES.items():
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        for class_name, value in vars(module).items():
            if inspect.isclass(value) and not class_name.startswith("_"):
                found[class_name] = _entry(kind, value)
    return found


def _entry(kind: str, cls: type) -> dict[str, Any]:
    parameters = {}
    for name, parameter in inspect.signature(cls).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        missing = parameter.default is parameter.empty
        typed = parameter.annotation is not parameter.empty
        parameters[name] = {
            "default": REQUIRED if missing else _plain(parameter.default),
            "annotation": inspect.formatannotation(parameter.annotation) if typed else None,
        }
    return {"kind": kind, "parameters": parameters}


def _plain(default: Any) -> str:
    """The default as text; an object of Parsl's by its class alone."""
    if isinstance(default, (str, int, float, bool, list, tuple, dict, type(None))):
        return repr(default)
    return type(default).__name__
