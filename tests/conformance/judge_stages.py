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

import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import judge_submit
import judge_worker
from judge_family import Family, HostError
from judge_model import Machine, StageError, Verdict, describe

TASKS = 1000
MOST_BLOCKS = 2000  # more blocks than this are not counted
_BLOCKS = ("_status", "_simulated_status", "blocks_to_job_id", "job_ids_to_block")
_BLOCKS += ("blocks", "block_mapping")  # as the last two were called up to 2023
Progress = Callable[[str], None]


class Trial:
    """One file before the loader and Parsl, in three parts: load, run, look up."""

    def __init__(self, file: str, family: Family, machine: Machine, box: Path) -> None:
        self.file = file
        self.family = family
        self.machine = machine
        self.box = box
        self.config: Any = None
        self.detail: dict[str, Any] = {}
        self.stage = "parse"

    def load(self, progress: Progress) -> Verdict | None:
        """The loader's part: a verdict if it fails."""
        return self._judged(self._load, progress)

    def run(self, progress: Progress) -> Verdict:
        """Parsl's part and the rest: needs a process of its own."""
        return self._judged(self._run, progress) or self.look_up(progress)

    def look_up(self, progress: Progress) -> Verdict:
        """What QIIME 2 looks up by label."""
        return self._judged(self._look_up, progress) or self._verdict("ok", None)

    def _judged(self, part: Callable[[Progress], None], progress: Progress) -> Verdict | None:
        def enter(stage: str) -> None:
            self.stage = stage
            progress(stage)

        try:
            part(enter)
        except StageError as failure:
            self.detail.update(failure.detail)
            return self._verdict(self.stage, str(failure))
        except BaseException as error:
            return self._verdict(self.stage, describe(error))
        return None

    def _verdict(self, stage: str, error: str | None) -> Verdict:
        return Verdict(self.file, stage, error, self.detail)

    def _load(self, enter: Progress) -> None:
        loader = self.family.loader
        enter("parse")
        data = loader.read(self.file)
        enter("load")
        self.config, mapping = loader.build(data)
        labels = loader.labels
        if self.config is not None:
            labels = [executor.label for executor in self.config.executors]
        plain = getattr(mapping, "unwrap", lambda: mapping)()
        self.detail.update(own_config=self.config is not None, mapping=plain, labels=labels)
        self.detail.update(loader.label_problems(labels, mapping))

    def _look_up(self, enter: Progress) -> None:
        enter("run")
        if "no_table" in self.detail:
            raise StageError(self.detail["no_table"], {"reason": "the mapping is no table"})
        if self.detail["no_default"]:
            raise StageError("KeyError: 'default'", {"reason": "no executor labelled default"})
        if self.detail["unknown_targets"]:
            error = self.detail["unknown_targets"][0][2]
            raise StageError(error, {"reason": "mapping target unknown"})
        self._give_actions()

    def _give_actions(self) -> None:
        """Each executor that actions go to checks what they need, of which QIIME 2 says nothing."""
        mapping = self.detail["mapping"] or {}
        tables = [actions for actions in mapping.values() if isinstance(actions, dict)]
        used = ["default", *(label for actions in tables for label in actions.values())]
        for executor in self.config.executors if self.config is not None else ():
            if executor.label in used and hasattr(executor, "validate_resource_spec"):
                executor.validate_resource_spec({})

    def _run(self, enter: Progress) -> None:
        executors = list(self.config.executors)
        facts = [_facts(executor) for executor in executors]
        self.detail["executors"] = facts
        enter("start")
        _start(self.config, self.family)
        blocks = [
            (executor, fact)
            for executor, fact in zip(executors, facts, strict=True)
            if isinstance(executor, self.family.status_handling.BlockProviderExecutor)
        ]
        enter("scale")
        _scale(self.config, blocks, self.family)
        enter("submit")
        jobs = []
        for executor, fact in blocks:
            job = judge_submit.submit(executor, self.box)
            fact["submit"] = job.summary()
            judge_submit.check_script(job)
            judge_submit.check_status(job)
            jobs.append(job)
        enter("worker")
        for (_, fact), job in zip(blocks, jobs, strict=True):
            fact["worker"] = judge_worker.work(job, self.family, self.machine, self.box)
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
        with family.framework.ChangeDebugLevel(), _first_blocks(config, family):
            kernel = family.parsl.load(config)
    except HostError as error:
        cause = error.__cause__
        why = describe(cause) if cause is not None else None
        raise StageError(f"Exception: {error}", {"interchange": why}) from error
    kernel.job_status_poller._executors = []  # nothing runs: there is nothing to cancel
    try:
        kernel.cleanup()
        family.parsl.clear()
    except Exception as error:
        raise StageError(describe(error), {"when": "cleanup"}) from error


