"""Lines ``key = value`` whose value is no TOML, and what it was meant to be."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

from q2pconf import units
from q2pconf.errors import UsageError
from q2pconf.syntax.slips import Pair, Slip, is_toml, pair

__all__ = ["slip"]

_TEMPLATE = re.compile(
    r"^<[^>]*>$|psutil|cpu_count|nproc|num_?cpus|\.\.\.|…|\$\(|\bmax\(|\bmin\(|\bos\.|address_by",
    re.IGNORECASE,
)
_CALCULATED = re.compile(r"[A-Za-z_]\w*\s*[-+*/].*")
_TAIL = re.compile(r"(?P<value>.*?\S)\s*(?P<sign>//|/\*|--+|[;,%!])\s*(?P<rest>.*)")
"""A value with something behind it that begins a comment elsewhere, or ends a line."""
_SEVERAL = re.compile(r"""(?:"[^"]*"|'[^']*'|[\w.:+-]+)\s*[,;]?\s+[\w.-]+\s*=(?!=)""")
"""A value, and another key on the same line."""
_DIRECTIVE = re.compile(r"#(?:SBATCH|PBS|BSUB|COBALT|\$)\s")
_NAMES = ("account", "partition", "queue", "qos", "class", "label", "worker_init", "run_dir")
_COUNTED = re.compile(r"max|min|per|blocks|num|count|cores|mem|threads|retries|port")
_LONGEST_NUMBER = 40
"""Longer values are not taken for a mistyped number."""
_NUMBER = re.compile(r"([-+]?)0*(\d*\.?\d*?)\s*(?:GB|G|MB|M|,|;|\s[a-z]+)?", re.IGNORECASE)
_OPEN = "this is not TOML: the quotes are never closed"


class _Meant(NamedTuple):
    """What to do, the value that was meant (None where that is not known), what is wrong where the
    usual words do not say it, and where in the value the one character at fault is, if it is one.
    """

    hint: str
    value: str | None
    message: str | None = None
    at: int | None = None


def slip(rows: list[str], line: int, parts: Pair) -> Slip | None:
    """The slip of such a line, where its kind is known."""
    lead, key, value, comment = parts
    if not value and _DIRECTIVE.match(comment):
        value = comment.rstrip()
    if is_toml(value):
        return None
    template = bool(_TEMPLATE.search(value) or _CALCULATED.fullmatch(value))
    if template and value[:1] not in "\"'":
        meant = _Meant(f"write what it stands for: {_example(key, value)}", "1")
        usual = f"`{value}` is text copied from documentation, not a value"
    else:
        found = _meant(key, value, rows[line] if line < len(rows) else "")
        if found is None:
            return None
        meant, template = found, False
        usual = f"`{value}` is no value that TOML knows" if value else f"`{key}` has no value"
    column, width = len(lead) + 1, max(len(value), 1)
    if meant.message == _OPEN:
        column, width = len(rows[line - 1]) + 1, 1
    elif meant.at is not None:
        column, width = column + meant.at, 1
    return Slip(
        code="Q2P004" if template else "Q2P001",
        message=meant.message or usual,
        line=line,
        column=column,
        width=width,
        hint=meant.hint,
        instead=None if meant.value is None else {line: f"{lead}{meant.value}"},
    )


def _example(key: str, value: str) -> str:
    if key == "address":
        return 'the IP address itself, as in `address = "10.1.2.3"`'
    if key == "walltime":
        return 'hours, minutes and seconds, as in `walltime = "24:00:00"`'
    if key in _NAMES or (value[0] == "<" and not _COUNTED.search(key)):
        return f'the name itself, in quotes, as in `{key} = "NAME"`'
    return f"a number, as in `{key} = 4` (`q2pconf init` counts this machine's cores for you)"


def _meant(key: str, value: str, below: str) -> _Meant | None:
    if not value:
        return _Meant(f"write a value behind the `=`, or delete the line of `{key}`", "1")
    comma = re.search(r",\s*\}", value) if value[0] == "{" else None
    if comma is not None and is_toml(whole := re.sub(r",\s*\}", " }", value)):
        message = "this is not TOML: a comma before the closing brace"
        hint = f"delete the last comma: `{key} = {whole}`"
        return _Meant(hint, whole, message, comma.start())
    if value[0] == "[" and is_toml(whole := f"{value.rstrip(',')}]") and _begins_anew(below):
        message = "this is not TOML: the bracket is never closed"
        return _Meant(f"close the bracket: `{key} = {whole}`", whole, message)
    if value[0] in "\"'" and (found := _quoted(key, value, below)) is not None:
        return found
    return (
        _of_signs(key, value)
        or _of_words(key, value)
        or _of_number(key, value)
        or _of_text(key, value)
    )


