"""What QIIME 2 would meet on opening a configuration file, found out without changing anything."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping

from q2pconf._dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from q2pconf.table_order import Misplaced

__all__ = ["Failure", "Opened", "read", "why_absent", "write_failure"]

LARGEST = 2 * 1024 * 1024
"""A file beyond this many bytes is not looked into: no configuration is that long."""

WRITE_ELSEWHERE = (
    "Write a file with `q2pconf init -o FILE`, and name it in QIIME2_CONFIG or with"
    " --parallel-config"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why QIIME 2 would stop.

    ``kind`` is the class of the exception it would show, ``problem`` what is wrong, ``remedy``
    what to do about it.
    """

    kind: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.problem}, so QIIME 2 would stop. {self.remedy}."


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A file as QIIME 2 would read it: its data, or why there are none.

    Neither data nor a failure means that the file was not looked into (``skipped`` says why).
    """

    data: Mapping[str, Any] | None = None
    failure: Failure | None = None
    skipped: str | None = None


def read(path: str, *, name: str, tomlkit: str) -> Opened:
    """The file at ``path``, called ``name`` in messages, as the release's ``tomlkit`` takes it."""
    try:
        status = os.stat(path)
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            return Opened(skipped="it is a pipe or a device, which can be read only once")
        if status.st_size > LARGEST:
            return Opened(skipped="it is far too large for a configuration")
        # As QIIME 2 does it: in the encoding of the locale, every kind of line end.
        with open(path) as file:
            text = file.read()
    except OSError as error:
        return Opened(failure=_unreadable(error, name))
    except UnicodeDecodeError as error:
        return Opened(failure=_not_text(error, name))
    return _parse(text, name, tomlkit)


def why_absent(path: str) -> str | None:
    """Why ``os.path.exists`` says no, in words; None where it says yes."""
    try:
        os.stat(path)
    except FileNotFoundError:
        return "a link to a file that is not there" if os.path.islink(path) else "no such file"
    except PermissionError:
        return f"counts as absent: you may not look into {os.path.dirname(path) or '.'}"
    except (OSError, ValueError) as error:
        return f"counts as absent: {getattr(error, 'strerror', None) or error}"
    return None


def write_failure(path: str, *, name: str) -> Failure | None:
    """What would happen if QIIME 2 wrote its default to ``path``, where it found no file.

    None where writing would succeed. Nothing is written or created.
    """
    target = path
    try:
        try:
            os.stat(path)
        except FileNotFoundError:
            # Writing to a link that leads nowhere makes the file it names.
            while os.path.islink(target):
                target = os.path.join(os.path.dirname(target), os.readlink(target))
        folder = os.path.dirname(target) or "."
        os.stat(folder)
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        effective = os.access in os.supports_effective_ids
        if not os.access(folder, os.W_OK | os.X_OK, effective_ids=effective):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        return _unwritable(error, name, os.path.dirname(name if target == path else target))
    return None


def _parse(text: str, name: str, tomlkit: str) -> Opened:
    if text.startswith("\ufeff"):
        return Opened(failure=_byte_order_mark(name))
    from q2pconf import _toml

    try:
        data = _toml.loads(text)
    except _toml.TOMLDecodeError:
        return _last_word(text, name)
    except RecursionError:
        problem, remedy = f"the brackets in {name} are nested too deep", "Remove the nesting"
        return Opened(failure=Failure(kind="RecursionError", problem=problem, remedy=remedy))
    except ValueError:
        return Opened(skipped="it has a number with thousands of digits")
    from q2pconf.table_order import first_misplaced

    misplaced = first_misplaced(text, tomlkit)
    failure = misplaced and _out_of_order(name, misplaced)
    return Opened(failure=failure) if failure else Opened(data=data)


def _last_word(text: str, name: str) -> Opened:
    """What tomlkit says of a text that the standard reader refuses."""
    from q2pconf.document import Document, DocumentError

    try:
        return Opened(data=Document(text=text).data)
    except DocumentError as error:
        finding = error.findings[0]
    line = f"line {finding.span.line} of {name}" if finding.span else name
    return Opened(
        failure=Failure(
            kind="ParseError",
            problem=f"{line} cannot be read as TOML: {finding.message}",
            remedy=_sentence(finding.hint or "correct it"),
        )
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _unreadable(error: OSError, name: str) -> Failure:
    kind = type(error).__name__
    problem, remedy = {
        "FileNotFoundError": (
            f"there is no file {name}",
            "Correct the path, or make the file with `q2pconf init`",
        ),
        "IsADirectoryError": (
            f"{name} is a folder where a file is wanted",
            "Name a file, or move the folder away",
        ),
        "NotADirectoryError": (
            f"{name} leads through a file as if that were a folder",
            "Correct the path",
        ),
        "PermissionError": (
            f"you may not read {name}",
            "Ask its owner to let you read it, or use a file of your own",
        ),
    }.get(kind, (f"{name} cannot be read ({error.strerror})", "Use another file"))
    return Failure(kind=kind, problem=problem, remedy=remedy)


def _unwritable(error: OSError, name: str, folder: str) -> Failure:
    kind = type(error).__name__
    why = {
        "FileNotFoundError": f"the folder {folder} is not there",
        "NotADirectoryError": f"{folder} is not a folder",
        "PermissionError": f"you may not write in {folder}",
    }.get(kind, f"that is impossible ({error.strerror})")
    problem = f"QIIME 2 finds no file and wants to write its default to {name}, but {why}"
    return Failure(kind=kind, problem=problem, remedy=WRITE_ELSEWHERE)


def _not_text(error: UnicodeDecodeError, name: str) -> Failure:
    byte = error.object[error.start]
    return Failure(
        kind="UnicodeDecodeError",
        problem=f"{name} is not {error.encoding} text (byte 0x{byte:02x} at {error.start})",
        remedy="Save it again as plain text in UTF-8",
    )


def _byte_order_mark(name: str) -> Failure:
    return Failure(
        kind="EmptyKeyError",
        problem=f"{name} begins with an invisible mark (a byte order mark, left by some editors)",
        remedy='Save it again as "UTF-8", not "UTF-8 with BOM"',
    )


def _out_of_order(name: str, misplaced: Misplaced) -> Failure | None:
    """What comes of an order of tables that the release's reader does not take as meant."""
    header, error, kind = misplaced.header, misplaced.error, "ParseError"
    why = f"where the TOML reader of this release does not take it ({error})"
    if error is None:
        if header.names != ("parsl", "executors"):
            return None
        kind = "ConfigurationError"
        why = "where the TOML reader of this release reads it more than once"
    return Failure(
        kind=kind,
        problem=f"{header} in line {header.span.line} of {name} stands {why}",
        remedy=_sentence(misplaced.move),
    )
