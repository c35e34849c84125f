"""``q2pconf rule``: what a code means, or which codes there are."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping

from q2pconf import names
from q2pconf.cli import OK, check_release, is_terminal, print_result
from q2pconf.errors import UsageError
from q2pconf.render.rule import as_json, as_list, as_text
from q2pconf.render.terminal import style
from q2pconf.rules.catalogue import Entry, entries

__all__ = ["add_arguments", "run"]

_MOST = 5
"""How many codes a message names."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of ``rule``."""
    command.add_argument(
        "code",
        metavar="CODE",
        nargs="?",
        help="a code such as Q2P101 or 101, or its beginning (Q2P1) for a list; default: all codes",
    )
    command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(options: argparse.Namespace) -> int:
    """Print what a code means, or a list of codes."""
    check_release(options)
    known = entries()
    code = _as_code(options.code or "")
    chosen = [one for one in known.values() if one.code.startswith(code)]
    if not chosen:
        raise UsageError(_unknown(options.code, code, known))
    if options.format == "json":
        print_result(as_json(chosen))
        return OK
    look = style(options.color, os.environ, is_terminal=is_terminal(sys.stdout))
    print_result(as_text(known[code], look) if code in known else as_list(chosen, look))
    return OK


def _as_code(text: str) -> str:
    """The code, or its beginning, that is meant: capitals and the letters in front may be left
    out."""
    text = text.strip().upper()
    return f"Q2P{text}" if re.fullmatch(r"\d{1,3}", text) else text


def _unknown(text: str, code: str, known: Mapping[str, Entry]) -> str:
    if near := names.alike(code, known):
        return f"there is no code {text}; did you mean {near} ({known[near].title})?"
    words = text.lower().replace("-", "_").strip()
    about = [one.code for one in known.values() if words in f"{one.title} {one.text}".lower()]
    if about:
        listed = ", ".join(about[:_MOST]) + (", …" if len(about) > _MOST else "")
        return f"there is no code {text}; these are about it: {listed}"
    return f"there is no code {text}; `q2pconf rule` lists them all"
