"""What every test may rely on."""

from __future__ import annotations

import pytest


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """The whole fast suite is spread over the cores. A few tests do not need that, and what starts
    a Slurm or installs environments of its own must not have it."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    fast = str(config.option.markexpr).startswith("not ")
    return None if whole and fast and not config.option.keyword else 0


@pytest.fixture(autouse=True)
def nobody_else(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who owns the folders above a checkout is no matter of the tests, but of those on trust."""
    if not request.node.path.name.startswith("test_trust"):
        monkeypatch.setattr("q2pconf.trust.steps", lambda path, **_: iter(()))
