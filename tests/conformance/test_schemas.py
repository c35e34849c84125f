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
    done = subprocess.run(
        [family.python, "-W", "ignore", CHECKOUT / "tools" / "generate_schemas.py", "--stdout"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
    )
    shipped = CHECKOUT / "schemas" / f"parsl-{find(family.release).parsl}.json"
    assert done.stdout == shipped.read_text(encoding="utf-8")
    assert len(json.loads(done.stdout)["definitions"]) > 25
