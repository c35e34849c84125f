"""TOML as text: writing data out, odd values and all, and the slips made in an editor."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Iterator
from typing import Any

from judge_oddities import Raw

Table = dict[str, Any]


def dump(data: Table) -> str:
    """TOML text: values first, then tables, in the order they have."""
    return "\n".join(_table((), data)) + "\n"


def _table(path: tuple[str, ...], table: Table) -> Iterator[str]:
    deep = {k: v for k, v in table.items() if isinstance(v, dict) or _is_tables(v)}
    for key, value in table.items():
        if key not in deep:
            yield f"{_key(key)} = {_inline(value)}"
    for key, value in deep.items():
        inner = (*path, _key(key))
        name = ".".join(inner)
        for part in value if isinstance(value, list) else [value]:
            yield f"\n[[{name}]]" if isinstance(value, list) else f"\n[{name}]"
            yield from _table(inner, part)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _key(key: str) -> str:
    plain = key and all(c.isascii() and (c.isalnum() or c in "_-") for c in key)
    return key if plain else _inline(key)


def _inline(value: Any) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
    if isinstance(value, (datetime.time, datetime.date)):
        return value.isoformat()
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_inline(v)}" for k, v in value.items()) + "}"
    return repr(value)


def slip(randomly: random.Random, text: str) -> tuple[str, str]:
    """One slip of the editor: what it was, and the text with it."""
    lines = text.split("\n")
    at = randomly.randrange(len(lines))
    keyed = [i for i, line in enumerate(lines) if "=" in line] or [at]
    heads = [i for i, line in enumerate(lines) if line.startswith("[")] or [at]
    key, head = randomly.choice(keyed), randomly.choice(heads)
    doubled = lines[head].startswith("[[")
    other = lines[head].replace("[[", "[").replace("]]", "]") if doubled else f"[{lines[head]}]"
    edits: dict[str, Callable[[], Any]] = {
        "duplicate line": lambda: lines.insert(key, lines[key]),
        "drop line": lambda: lines.pop(at),
        "swap lines": lambda: lines.insert(randomly.randrange(len(lines)), lines.pop(at)),
        "unquote": lambda: lines.__setitem__(key, lines[key].replace('"', "")),
        "quote": lambda: lines.__setitem__(key, _quote(lines[key])),
        "single quotes": lambda: lines.__setitem__(key, lines[key].replace('"', "'")),
        "curly quotes": lambda: lines.__setitem__(key, lines[key].replace('"', "\u201c")),
        "half a quote": lambda: lines.__setitem__(key, lines[key].replace('"', "", 1)),
        "colon": lambda: lines.__setitem__(key, lines[key].replace("=", ":", 1)),
        "capital": lambda: lines.__setitem__(key, lines[key].replace("true", "True")),
        "brackets": lambda: lines.__setitem__(head, other),
        "no header": lambda: lines.pop(head),
        "table between": lambda: lines.insert(head, "[tool.x]\ny = 1\n"),
        "mapping between": lambda: lines.insert(
            head, '[parsl.executor_mapping.a]\nb = "default"\n'
        ),
        "key at the end": lambda: lines.append('strategy = "none"'),
        "key at the start": lambda: lines.insert(0, 'strategy = "none"'),
        "junk": lambda: lines.insert(
            at, randomly.choice(["...", "x", "= 1", "a = ", "[", "\u2028"])
        ),
        "block away": lambda: lines.insert(0, lines.pop(head)),
        "byte order mark": lambda: lines.insert(0, "\ufeff" + lines.pop(0)),
    }
    name = randomly.choice([*edits, "CR", "CRLF", "indent", "trailing blanks"])
    if name in edits:
        edits[name]()
        return name, "\n".join(lines)
    whole = {"CR": "\r", "CRLF": "\r\n", "indent": "\n    ", "trailing blanks": " \t\n"}
    return name, whole[name].join(lines)


def _quote(line: str) -> str:
    key, _, value = line.partition("=")
    return f'{key}= "{value.strip()}"' if '"' not in value else line
