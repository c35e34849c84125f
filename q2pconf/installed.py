"""The schema of the Parsl that another Python has, read off by that Python.

q2pconf never imports Parsl. The generator of the shipped schemas goes into a folder of its own with
its notes, runs there under the other Python, and leaves the schema beside them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from q2pconf import _resources, _toml
from q2pconf.errors import Q2pconfError

__all__ = ["InstalledError", "generate", "python_of"]

_SECONDS = 60.0
_GENERATOR, _NOTES, _SCHEMA = "generate_schemas.py", "notes.json", "schema.json"


class InstalledError(Q2pconfError):
    """What is installed could not be asked for its Parsl."""


def python_of(prefix: str) -> str | None:
    """The interpreter of the environment in this folder, if it has one."""
    for name in ("bin/python", "python.exe"):
        python = os.path.join(prefix, name)
        if os.path.isfile(python):
            return python
    return None


def generate(python: str, seconds: float = _SECONDS) -> str:
    """The schema, as JSON text, of the Parsl that this Python interpreter has.

    Keys that q2pconf has no words for have an empty description, and what values they tolerate
    is taken from an older Parsl. Raises InstalledError where the interpreter cannot be run, has
    no Parsl, or needs longer than ``seconds``.
    """
    with tempfile.TemporaryDirectory(prefix="q2pconf-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / _GENERATOR).write_text(
            _resources.read_text("tools", _GENERATOR), encoding="utf-8"
        )
        (folder / _NOTES).write_text(_notes(), encoding="utf-8")
        said = _run(python, folder, seconds)
        try:
            text = (folder / _SCHEMA).read_text(encoding="utf-8")
            usable = "Config" in json.loads(text)["definitions"]
        except FileNotFoundError:
            raise InstalledError(_reason(python, said)) from None
        except (OSError, ValueError, KeyError, TypeError):
            usable = False
        if not usable:
            raise InstalledError(
                f"{python} did not say which keys its Parsl takes: is it a Python?"
            )
    return text


def _notes() -> str:
    """All notes of the generator as JSON, which any Python can read."""
    words = _toml.loads(_resources.read_text("tools", "key_notes.toml"))
    measured = _toml.loads(_resources.read_text("tools", "tolerances.toml"))
    return json.dumps({**words, "tolerances": measured})


def _run(python: str, folder: Path, seconds: float) -> str:
    """What the generator says while it runs in this folder; it writes the schema there."""
    # -I: neither variables nor the user's own packages lead elsewhere; -B: nothing is left behind.
    program = os.path.abspath(python) if os.path.dirname(python) else python
    command = [program, "-I", "-B", _GENERATOR, "--notes", _NOTES, "--output", _SCHEMA]
    said = folder / "said.txt"
    try:
        with said.open("wb") as stream:
            process = subprocess.Popen(
                command, cwd=folder, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
            )  # fmt: skip
            try:
                process.wait(seconds)
            finally:
                with suppress(OSError):  # whatever it has started ends with it
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    except subprocess.TimeoutExpired:
        raise InstalledError(
            f"{python} did not say within {seconds:g} s which keys its Parsl takes"
        ) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise InstalledError(f"{python} cannot be run: {reason}") from None
    return said.read_text(encoding="utf-8", errors="replace")


def _reason(python: str, said: str) -> str:
    """Why there is no schema, in one line."""
    if "No module named 'parsl'" in said:
        return f"{python} has no Parsl: name the Python, or activate the environment, of QIIME 2"
    last = said.strip().rpartition("\n")[2].strip()[:200]
    return f"{python} could not say which keys its Parsl takes: {last or 'it stopped silently'}"
