"""The standard library's TOML reader, or its back-port where Python has none yet (3.10)."""

from __future__ import annotations

import re
import sys
from typing import Any

if sys.version_info >= (3, 11):
    from tomllib import TOMLDecodeError
    from tomllib import loads as _loads
else:
    from tomli import TOMLDecodeError
    from tomli import loads as _loads

__all__ = ["TOMLDecodeError", "loads"]

_MOST_NAMES = 1000
"""QIIME 2's reader stops with RecursionError at keys of some five hundred names."""

_NO_KEYS = (
    r"'''.*?'{3,5}" r'|"""(?:\\.|[^\\])*?"{3,5}' r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'|#[^\n]*"
)


def loads(text: str) -> dict[str, Any]:
    """The data of a TOML text.

    Raises TOMLDecodeError where it is none, RecursionError where brackets or the names of a key go
    too deep, ValueError for a number of thousands of digits.
    """
    if text.count(".") > _MOST_NAMES and _has_endless_key(text):
        # The reader would take time that grows with the square of the names.
        raise RecursionError("a key of more than a thousand names")
    return _loads(text)


def _has_endless_key(text: str) -> bool:
    """Whether a key, ``a.b.c`` and so on, has more names than any reader takes."""
    if max(line.count(".") for line in text.split("\n")) <= _MOST_NAMES:
        return False
    bare = re.sub(_NO_KEYS, "", text, flags=re.DOTALL)
    return any(part.count(".") > _MOST_NAMES for part in re.split(r"[\n,=\[\]{}]", bare))
