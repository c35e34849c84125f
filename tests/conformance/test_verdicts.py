"""What q2pconf says of a file against what the real loader, Parsl and stand-in schedulers do."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Family
from mutations import mutations
from sources import configurations

from q2pconf.checks import validate
from q2pconf.findings import Report
from q2pconf.releases import find

pytestmark = pytest.mark.conformance

JUDGE = Path(__file__).with_name("judge.py")
MUTANTS = int(os.environ.get("Q2PCONF_MUTANTS", "700"))
SEED = int(os.environ.get("Q2PCONF_SEED", "2026"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One file, what the real thing did with it, and what q2pconf says."""

    name: str
    text: str
    stage: str
    error: str
    reason: str
    report: Report

    @property
    def agrees(self) -> bool:
        """Whether a failure there is an error here, and the other way round."""
        return (self.stage == "ok") == self.report.ok

    def row(self) -> str:
        """The disagreement on one line."""
        ours = ", ".join(f"{finding.code}" for finding in self.report.errors) or "no error"
        return f"{self.name}: there {self.stage} {self.error[:90]!r}, here {ours}"


_OF_THE_NODE = ("no room for a worker", "prefetch_capacity")
Excuse = Callable[[Case], bool]
EXPLAINED: tuple[tuple[str, Excuse], ...] = (
    (
        "how many cores and how much memory a node has is not in the file",
        lambda case: (
            case.stage == "worker" and (case.reason in _OF_THE_NODE or "Affinity" in case.error)
        ),
    ),
    (
        "whether an IP address is this machine's is for the machine that runs it (Q2P603 warns)",
        lambda case: (
            case.stage == "start" and any(f.code == "Q2P603" for f in case.report.findings)
        ),
    ),
    (
        "what a launcher or Flux starts is not on this machine",
        lambda case: (
            "FluxExecutor" in case.text
            or ("prepend" in case.text and case.stage == "worker")
            or ("bash_location" in case.text and case.stage == "worker")
        ),
    ),
    (
        "which executors the file has that QIIME 2 finds is not in this file (Q2P302 warns)",
        lambda case: case.reason == "mapping target unknown" and "executors" not in case.text,
    ),
    (
        "whether a folder can be made is for the machine that runs it",
        lambda case: case.stage == "start" and "/proc/" in case.error,
    ),
    (
        "workers given a host or interface name (Parsl up to 2024.4.15) are not connected there",
        lambda case: (
            case.stage == "ok"
            and case.report.release.parsl_order <= (2024, 4, 15)
            and {f.code for f in case.report.errors} == {"Q2P119"}
        ),
    ),
    (
        "Cobalt's job scripts end at the first command that fails, and which do is for the node",
        lambda case: case.stage == "worker" and "CobaltProvider" in case.text,
    ),
    (
        "a worker cap that Parsl does not look at beside the other one may be of any type",
        lambda case: (
            case.stage == "ok"
            and "max_workers_per_node" in case.text
            and all(f.key and f.key[-1] == "max_workers" for f in case.report.errors)
        ),
    ),
    (
        "a count of the wrong type works with some launchers, and until a second block is wanted",
        lambda case: (
            case.stage == "ok"
            and all(
                f.code == "Q2P202"
                and f.key
                and f.key[-1] in ("nodes_per_block", "max_blocks", "parallelism")
                for f in case.report.errors
            )
        ),
    ),
)
"""Disagreements that stay, each with its reason."""


def ask(family: Family, files: list[str]) -> list[dict[str, Any]]:
    """What the real thing does with each file."""
    done = subprocess.run(
        [family.python, JUDGE],
        input=json.dumps({"files": files, "release": family.release}),
        capture_output=True,
        text=True,
        check=True,
    )
    verdicts: list[dict[str, Any]] = json.loads(done.stdout)["verdicts"]
    return verdicts


def judge(family: Family, texts: Iterable[tuple[str, str]], folder: Path) -> list[Case]:
    """Both verdicts on every text."""
    named = dict(texts)
    for name, text in named.items():
        with (folder / f"{name}.toml").open("w", encoding="utf-8", newline="") as file:
            file.write(text)
    verdicts = ask(family, [str(folder / f"{name}.toml") for name in named])
    # A busy machine may let a command of Parsl's run out of time: such a file gets another try.
    slow = [v["file"] for v in verdicts if "Timeout" in (v["error"] or "")]
    again = {verdict["file"]: verdict for verdict in ask(family, slow)} if slow else {}
    release = find(family.release)
    cases = []
    for verdict in (again.get(verdict["file"], verdict) for verdict in verdicts):
        name = Path(verdict["file"]).stem
        detail: dict[str, Any] = verdict["detail"] or {}
        cases.append(
            Case(
                name=name,
                text=named[name],
                stage=verdict["stage"],
                error=verdict["error"] or "",
                reason=str(detail.get("reason", "")),
                report=validate(folder / f"{name}.toml", release),
            )
        )
    assert len(cases) == len(named)
    return cases


def unexplained(cases: list[Case]) -> list[Case]:
    """The disagreements without a reason; all are printed as a table."""
    left = []
    for case in cases:
        if case.agrees:
            continue
        reason = next((why for why, applies in EXPLAINED if applies(case)), None)
        print(f"{case.row()}  [{reason or 'NOT EXPLAINED'}]")
        if reason is None:
            left.append(case)
    return left


def test_verdicts_of_real_files(family: Family, tmp_path: Path) -> None:
    found = configurations()
    assert len(found) >= 5
    cases = judge(family, found.items(), tmp_path)
    left = unexplained(cases)
    print(f"{family.release}: {len(cases)} real configurations, {len(left)} disagreements")
    assert not [case.row() for case in left]


def test_verdicts_of_mutants(family: Family, tmp_path: Path) -> None:
    known = subprocess.run(
        [family.python, JUDGE, "--classes"], capture_output=True, text=True, check=True
    )
    sources = [text for _, text in sorted(configurations().items())]
    mutants = mutations(sources, MUTANTS, SEED, json.loads(known.stdout))
    texts = [(f"m{number:04}", text) for number, (_, text) in enumerate(mutants)]
    cases = judge(family, texts, tmp_path)
    failing = sum(case.stage != "ok" for case in cases)
    left = unexplained(cases)
    print(
        f"{family.release}: {len(cases)} mutants, {failing} fail there, {len(left)} disagreements"
    )
    assert failing > len(cases) // 5
    assert len(cases) - failing > len(cases) // 20
    assert not [case.row() for case in left]
