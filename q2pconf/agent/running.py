"""Starts a configuration for real and keeps each of its executors busy with probes.

For the Python of a QIIME 2 environment. The request says what to ``load``, how many ``jobs`` each
executor may start (or null), the ``marks`` to write (pairs of path and text), by label how many
seconds a probe is to ``hold`` its worker and how many probes to ``keep`` under way, and ``parent``,
the process that asks.

Every further line on standard input may say ``{"keep": {label: N}}``; when standard input ends, all
jobs are cancelled and the process ends.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import loading  # type: ignore[import-not-found]
import probe  # type: ignore[import-not-found]
import wire  # type: ignore[import-not-found]

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_TICK = 0.2
_MOST_FAILURES = 3
_MOST_AT_ONCE = 100
_OVER = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "MISSING", "SCALED_IN")


def main() -> None:
    """Load, start, probe until the orders end, and leave nothing behind."""
    try:
        request, send = wire.meet()
    except ValueError:
        # q2pconf was killed before it could ask.
        shutil.rmtree(_FOLDER, ignore_errors=True)
        return
    orders = Orders(request["keep"])
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: orders.stop())
    config = None
    try:
        config, by = _load(request)
        import parsl

        if not orders.stopped:
            _tell_folder(send)
            dfk = parsl.load(config)
            _mark(request)
            here = probe.look({"marks": request["marks"]})
            send({"event": "started", "by": by, "here": here})
            Probes(dfk, request, send).serve(orders)
    except BaseException as error:
        stage = "load" if config is None else "start"
        send({"event": "refused", "stage": stage, "error": _words(error)})
    finally:
        _close(config)
        _clear(request)
        send({"event": "closed"})
        # Threads of Parsl, or of an executor in a bad state, would keep the process for ever.
        os._exit(0)


class Orders:
    """What q2pconf wants now; standard input's end is the order to stop."""

    def __init__(self, keep: dict[str, int]) -> None:
        self.keep = dict(keep)
        self._stopped = threading.Event()
        # What Parsl starts or forks must neither read the orders nor wait for sys.stdin, which a
        # thread that listens to it keeps locked.
        self._stream = os.fdopen(os.dup(0), encoding="utf-8")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def stopped(self) -> bool:
        """Whether all is to end."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """End it."""
        self._stopped.set()

    def _listen(self) -> None:
        for line in self._stream:
            self.keep = {**self.keep, **json.loads(line)["keep"]}
        self.stop()


class Probes:
    """The probes that are under way, and what became of them."""

    def __init__(self, dfk: Any, request: dict[str, Any], send: Any) -> None:
        import parsl

        self.executors = {
            label: each for label, each in dfk.executors.items() if label in request["keep"]
        }
        code = Path(probe.__file__).read_text(encoding="utf-8")
        # Built-in functions can be sent to any Python, and need nothing of ours there.
        self.expressions = {
            label: f"[it := {{}}, exec({code!r}, it), it['look']({question!r})][-1]"
            for label, hold in request["hold"].items()
            for question in [{"hold": hold, "marks": request["marks"]}]
        }
        self.apps = {
            label: parsl.python_app(eval, data_flow_kernel=dfk, executors=[label])
            for label in self.executors
        }
        self.send = send
        self.done: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.waiting = dict.fromkeys(self.executors, 0)
        self.failures = dict.fromkeys(self.executors, 0)
        self.bad: dict[str, str] = {}
        self.told: dict[str, Any] = {}
        self.refused: set[tuple[str, str]] = set()

    def serve(self, orders: Orders) -> None:
        """Keep as many probes under way as ordered, until all is to end."""
        while not orders.stopped:
            for label, wanted in orders.keep.items():
                self._send_probes(label, wanted)
            self._report_state()
            self._report_answers()

    def _send_probes(self, label: str, wanted: int) -> None:
        for _ in range(_MOST_AT_ONCE):
            if (
                label not in self.apps
                or label in self.bad
                or self.waiting[label] >= wanted
                or self.failures[label] >= _MOST_FAILURES
            ):
                break
            self.waiting[label] += 1
            try:
                future = self.apps[label](self.expressions[label])
            except Exception as error:
                self._failed(label, error)
                continue
            future.add_done_callback(lambda done, label=label: self.done.put((label, done)))

    def _report_answers(self) -> None:
        try:
            label, future = self.done.get(timeout=_TICK)
            while True:
                self._report(label, future)
                label, future = self.done.get_nowait()
        except queue.Empty:
            return

    def _report(self, label: str, future: Any) -> None:
        error = future.exception()
        if error is not None:
            self._failed(label, error)
            return
        self.waiting[label] -= 1
        self.failures[label] = 0
        facts = {**future.result(), "received": time.time()}
        self.send({"event": "answer", "label": label, "facts": facts})

    def _failed(self, label: str, error: BaseException) -> None:
        self.waiting[label] -= 1
        self.failures[label] += 1
        self.send({"event": "failed", "label": label, "error": _words(error)})

    def _report_state(self) -> None:
        for label, executor in self.executors.items():
            jobs = _jobs(executor)
            if jobs and jobs != self.told.get(label):
                self.told[label] = jobs
                self.send({"event": "jobs", "label": label, "jobs": jobs})
            if label not in self.bad and getattr(executor, "bad_state_is_set", False):
                self.bad[label] = _words(executor.executor_exception)
                self.send({"event": "bad", "label": label, "error": self.bad[label]})
            self._report_submissions(label, executor)

    def _report_submissions(self, label: str, executor: Any) -> None:
        """Blocks that the scheduler did not take: there is no job, and Parsl only keeps a note."""
        simulated = getattr(executor, "_simulated_status", None) or {}
        for block, status in list(simulated.items()):
            said = str(getattr(status, "message", None) or "")
            if said and (label, block) not in self.refused:
                self.refused.add((label, block))
                self.send({"event": "unsubmitted", "label": label, "error": said})


def _jobs(executor: Any) -> list[dict[str, Any]]:
    """The jobs of an executor's provider as Parsl knows them."""
    resources = getattr(getattr(executor, "provider", None), "resources", None) or {}
    found = []
    for job, entry in list(resources.items()):
        state = getattr(getattr(entry.get("status"), "state", None), "name", None)
        found.append({"id": str(job), "state": state})
    return found


