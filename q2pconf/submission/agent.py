"""Parsl's part: the agent in the environment of QIIME 2, run for a limited time."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from q2pconf import interpreters, parsl_loader
from q2pconf.document import Document
from q2pconf.interpreters import Interpreter
from q2pconf.releases import Release
from q2pconf.submission.facts import SubmissionError

__all__ = ["rendered"]


def rendered(
    document: Document, release: Release, interpreter: Interpreter, cwd: str, seconds: float
) -> dict[str, Any]:
    """What the agent answers."""
    with _throw_away() as folder:
        interpreters.unpack(folder)
        path = document.path
        if path is None or not os.path.isfile(path):
            path = str(folder / "qiime2_config.toml")
            Path(path).write_text(document.text, encoding="utf-8", newline="")
        request = parsl_loader.request(
            release,
            path=os.path.join(cwd, path),
            framework=parsl_loader.own_framework(release, interpreter.framework),
        )
        line = _ask_agent(interpreter, {**request, "box": str(folder)}, folder, cwd, seconds)
        said = (folder / "said.txt").read_text(encoding="utf-8", errors="replace")
    if line is None:
        raise SubmissionError(f"Parsl did not get as far as the scripts within {seconds:g} seconds")
    try:
        answer: dict[str, Any] = json.loads(line)
    except ValueError:
        last = said.strip().rpartition("\n")[2].strip()[:300]
        why = last or "it stopped silently"
        raise SubmissionError(f"{interpreter.program} could not be asked: {why}") from None
    return answer


def _ask_agent(
    interpreter: Interpreter, request: Mapping[str, Any], folder: Path, cwd: str, seconds: float
) -> bytes | None:
    """The agent's answer, a line; None where it is late. The agent ends with all that it started.

    Its standard input stays open until then: the agent ends when q2pconf does, however that comes.
    """
    command = [interpreter.program, "-B", str(folder / "rendering.py")]
    try:
        with (folder / "said.txt").open("wb") as said:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
                cwd=cwd, env=interpreter.env, start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise SubmissionError(f"{interpreter.program} cannot be run: {error.strerror}") from None
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        return _line(process.stdout, time.monotonic() + seconds)
    finally:
        _end(process)


def _line(stream: IO[bytes], end: float) -> bytes | None:
    """The first line, or what there is of it when the stream ends; None when time is up."""
    text = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not text.endswith(b"\n"):
            if not selector.select(max(end - time.monotonic(), 0)):
                return None
            chunk = os.read(stream.fileno(), 2**16)
            if not chunk:
                break
            text += chunk
    return text


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the agent and all that it has started; until it is waited for, its number is its own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()


@contextmanager
def _throw_away() -> Iterator[Path]:
    """A folder that is gone in the end, although what was killed may just have written into it."""
    folder = Path(tempfile.mkdtemp(prefix="q2pconf-", dir=interpreters.temporary())).resolve()
    try:
        yield folder
    finally:
        for _ in range(10):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.05)
