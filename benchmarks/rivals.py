"""What is measured: q2pconf, what a user would take instead, and the environments for both."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

from inputs import Inputs

__all__ = ["Case", "Tools", "cases", "many_cases"]

CHECKOUT = Path(__file__).resolve().parent.parent
RIVALS = ("check-jsonschema", "validate-pyproject[all]", "tombi", "taplo")
LOADER = ("rachis==2026.4.0", "parsl==2026.2.23")
"""The framework of the release that files are judged by here, with the Parsl that it ships."""


class Case(NamedTuple):
    """A command to measure: the heading it belongs under, what it is called, and the exit code it
    must end with (any other means that the figures would compare nothing)."""

    heading: str
    name: str
    command: list[str]
    code: int = 0


class Tools(NamedTuple):
    """The folders of commands of the three environments."""

    own: Path
    rivals: Path
    loader: Path

    @classmethod
    def ready(cls, folder: Path) -> Tools:
        """Make the environments where they are not there yet; q2pconf is installed anew."""
        rivals = _environment(folder / "rivals", RIVALS)
        loader = _environment(folder / "loader", LOADER)
        own = _environment(folder / "q2pconf", (str(CHECKOUT),))
        _install(own, ("--force-reinstall", "--no-deps", str(CHECKOUT)))
        return cls(own, rivals, loader)

    def versions(self) -> dict[str, str]:
        """What is installed, by name."""
        wanted = ("check-jsonschema", "validate-pyproject", "tombi", "taplo", "rachis", "parsl")
        found = {}
        for commands in (self.rivals, self.loader):
            listed = subprocess.run(
                [commands / "python", "-m", "pip", "list", "--format", "freeze"],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            found |= dict(line.split("==") for line in listed.stdout.split() if "==" in line)
        return {name: found[name] for name in wanted}


def _environment(folder: Path, packages: tuple[str, ...]) -> Path:
    commands = folder / "bin"
    done = folder / "installed.txt"
    if not done.is_file() or done.read_text() != "\n".join(packages):
        print(f"installing {' '.join(packages)}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        _install(commands, packages)
        done.write_text("\n".join(packages))
    return commands


def _install(commands: Path, packages: tuple[str, ...]) -> None:
    subprocess.run(
        [commands / "python", "-m", "pip", "install", "--quiet", *packages],
        check=True, stdout=sys.stderr, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )  # fmt: skip


def cases(tools: Tools, files: Inputs) -> list[Case]:
    """Every cold start."""
    python, own = str(tools.own / "python"), str(tools.own / "q2pconf")
    found = [
        Case("start", "python -c pass", [python, "-c", "pass"]),
        Case("start", "import q2pconf", [python, "-c", "import q2pconf"]),
        Case("commands", "q2pconf which (no file)", [own, "which"]),
        Case(
            "commands", "q2pconf which (a file)",
            [own, "which", "--parallel-config", str(files.valid)],
        ),
        Case(
            "commands", "q2pconf init --preset local -o -",
            [own, "init", "--preset", "local", "--yes", "-o", "-"],
        ),
        Case("commands", "q2pconf explain", [own, "explain", str(files.valid)]),
        Case("commands", "q2pconf migrate", [own, "migrate", str(files.old), "--to", "2026.4"]),
    ]  # fmt: skip
    for heading, path, code in (("valid", files.valid, 0), ("bad", files.bad, 1)):
        found.append(Case(heading, "q2pconf validate", [own, "validate", str(path)], code))
        found += _rivals(tools, files, heading, [path], code)
    return found


def many_cases(tools: Tools, files: Inputs) -> list[Case]:
    """A thousand files in one call, and one file of ten thousand lines."""
    own = str(tools.own / "q2pconf")
    thousand = [str(path) for path in files.thousand]
    found = [Case("1,000 files", "q2pconf validate", [own, "validate", *thousand])]
    # Without the loader: it asks Slurm's commands for every single file.
    found += _rivals(tools, files, "1,000 files", files.thousand, 0)[:-1]
    found.append(Case("10,000 lines", "q2pconf validate", [own, "validate", str(files.mapping)]))
    return [*found, *_rivals(tools, files, "10,000 lines", [files.mapping], 0)]


def _rivals(tools: Tools, files: Inputs, heading: str, paths: list[Path], code: int) -> list[Case]:
    """The same files for everybody else.

    validate-pyproject knows no other file than pyproject.toml: it gets one of about that size for
    each, as a measure of what such a tool takes.
    """
    names = [str(path) for path in paths]
    projects = files.projects_for(heading, len(paths))
    loader = str(Path(__file__).resolve().parent / "load_files.py")
    commands = tools.rivals
    return [
        Case(heading, "check-jsonschema", [
            str(commands / "check-jsonschema"), "--schemafile", str(files.schema), *names], code),
        Case(heading, "validate-pyproject (a pyproject.toml)", [
            str(commands / "validate-pyproject"), *projects], code),
        Case(heading, "tombi lint", [str(commands / "tombi"), "lint", "--offline", *names], code),
        Case(heading, "taplo lint", [
            str(commands / "taplo"), "lint", "--schema", files.schema.as_uri(), *names], code),
        Case(heading, "QIIME 2's own loader (rachis)", [
            str(tools.loader / "python"), loader, *names], code),
    ]  # fmt: skip
