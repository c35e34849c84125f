"""Lines that are no TOML and have no value to blame: headers, other languages, odd characters."""

from __future__ import annotations

import re
import unicodedata

from q2pconf.syntax.slips import Slip, is_toml, pair

__all__ = ["hint", "slip"]

_HEADER = re.compile(r"(\s*)(\[+)\s*([^\[\]#=]*[^\[\]#=\s])\s*(\][\s\]]*)?(?:#.*)?$")
_COLON = re.compile(r"\s*(?P<key>[\w.-]+)\s*(?P<sign>:=?)\s*(?P<value>[^#]*[^#\s])\s*(?:#.*)?$")
_NO_SIGN = re.compile(
    r"\s*(?P<key>strategy|label|class|walltime|\w+_\w+)\s+(?P<sign>)(?P<value>[\w:.-]+|\"[^\"]*\"|'[^']*')\s*(?:#.*)?$"
)
_SINGLE = ("parsl", "parsl.executors.provider", "parsl.executors.provider.launcher")
"""Tables that there is one of."""
_LANGUAGES = (
    (re.compile(r"\s*\{"), "JSON"),
    (re.compile(r"\s*(?:[\w-]+:\s*(?:#.*)?|-\s.*)$"), "YAML"),
    (re.compile(r"\s*(?:from\s+[\w.]+\s+import|import\s+\w|def\s|class\s+\w+[(:]|@\w)"), "Python"),
    (re.compile(r"\s*\w+\s*=\s*[A-Za-z_][\w.]*\("), "Python"),
    (re.compile(r"\s*<\?xml|\s*<[a-z]+>"), "XML"),
)


def slip(rows: list[str], line: int, column: int) -> Slip | None:
    """The slip of a line, where its kind is known; ``column`` is where the reader stopped."""
    content = rows[line - 1] if line <= len(rows) else ""
    return (
        _invisible(content, line)
        or _dots(content, line)
        or _brackets(content, line, column)
        or _sign(content, line)
        or _language(rows, content, line, column)
    )


def hint(content: str) -> str:
    """What to do about a line that is wrong in a way of its own."""
    if content.count('"') % 2:
        return 'close the quotes: text stands between two `"` on one line'
    if "=" not in content and content.strip() and not content.strip().startswith(("[", "#")):
        return "write `key = value`, or begin the line with `#` to make it a comment"
    return "see https://toml.io for what a file may look like"


def _invisible(content: str, line: int) -> Slip | None:
    """Blanks of another kind, as they come along from web pages."""
    odd = [c for c in content if _is_invisible(c)]
    plain = "".join(
        c if c not in odd else " " if unicodedata.category(c) == "Zs" else "" for c in content
    )
    parts = pair(plain)
    if not odd or not (
        _HEADER.match(plain) or (parts and is_toml(parts.value)) or not plain.strip()
    ):
        return None
    name = unicodedata.name(odd[0], "unnamed").lower()
    return Slip(
        message=f"this is not TOML: an invisible character, U+{ord(odd[0]):04X} ({name})",
        line=line,
        column=content.index(odd[0]) + 1,
        width=1,
        hint="delete it and type ordinary spaces; such characters come along from web pages",
        instead={line: plain},
    )


def _is_invisible(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character) in ("Zs", "Cf", "Zl", "Zp")


def _dots(content: str, line: int) -> Slip | None:
    plain = content.strip()
    if plain.strip(".…") or not ("..." in plain or "…" in plain):
        return None
    return Slip(
        code="Q2P004",
        message="`...` stands for something left out",
        line=line,
        column=content.index(plain) + 1,
        width=len(plain),
        hint="write the missing lines, or delete it",
        instead={line: ""},
    )


def _brackets(content: str, line: int, column: int) -> Slip | None:
    """The header of a table whose brackets are not as many at both ends, or too many."""
    found = _HEADER.match(content)
    if found is None:
        return None
    opening, name, closing = found[2], found[3], (found[4] or "").rstrip()
    if opening in ("[", "[[") and closing == "]" * len(opening):
        return None
    both = (len(opening), closing.count("]"))
    several = name == "parsl.executors" or (max(both) > 1 and name not in _SINGLE)
    whole = f"[[{name}]]" if several else f"[{name}]"
    return Slip(
        message="this is not TOML: the brackets of this header are wrong",
        line=line,
        column=column,
        width=max(len(content.rstrip()) + 1 - column, 1),
        hint=f"{'close the brackets' if both[0] > both[1] else 'write the header as'}: `{whole}`",
        instead={line: whole} if re.fullmatch(r"(?:parsl|executor_mapping)[\w.-]*", name) else None,
    )


def _sign(content: str, line: int) -> Slip | None:
    """Another sign than ``=`` between key and value, or none."""
    if "=" in content.replace(":=", ""):
        return None
    found, what = _COLON.match(content), "`=` instead of `:`"
    if found is None or found["value"].startswith("//"):
        found, what = _NO_SIGN.match(content), "`=` between key and value"
    if found is None:
        return None
    key, value = found["key"], found["value"]
    if not is_toml(value):
        value = '"{}"'.format(value.replace('"', ""))
    return Slip(
        message="this is not TOML: there is no `=` between key and value",
        line=line,
        column=found.start("sign") + 1,
        width=len(content.rstrip()) - found.start("sign"),
        hint=f"write {what}, as in `{key} = {value}`",
        instead={line: f"{key} = {value}"} if is_toml(value) else None,
    )


def _language(rows: list[str], content: str, line: int, column: int) -> Slip | None:
    """A line of another language."""
    found = next((name for pattern, name in _LANGUAGES if pattern.match(content)), None)
    if found is None and rows[0].startswith("#!"):
        found = "a program or job script"
    if found is None:
        return None
    return Slip(
        message=f"this is not TOML: it looks like {found}",
        line=line,
        column=column,
        width=max(len(content.rstrip()) + 1 - column, 1),
        hint="QIIME 2 reads TOML only; `q2pconf init` writes such a file",
    )
