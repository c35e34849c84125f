"""The environments with a real framework and Parsl, which the conformance tests make."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

CONFTEST = Path(__file__).resolve().parents[1] / "conformance" / "conftest.py"


def python_of(release: str) -> Path:
    """A Python that has the Parsl of this release and a framework's loader."""
    python: Path = _conformance().family_of(release).python
    return python


def activated(python: Path) -> dict[str, str]:
    """The variables of a shell in which this environment is active."""
    return {"PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", os.defpath)])}


@functools.cache
def _conformance() -> ModuleType:
    """The module, under a name of its own: `conftest` is what pytest last called so."""
    name = "conformance_conftest"
    spec = importlib.util.spec_from_file_location(name, CONFTEST)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
