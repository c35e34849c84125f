"""Environments with the real QIIME 2 framework and Parsl, made where none is given."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """A QIIME 2 release and a Python interpreter that has its framework and its Parsl."""

    release: str
    python: Path


# rachis 2026.1 declares that it wants a Python before 3.12, but works with later ones.
ANY_PYTHON = ("--ignore-requires-python", "--prefer-binary") if sys.version_info >= (3, 12) else ()

FAMILIES: dict[str, tuple[tuple[str, ...], ...]] = {
    "2026.1": (
        (*ANY_PYTHON, "rachis==2026.1.0"),
        ("parsl==2024.4.15", "typeguard==4.4.4", "tomlkit==0.14.0", "setuptools"),
    ),
    "2026.4": (("rachis==2026.4.0", "parsl==2026.2.23"),),
}
"""Release → what is installed, one call of pip after the other."""


@pytest.fixture(scope="session", params=sorted(FAMILIES))
def family(request: pytest.FixtureRequest) -> Family:
    """Each release in turn, with a Python that has it; fails where that cannot be had.

    ``Q2PCONF_RACHIS_2026_4`` (and so on) names a ready interpreter. Without it an environment is
    made in the folder ``Q2PCONF_ENVS``, by default ``.envs`` in the checkout, and kept.
    """
    release: str = request.param
    given = os.environ.get(f"Q2PCONF_RACHIS_{release.replace('.', '_')}")
    python = Path(given) if given else _environment(release)
    _run([python, "-c", "import rachis.sdk.parallel_config"], f"the environment of {release}")
    return Family(release=release, python=python)


def _environment(release: str) -> Path:
    """The interpreter of this release's own environment, made on first use."""
    root = Path(os.environ.get("Q2PCONF_ENVS") or CHECKOUT / ".envs")
    folder = root / f"rachis-{release}"
    python, complete = folder / "bin" / "python", folder / "complete"
    if not complete.exists():
        root.mkdir(parents=True, exist_ok=True)
        _run([sys.executable, "-m", "venv", "--clear", folder], f"making {folder}")
        for requirements in FAMILIES[release]:
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            _run([*pip, *requirements], f"installing {' '.join(requirements)}")
        complete.touch()
    return python


def _run(command: list[str | Path], purpose: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{purpose} failed:\n{done.stdout}{done.stderr}", pytrace=False)
