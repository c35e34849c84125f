"""Every key of every class with a value that nobody would give it: an answer, and never a bug."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import q2pconf
from q2pconf import schema
from q2pconf.advising import advise, intention
from q2pconf.releases import find
from q2pconf.render.explanation import as_json, as_text
from q2pconf.render.svg import as_svg
from q2pconf.render.terminal import Style

ODD: tuple[Any, ...] = (
    [], {}, [[]], [{}], {"class": {}}, {"class": []}, [{"class": {"a": []}}], {"class": 1},
    [1, {"a": {}}], True, "", math.nan, math.inf, -1, 10**400,
)  # fmt: skip
POOL = {"class": "HighThroughputExecutor", "label": "default", "max_workers": 2}
WISH = intention("25 x 12 x 96GB, 24h")

Table = dict[str, Any]


def with_executor(table: Table) -> Table:
    return {"parsl": {"executors": [{"label": "default", **table}]}}


def with_provider(table: Table) -> Table:
    return with_executor({**POOL, "provider": table})


def with_launcher(table: Table) -> Table:
    return with_provider({"class": "SlurmProvider", "launcher": table})


def with_channel(table: Table) -> Table:
    """For the providers that have one, and the one that has several."""
    several = {**POOL, "label": "a", "provider": {"class": "AdHocProvider", "channels": [table]}}
    one = with_provider({"class": "SlurmProvider", "channel": table})
    one["parsl"]["executors"].append(several)
    return one


WRAPPED: dict[str, Callable[[Table], Table]] = {
    "executor": with_executor,
    "provider": with_provider,
    "launcher": with_launcher,
    "channel": with_channel,
    "monitoring": lambda table: {"parsl": {"monitoring": table}},
}


def files(release: str) -> Iterator[Table]:
    """A file for each key of each class, with one odd value after the other, then mappings."""
    known = schema.of(find(release))
    values = itertools.cycle(ODD)
    for key in known.of_class("Config")["properties"]:
        yield {"parsl": {"executors": [POOL], key: next(values)}}
    for kind, wrapped in WRAPPED.items():
        for name in known.classes(kind):
            for key in known.of_class(name)["properties"]:
                yield wrapped({"class": name, key: next(values)})
    for value in ODD:
        yield {"parsl": value}
        yield {"parsl": {"executor_mapping": {"a": value}}, "executor_mapping": value}
        yield with_provider({"class": "LocalProvider"} | {"walltime": value, "max_blocks": value})
        yield with_executor({**POOL, "cores_per_worker": value})


@pytest.mark.parametrize("release", ["2023.7", "2026.4"])
def test_odd_values(release: str) -> None:
    for data in files(release):
        try:
            q2pconf.validate(data, release)
            found = q2pconf.explain(data, release)
            told = advise(found, WISH)
            assert as_text(found, Style(), told)
            assert as_json(found, told)
            assert as_svg(found)
        except Exception as error:
            raise AssertionError(f"{release}: {data}") from error
