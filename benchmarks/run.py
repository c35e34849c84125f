"""Measure q2pconf beside what a user would take instead, and write docs/benchmarks.md.

    python benchmarks/run.py

The first run installs the competitors from PyPI into environments of their own (--environments).
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from inputs import GROWING, Inputs
from measuring import Figures, measure
from page import Growth, page
from rivals import CHECKOUT, Case, Tools, cases, many_cases

SIZES = (1_000, 10_000)
OK_OR_PROBLEMS = (0, 1)


def main() -> int:
    """Measure and write the page."""
    options = _options()
    tools = Tools.ready(options.environments.resolve())
    with tempfile.TemporaryDirectory(prefix="q2pconf-benchmarks-") as name:
        folder = Path(name).resolve()
        _leave_everything(folder)
        own = str(tools.own / "q2pconf")
        schema = subprocess.run([own, "schema"], capture_output=True, text=True, check=True).stdout
        (folder / "files").mkdir()
        files = Inputs.written(folder / "files", schema)
        os.chdir(files.folder)
        versions = {"q2pconf": _version(own), **tools.versions()}
        starts = _measured(cases(tools, files), options.runs)
        many = _measured(many_cases(tools, files), max(options.runs // 5, 1))
        growths = _growths(own, files.folder, max(options.runs // 10, 1))
        os.chdir(CHECKOUT)
    text = page([*starts, *many], growths, versions, options.runs, datetime.date.today())
    options.output.write_text(text, encoding="utf-8")
    print(f"wrote {options.output}", file=sys.stderr)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20, help="of each cold start (default: 20)")
    parser.add_argument(
        "--environments", type=Path, default=CHECKOUT / ".envs" / "benchmarks", metavar="DIR",
        help="where the environments are kept from run to run (default: .envs/benchmarks)",
    )  # fmt: skip
    parser.add_argument("--output", type=Path, default=CHECKOUT / "docs" / "benchmarks.md")
    options = parser.parse_args()
    options.output = options.output.resolve()
    return options


def _leave_everything(folder: Path) -> None:
    """What this user has set must not count: no configuration, no active environment."""
    for name in list(os.environ):
        if name.startswith(("QIIME", "CONDA", "XDG", "PYTHON", "VIRTUAL_ENV")):
            del os.environ[name]
    os.environ["HOME"] = str(folder)


def _measured(wanted: list[Case], runs: int) -> list[tuple[Case, Figures]]:
    found = measure([case.command for case in wanted], [(case.code,) for case in wanted], runs)
    return list(zip(wanted, found, strict=True))


def _growths(own: str, folder: Path, runs: int) -> list[Growth]:
    """The seconds for a thousand and ten thousand of each thing, beyond the start."""
    commands: list[list[str]] = [[own, "validate", str(folder / "valid.toml")]]
    for number, write in enumerate(GROWING.values()):
        for size in SIZES:
            path = folder / f"growing-{number}-{size}.toml"
            path.write_text(write(size), encoding="utf-8")
            commands.append([own, "validate", str(path)])
    start, *rest = measure(commands, [OK_OR_PROBLEMS] * len(commands), runs)
    triples = zip(GROWING, rest[::2], rest[1::2], strict=True)
    return [Growth(name, start, small, large) for name, small, large in triples]


def _version(own: str) -> str:
    told = subprocess.run([own, "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[-1]


if __name__ == "__main__":
    raise SystemExit(main())
