"""probe.watching: what counts as at a time, and when nothing more is to be learned."""

from __future__ import annotations

import itertools
from random import Random
from typing import Any

import pytest

from q2pconf.cluster.jobs import JobState
from q2pconf.probe.watching import Watch, at_once


def watch(promised: int | None = 2, **more: Any) -> Watch:
    return Watch(
        label="default",
        class_name="HighThroughputExecutor",
        provider="SlurmProvider",
        promised=promised,
        **more,
    )


def facts(
    worker: str, first: float, last: float, node: str = "n1", job: str | None = "7", late: float = 0
) -> Any:
    told = {"node": node, "worker": worker, "started": first, "ended": last, "job": job}
    return {**told, "received": last + late}


@pytest.mark.parametrize(
    ("spans", "most"),
    [
        ([], 0),
        ([(0, 1)], 1),
        ([(0, 1), (1, 2)], 1),
        ([(0, 2), (1, 3)], 2),
        ([(0, 9), (1, 2), (3, 4)], 2),
        ([(0, 9), (1, 5), (3, 4)], 3),
        ([(5, 5)], 0),
    ],
)
def test_at_once(spans: list[tuple[float, float]], most: int) -> None:
    assert at_once(spans) == most


def test_at_once_as_counted_moment_by_moment() -> None:
    dice = Random(1)
    for _ in range(200):
        starts = [dice.randrange(20) for _ in range(dice.randrange(8))]
        spans = [(float(one), float(one + dice.randrange(1, 9))) for one in starts]
        moments = (sum(a <= now + 0.5 < b for a, b in spans) for now in range(40))
        assert at_once(spans) == max(moments, default=0)


def test_worker_is_there_from_its_first_probe_to_its_last() -> None:
    one = watch(promised=2)
    one.answer(facts("a", 0, 1), 1.0)
    one.answer(facts("b", 1.5, 2.5), 2.5)
    assert one.seen == 1
    one.answer(facts("a", 2, 3), 3.0)
    assert one.seen == 2
    assert one.is_done(3.0)
    assert one.first_answer == 1.0


def test_answers_may_come_in_any_order() -> None:
    answers = [facts("a", 0, 1), facts("a", 2, 3), facts("b", 1.2, 1.8), facts("b", 4, 5)]
    for order in itertools.permutations(answers):
        one = watch()
        for each in order:
            one.answer(each, 0.0)
        assert one.seen == 2


@pytest.mark.parametrize("ahead", [3600.0, -3600.0])
@pytest.mark.parametrize(("start", "seen"), [(9, 2), (11, 1)])
def test_clocks_of_nodes_that_differ(ahead: float, start: float, seen: int) -> None:
    one = watch()
    one.answer(facts("a", 0, 10, late=0.1), 10.0)
    late = 0.1 - ahead
    one.answer(facts("b", start + ahead, start + ahead + 5, node="n2", late=late), 20.0)
    assert one.seen == seen


def test_delay_of_an_answer_is_no_difference_of_clocks() -> None:
    one = watch()
    one.answer(facts("a", 0, 10, late=0.1), 10.0)
    one.answer(facts("b", 9, 12, node="n2", late=1.9), 14.0)
    assert one.seen == 2


def test_nodes_with_their_jobs_and_workers() -> None:
    one = watch()
    assert one.answer(facts("a", 0, 1, "n2", "8"), 1.0)
    assert not one.answer(facts("b", 0, 1, "n2", "9"), 1.0)
    assert one.answer(facts("c", 0, 1, "n1", None), 1.0)
    first, second = one.nodes()
    assert (first.name, first.jobs, first.workers) == ("n1", (), 1)
    assert (second.name, second.jobs, second.workers) == ("n2", ("8", "9"), 2)


def test_promise_that_is_not_known_ends_with_stillness() -> None:
    one = watch(promised=None)
    assert one.wanted() == 2
    assert not one.is_done(1000.0)
    one.answer(facts("a", 0, 1), 5.0)
    one.answer(facts("b", 0, 1), 6.0)
    assert one.wanted() == 4
    assert not one.is_done(16.0)
    assert one.is_done(16.1)


def test_nothing_is_expected_of_who_promises_nothing() -> None:
    assert watch(promised=0).is_done(0.0)
    assert watch(promised=0).wanted() == 0


def test_an_executor_in_a_bad_state_is_done() -> None:
    assert watch(bad="BadStateException: …").is_done(0.0)


def test_jobs_that_are_over_without_an_answer() -> None:
    one = watch(jobs={"1": JobState(id="1", state="over"), "2": JobState(id="2", state="running")})
    one.consider(5.0)
    assert not one.is_done(5.0)
    assert one.alive() == ("2",)
    one.jobs["2"] = JobState(id="2", state="over")
    one.consider(6.0)
    assert one.is_done(6.0)
    assert one.alive() == ()


def test_jobs_that_are_over_after_an_answer_are_replaced_by_parsl() -> None:
    one = watch(jobs={"1": JobState(id="1", state="over")})
    one.answer(facts("a", 0, 1), 1.0)
    one.consider(5.0)
    assert not one.is_done(5.0)


def test_reason_that_passes_is_no_reason_to_give_up() -> None:
    closed = JobState(id="1", state="waiting", reason="PartitionDown")
    one = watch(jobs={"1": closed})
    one.consider(5.0)
    one.consider(14.0)
    one.jobs["1"] = JobState(id="1", state="waiting", reason="Priority")
    one.consider(15.0)
    one.jobs["1"] = closed
    one.consider(16.0)
    one.consider(26.0)
    assert not one.is_done(26.0)
    one.consider(26.1)
    assert one.is_done(26.1)


def test_no_job_is_no_reason_to_give_up() -> None:
    one = watch()
    one.consider(1000.0)
    assert not one.is_done(1000.0)
