"""What every test may rely on."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def nobody_else(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who owns the folders above a checkout is no matter of the tests, but of those on trust."""
    if not request.node.path.name.startswith("test_trust"):
        monkeypatch.setattr("q2pconf.trust.steps", lambda path, **_: iter(()))
