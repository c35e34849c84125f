"""What is wrong with a text that is no TOML, in words, and which lines are to blame."""

from __future__ import annotations

import re

from q2pconf import _toml
from q2pconf.findings import Finding, Severity, Span
from q2pconf.syntax import lines as of_lines
from q2pconf.syntax import values
from q2pconf.syntax.slips import Slip, is_toml, names, pair

__all__ = ["explain", "without_bad_lines"]

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)\s*$")
_MOST_FINDINGS = 50
_LONGEST_LINE = 1000
"""In longer ones nobody looks for what was meant."""


def explain(text: str) -> tuple[Finding, ...]:
    """The findings for a text that is no TOML, in the order of its lines."""
    found = _walk(text)[0]
    return tuple(sorted(found, key=lambda one: one.span.line if one.span else 0))


def without_bad_lines(text: str) -> tuple[str, frozenset[int]] | None:
    """The text with a stand-in for every line that ``explain`` could put its finger on, if that
    helps, and the numbers of those lines: what their values are can no longer be judged."""
    return _walk(text)[1]


def _walk(text: str) -> tuple[list[Finding], tuple[str, frozenset[int]] | None]:
    """Read, blame, put a stand-in for what is to blame, and read on, until nothing is wrong or
    nothing can stand in."""
    findings: list[Finding] = []
    changed: set[int] = set()
    rows = text.split("\n")
    for _ in range(_MOST_FINDINGS):
        try:
            _toml.loads("\n".join(rows))
        except _toml.TOMLDecodeError as error:
            reason = _AT.sub("", str(error))
            slip = _slip(rows, *_place(rows, str(error), reason), reason)
            if slip.line in changed and rows[slip.line - 1]:
                rows[slip.line - 1] = ""  # what was meant there does not help either
                continue
            findings.append(_finding(slip))
            if not slip.instead or changed & slip.instead.keys():
                break
            for number, row in slip.instead.items():
                rows[number - 1] = row
            changed |= slip.instead.keys()
        except (RecursionError, ValueError):
            break
        else:
            return findings, ("\n".join(rows), frozenset(changed))
    return findings, None


def _finding(slip: Slip) -> Finding:
    return Finding(
        code=slip.code,
        severity=Severity.ERROR,
        message=slip.message,
        span=Span(
            line=slip.line,
            column=slip.column,
            end_line=slip.line,
            end_column=slip.column + slip.width,
        ),
        consequence="QIIME 2 stops while it reads the file"
        + ("; it calculates nothing in it" if slip.code == "Q2P004" else ""),
        hint=slip.hint,
    )


def _place(rows: list[str], message: str, reason: str) -> tuple[int, int]:
    """Line and column that are to blame: of quotes and brackets that never end the beginning."""
    match = _AT.search(message)
    if match and match[1]:
        line, column = int(match[1]), int(match[2])
    else:
        line = len("\n".join(rows).rstrip("\n").split("\n"))
        column = len(rows[line - 1]) + 1
    for number in range(line, 0, -1):
        if (at := _opens(rows[number - 1], reason.lower())) is not None:
            return number, at + 1
        if not _is_endless(reason.lower()):
            break
    return line, column


def _is_endless(reason: str) -> bool:
    return reason.startswith(("unterminated", "unclosed array", "expected \"'"))


def _opens(row: str, reason: str) -> int | None:
    """Where in a line something begins that never ends."""
    if reason.startswith(("unterminated", "expected \"'''")):
        at = max(row.rfind('"""'), row.rfind("'''"))
        return at if at >= 0 else None
    parts = pair(row) if _is_endless(reason) else None
    if parts is None:
        return None
    value, is_list = parts.value, reason.startswith("unclosed")
    opens = value[:1] == "[" and value[-1] != "]" if is_list else value.count("'") == 1
    return len(parts.lead) if opens else None


def _slip(rows: list[str], line: int, column: int, reason: str) -> Slip:
    """What is wrong at a place, and what could stand there instead."""
    content = rows[line - 1] if line <= len(rows) else ""
    parts = pair(content) if len(content) <= _LONGEST_LINE else None
    if parts and (found := values.slip(rows, line, parts)):
        return found
    if len(content) <= _LONGEST_LINE and (found := of_lines.slip(rows, line, column)):
        return found
    if "overwrite" in reason or "twice" in reason:
        return _twice(rows, line)
    return Slip(
        message=f"this is not TOML: {reason[:1].lower()}{reason[1:]}",
        line=line,
        column=column,
        width=max(len(content.rstrip()) + 1 - column, 1),
        hint=of_lines.hint(content),
    )


def _twice(rows: list[str], line: int) -> Slip:
    """A key or a table that is there already."""
    name, at = names(rows[line - 1])
    table = name.strip("[ ]") if name.startswith("[") else ""
    first = _before(rows, line, table or name)
    if first is None and table and (below := _before(rows, line, f"{table}.")) is not None:
        return _too_early(rows, below, name)
    instead: dict[int, str] | None = None
    parts = pair(rows[line - 1])
    if first is not None and table and table != "parsl.executors":
        instead = dict.fromkeys(_block(rows, line), "")
    elif first is not None and parts and is_toml(parts.value):
        instead = {line: ""}
    return Slip(
        message=f"`{name}` is given twice{'' if first is None else f', first in line {first}'}",
        line=line,
        column=at + 1,
        width=len(name),
        hint=_one_of(table) if table else "keep one of them",
        instead=instead,
    )


def _before(rows: list[str], line: int, name: str) -> int | None:
    """The last line before this one that has this name, or begins with it if it ends with a dot:
    the key of a line, or the table of a header."""
    for number in range(line - 1, 0, -1):
        other = names(rows[number - 1])[0]
        other = other.strip("[ ]") if other.startswith("[") else other
        if other == name or (name.endswith(".") and other.startswith(name)):
            return number
    return None


def _too_early(rows: list[str], line: int, above: str) -> Slip:
    """A table that stands before the one that it belongs to."""
    name, at = names(rows[line - 1])
    return Slip(
        message=f"{name} must follow {above}, and stands before it",
        line=line,
        column=at + 1,
        width=len(name),
        hint=f"move {name} and its lines below the lines of {above}",
    )


def _block(rows: list[str], line: int) -> range:
    """The lines of a table and of those below it."""
    inner = names(rows[line - 1])[0].strip("[ ]") + "."
    for number in range(line + 1, len(rows) + 1):
        name = names(rows[number - 1])[0]
        if name.startswith("[") and not name.strip("[ ]").startswith(inner):
            return range(line, number)
    return range(line, len(rows) + 1)


def _one_of(table: str) -> str:
    if table == "parsl.executors":
        return "write [[parsl.executors]], in double brackets, above each executor"
    if table.startswith("parsl.executors."):
        return "keep one of them, or begin another executor above it: [[parsl.executors]]"
    return "put the lines of both below one of them"
