"""The submit scripts of a configuration, written by Parsl itself and submitted to nobody.

Parsl starts each executor and submits one block, to stand-ins. What the file itself could have run
(its worker_init, a launch command) does not run.
"""

from __future__ import annotations

import importlib
import os
import shlex
import signal
import subprocess
import threading
import time
from contextlib import suppress
from typing import Any, Callable, Mapping

import loading  # type: ignore[import-not-found]
import wire  # type: ignore[import-not-found]
from standins import ELSEWHERE, Box, prepare  # type: ignore[import-not-found]

__all__ = ["main"]

_SECONDS_FOR_THREAD = 10.0

Send = Callable[["dict[str, Any]"], None]


def main() -> None:
    """Answer the request on standard input: ``run_dir`` and ``scripts``, or an ``error``.

    A request is that of ``loading.load`` with ``box``, the folder to throw away. The process and
    all that it has started end with whoever asked.
    """
    request, send = wire.meet()
    threading.Thread(target=_end_with_reader, args=(request["box"],), daemon=True).start()
    box = Box(request["box"], os.getcwd())
    try:
        send(_answer(request, box, send))
    except BaseException as error:
        send({"error": box.real(_describe(error))})


def _answer(request: Mapping[str, Any], box: Box, send: Send) -> dict[str, Any]:
    prepare(box)
    found = loading.load(request)
    answer: dict[str, Any] = {"by": found.by, "run_dir": None, "scripts": []}
    if found.config is None:
        return answer
    executors = list(found.config.executors)
    reasons = [_reason(executor) for executor in executors]
    starting = [each for each, reason in zip(executors, reasons) if reason is None]
    varying = {id(executor): _varying(executor) for executor in starting}
    if starting:
        found.config._executors = starting
        answer["run_dir"] = box.real(_start(found.config, box, send))
    for executor, reason in zip(executors, reasons):
        answer["scripts"].append(
            _named(executor, notes=[reason])
            if reason is not None
            else _script(executor, box, varying[id(executor)])
        )
    return answer


def _end_with_reader(folder: str) -> None:
    """End everything when the one who asked is gone."""
    # Not through sys.stdin: processes that Parsl forks close it, and would wait for its lock.
    while os.read(0, 1024):
        pass
    # Removed once everything is ended, so that nothing writes into it again.
    command = ["/bin/sh", "-c", 'sleep 1; rm -rf -- "$0"', folder]
    subprocess.Popen(command, start_new_session=True, cwd="/")
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _reason(executor: Any) -> str | None:
    """Why there is no script of this executor, if so."""
    provider = getattr(executor, "provider", None)
    channels = [getattr(provider, "channel", None), *(getattr(provider, "channels", None) or ())]
    for part in (executor, provider, *channels):
        if getattr(part, "q2pconf_stand_in", False):
            return str(ELSEWHERE[type(part).__name__])
    return None


def _varying(executor: Any) -> list[str]:
    """The attributes that Parsl itself chooses in each run, unless the file gives them."""
    chosen = {"all_addresses": "address", "worker_port": "worker_port"}
    names = [name for name, key in chosen.items() if getattr(executor, key, None) is None]
    return [*names, "worker_task_port", "worker_result_port", "_chosen_port"]


def _start(config: Any, box: Box, send: Send) -> str:
    """Start the executors as a run does, without a block; gives the folder of the run, in the box.

    Left out is what is no part of a script: monitoring, usage tracking, earlier results.
    """
    parsl = importlib.import_module("parsl")
    for name in ("monitoring", "checkpoint_files", "checkpoint_mode"):
        if hasattr(config, name):
            setattr(config, name, None)
    config.usage_tracking = 0
    _move_folders(config, box)
    poller = importlib.import_module("parsl.jobs.job_status_poller").JobStatusPoller
    setattr(poller, "poll", lambda self: None)  # noqa: B010
    providers: list[Any] = [getattr(executor, "provider", None) for executor in config.executors]
    counts = [getattr(provider, "init_blocks", None) for provider in providers]
    for provider in providers:
        if hasattr(provider, "init_blocks"):
            provider.init_blocks = 0
    threading.Thread(target=_watch, args=(config.executors, send), daemon=True).start()
    kernel = parsl.load(config)
    for provider, count in zip(providers, counts):
        if hasattr(provider, "init_blocks"):
            provider.init_blocks = count
    return str(kernel.run_dir)


def _move_folders(config: Any, box: Box) -> None:
    """Everything that Parsl writes goes into the box, and commands are looked for in it first.

    The number of the run is the next free one of the real folder.
    """
    home = os.path.join(box.home, config.run_dir)
    config.run_dir = box.inside(config.run_dir)
    os.makedirs(config.run_dir, exist_ok=True)
    with suppress(OSError):
        for name in os.listdir(home):
            if name[:1].isdigit() and name[-1:].isdigit():
                os.makedirs(os.path.join(config.run_dir, name), exist_ok=True)
    for executor in config.executors:
        if getattr(executor, "interchange_launch_cmd", None):
            executor.interchange_launch_cmd = ["interchange.py"]
        folder = getattr(executor, "working_dir", None)
        _move(executor, ("working_dir", "function_dir"), box)
        thread = getattr(executor, "_submission_thread", None)  # FluxExecutor's, told already
        if thread is not None:
            thread._args = tuple(box.inside(one) if one == folder else one for one in thread._args)
        provider = getattr(executor, "provider", None)
        for channel in [
            getattr(provider, "channel", None),
            *(getattr(provider, "channels", None) or ()),
        ]:
            _move(channel, ("script_dir",), box)
            if hasattr(channel, "_envs"):
                channel._envs.update(PATH=os.environ["PATH"], Q2PCONF_NOTES=box.notes)


