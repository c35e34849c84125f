"""The agent's process: started in the environment, told what to do, and ended in any case."""

from __future__ import annotations

import io
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from q2pconf import host, interpreters
from q2pconf.errors import Q2pconfError
from q2pconf.interpreters import Interpreter

__all__ = ["AgentError", "Session"]

Event = dict[str, Any]

_GRACE = 30.0
"""Seconds that the agent has to cancel its jobs."""

_TOKEN = "Q2PCONF_TRY"
"""The environment variable by which the processes of a run are known."""


class AgentError(Q2pconfError):
    """The Python of the environment could not run q2pconf's agent."""


class Session:
    """An agent while it runs; after ``end`` no process of it is left on this machine.

    ``folder`` is a temporary folder for the agent's files and for ``log``, to which everything
    goes that Parsl prints. ``run_dir`` is Parsl's folder, known before it submits anything;
    ``finished`` says that the agent has cancelled its jobs by itself.
    """

    def __init__(self, interpreter: Interpreter, folder: Path, cwd: str, token: str) -> None:
        self.log = folder / "said.txt"
        self.run_dir: str | None = None
        self.finished = False
        self._interpreter, self._folder, self._cwd, self._token = interpreter, folder, cwd, token
        self._events: queue.Queue[Event | None] = queue.Queue()
        self._process: subprocess.Popen[bytes] | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)

    def start(self, request: Mapping[str, Any]) -> None:
        """Start it with this request; AgentError where its Python cannot be run."""
        interpreters.unpack(self._folder)
        program = self._interpreter.program
        try:
            with self.log.open("wb") as stream:
                self._process = subprocess.Popen(
                    [program, "-B", str(self._folder / "running.py")],
                    cwd=self._cwd,
                    env={**self._interpreter.env, _TOKEN: self._token},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stream,
                    start_new_session=True,
                )
        except OSError as error:
            raise AgentError(f"{program} cannot be run: {error.strerror}") from None
        self._reader.start()
        self._say(request)

    def events(self, seconds: float) -> list[Event]:
        """What the agent reports next, all that is there; nothing if these seconds bring nothing.

        The last event of a session is ``closed``, also where the agent could not say so.
        """
        gone = self._process is None or self._process.poll() is not None
        found: list[Event | None] = []
        with suppress(queue.Empty):
            found.append(self._events.get(timeout=seconds))
            while True:
                found.append(self._events.get_nowait())
        # What the agent has started may hold its streams open when it has gone.
        over = None in found or (gone and not found)
        reported = [event for event in found if event is not None]
        return [*reported, {"event": "closed"}] if over else reported

    def keep(self, counts: Mapping[str, int]) -> None:
        """Say how many probes of each executor are to be under way."""
        self._say({"keep": dict(counts)})

    def end(self, grace: float = _GRACE) -> None:
        """Have the agent cancel its jobs and end; what does not end by itself is ended."""
        process = self._process
        if process is not None:
            # What an agent that does not listen has not read must not be waited for.
            assert isinstance(process.stdin, io.BufferedWriter)
            with suppress(OSError):
                process.stdin.raw.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(grace)
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._wait_for_workers()
        if self._reader.is_alive():
            self._reader.join(1)
        if process is not None and process.stdout is not None and not self._reader.is_alive():
            process.stdout.close()

    def said(self) -> str:
        """The last lines of what was printed."""
        with suppress(OSError):
            return self.log.read_text(encoding="utf-8", errors="replace")[-4000:].strip()
        return ""

    def _wait_for_workers(self) -> None:
        """Worker pools on this machine end by themselves when Parsl has; then they are ended."""
        deadline = time.monotonic() + 2
        while host.processes_with(_TOKEN, self._token) and time.monotonic() < deadline:
            time.sleep(0.1)
        host.end_processes_with(_TOKEN, self._token)

    def _say(self, order: Mapping[str, Any]) -> None:
        stream = self._process.stdin if self._process is not None else None
        with suppress(OSError, ValueError):
            if stream is not None:
                stream.write(json.dumps(order).encode() + b"\n")
                stream.flush()

    def _read(self) -> None:
        """Take what the agent reports; anything else that its Python prints is no report."""
        assert self._process is not None
        for line in self._process.stdout or ():
            event = None
            with suppress(ValueError, RecursionError):
                event = json.loads(line)
            if not isinstance(event, dict) or not isinstance(event.get("event"), str):
                continue
            self.run_dir = event.get("run_dir", self.run_dir)
            if event["event"] == "closed":
                self.finished = True
            else:
                self._events.put(event)
        self._events.put(None)
