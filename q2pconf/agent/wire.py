"""How an agent and q2pconf talk: one JSON object a line, on standard input and output.

Whatever else is printed in the agent's process, by Parsl or by what it starts, goes to standard
error.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import suppress
from typing import Any, Callable

__all__ = ["meet"]

Send = Callable[["dict[str, Any]"], None]


def meet() -> tuple[dict[str, Any], Send]:
    """The request, which is the first line of standard input, and the way to answer.

    Each call of the answering function sends one object; threads may share it. A reader that has
    gone is no error: there is nobody to say it to.
    """
    request = json.loads(sys.stdin.readline())
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    lock = threading.Lock()

    def send(message: dict[str, Any]) -> None:
        line = json.dumps(message, default=str)
        with lock, suppress(OSError, ValueError):
            stream.write(line + "\n")
            stream.flush()

    return request, send
