"""docs/benchmarks.md out of the figures."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from measuring import Figures
from rivals import Case

__all__ = ["Growth", "page"]

TITLES = {
    "start": "Starting",
    "commands": "Commands",
    "valid": "Checking one valid file",
    "bad": "Checking one file with mistakes",
    "1,000 files": "1,000 small valid files in one call",
    "10,000 lines": "One valid file with 10,000 lines of mapping",
}


class Goal(NamedTuple):
    """What a command should take at most: ``times`` as long as the other one, under a heading."""

    heading: str
    name: str
    times: float
    than: tuple[str, str]
    why: str = ""


START = ("start", "python -c pass")
GOALS = (
    Goal("start", "import q2pconf", 1.5, START),
    Goal("commands", "q2pconf which (no file)", 3, START),
    Goal("commands", "q2pconf which (a file)", 3, START, "a file has to be read for its mapping,"
         " and Python's reader of TOML alone takes nearly half as long as the start"),
    Goal("valid", "q2pconf validate", 7, START),
    Goal("bad", "q2pconf validate", 18, START),
    Goal("1,000 files", "q2pconf validate", 0.5, ("1,000 files", "check-jsonschema")),
    Goal("1,000 files", "q2pconf validate", 1, ("1,000 files", "tombi lint")),
    Goal("1,000 files", "q2pconf validate", 1,
         ("1,000 files", "validate-pyproject (a pyproject.toml)"),
         "it looks at the shape of nine lines, by compiled code that asks nothing across keys;"
         " q2pconf goes through every rule for each file, and notes the place of each key"),
)  # fmt: skip
"""What is aimed at; ``why`` is said of a goal that is missed."""


class Growth(NamedTuple):
    """The figures for a small file, for a thousand of something and for ten thousand of it."""

    name: str
    start: Figures
    thousand: Figures
    ten_thousand: Figures

    @property
    def factor(self) -> float:
        """How much more time ten times as much takes, beyond the start."""
        # What is lost in the noise of a start must not look like growth.
        small = max(self.thousand.least - self.start.least, 0.02)
        return max(self.ten_thousand.least - self.start.least, 0.0) / small


def page(
    measured: Sequence[tuple[Case, Figures]],
    growths: Sequence[Growth],
    versions: Mapping[str, str],
    runs: int,
    day: datetime.date,
) -> str:
    """The whole page."""
    start = measured[0][1]
    parts = [_introduction(versions, runs, day), "".join(_goal_table(measured))]
    for heading, title in TITLES.items():
        rows = [row for row in measured if row[0].heading == heading]
        parts.append(f"## {title}\n\n" + "".join(_table(rows, start)))
    parts.append("".join(_growth_table(growths)))
    return "\n".join(parts)


def _introduction(versions: Mapping[str, str], runs: int, day: datetime.date) -> str:
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"""\
# How fast it is

Written by `python benchmarks/run.py`; do not edit.

Measured on {day} on {_machine()}:
{listed}.

Every command runs in a process of its own, in turns with all others, {runs} times (the large ones a
fifth as often), and must end with the exit code that is right for its file. “× start” is the least
time as a multiple of the least `python -c pass` on that machine, which says more than
milliseconds do. Memory is the peak of the process.

tombi and taplo are compiled programs; they and check-jsonschema are given the JSON Schema that
q2pconf makes, and judge by nothing else. validate-pyproject checks a `pyproject.toml` of about
that size, since it knows nothing else. QIIME 2's own loader builds Parsl's objects and stops at
the first mistake.
"""


def _goal_table(measured: Sequence[tuple[Case, Figures]]) -> Iterator[str]:
    least = {(case.heading, case.name): found.least for case, found in measured}
    yield "## Goals\n\n| command | at most | measured | |\n|---|---:|---:|---|\n"
    for goal in GOALS:
        found = least[goal.heading, goal.name] / least[goal.than]
        where = "" if goal.heading in ("start", "commands") else f", {TITLES[goal.heading].lower()}"
        verdict = "met"
        if found > goal.times:
            verdict = f"missed by {found / goal.times - 1:.0%}{goal.why and f': {goal.why}'}"
        most = f"{goal.times:g} × {goal.than[1]}"
        yield f"| {goal.name}{where} | {most} | {found:.2g} × | {verdict} |\n"


def _machine() -> str:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} × {model}, {system}, {python}"


def _table(rows: Sequence[tuple[Case, Figures]], start: Figures) -> Iterator[str]:
    yield "| command | × start | least | median | user | memory |\n|---|---:|---:|---:|---:|---:|\n"
    for case, found in rows:
        name = f"**{case.name}**" if "q2pconf" in case.name else case.name
        times = " | ".join(f"{_time(t)}" for t in (found.least, found.median, found.user))
        ratio = f"{found.least / start.least:.1f}"
        yield f"| {name} | {ratio} | {times} | {found.peak_mb:.0f} MB |\n"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _growth_table(growths: Sequence[Growth]) -> Iterator[str]:
    yield """\
## What ten times as much costs

`q2pconf validate` for a file with 1,000 and with 10,000 of something, and the factor between them
beyond the start. 10 is growth in a straight line; less means that the start still weighs more.

| of what | 1,000 | 10,000 | factor | memory |
|---|---:|---:|---:|---:|
"""
    for one in growths:
        yield (
            f"| {one.name} | {_time(one.thousand.least)} | {_time(one.ten_thousand.least)}"
            f" | {one.factor:.1f} | {one.ten_thousand.peak_mb:.0f} MB |\n"
        )
