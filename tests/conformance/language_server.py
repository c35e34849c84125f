"""A language server, spoken to as editors do: JSON-RPC over its standard input and output."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["LanguageServer"]


class LanguageServer:
    """A server that has been started for a folder, until it is closed."""

    def __init__(self, command: Sequence[str | Path], folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.asked = 0
        self.ask("initialize", processId=None, rootUri=folder.as_uri(), capabilities={})
        self._tell("initialized", {})

    def open(self, name: str, text: str) -> list[str]:
        """Open a file with this text; the messages of what is wrong with it."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        document = {"uri": path.as_uri(), "languageId": "toml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        # Before the server has said this it has not read the schema, and knows nothing.
        while (message := self._next()).get("method") != "textDocument/publishDiagnostics":
            self._answer(message)
        return [one["message"] for one in message["params"]["diagnostics"]]

    def at(self, what: str, name: str, line: int, column: int) -> Any:
        """What it says at a place, counted from 0: ``completion``, ``hover``."""
        uri = (self.folder / name).as_uri()
        place = {"line": line, "character": column}
        return self.ask(f"textDocument/{what}", textDocument={"uri": uri}, position=place)

    def ask(self, method: str, **parameters: Any) -> Any:
        """The result of a request."""
        self.asked += 1
        self._send({"id": self.asked, "method": method, "params": parameters})
        while (message := self._next()).get("id") != self.asked or "method" in message:
            self._answer(message)
        return message["result"]

    def close(self) -> None:
        """End the server."""
        self.process.kill()
        self.process.communicate()

    def _tell(self, method: str, parameters: dict[str, Any]) -> None:
        self._send({"method": method, "params": parameters})

    def _answer(self, message: dict[str, Any]) -> None:
        """Say that we have nothing to say, where the server asks."""
        if "id" in message and "method" in message:
            self._send({"id": message["id"], "result": None})

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while header := self.process.stdout.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server has ended"
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message
