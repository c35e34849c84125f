"""What is wrong with a text that is no TOML, in words, and which lines are to blame."""

from __future__ import annotations

import re

from q2pconf import _toml
from q2pconf.findings import Finding, Severity, Span

__all__ = ["explain", "without_bad_lines"]

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)\s*$")
_PAIR = re.compile(r"^(\s*(?P<key>[\w\-.\"']+)\s*=\s*)(?P<value>(?:[^#\n]*[^#\s])?)\s*(?:#.*)?$")
_TEMPLATE = re.compile(
    r"^<[^>]*>$|psutil|cpu_count|nproc|num_?cpus|\.\.\.|…|\$\(|\bmax\(|\bmin\(|\bos\.|address_by",
    re.IGNORECASE,
)
_MOST_FINDINGS = 50
_LONGEST_NUMBER = 40
"""Longer values are not taken for a mistyped number."""
_NAME = re.compile(r"\s*(\[+[^#\]]*\]+|[^=#]*[^=#\s])")
"""A table's header, or the key of a line."""


def explain(text: str) -> tuple[Finding, ...]:
    """The findings for a text that is no TOML."""
    return tuple(_walk(text)[0])


def without_bad_lines(text: str) -> tuple[str, frozenset[int]] | None:
    """The text with a stand-in for every value that ``explain`` could put its finger on, if that
    helps, and the numbers of those lines: what their values are can no longer be judged."""
    return _walk(text)[1]


def _walk(text: str) -> tuple[list[Finding], tuple[str, frozenset[int]] | None]:
    """Read, blame, put a stand-in for the value to blame, and read on, until nothing is wrong or
    no single line is to blame."""
    findings: list[Finding] = []
    changed: set[int] = set()
    for _ in range(_MOST_FINDINGS):
        try:
            _toml.loads(text)
        except _toml.TOMLDecodeError as error:
            line, column = _place(text, str(error))
            finding, alone = _one(text, line, column, _AT.sub("", str(error)))
            findings.append(finding)
            if not alone:
                break
            text = _blank(text, line)
            changed.add(line)
        except (RecursionError, ValueError):
            break
        else:
            return findings, (text, frozenset(changed))
    return findings, None


def _place(text: str, message: str) -> tuple[int, int]:
    match = _AT.search(message)
    if match and match.group(1):
        return int(match.group(1)), int(match.group(2))
    lines = text.rstrip("\n").split("\n")
    return len(lines), len(lines[-1]) + 1


def _blank(text: str, line: int) -> str:
    lines = text.split("\n")
    pair = _PAIR.match(lines[line - 1])
    lines[line - 1] = f"{pair.group(1)}1" if pair else ""
    return "\n".join(lines)


def _one(text: str, line: int, column: int, reason: str) -> tuple[Finding, bool]:
    """The finding for one place, and whether that line alone is to blame."""
    lines = text.split("\n")
    content = lines[line - 1] if line <= len(lines) else ""
    pair = _PAIR.match(content)
    if pair:
        start = pair.end(1) + 1
        span = _span(line, start, max(len(pair.group("value")), 1))
        found = _of_pair(pair.group("key"), pair.group("value"), span)
        if found:
            return found, True
    if content.strip().strip(".") == "" and "..." in content:
        span = _span(line, content.index(".") + 1, len(content.strip()))
        return _template("...", None, span), True
    if "overwrite" in reason or "twice" in reason:
        return _twice(lines, line), False
    end = max(len(content.rstrip()) + 1, column + 1)
    return (
        Finding(
            code="Q2P001",
            severity=Severity.ERROR,
            message=f"this is not TOML: {_lower(reason)}",
            span=Span(line=line, column=column, end_line=line, end_column=end),
            consequence="QIIME 2 stops while it reads the file",
            hint=_hint(content),
        ),
        False,
    )


def _twice(lines: list[str], line: int) -> Finding:
    """A key or a table that is there already."""
    found = _NAME.match(lines[line - 1])
    name = found.group(1) if found else lines[line - 1].strip()
    start = found.start(1) + 1 if found else 1
    before = (number for number in range(line - 1, 0, -1) if _names(lines[number - 1], name))
    first = next(before, None)
    where = f", first in line {first}" if first else ""
    return Finding(
        code="Q2P001",
        severity=Severity.ERROR,
        message=f"`{name}` is given twice{where}",
        span=_span(line, start, len(name)),
        consequence="QIIME 2 stops while it reads the file",
        hint="keep one of them",
    )


def _names(line: str, name: str) -> bool:
    """Whether a line gives this key or begins this table."""
    found = _NAME.match(line)
    return found is not None and found.group(1).strip() == name


