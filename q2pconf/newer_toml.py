"""What TOML 1.1 allows and TOML 1.0 does not, for releases whose reader knows 1.0 only.

tomlkit reads 1.1 from its version 0.15 on. q2pconf may have that one beside it while the QIIME 2
that the file is for has an older one, which stops at such a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from q2pconf.findings import Finding, Severity, Span
from q2pconf.releases import Release, numbers

__all__ = ["findings"]

_SINCE = (0, 15)
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\[\s\S])*?"""'
    r"|'''[\s\S]*?'''"
    r'|"(?:[^"\\\n]|\\[^\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[\[\]{},\n]"
)
_ESCAPE = re.compile(r"\\(?:e|x[0-9A-Fa-f]{2})|\\[\s\S]")
_HINT = "QIIME 2 2026.7 and later take it; write it so that every release does: "


def findings(text: str, release: Release) -> Iterator[Finding]:
    """The first place that this release's reader of TOML refuses, if there is one.

    ``text`` is one that TOML 1.1 takes, its line ends ``\\n``.
    """
    if numbers(release.tomlkit)[:2] >= _SINCE or not ("{" in text or "\\" in text):
        return
    for start, end, what, instead in _places(text):
        line = text.count("\n", 0, start) + 1
        column = start - text.rfind("\n", 0, start)
        width = max(end - start, 1) if "\n" not in text[start:end] else 1
        yield Finding(
            code="Q2P006",
            severity=Severity.ERROR,
            message=f"{what} is TOML 1.1, which QIIME 2 {release.name} cannot read",
            span=Span(line=line, column=column, end_line=line, end_column=column + width),
            consequence="QIIME 2 stops while it reads the file",
            hint=_HINT + instead,
        )
        return


def _places(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Start, end, what it is, and what to write instead."""
    opened: list[str] = []
    comma = -1
    for token in _TOKEN.finditer(text):
        word, start = token.group(), token.start()
        inside = bool(opened) and opened[-1] == "{"
        if word[0] == '"':
            yield from _escapes(word, start)
        if inside and word[0] in "\n#":
            what = "a line break in a table in braces"
            if word[0] == "#":
                what = "a comment in a table in braces"
            yield start, token.end(), what, "the whole table on one line, or a [table]"
        elif inside and word == "}" and not text[comma + 1 : start].strip() and comma >= 0:
            yield comma, comma + 1, "a comma behind the last value in braces", "leave it away"
        if word in ("[", "{"):
            opened.append(word)
        elif word in ("]", "}") and opened:
            opened.pop()
        comma = start if word == "," else -1 if word not in "\n" and word[0] != "#" else comma


def _escapes(word: str, start: int) -> Iterator[tuple[int, int, str, str]]:
    for found in _ESCAPE.finditer(word):
        sign = found.group()[1]
        if sign in "ex":
            code = "001B" if sign == "e" else f"00{found.group()[2:].upper()}"
            at = start + found.start()
            yield at, at + len(found.group()), f"`{found.group()}`", f"`\\u{code}`"
