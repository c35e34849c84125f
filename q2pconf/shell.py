"""Whether bash can read a text; nothing of it is ever run."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["syntax_error"]

_PLAIN = r"[\w \t./:=@%+,~-]"
_QUOTED = rf'"(?:{_PLAIN}|\$\({_PLAIN}+\)|\$\w|\$\{{\w+\}})*"'
_COMMAND = rf"(?:[\w./~$:-]|{_QUOTED})(?:{_PLAIN}|\$|{_QUOTED})*"
_LINE = rf"(?:#[^\n]*|{_COMMAND}(?:&&[ \t\n]*{_COMMAND})*)"
_SIMPLE = re.compile(rf"[ \t\n]*{_LINE}(?:[;\n][ \t\n]*{_LINE})*;?[ \t\n]*", re.ASCII)
_RESERVED = re.compile(
    r"\b(?:if|then|elif|else|fi|for|while|until|do|done|case|esac|select|function|coproc|time|in)\b"
)
_SECONDS = 5


@lru_cache(maxsize=256)
def syntax_error(text: str) -> str | None:
    """What bash says against this text; None where it can read it, or where there is no bash.

    Comments, and plain commands joined by ``&&``, ``;`` or line ends, are known to be fine without
    asking.
    """
    if not text.strip() or (_SIMPLE.fullmatch(text) and not _RESERVED.search(text)):
        return None
    import shutil
    import subprocess

    bash = shutil.which("bash")
    if bash is None or "\0" in text:
        return "it contains a NUL character" if "\0" in text else None
    try:
        done = subprocess.run(
            [bash, "-n"],
            input=text.encode("utf-8", "surrogateescape"),
            capture_output=True,
            timeout=_SECONDS,
            env={"LC_ALL": "C"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode == 0:
        return None
    first = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
    return re.sub(r"^\S*bash: line (\d+): ", "", first) or "a syntax error"
