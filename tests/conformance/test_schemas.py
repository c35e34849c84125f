"""The shipped schemas are what the generator makes of the Parsl that they name."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import CHECKOUT, Family

from q2pconf.releases import find

pytestmark = pytest.mark.conformance


def test_schema_is_generated(family: Family, tmp_path: Path) -> None:
    made = tmp_path / "schema.json"
    generator = CHECKOUT / "tools" / "generate_schemas.py"
    subprocess.run(
        [family.python, "-W", "ignore", generator, "--output", made],
        check=True,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
    )
    shipped = CHECKOUT / "schemas" / f"parsl-{find(family.release).parsl}.json"
    assert made.read_bytes() == shipped.read_bytes()
    assert len(json.loads(made.read_text(encoding="utf-8"))["definitions"]) > 25
