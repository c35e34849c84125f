"""A configuration file as text: read safely, parsed, edited in place, with the place of each key.

The plain data come from the standard library's reader; tomlkit, which QIIME 2 itself uses, has the
last word where that one refuses a text, and does the edits.
"""

from __future__ import annotations

import json
import os
import re
import select
import stat
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from q2pconf import _toml, syntax
from q2pconf._dataclasses import dataclass, field, replace
from q2pconf.errors import InputError, Q2pconfError, UsageError
from q2pconf.findings import Finding, Fix, KeyPath, Part, Severity, Span
from q2pconf.positions import Positions

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

__all__ = [
    "MARK",
    "MARKED",
    "MAX_BYTES",
    "TOO_DEEP",
    "Document",
    "DocumentError",
    "check_keys",
    "opened",
]

MARK = "\ufeff"
"""The byte order mark that some editors put before a text."""
MAX_BYTES = 2 * 1024 * 1024
"""The largest file that is read. Real files are a few kilobytes; the places of all lines of one
this large take up to half a gigabyte of memory."""

PATIENCE = 60.0
"""Seconds to wait for the next bytes of a named pipe."""


class DocumentError(Q2pconfError):
    """A text that QIIME 2 cannot read; ``findings`` says where and why. ``path`` is the file's name
    as given, ``source`` the text, None where there is none."""

    exit_code = 1

    def __init__(
        self, findings: tuple[Finding, ...], path: str | None = None, source: str | None = None
    ) -> None:
        super().__init__(findings[0].message)
        self.findings, self.path, self.source = findings, path, source

    @property
    def told(self) -> str:
        """The first problem with its line, in a few words."""
        first = self.findings[0]
        return f"line {first.span.line}: {first.message}" if first.span else first.message


@dataclass(frozen=True)
class Document:
    """A TOML text and what can be asked of it. Edits return a new document.

    ``text`` is the text as it stands in the file, line ends included.
    """

    text: str = field(repr=False)
    path: str | None = None

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, keep_mark: bool = False) -> Document:
        """Read a file as QIIME 2 does: UTF-8 text.

        Raises InputError where it cannot be read, DocumentError where it is no text.
        """
        name = os.fsdecode(path)
        return cls.from_bytes(_read(name), name, keep_mark=keep_mark)

    @classmethod
    def from_bytes(
        cls, content: bytes, path: str | None = None, *, keep_mark: bool = False
    ) -> Document:
        """The document of a file's bytes.

        QIIME 2 cannot read what begins with a byte order mark; with ``keep_mark`` it stays in the
        text, for who looks at the rest all the same. Raises InputError for more than MAX_BYTES,
        DocumentError where they are no text.
        """
        if len(content) > MAX_BYTES:
            limit = MAX_BYTES // 1024**2
            name = path or "this text"
            raise InputError(f"{name}: larger than {limit} MB; no configuration file is that large")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DocumentError((_not_utf8(content, error),), path) from None
        if text.startswith(MARK) and not keep_mark:
            raise DocumentError((MARKED,), path, text.lstrip(MARK))
        return cls(text=text, path=path)

    @cached_property
    def lines_as_read(self) -> str:
        """The text with the line ends that Python's text mode makes of it: all ``\\n``."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def data(self) -> dict[str, Any]:
        """The file's content as plain Python values.

        Raises DocumentError with every syntax error that could be told apart.
        """
        try:
            return _toml.loads(self.lines_as_read)
        except _toml.TOMLDecodeError:
            if (data := self._lenient()) is not None:
                return data
            raise self._unreadable(syntax.explain(self.lines_as_read)) from None
        except RecursionError:
            raise self._unreadable((TOO_DEEP,)) from None
        except ValueError:
            raise self._unreadable((_TOO_LONG_NUMBER,)) from None

    def _unreadable(self, findings: tuple[Finding, ...]) -> DocumentError:
        return DocumentError(findings, self.path, self.lines_as_read)

    def repaired(self) -> tuple[Document, frozenset[int]] | None:
        """The document with stand-ins for the values at fault, and the numbers of their lines;
        None where that does not make it readable."""
        found = syntax.without_bad_lines(self.lines_as_read)
        return None if found is None else (replace(self, text=found[0]), found[1])

    @cached_property
    def positions(self) -> Positions:
        """The place of every key, value and table."""
        return Positions.of(self.lines_as_read)

    def place(self, path: KeyPath | None, part: Part = "value") -> Span | None:
        """Where a key, value or table stands; None where the text has no such place."""
        return None if not path else self.positions.find(path, part)

    @cached_property
    def tree(self) -> TOMLDocument:
        """The same text as tomlkit's tree, for edits that keep comments and spacing."""
        import tomlkit

        return tomlkit.parse(self.text)

    def set(self, path: KeyPath, value: Any) -> Document:
        """The document with this value at this path; the table around it must exist."""
        tree = self._copy()
        _at(tree, path[:-1])[path[-1]] = value
        return self._edited(tree)

    def remove(self, path: KeyPath) -> Document:
        """The document without this key."""
        tree = self._copy()
        del _at(tree, path[:-1])[path[-1]]
        return self._edited(tree)

    def rename(self, path: KeyPath, new_key: str) -> Document:
        """The document with another name for this key or table, wherever it is written.

        Raises KeyError for a path that is not written here, ValueError where the new name is taken.
        """
        spans = self.positions.parts.get(path)
        if not spans:
            raise KeyError(path)
        if new_key in _at(self.data, path[:-1]):
            raise ValueError(f"there is a {new_key!r} already")
        written = new_key if re.fullmatch(r"[A-Za-z0-9_-]+", new_key) else json.dumps(new_key)
        lines = re.split(r"(\r\n|\r|\n)", self.text)  # every other element is a line end
        for span in sorted(spans, key=lambda span: (span.line, span.column), reverse=True):
            at = 2 * (span.line - 1)
            line = lines[at]
            lines[at] = line[: span.column - 1] + written + line[span.end_column - 1 :]
        return replace(self, text="".join(lines))

    def _edited(self, tree: TOMLDocument) -> Document:
        """The document of an edited tree, with the line ends of this one."""
        text = tree.as_string()
        if "\r\n" in self.text and "\n" not in self.text.replace("\r\n", ""):
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        return replace(self, text=text)

    def _copy(self) -> TOMLDocument:
        import tomlkit

        return tomlkit.parse(self.text)

    def _lenient(self) -> dict[str, Any] | None:
        """What tomlkit reads where the standard reader reads nothing; None where it fails too."""
        if len(self.text) > 1_000_000:
            return None
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        try:
            data: dict[str, Any] = tomlkit.parse(self.lines_as_read).unwrap()
        except (TOMLKitError, ValueError, RecursionError, IndexError, TypeError, AttributeError):
            return None
        return data


