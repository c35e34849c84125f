"""What is read off a release's environment on the fly is the shipped schema of its Parsl."""

from __future__ import annotations

import pytest
from conftest import CHECKOUT, Family

from q2pconf import installed
from q2pconf.releases import find

pytestmark = pytest.mark.conformance


def test_schema_on_the_fly(family: Family) -> None:
    shipped = CHECKOUT / "schemas" / f"parsl-{find(family.release).parsl}.json"
    assert installed.generate(str(family.python)) == shipped.read_text(encoding="utf-8")