@contextmanager
def _first_blocks(config: Any, family: Family) -> Iterator[None]:
    """Up to 2023, the blocks that executors start by themselves are not submitted here.

    More of them than are worth counting are not made at all.
    """
    kind = family.status_handling.BlockProviderExecutor
    starting = [e for e in config.executors if isinstance(e, kind)] if family.poll_item else []
    wanted = [getattr(executor.provider, "init_blocks", 0) for executor in starting]
    for executor, count in zip(starting, wanted, strict=True):
        executor._launch_block = lambda block_id: f"first-{block_id}"
        if isinstance(count, int) and count > MOST_BLOCKS:
            executor.provider.init_blocks = MOST_BLOCKS
    yield
    for executor, count in zip(starting, wanted, strict=True):
        del executor._launch_block
        if hasattr(executor.provider, "init_blocks"):
            executor.provider.init_blocks = count
        for known in (executor.blocks, executor.block_mapping, executor._simulated_status):
            known.clear()


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
    """What the strategy asks of each executor, idle and then with tasks.

    An error while an executor has no task does no harm to itself: it is seen at every poll, but
    goes away with the first task.  The executors after it, though, are never asked about.
    """
    failures = []
    for number, (executor, fact) in enumerate(blocks, start=1):
        where = {"executor": executor.label}
        fact["workers_per_node"] = _number(executor.workers_per_node)
        with _counting(executor) as (client, counted):
            asked = fact["blocks"] = _strategize(config, executor, family, client, counted)
        if "busy_error" in asked:
            failures.append(StageError(asked["busy_error"], where))
        elif asked["busy"] < 1:
            failures.append(StageError("no block is ever started", where))
        elif "idle_error" in asked and number < len(blocks):
            failures.append(StageError(asked["idle_error"], where))
    if failures:
        raise failures[0]


def _strategize(
    config: Any, executor: Any, family: Family, client: _Client, counted: list[str]
) -> dict[str, Any]:
    """How many blocks are asked for in all, first without a task and then with a thousand."""
    strategy = family.strategy.Strategy(strategy=config.strategy, max_idletime=config.max_idletime)
    strategy.add_executors([executor])
    polled = _polled(executor, family)
    asked: dict[str, Any] = {}
    for name, tasks in (("idle", 0), ("busy", TASKS)):
        client.tasks = tasks
        executor._tasks = dict.fromkeys(range(tasks), Future())
        try:
            _wait_once(getattr(config, "strategy_period", 5))
            strategy.strategize(polled)
        except _Enough:
            pass
        except Exception as error:
            asked[f"{name}_error"] = describe(error)
        asked[name] = len(counted)
    executor._tasks = {}
    return asked


def _polled(executor: Any, family: Family) -> list[Any]:
    """What the strategy is handed; up to 2023 it comes after the executor's first blocks."""
    item = executor
    if family.poll_item is not None:
        item = family.poll_item(executor, SimpleNamespace(monitoring=None))
        with suppress(_Enough):
            item.scale_out(getattr(executor.provider, "init_blocks", 0))
    return [item] if executor.status_polling_interval > 0 else []


def _wait_once(period: float) -> None:
    """The poller's timer waits so long before it first asks; a wait it cannot make ends it."""
    if max(0, period) > 0:
        lock = threading.Lock()
        lock.acquire(True, period)


@contextmanager
def _counting(executor: Any) -> Iterator[tuple[_Client, list[str]]]:
    """Count submissions instead of making them, then put everything back."""
    client, counted = _Client(), list[str]()
    before = {name: dict(getattr(executor, name)) for name in _BLOCKS if hasattr(executor, name)}

    def launch(block_id: str) -> str:
        if len(counted) >= MOST_BLOCKS:
            raise _Enough
        counted.append(str(len(counted) + 1))
        return counted[-1]

    executor._launch_block = launch
    executor.provider.cancel = lambda job_ids: [True] * len(job_ids)
    executor.command_client = client
    try:
        yield client, counted
    finally:
        del executor._launch_block, executor.provider.cancel
        for name, value in before.items():
            setattr(executor, name, value)


def _number(value: Any) -> Any:
    return value if isinstance(value, int) or math.isfinite(value) else str(value)