def _quoted(key: str, value: str, below: str) -> _Meant | None:
    """A text whose quotes are not those of its end, or that has a backslash in it."""
    inside = value.strip("\"'")
    if value[:3] in ('"""', "'''"):
        if value[:3] in value[3:]:
            return None
        hint = f"write {value[:3]} behind the last line of the text"
        return _Meant(hint, None, f"this is not TOML: the text that {value[:3]} begins never ends")
    if value[0] not in value[1:]:
        if value[0] == value or not _begins_anew(below):
            hint = 'text of several lines stands between three quotes, """, at both ends'
            return _Meant(hint, None, _OPEN)
        whole = f'"{inside}"'
        return _Meant(f"close the quotes: `{key} = {whole}`", whole, _OPEN)
    plain = f"'{value[1:-1]}'"
    if value[0] == value[-1] == '"' and "\\" in value and is_toml(plain):
        hint = f"a backslash has a meaning in double quotes; use single ones: `{key} = {plain}`"
        return _Meant(hint, plain)
    return None


def _begins_anew(row: str) -> bool:
    """Whether a line is one of its own, and not the next one of a text."""
    return not row.strip() or row.lstrip()[0] in "[#" or pair(row) is not None


def _of_signs(key: str, value: str) -> _Meant | None:
    """Signs of another kind or too many: round quotes, quotes within quotes, a second ``=``."""
    plain = value.strip("“”„‘’")
    if plain != value:
        return _Meant(f'use straight quotes: `{key} = "{plain}"`', f'"{plain}"')
    if value.startswith("=") and is_toml(plain := value.lstrip("= \t")):
        return _Meant(f"write one `=`: `{key} = {plain}`", plain)
    tail = _TAIL.fullmatch(value)
    if tail and is_toml(tail["value"]) and tail["rest"] and tail["sign"] != ",":
        whole = f"{tail['value']}  # {tail['rest']}"
        return _Meant(f"a comment begins with `#`: `{key} = {whole}`", whole)
    if _SEVERAL.match(value):
        return _Meant("write each key on a line of its own", None)
    if tail and is_toml(tail["value"]) and tail["value"][0] in "\"'[tf" and not tail["rest"]:
        hint = f"delete the `{tail['sign']}` at the end: `{key} = {tail['value']}`"
        return _Meant(hint, tail["value"])
    if value[0] == value[-1] and value[0] in "\"'" and value.count(value[0]) > 2:
        mark, kind = ("'", "single") if value[0] == '"' else ('"', "double")
        plain = f"{mark}{value[1:-1]}{mark}"
        if is_toml(plain):
            hint = f"put text that has quotes in it in {kind} ones: `{key} = {plain}`"
            return _Meant(hint, plain)
    return None


def _of_words(key: str, value: str) -> _Meant | None:
    """Words that other languages have for a value."""
    low = value.lower()
    if value in ("True", "False"):
        return _Meant(f"TOML writes it in small letters: `{key} = {low}`", low)
    if low in ("none", "null", "nil"):
        if key == "strategy":
            return _Meant('put it in quotes: `strategy = "none"`', '"none"')
        return _Meant("TOML has no such value; delete the line and Parsl uses its default", "1")
    if low in ("true", "false", "yes", "no", "on", "off"):
        plain = "true" if low in ("true", "yes", "on") else "false"
        return _Meant(f"write `{key} = {plain}`", plain)
    return None


def _of_number(key: str, value: str) -> _Meant | None:
    number = _NUMBER.fullmatch(value[:_LONGEST_NUMBER])
    if not (number and len(value) <= _LONGEST_NUMBER and number[2].strip(".")):
        return None
    plain = number[2]
    whole = f"0{plain}" if plain.startswith(".") else f"{plain}0" if plain[-1] == "." else plain
    if key.startswith("mem_") and value[-1:] not in ",;":
        with suppress(UsageError):
            whole = f"{units.read_memory(value).gb}"
    return _Meant(f"write the number alone: `{key} = {number[1]}{whole}`", f"{number[1]}{whole}")


def _of_text(key: str, value: str) -> _Meant | None:
    plain = value.rstrip(",;").rstrip()
    if plain.endswith(('"', "'")) and not re.search(r"[\"'\[\]{}=]", plain[:-1]):
        whole = f'"{plain[:-1]}"'
        return _Meant(
            f"close the quotes: `{key} = {whole}`", whole, _OPEN.replace("closed", "opened")
        )
    what = "the time" if re.fullmatch(r"(?:\d+-)?\d+:\d+(:\d+)?", plain) else "text"
    if re.fullmatch(r"[^\"'\[\]{}=()]+|#[^\"']*", plain):
        whole = '"' + plain.replace("\\", "\\\\") + '"'
        return _Meant(f"put {what} in quotes: `{key} = {whole}`", whole)
    return None