def _of_pair(key: str, value: str, span: Span) -> Finding | None:
    """The finding for a ``key = value`` line whose value is no TOML, where its kind is known."""
    if value and _is_toml(value):
        return None
    if _TEMPLATE.search(value) or re.fullmatch(r"[A-Za-z_]\w*\s*[-+*/].*", value):
        return _template(value, key, span)
    hint = _value_hint(key, value)
    if hint is None:
        return None
    return Finding(
        code="Q2P001",
        severity=Severity.ERROR,
        message=f"`{value}` is no value that TOML knows" if value else f"`{key}` has no value",
        span=span,
        consequence="QIIME 2 stops while it reads the file",
        hint=hint,
    )


def _template(value: str, key: str | None, span: Span) -> Finding:
    if key is None:
        message, hint = (
            "`...` stands for something left out",
            "write the missing lines, or delete it",
        )
    else:
        message = f"`{value}` is text copied from documentation, not a value"
        hint = f"write what it stands for: {_example(key)}"
    return Finding(
        code="Q2P004",
        severity=Severity.ERROR,
        message=message,
        span=span,
        consequence="QIIME 2 stops while it reads the file; it calculates nothing in it",
        hint=hint,
    )


def _example(key: str) -> str:
    if key == "address":
        return 'the IP address itself, as in `address = "10.1.2.3"`'
    return f"a number, as in `{key} = 4` (`q2pconf init` counts this machine's cores for you)"


def _value_hint(key: str, value: str) -> str | None:
    if not value:
        return f"write a value behind the `=`, or delete the line of `{key}`"
    if (hint := _sign_hint(key, value)) is not None:
        return hint
    if value in ("True", "False"):
        return f"TOML writes it in small letters: `{key} = {value.lower()}`"
    if value.lower() in ("none", "null", "nil"):
        if key == "strategy":
            return 'put it in quotes: `strategy = "none"`'
        return "TOML has no such value; delete the line and Parsl uses its default"
    number = re.fullmatch(
        r"([-+]?)0*(\d*\.?\d*?)\s*(?:GB|G|MB|M|,)?", value[:_LONGEST_NUMBER], re.IGNORECASE
    )
    if number and len(value) <= _LONGEST_NUMBER and number.group(2).strip("."):
        plain = number.group(2)
        whole = f"0{plain}" if plain.startswith(".") else f"{plain}0" if plain[-1] == "." else plain
        return f"write the number alone: `{key} = {number.group(1)}{whole}`"
    if value.lower() in ("yes", "no", "on", "off"):
        return f"write `{key} = {'true' if value.lower() in ('yes', 'on') else 'false'}`"
    value = value.rstrip(",").rstrip()
    if re.fullmatch(r"\d+:\d+(:\d+)?", value):
        return f'put the time in quotes: `{key} = "{value}"`'
    if re.fullmatch(r"[^\"'\[\]{}=]+", value):
        return f'put text in quotes: `{key} = "{value}"`'
    return None


def _sign_hint(key: str, value: str) -> str | None:
    """Signs of another kind or too many: round quotes, quotes within quotes, a second ``=``."""
    plain = value.strip("“”‘’")
    if plain != value:
        return f'use straight quotes: `{key} = "{plain}"`'
    if value.startswith("=") and _is_toml(value.lstrip("= \t")):
        return f"write one `=`: `{key} = {value.lstrip('= ')}`"
    if value[:1] == value[-1:] == '"' and "'" not in value and value.count('"') > 2:
        return f"put text that has quotes in it in single ones: `{key} = '{value[1:-1]}'`"
    return None


def _hint(content: str) -> str:
    header = re.match(r"\s*(\[+)\s*([^\[\]#]*[^\[\]#\s])\s*\]?\s*(?:#.*)?$", content)
    if header and content.count("]") < content.count("["):
        opened = header.group(1)
        return f"close the brackets: `{opened}{header.group(2)}{']' * len(opened)}`"
    colon = re.match(r"\s*([\w.-]+)\s*:\s*([^#]*[^#\s])", content)
    if colon and "=" not in content:
        shown = colon.group(2) if _is_toml(colon.group(2)) else f'"{colon.group(2)}"'
        return f"write `=` instead of `:`, as in `{colon.group(1)} = {shown}`"
    if content.count('"') % 2:
        return 'close the quotes: text stands between two `"` on one line'
    if "=" not in content and content.strip() and not content.strip().startswith(("[", "#")):
        return "write `key = value`, or begin the line with `#` to make it a comment"
    return "see https://toml.io for what a file may look like"


def _is_toml(value: str) -> bool:
    try:
        _toml.loads(f"x = {value}")
    except (ValueError, RecursionError):
        return False
    return True


def _lower(reason: str) -> str:
    return reason[:1].lower() + reason[1:]


def _span(line: int, column: int, length: int) -> Span:
    return Span(line=line, column=column, end_line=line, end_column=column + length)