def opened(source: Document | str | os.PathLike[str], *, keep_mark: bool = False) -> Document:
    """The document of what a caller of the library gives: a path, a TOML text, or the document.

    A path object is a path. A string is one if it is one line that ends in ``.toml``, names
    something that exists, or has nothing of TOML in it; else it is the text itself. Raises as
    ``Document.load`` does, and UsageError for anything else.
    """
    if isinstance(source, Document):
        return source
    if not isinstance(source, str | os.PathLike):
        raise UsageError(f"a path, TOML text or a Document is wanted, not {source!r:.60}")
    if isinstance(source, os.PathLike) or _is_path(source):
        return Document.load(source, keep_mark=keep_mark)
    return Document(text=source)


def check_keys(data: Mapping[str, Any]) -> None:
    """Raise UsageError where data that a caller gives have keys that TOML has not."""
    todo: list[Any] = [data]
    seen: set[int] = set()
    while todo:
        value = todo.pop()
        if id(value) in seen or not isinstance(value, Mapping | list):
            continue
        seen.add(id(value))
        if isinstance(value, Mapping):
            for key in value:
                if not isinstance(key, str):
                    raise UsageError(f"the keys of a configuration are text; {key!r:.60} is not")
            todo += value.values()
        else:
            todo += value


def _is_path(source: str) -> bool:
    if "\n" in source or not source.strip():
        return False
    exists = os.path.lexists(source.replace("\0", ""))
    return source.endswith(".toml") or exists or not re.search(r"[=\[#]", source)


def _at(tree: Any, path: KeyPath) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def _read(name: str) -> bytes:
    """Up to MAX_BYTES + 1 bytes of a file, so that an endless one ends too."""
    try:
        with open(name, "rb", opener=_without_waiting) as file:
            if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
                return _from_pipe(name, file.fileno())
            os.set_blocking(file.fileno(), True)
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except IsADirectoryError:
        raise InputError(f"{name}: is a folder, not a file") from None
    except PermissionError:
        raise InputError(f"{name}: you have no permission to read it") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{name}: cannot be read ({reason})") from None


def _without_waiting(name: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to does not hold us up."""
    return os.open(name, flags | os.O_NONBLOCK)


def _from_pipe(name: str, descriptor: int) -> bytes:
    """What comes through a named pipe, as from ``<(command)`` of a shell.

    Raises InputError where nothing comes for PATIENCE seconds.
    """
    parts: list[bytes] = []
    awake = False
    while sum(map(len, parts)) <= MAX_BYTES:
        try:
            part = os.read(descriptor, 65536)
        except BlockingIOError:  # somebody has it open and is still thinking
            part = None
        if part:
            parts.append(part)
        elif part is not None and (parts or awake):
            break
        else:
            awake = bool(select.select([descriptor], [], [], PATIENCE)[0])
            if not awake:
                raise InputError(f"{name}: is a pipe that nothing comes through")
    return b"".join(parts)


def _start(line: int = 1, column: int = 1) -> Span:
    return Span(line=line, column=column, end_line=line, end_column=column + 1)


MARKED = Finding(
    code="Q2P002",
    severity=Severity.ERROR,
    message="the file begins with an invisible byte order mark (BOM)",
    span=_start(),
    consequence='QIIME 2 stops with "Empty key at line 1 col 0"',
    hint='save the file as plain "UTF-8", not "UTF-8 with BOM"',
    fix=Fix(kind="unmark", key=(), safe=True),
)

TOO_DEEP = Finding(
    code="Q2P001",
    severity=Severity.ERROR,
    message="brackets are nested too deep to be read",
    span=_start(),
    consequence="QIIME 2 stops with RecursionError",
    hint="remove the nested brackets",
)

_TOO_LONG_NUMBER = Finding(
    code="Q2P001",
    severity=Severity.ERROR,
    message="a number has thousands of digits",
    span=_start(),
    consequence="QIIME 2 stops with ValueError",
    hint="write a number of a few digits",
)


def _not_utf8(content: bytes, error: UnicodeDecodeError) -> Finding:
    before = content[: error.start]
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
    binary = b"\x00" in content[:8192]
    what = (
        "this is not a text file" if binary else f"byte 0x{content[error.start]:02x} is not UTF-8"
    )
    return Finding(
        code="Q2P003",
        severity=Severity.ERROR,
        message=what,
        span=_start(line, column),
        consequence="QIIME 2 stops with UnicodeDecodeError",
        hint="give the TOML file itself" if binary else "save the file with the encoding UTF-8",
    )