def _load(request: dict[str, Any]) -> tuple[Any, str | None]:
    """The configuration's objects, with no more jobs than the request allows."""
    loaded = loading.load(request["load"])
    if loaded.config is None:
        raise ValueError("the file names no executors")
    most = request.get("jobs")
    for executor in loaded.config.executors if most else ():
        provider = getattr(executor, "provider", None)
        for name in ("init_blocks", "min_blocks", "max_blocks"):
            if isinstance(getattr(provider, name, None), int):
                setattr(provider, name, min(getattr(provider, name), most))
    return loaded.config, loaded.by


def _tell_folder(send: Any) -> None:
    """Have Parsl's folder reported when it is made, before anything is submitted from there."""
    import parsl.dataflow.dflow as dflow

    make = dflow.make_rundir

    def made(*arguments: Any, **named: Any) -> Any:
        folder = make(*arguments, **named)
        send({"event": "folder", "run_dir": os.path.abspath(folder)})
        return folder

    dflow.make_rundir = made


def _mark(request: dict[str, Any]) -> None:
    """Write the files by which workers tell whether they see the same folders."""
    for path, text in request["marks"]:
        with suppress(OSError):
            Path(path).write_text(text)


def _clear(request: dict[str, Any]) -> None:
    """Remove these files; where q2pconf was killed, its temporary folder too."""
    for path, _ in request["marks"]:
        with suppress(OSError):
            os.unlink(path)
    if os.getppid() != request["parent"]:
        shutil.rmtree(_FOLDER, ignore_errors=True)


def _close(config: Any) -> None:
    """End Parsl, and cancel every job that is left, as some of its versions leave them."""
    if "parsl" not in sys.modules or config is None:
        return
    import parsl

    try:
        parsl.dfk().cleanup()
    except BaseException as error:
        print(f"cleanup: {_words(error)}", file=sys.stderr)
    for executor in config.executors:
        for act in (partial(_cancel, executor), executor.shutdown):
            try:
                act()
            except BaseException as error:
                print(f"{executor.label}: {_words(error)}", file=sys.stderr)


def _cancel(executor: Any) -> None:
    left = [job["id"] for job in _jobs(executor) if job["state"] not in _OVER]
    if left:
        executor.provider.cancel(left)


def _words(error: BaseException | None) -> str:
    """An error's kind and text."""
    return f"{type(error).__name__}: {error}"[:4000]


if __name__ == "__main__":
    main()
