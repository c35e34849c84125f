"""Environments with the real QIIME 2 framework and Parsl, made where none is given."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """A release and a Python interpreter that has its Parsl and a framework's loader."""

    release: str
    python: Path


def _versions(parsl: str, typeguard: str, tomlkit: str) -> tuple[str, ...]:
    return (f"parsl=={parsl}", f"typeguard=={typeguard}", f"tomlkit=={tomlkit}")


# rachis 2026.1 declares that it wants a Python before 3.12, but works with later ones.
_OLD_RACHIS = ("--no-deps", "--ignore-requires-python", "rachis==2026.1.0", "decorator==4.4.2")

BASE = ("rachis==2026.4.0", *_versions("2026.1.5", "4.4.0", "0.13.3"))
"""What every environment has, unless its release says otherwise.

The versions are of no release, so that each has all three of its own.
"""

FAMILIES: dict[str, tuple[tuple[str, ...], ...]] = {
    "2023.7": (_versions("2023.8.28", "2.13.3", "0.12.1"),),
    "2023.9": (_versions("2023.10.16", "2.13.3", "0.12.1"),),
    "2024.2": (_versions("2023.12.4", "2.13.3", "0.12.3"),),
    "2024.5": (_versions("2024.4.15", "4.3.0", "0.13.2"),),
    "2024.10": (_versions("2024.4.15", "4.3.0", "0.13.2"),),
    "2026.1": (_OLD_RACHIS, _versions("2024.4.15", "4.4.4", "0.14.0")),
    "2026.4": (_versions("2026.2.23", "4.5.1", "0.14.0"),),
    "2026.7": (_versions("2026.2.23", "4.5.2", "0.15.1"),),
    "parsl==2026.10.26": (_versions("2026.10.26", "4.6.0", "0.15.1"),),
}
"""Release → what is installed above the base, one call of pip after the other.

2025.4 to 2025.10 have the loader and the Parsl of 2024.10. The frameworks before rachis are not on
PyPI: judge_loader.py does as their loaders do.
"""

_AS_RELEASED = ("2026.1", "2026.4")
_NEED_FRAMEWORK = {"test_default_file", "test_pipeline", "test_which"}
_PARSL_DECIDES = {"test_managers_judged", "test_submission_judged", "test_try_in_families"}
_ONE_OF_EACH_PARSL = ("2023.7", "2023.9", "2024.2", "2024.10", "2026.4", "parsl==2026.10.26")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every release in turn; only those whose own framework is installed where it is asked, and
    one for each Parsl where nothing else matters."""
    if "family" in metafunc.fixturenames:
        name = metafunc.module.__name__.rpartition(".")[2]
        releases = tuple(FAMILIES)
        if name in _NEED_FRAMEWORK:
            releases = _AS_RELEASED
        elif name in _PARSL_DECIDES:
            releases = _ONE_OF_EACH_PARSL
        metafunc.parametrize("family", releases, indirect=True, scope="session")


@pytest.fixture(scope="session")
def family(request: pytest.FixtureRequest) -> Family:
    """A release, with a Python that has its Parsl; fails where that cannot be had.

    ``Q2PCONF_RACHIS_2026_4`` (``…_PARSL_2026_10_26``) names a ready interpreter. Without it an
    environment is made in the folder ``Q2PCONF_ENVS``, by default ``.envs`` in the checkout, and
    kept.
    """
    return family_of(request.param)


@functools.cache
def family_of(release: str) -> Family:
    """The family of one release."""
    given = os.environ.get("Q2PCONF_RACHIS_" + re.sub(r"\W+", "_", release).upper())
    python = Path(given) if given else environment(release)
    _run([python, "-c", "import rachis.sdk.parallel_config"], f"the environment of {release}")
    return Family(release=release, python=python)


def environment(release: str) -> Path:
    """The interpreter of this release's own environment, made on first use.

    It lies above one that all share: what it has itself comes first.
    """
    base = ready("base", (BASE,))
    return _made(_root() / release.replace("==", "-"), base, FAMILIES[release])


def ready(name: str, calls: tuple[tuple[str, ...], ...]) -> Path:
    """The interpreter of an environment that has nothing but these requirements."""
    return _made(_root() / name, None, calls)


def _root() -> Path:
    return Path(os.environ.get("Q2PCONF_ENVS") or CHECKOUT / ".envs")


def _made(folder: Path, above: Path | None, calls: tuple[tuple[str, ...], ...]) -> Path:
    """The interpreter of an environment with these requirements, made anew if they changed."""
    python, complete = folder / "bin" / "python", folder / "complete"
    recipe = repr((sys.version, BASE, calls))
    if complete.exists() and complete.read_text(encoding="utf-8") == recipe:
        return python
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], f"making {folder}")
    if above is not None:
        line = f"import site; site.addsitedir({str(_packages(above.parents[1]))!r})\n"
        (_packages(folder) / "base.pth").write_text(line, encoding="utf-8")
    for requirements in calls:
        pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
        _run([*pip, "install", "--quiet", "--prefer-binary", *requirements], f"making {folder}")
    complete.write_text(recipe, encoding="utf-8")
    return python


def _packages(folder: Path) -> Path:
    """The folder of an environment's packages."""
    return Path(sysconfig.get_path("purelib", "posix_prefix", {"base": str(folder)}))


def _run(command: list[str | Path], purpose: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{purpose} failed:\n{done.stdout}{done.stderr}", pytrace=False)
