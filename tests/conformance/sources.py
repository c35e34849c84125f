"""Configurations to judge: our own examples, and those in folders that the environment names."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

__all__ = ["configurations"]

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
VARIABLE = "Q2PCONF_CONFIGS"


def configurations() -> dict[str, str]:
    """Name → text: every ``.toml`` file, and every block of a text that holds a configuration.

    ``Q2PCONF_CONFIGS`` lists folders, joined as in PATH.
    """
    named = [Path(entry) for entry in os.environ.get(VARIABLE, "").split(os.pathsep) if entry]
    found: dict[str, str] = {}
    for folder in (EXAMPLES, *named):
        if not folder.is_dir():
            raise FileNotFoundError(f"{VARIABLE} names {folder}, which is not there")
        for path in sorted(folder.iterdir()):
            if path.suffix == ".toml":
                found[path.stem] = path.read_text(encoding="utf-8")
            elif path.suffix in (".txt", ".md", ".rst"):
                for number, block in enumerate(_blocks(path.read_text(encoding="utf-8"))):
                    found[f"{path.stem}-{number}"] = block
    return found


def _blocks(text: str) -> Iterator[str]:
    """The fenced and the indented code blocks that begin a table of a configuration."""
    fenced = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.M | re.S)
    indented = re.findall(r"code-block::[^\n]*\n\n((?:(?: {2,}|\t)[^\n]*\n|\s*\n)+)", text)
    for block in (*fenced, *map(textwrap.dedent, indented)):
        if re.search(r"^\[+(?:parsl|executor)", block, re.M) or "strategy =" in block:
            yield block
