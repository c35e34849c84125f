"""Whatever file and wish: the advice makes it so, by its values and by its words."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from advice import RELEASES, changed, edited, generated, wish

from q2pconf import _toml
from q2pconf.advising import Intention, advise
from q2pconf.explanation import Explanation, explain
from q2pconf.quoting import written


def _gives(found: Explanation, wanted: Intention) -> bool:
    """Whether an explanation says of the executor that it gives what is wanted."""
    one = found.executors[0]
    here = one.provider in (None, "LocalProvider")
    return (
        wanted.actions in (None, one.concurrent_actions)
        and (here or wanted.cpus in (None, one.cores_per_action))
        and (here or (one.memory_gb_per_action or 0) >= (wanted.memory_gb or 0))
        and (here or not wanted.walltime or (one.walltime_seconds or 0) >= 3600 * 12)
    )


@pytest.mark.parametrize("release", RELEASES)
def test_the_advice_makes_it_so(release: str) -> None:
    randomly = random.Random(release)
    tried = given = 0
    while tried < 30:
        data = generated(randomly, release)
        before = explain(data, release)
        if before.errors:
            continue
        tried += 1
        wanted = wish(randomly, threads="max_threads" in data["parsl"]["executors"][0])
        told = advise(before, wanted)
        given += bool(told)
        after = explain(changed(data, told), release)
        assert after.errors == 0, (data, wanted, told)
        assert advise(after, wanted) == (), (data, wanted, told)
        assert _gives(after, wanted), (data, wanted, told)
    assert given > 15


Parts = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


def _lines(values: Mapping[str, Any], before: str = "") -> str:
    return "".join(f"{before}{key} = {written(value)}\n" for key, value in values.items())


def _tables(parsl: dict[str, Any], executor: dict[str, Any], provider: dict[str, Any]) -> str:
    return (
        f"[parsl]\n{_lines(parsl)}[[parsl.executors]]\n{_lines(executor)}"
        f"[parsl.executors.provider]\n{_lines(provider)}"
    )


def _dotted(parsl: dict[str, Any], executor: dict[str, Any], provider: dict[str, Any]) -> str:
    return f"{_lines(parsl, 'parsl.')}[[parsl.executors]]\n{_lines(executor)}" + _lines(
        provider, '"provider" . '
    )


def _in_braces(parsl: dict[str, Any], executor: dict[str, Any], provider: dict[str, Any]) -> str:
    return f"{_lines(parsl, 'parsl.')}[[parsl.executors]]\n{_lines(executor)}" + (
        f"provider = {written(provider)}\n" if provider else ""
    )


def _on_one_line(parsl: dict[str, Any], executor: dict[str, Any], provider: dict[str, Any]) -> str:
    one = executor | ({"provider": provider} if provider else {})
    return f"parsl = {written({**parsl, 'executors': [_OTHER, one]})}\n"


def _first_of_two(parsl: dict[str, Any], executor: dict[str, Any], provider: dict[str, Any]) -> str:
    return (
        f"{_tables(parsl, executor, provider)}[[parsl.executors]]\n{_lines(_OTHER)}"
        '[parsl.executor_mapping.dada2]\ndenoise_single = "other"\n'
    )


def _second_of_two(
    parsl: dict[str, Any], executor: dict[str, Any], provider: dict[str, Any]
) -> str:
    before = f"[parsl]\n{_lines(parsl)}[[parsl.executors]]\n{_lines(_OTHER)}"
    return before + _tables({}, executor, provider).removeprefix("[parsl]\n")


_OTHER = {"class": "ThreadPoolExecutor", "label": "other", "max_threads": 3}


@pytest.mark.parametrize(
    "layout", [_tables, _dotted, _in_braces, _on_one_line, _first_of_two, _second_of_two]
)
def test_the_words_lead_there(layout: Callable[..., str]) -> None:
    randomly = random.Random(layout.__name__)
    given = 0
    while given < 25:
        data = generated(randomly, "2026.4")
        parsl = {key: value for key, value in data["parsl"].items() if key != "executors"}
        (executor,) = data["parsl"]["executors"]
        text = layout(parsl, executor, executor.pop("provider", {}))
        before = explain(text, "2026.4")
        wanted = wish(randomly, threads="max_threads" in executor)
        told = advise(before, wanted)
        if before.errors or not told:
            continue
        given += 1
        after = edited(text, told)
        assert _toml.loads(after) == changed(before.data, told), (text, wanted, told)
        assert advise(explain(after, "2026.4"), wanted) == (), (text, wanted, told)
