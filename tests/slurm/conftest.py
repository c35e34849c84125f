"""A Slurm of the tests' own: in a temporary folder, for the session, and gone after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .cluster import Slurm, running


@pytest.fixture(scope="session")
def slurm() -> Iterator[Slurm]:
    """A running Slurm with idle nodes; fails, never skips, where none is installed."""
    with running() as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def _no_job_outlives_its_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test finds an empty queue."""
    cluster = request.getfixturevalue("slurm") if "slurm" in request.fixturenames else None
    yield
    if cluster is not None:
        cluster.clear()
