"""One file's way through the real loader and the real Parsl, stage by stage.

parse   the loader reads the file
load    the loader builds its objects
start   a DataFlowKernel with these executors, and its clean-up
scale   the strategy asks for blocks: with no task, then with a thousand
submit  each executor's launch command through its provider
worker  the job's script starts worker pools, which start workers
run     QIIME 2 finds the executors it looks up by label
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import judge_submit
import judge_worker
from judge_family import Family, HostError
from judge_model import Failure, Machine, Verdict, describe

TASKS = 1000
MOST_BLOCKS = 2000  # more blocks than this are not counted


def judge(
    path: str, family: Family, machine: Machine, box: Path, progress: Callable[[str], None]
) -> Verdict:
    """The first stage at which this file fails, or "ok"."""
    detail: dict[str, Any] = {}
    current = "parse"

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        nonlocal current
        current = name
        progress(name)
        yield

    try:
        with stage("parse"):
            family.loader._get_config_dict_from_file(path)
        with stage("load"):
            config, mapping = family.loader.load_config_from_file(path)
        detail["mapping"] = mapping
        detail["own_config"] = config is not None
        executors = list(config.executors) if config is not None else []
        labels = [e.label for e in executors] if config is not None else _default_labels(family)
        problems = _label_problems(labels, mapping)
        detail["labels"] = labels
        detail.update(problems)
        if config is not None:
            _run_parsl(config, executors, family, machine, box, detail, stage)
        with stage("run"):
            _check_labels(problems)
    except Failure as failure:
        detail.update(failure.detail)
        return Verdict(path, current, str(failure), detail)
    except BaseException as error:
        return Verdict(path, current, describe(error), detail)
    return Verdict(path, "ok", None, detail)


def _run_parsl(
    config: Any,
    executors: list[Any],
    family: Family,
    machine: Machine,
    box: Path,
    detail: dict[str, Any],
    stage: Callable[[str], Any],
) -> None:
    facts = [_facts(executor) for executor in executors]
    detail["executors"] = facts
    with stage("start"):
        _start(config, family)
    blocks = [
        (executor, fact)
        for executor, fact in zip(executors, facts, strict=True)
        if isinstance(executor, family.status_handling.BlockProviderExecutor)
    ]
    with stage("scale"):
        _scale(config, blocks, family)
    with stage("submit"):
        jobs = []
        for executor, fact in blocks:
            job = judge_submit.submit(executor, box)
            fact["submit"] = job.summary()
            judge_submit.check_script(job)
            jobs.append(job)
    with stage("worker"):
        for (_, fact), job in zip(blocks, jobs, strict=True):
            fact["worker"] = judge_worker.work(job, family, machine, box)
            judge_worker.check(fact["worker"])


def _facts(executor: Any) -> dict[str, Any]:
    provider = getattr(executor, "provider", None)
    facts: dict[str, Any] = {
        "label": executor.label,
        "class": type(executor).__name__,
        "provider": type(provider).__name__ if provider is not None else None,
    }
    if provider is not None:
        facts["launcher"] = type(getattr(provider, "launcher", None)).__name__
    return facts


def _start(config: Any, family: Family) -> None:
    """parsl.load() and the clean-up at a run's end, as QIIME 2 does them."""
    try:
        with family.loader.ChangeDebugLevel():
            kernel = family.parsl.load(config)
    except HostError as error:
        cause = error.__cause__
        why = describe(cause) if cause is not None else None
        raise Failure(f"Exception: {error}", {"interchange": why}) from error
    try:
        kernel.cleanup()
        family.parsl.clear()
    except Exception as error:
        raise Failure(describe(error), {"when": "cleanup"}) from error


class _Enough(BaseException):
    """More blocks were asked for than are worth counting."""


class _Client:
    """Answers for the interchange: so many tasks, no manager connected."""

    def __init__(self) -> None:
        self.tasks = 0

    def run(self, message: str, *_: Any, **__: Any) -> Any:
        if message == "OUTSTANDING_C":
            return self.tasks
        return [] if message in ("MANAGERS", "CONNECTED_BLOCKS") else 0

    def close(self) -> None:
        """Nothing is open."""


def _scale(config: Any, blocks: list[tuple[Any, dict[str, Any]]], family: Family) -> None:
    """What the strategy asks of each executor by itself: one that fails stops the others, too."""
    failures = []
    for executor, fact in blocks:
        fact["workers_per_node"] = _number(executor.workers_per_node)
        fact["blocks"] = {}
        try:
            with _counting(executor) as (client, counted):
                _strategize(config, executor, family, client, counted, fact["blocks"])
        except Exception as error:
            failures.append(Failure(describe(error), {"executor": executor.label}))
            continue
        if fact["blocks"]["busy"] < 1:
            where = {"executor": executor.label}
            failures.append(Failure("no block is ever started", where))
    if failures:
        raise failures[0]


def _strategize(
    config: Any,
    executor: Any,
    family: Family,
    client: _Client,
    counted: list[str],
    blocks: dict[str, Any],
) -> None:
    strategy = family.strategy.Strategy(
        strategy=config.strategy, max_idletime=config.max_idletime
    )
    strategy.add_executors([executor])
    polled = [executor] if executor.status_polling_interval > 0 else []
    _wait_once(getattr(config, "strategy_period", 5))
    for name, tasks in (("idle", 0), ("busy", TASKS)):
        client.tasks = tasks
        executor._tasks = dict.fromkeys(range(tasks), Future())
        try:
            strategy.strategize(polled)
        except _Enough:
            pass
        finally:
            blocks[name] = len(counted)
    executor._tasks = {}


def _wait_once(period: float) -> None:
    """The poller's timer waits so long before it first asks; a wait it cannot make ends it."""
    if max(0, period) > 0:
        lock = threading.Lock()
        lock.acquire(True, period)


@contextmanager
def _counting(executor: Any) -> Iterator[tuple[_Client, list[str]]]:
    """Count submissions instead of making them, then put everything back."""
    client, counted = _Client(), list[str]()
    provider, names = executor.provider, ("_status", "_simulated_status")
    before = {name: dict(getattr(executor, name)) for name in names}

    def submit(command: str, tasks_per_node: int, job_name: str = "") -> str:
        if len(counted) >= MOST_BLOCKS:
            raise _Enough
        counted.append(str(len(counted) + 1))
        return counted[-1]

    provider.submit = submit
    provider.cancel = lambda job_ids: [True] * len(job_ids)
    executor.command_client = client
    try:
        yield client, counted
    finally:
        del provider.submit, provider.cancel
        for name, value in before.items():
            setattr(executor, name, value)


def _number(value: Any) -> Any:
    return value if isinstance(value, int) or value == value and abs(value) < 1e300 else str(value)


def _default_labels(family: Family) -> list[str]:
    executors = family.loader.VENDORED_CONFIG["parsl"]["executors"]
    return [executor["label"] for executor in executors]


def _label_problems(labels: list[str], mapping: dict[str, Any]) -> dict[str, Any]:
    """What QIIME 2's look-ups by label would not find."""
    unknown = []
    for plugin, actions in mapping.items():
        for action, target in actions.items():
            if not isinstance(target, str) or target not in labels:
                unknown.append([plugin, action, repr(target)])
    return {"no_default": "default" not in labels, "unknown_targets": unknown}


def _check_labels(problems: dict[str, Any]) -> None:
    if problems["no_default"]:
        raise Failure("KeyError: 'default'", {"reason": "no executor labelled default"})
    if problems["unknown_targets"]:
        _, _, target = problems["unknown_targets"][0]
        raise Failure(f"KeyError: {target}", {"reason": "mapping target unknown"})
