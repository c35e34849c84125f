"""Programs asked with a limit on time and on what they say; nothing of them is left running."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO

from q2pconf._dataclasses import dataclass, field

__all__ = ["Answer", "Asker", "Run", "ask", "plain_environment"]

MOST_BYTES = 64 * 2**20

TAMPERING = ("SINFO_", "SCONTROL_", "SACCTMGR_", "SQUEUE_", "SCANCEL_", "SLURM_TIME_FORMAT")
"""Variables with which people change what these programs print, or which jobs they mean."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a program said; ``trouble`` is why that is no answer, as the rest of a sentence."""

    out: str = ""
    err: str = ""
    trouble: str | None = None


Run = Callable[[Sequence[str]], Answer]


@dataclass(kw_only=True, slots=True)
class Asker:
    """Asks, and keeps a note of each question that was not answered."""

    run: Run
    user: str | None = None
    notes: list[str] = field(default_factory=list)

    def text(self, about: str, *command: str) -> str:
        """What a command prints; nothing, and a note, where it fails."""
        answer = self.run(command)
        if answer.trouble is None:
            return answer.out
        self.notes.append(f"{about} could not be asked: {command[0]} {answer.trouble}")
        return ""


def plain_environment(env: Mapping[str, str]) -> dict[str, str]:
    """This environment without what changes how schedulers print, in plain English."""
    kept = {name: value for name, value in env.items() if not name.startswith(TAMPERING)}
    kept.pop("LANGUAGE", None)
    return {**kept, "LC_ALL": "C"}


def ask(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    seconds: float,
    most: int = MOST_BYTES,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """Run a command for so many seconds at most; it gets no input and no terminal."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            start_new_session=True,
        )
    except OSError as error:
        return Answer(trouble=f"cannot be started: {error.strerror}")
    with process:
        try:
            out, err, trouble = _listen(process, clock() + seconds, most, clock)
        finally:
            _end(process)
    said = Answer(out=out.decode("utf-8", "replace"), err=err.decode("utf-8", "replace"))
    if trouble is None:
        trouble = _failure(process.returncode, said)
    elif trouble == "late":
        trouble = f"did not answer within {seconds:g} seconds"
    return Answer(out=said.out, err=said.err, trouble=trouble)


def _listen(
    process: subprocess.Popen[bytes], end: float, most: int, clock: Callable[[], float]
) -> tuple[bytes, bytes, str | None]:
    """Read both streams until they end; a trouble if time or space is up before."""
    assert process.stdout is not None
    assert process.stderr is not None
    said: dict[IO[bytes], bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
    trouble: str | None = None
    with selectors.DefaultSelector() as selector:
        for stream in said:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map() and trouble is None:
            left = end - clock()
            for key, _ in selector.select(left) if left > 0 else ():
                stream = next(each for each in said if each is key.fileobj)
                chunk = os.read(key.fd, 2**16)
                said[stream] += chunk
                if not chunk:
                    selector.unregister(stream)
            if left <= 0:
                trouble = "late"
            elif any(len(text) > most for text in said.values()):
                trouble = f"says more than {most // 2**20} MB"
    if trouble is None:
        try:
            process.wait(max(end - clock(), 0.1))
        except subprocess.TimeoutExpired:
            trouble = "late"
    return bytes(said[process.stdout]), bytes(said[process.stderr]), trouble


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program with all that it started, as shell scripts do; until it is waited for, its
    number is its own."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _failure(code: int, said: Answer) -> str | None:
    if code == 0:
        return None
    how = f"stopped with exit code {code}" if code > 0 else f"was ended by signal {-code}"
    lines = (line.strip() for line in (said.err or said.out).splitlines())
    reason = next((line for line in lines if line), "")
    plain = "".join(c if c.isprintable() else "?" for c in reason[:200])
    return f"{how}: {plain}" if plain else how
