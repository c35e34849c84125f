"""The Parsl of the environment this runs in and its loader, cut off from network and processes.

Nothing of Parsl's own code is replaced but four ends: name look-ups and connections to other
machines fail at once, the interchange is built in this process instead of one of its own, the
poller's timer does nothing by itself, and the providers' clock stands still (the time is part of
every script's name).
"""

from __future__ import annotations

import importlib
import os
import pickle
import pkgutil
import shutil
import socket
import subprocess
import sys
import types
from importlib import metadata
from pathlib import Path
from typing import Any

from judge_loader import Loader

CLOCK = 1761000000.1234567
_LOADERS = ("rachis.sdk.parallel_config", "qiime2.sdk.parallel_config")
_PACKAGES = ("rachis", "qiime2", "parsl", "tomlkit", "typeguard")


class HostError(Exception):
    """The interchange did not start, perhaps only on this machine."""


class Family:
    """One environment: its loader, its Parsl and the versions of both."""

    def __init__(self, release: str | None) -> None:
        self.release = release
        self.framework = _import_framework()
        self.loader = Loader(release, self.framework)
        self.parsl = importlib.import_module("parsl")
        self.executor_module = importlib.import_module("parsl.executors.high_throughput.executor")
        self.interchange = importlib.import_module("parsl.executors.high_throughput.interchange")
        self.pool = importlib.import_module("parsl.executors.high_throughput.process_worker_pool")
        self.mpi = _import_if_there("parsl.executors.high_throughput.mpi_resource_management")
        self.status_handling = importlib.import_module("parsl.executors.status_handling")
        self.strategy = importlib.import_module("parsl.jobs.strategy")
        self.poller = importlib.import_module("parsl.jobs.job_status_poller")

    @property
    def poll_item(self) -> Any:
        """Up to 2023 executors start their first blocks themselves, and this asks for more."""
        return getattr(self.poller, "PollItem", None)

    def versions(self) -> dict[str, str | None]:
        """The installed versions that make the family."""
        found = {"release": self.release, "python": sys.version.split()[0]}
        for package in _PACKAGES:
            try:
                found[package] = metadata.version(package)
            except metadata.PackageNotFoundError:
                found[package] = None
        return found

    def isolate(self) -> None:
        """Replace the ends of Parsl that reach beyond this process."""
        _cut_network()
        _fake_interchange(self)
        _stop_clock()
        _answer_sacct()
        self.poller.JobStatusPoller.poll = lambda self: None
        flux = importlib.import_module("parsl.executors.flux.executor").FluxExecutor
        flux.start = lambda self: os.makedirs(self.working_dir, exist_ok=True)
        flux.shutdown = lambda self, wait=True: None


def _import_framework() -> types.ModuleType:
    for name in _LOADERS:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise
    raise SystemExit("neither rachis nor qiime2 is installed here")


def _import_if_there(name: str) -> types.ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def _cut_network() -> None:
    """Answer as a machine without a network does: at once, and no."""
    import requests

    here = {"localhost", socket.gethostname(), "127.0.0.1", "::1", "", None}
    look_up, connect = socket.getaddrinfo, socket.socket.connect

    def local_look_up(host: Any, *rest: Any, **named: Any) -> Any:
        if host not in here:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return look_up(host, *rest, **named)

    def local_connect(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[0] not in here:
            raise OSError(101, "Network is unreachable")
        return connect(self, address)

    def no_host(host: str) -> str:
        return str(local_look_up(host, None)[0][4][0])

    def no_request(*_: Any, **__: Any) -> Any:
        raise requests.exceptions.ConnectionError("no network")

    socket.getaddrinfo = local_look_up
    socket.gethostbyname = no_host
    socket.socket.connect = local_connect  # type: ignore[method-assign]
    requests.get = requests.request = requests.Session.request = no_request  # type: ignore


def _stop_clock() -> None:
    """Give every provider's module a clock that stands still."""
    import time

    still = types.SimpleNamespace(time=lambda: CLOCK, sleep=time.sleep)
    package = importlib.import_module("parsl.providers")
    for found in pkgutil.walk_packages(package.__path__, "parsl.providers."):
        module = sys.modules.get(found.name)
        if module is not None and getattr(module, "time", None) is time:
            module.time = still  # type: ignore[attr-defined]


def _answer_sacct() -> None:
    """SlurmProvider asks sacct when it is made (from 2025): answered here, unless out of time."""
    module = importlib.import_module("parsl.providers.cluster_provider")
    real = getattr(module, "execute_wait", None)

    def execute_wait(command: str, walltime: Any = None) -> Any:
        plenty = isinstance(walltime, int) and walltime >= 1
        return (0, "", "") if command == "sacct -X" and plenty else real(command, walltime)

    if real is not None:
        module.execute_wait = execute_wait  # type: ignore[attr-defined]


class _Interchange:
    """The interchange, built here and now: it binds its ports but serves nobody."""

    def __init__(self, build: Any, config: dict[str, Any]) -> None:
        try:
            self.real = build(**config)
        except Exception as error:
            raise HostError("Interchange failed to start") from error

    def __getattr__(self, name: str) -> Any:
        if name in ("terminate", "kill", "close", "start"):
            return lambda *_, **__: None
        if name in ("wait", "join"):
            return lambda *_, **__: 0
        if name in ("is_alive", "poll"):
            return lambda *_, **__: None
        raise AttributeError(name)


def _fake_interchange(family: Family) -> None:
    client = importlib.import_module("parsl.executors.high_throughput.zmq_pipes").CommandClient
    module = family.executor_module
    build = family.interchange.Interchange
    started: list[_Interchange] = []

    def run(self: Any, message: str, *_: Any, **__: Any) -> Any:
        if message == "WORKER_BINDS":
            return started[-1].real.worker_port
        return [] if message in ("MANAGERS", "CONNECTED_BLOCKS") else 0

    client.run = run
    if hasattr(module, "ForkProcess"):
        _fake_fork(module, build, started)
    else:
        _fake_popen(module, build, started)


def _fake_fork(module: Any, build: Any, started: list[_Interchange]) -> None:
    """Up to 2024: the interchange is a forked process that puts its ports into a queue."""

    def fork(target: Any, args: tuple[Any], kwargs: dict[str, Any], **_: Any) -> _Interchange:
        started.append(_Interchange(build, kwargs))
        real = started[-1].real
        args[0].put((real.worker_task_port, real.worker_result_port))
        return started[-1]

    module.ForkProcess = fork


def _fake_popen(module: Any, build: Any, started: list[_Interchange]) -> None:
    """From 2025: the interchange is a command that reads its pickled arguments."""

    class Pipe:
        def write(self, data: bytes) -> None:
            self.data = data

        def flush(self) -> None:
            pass

        def close(self) -> None:
            started.append(_Interchange(build, pickle.loads(self.data)))

    def popen(command: Any, **named: Any) -> Any:
        words = [command] if isinstance(command, str) else list(command)
        if not all(isinstance(word, str) for word in words):
            raise TypeError("expected str, bytes or os.PathLike object")
        found = shutil.which(words[0])
        if found is None:
            raise FileNotFoundError(2, "No such file or directory", words[0])
        if Path(found).name != "interchange.py":
            raise HostError("Interchange failed to start")
        return _Started(Pipe())

    class _Started:
        def __init__(self, stdin: Pipe) -> None:
            self.stdin = stdin

        def __getattr__(self, name: str) -> Any:
            return getattr(started[-1], name)

    module.subprocess = types.SimpleNamespace(
        Popen=popen, PIPE=subprocess.PIPE, TimeoutExpired=subprocess.TimeoutExpired
    )