def _move(thing: Any, names: tuple[str, ...], box: Box) -> None:
    for name in names:
        value = getattr(thing, name, None)
        if isinstance(value, str) and value:
            setattr(thing, name, box.inside(value))


def _watch(executors: list[Any], send: Send) -> None:
    """Say so, and stop, where an interchange ends: Parsl would wait for it for two minutes."""
    while True:
        time.sleep(0.1)
        for executor in executors:
            process = getattr(executor, "interchange_proc", None)
            if process is None:
                continue
            ended = process.poll() is not None if hasattr(process, "poll") else _is_over(process)
            if ended:
                send({"error": _not_started(executor)})
                return


def _not_started(executor: Any) -> str:
    """Why an interchange may have ended: what the file says that the machine may not have."""
    address, port = (getattr(executor, name, None) for name in ("address", "worker_port"))
    whys = [f"is {address} an address of this machine?"] if address else []
    whys += [f"is port {port} in use?"] if port else []
    said = f"the interchange of executor {executor.label!r} does not start here"
    return ": ".join([said, " ".join(whys)]) if whys else said


def _is_over(process: Any) -> bool:
    """Whether a process of multiprocessing has run and ended."""
    return process.pid is not None and not process.is_alive()


def _script(executor: Any, box: Box, varying: list[str]) -> dict[str, Any]:
    """What one executor submits for a block."""
    provider = getattr(executor, "provider", None)
    if provider is None:
        return _named(executor, notes=["it has no jobs: its tasks run in QIIME 2's own process"])
    by_itself = not hasattr(executor, "_launch_block")  # FluxExecutor: in a thread, at the start
    before = set() if by_itself else _files(provider)
    told = _wait_for_thread(provider) if by_itself else _submit(executor)
    new = _files(provider) - before
    command, script = _submission(box, new)
    if script is None:  # LocalProvider, whose bash notes nothing
        script = next((path for path in new if path.endswith(".sh")), None)
        command = ["bash", script] if script else []
        new = set()
    told = told and box.real(told)
    if script is None:
        return _named(executor, error=told or "Parsl has submitted nothing")
    beside = [path for path in new if os.path.basename(path) != os.path.basename(script)]
    return _named(
        executor,
        command=box.real(_in_words(command, script)),
        path=box.real(script),
        script=box.real(_read(script)),
        files={box.real(path): box.real(_read(path)) for path in sorted(beside)},
        varying={name: _plain(getattr(executor, name, None)) for name in varying},
        error=told,
    )


def _named(executor: Any, **more: Any) -> dict[str, Any]:
    provider = getattr(executor, "provider", None)
    return {
        "label": executor.label,
        "class": type(executor).__name__,
        "provider": None if provider is None else type(provider).__name__,
        **more,
    }


def _submit(executor: Any) -> str | None:
    """Submit the first block; what went wrong, if anything."""
    try:
        executor._launch_block("0")
    except Exception as error:
        return _describe(error)
    return None


def _wait_for_thread(provider: Any) -> str | None:
    deadline = time.monotonic() + _SECONDS_FOR_THREAD
    while not provider.resources and time.monotonic() < deadline:
        time.sleep(0.05)
    return None


def _files(provider: Any) -> set[str]:
    """The files where the scripts of a provider are."""
    channels = [getattr(provider, "channel", None), *(getattr(provider, "channels", None) or ())]
    folders = [getattr(each, "script_dir", None) for each in (provider, *channels)]
    return {
        os.path.join(os.path.abspath(folder), name)
        for folder in folders
        if folder and os.path.isdir(folder)
        for name in os.listdir(folder)
    }


def _submission(box: Box, new: set[str]) -> tuple[list[str], str | None]:
    """The command that was given one of these files, and the file."""
    for name in os.listdir(box.notes):
        note = os.path.join(box.notes, name)
        if not name.endswith(".note"):
            continue
        folder, *command = _read(note).split("\0")[:-1]
        paths = [os.path.abspath(os.path.join(folder, word)) for word in command[1:]]
        if len(command) == 1:
            given = _read(note[: -len("note")] + "stdin")
            paths = [path for path in new if _read(path) == given]
        for path in paths:
            if path in new:
                return command, path
    return [], None


def _in_words(command: list[str], script: str) -> str:
    """A command as a person would type it."""
    told = " ".join(shlex.quote(word) for word in command)
    return told if len(command) > 1 else told + " < " + shlex.quote(script)


def _read(path: str) -> str:
    with open(path, "rb") as stream:
        return stream.read().decode("utf-8", "surrogateescape")


def _plain(value: Any) -> Any:
    """What JSON can say of an attribute."""
    return sorted(value) if isinstance(value, (set, frozenset)) else value


def _describe(error: BaseException) -> str:
    """An exception in one line, as Python ends a traceback."""
    said = " ".join(str(error).split())
    name = type(error).__name__
    return name + ": " + said if said else name


if __name__ == "__main__":
    main()
