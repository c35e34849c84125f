"""Write q2pconf/_release_table.py: schemas/releases.toml as Python, which is read far faster.

    python tools/write_release_table.py

To be run after a change of releases.toml. Until then q2pconf reads the TOML, and a test complains.
"""

from __future__ import annotations

import pprint
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CHECKOUT = Path(__file__).resolve().parent.parent
SOURCE = CHECKOUT / "schemas" / "releases.toml"
TARGET = CHECKOUT / "q2pconf" / "_release_table.py"

TEMPLATE = '''\
"""schemas/releases.toml, read. Written by tools/write_release_table.py; do not edit."""

# fmt: off
# ruff: noqa: E501
SOURCE = """\\
{source}"""

CONTENT = {content}
'''


def module(source: str) -> str:
    """The text of the module for a text of releases.toml."""
    content: dict[str, Any] = tomllib.loads(source)
    shown = pprint.pformat(content, width=100, sort_dicts=False)
    return TEMPLATE.format(
        source=source.replace("\\", "\\\\").replace('"""', '\\"""'), content=shown
    )


if __name__ == "__main__":
    TARGET.write_text(module(SOURCE.read_text(encoding="utf-8")), encoding="utf-8")
