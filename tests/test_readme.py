"""What the README promises is what there is."""

from __future__ import annotations

import re
from pathlib import Path

from q2pconf import releases
from q2pconf.cli import COMMANDS

CHECKOUT = Path(__file__).resolve().parents[1]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def test_readme_lists_every_command() -> None:
    section = README.partition("## Commands")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `q2pconf (\w+)", section, re.MULTILINE)) == set(COMMANDS)


def test_readme_names_first_and_last_release() -> None:
    known = releases.all_releases()
    assert f"(`{known[0].name}` to `{known[-1].name}`)" in README


def test_ci_runs_the_readme_test_command() -> None:
    command = re.search(r"^python3 -m venv .venv && (.*-m pytest)$", README, re.MULTILINE)
    assert command is not None
    script = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8")
    for part in command.group(1).split(" && "):
        assert part in script
