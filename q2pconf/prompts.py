"""Questions at a terminal, by questionary; each raises KeyboardInterrupt on Ctrl-C or Ctrl-D.

On a terminal without cursor control (TERM=dumb) they are plain lines, and choices have numbers.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from q2pconf.render.terminal import printable

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyBindings
    from questionary import Question as Asked

    from q2pconf.wizard import Question

__all__ = ["Item", "ask", "colour", "plugin_of", "size", "tell", "which", "yes"]

Refuse = Callable[[str], str | None]
"""Why an answer cannot be taken, None if it can."""

NONE = ("none", "-")
"""What a person types to leave out an answer that is suggested."""
_NOTHING = "\0"
_MANY = 12
_LOOKS = {"plain": "", "quiet": "fg:ansibrightblack", "wrong": "fg:ansired", "strong": "bold"}


class Item(NamedTuple):
    """One thing to choose; ``closed`` says why it cannot be chosen, if so."""

    value: str
    title: str
    closed: str = ""


def ask(
    question: Question, refuse: Refuse, items: Sequence[Item] = (), doubt: Refuse | None = None
) -> str | bool | None:
    """The answer to a question of the wizard; None where an optional one is left out.

    What is refused is asked for again, after the reason; what is in ``doubt``, unless the person
    insists. ``items`` are the choices with titles.
    """
    if question.kind == "yes/no":
        return yes(question.text, default=bool(question.default))
    while True:
        answer = _chosen(question, items) if question.kind == "choice" else _typed(question)
        reason = refuse(answer) if answer else None
        if answer is None and not question.optional:
            reason = "an answer is needed here"
        if reason:
            tell(reason, "wrong")
        elif not (answer and doubt and (reason := doubt(answer))):
            return answer
        else:
            tell(reason, "wrong")
            if yes("Take it all the same?", default=False):
                return answer


def _chosen(question: Question, items: Sequence[Item]) -> str | None:
    shown = list(items) or [Item(one, one) for one in question.choices]
    if question.optional:
        shown.append(Item(_NOTHING, "(none)"))
    answer = which(question.text, shown, question.default)
    return None if answer == _NOTHING else answer


def _typed(question: Question) -> str | None:
    default = "" if question.default is None else str(question.default)
    hint = default or ("none" if question.optional else "")
    if default and question.optional:
        hint += '; "none" leaves it out'
    answer = _line(question.text, hint, default)
    return None if not answer or (question.optional and answer.lower() in NONE) else answer


def which(text: str, items: Sequence[Item], default: str | None = None) -> str:
    """One of several things; the default if it is among those that can be chosen."""
    open_ones = [item for item in items if not item.closed]
    if default not in [item.value for item in open_ones]:
        default = open_ones[0].value
    if _is_dumb():
        return _numbered(text, items, open_ones, default)
    import questionary

    shown = [
        questionary.Choice(item.title, value=item.value, disabled=item.closed or None)
        for item in items
    ]
    many = len(shown) > _MANY
    hint = "(arrow keys, or type to search)" if many else "(arrow keys)"
    asked = questionary.select(
        text, shown, default=default, instruction=hint,
        use_search_filter=many, use_jk_keys=not many,
    )  # fmt: skip
    return str(_answer(asked))


def yes(text: str, *, default: bool) -> bool:
    """A question to be answered with yes or no."""
    if _is_dumb():
        while True:
            typed = _read(f"{text} ({'Y/n' if default else 'y/N'}) ").lower()
            if typed in ("", "y", "yes", "n", "no"):
                return typed[:1] == "y" if typed else default
            tell("yes or no is needed", "wrong")
    import questionary

    return bool(_answer(questionary.confirm(text, default=default)))


def plugin_of(action: str) -> str | None:
    """Which plugin an action belongs to; None where the person leaves it open."""
    while True:
        typed = _line(
            f"Which plugin has the action {action}?", "such as feature_table; empty: leave it open"
        )
        if not typed or re.fullmatch(r"[A-Za-z0-9_-]+", typed):
            return typed or None
        tell("letters, digits, - and _ only", "wrong")


def tell(text: str, look: str = "plain", *, indent: str = "  ") -> None:
    """Words between questions, broken between words at the width of the terminal."""
    width = max(size()[0] - 1, 20)
    lines = [
        line
        for part in text.split("\n")
        for line in textwrap.wrap(
            printable(part), width, initial_indent=indent, subsequent_indent=indent,
            break_on_hyphens=False,
        )
        or [""]
    ]  # fmt: skip
    if _is_dumb():
        _print("\n".join(lines))
        return
    import questionary

    questionary.print("\n".join(lines), style=_LOOKS[look])


def size() -> tuple[int, int]:
    """Columns and rows of the terminal."""
    from prompt_toolkit.application import get_app_session

    found = get_app_session().output.get_size()
    return found.columns, found.rows


@contextmanager
def colour(wanted: bool) -> Iterator[None]:
    """Questions in colour or without; NO_COLOR is heeded in any case."""
    if wanted or _is_dumb():
        yield
        return
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.output import ColorDepth, create_output

    output = create_output()
    output.get_default_color_depth = lambda: ColorDepth.DEPTH_1_BIT  # type: ignore[method-assign]
    with create_app_session(output=output):
        yield


def _line(text: str, hint: str, default: str = "") -> str:
    """One line that is typed; empty means the default."""
    if _is_dumb():
        return _read(f"{text} {f'[{hint}] ' if hint else ''}") or default
    import questionary

    asked = questionary.text(
        text, instruction=f"[{hint}]" if hint else None, key_bindings=_keys(default)
    )
    return str(_answer(asked)).strip()


def _keys(default: str) -> KeyBindings:
    """On an empty line Enter takes the default, and Tab puts it there to be changed."""
    from prompt_toolkit.application import get_app
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()
    empty = Condition(lambda: not get_app().current_buffer.text.strip())

    @keys.add("enter", filter=empty)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.text = default
        event.current_buffer.validate_and_handle()

    @keys.add("tab")
    def _(event: KeyPressEvent) -> None:
        if empty():
            event.current_buffer.text = ""
            event.current_buffer.insert_text(default)

    return keys


def _answer(asked: Asked) -> Any:
    try:
        return asked.unsafe_ask()
    except EOFError:
        raise KeyboardInterrupt from None


def _is_dumb() -> bool:
    from prompt_toolkit.utils import is_dumb_terminal

    return is_dumb_terminal()


def _read(text: str) -> str:
    """One line on a terminal that can do nothing else."""
    _print(printable(text), end="")
    try:
        typed = sys.stdin.readline()
    except KeyboardInterrupt:
        typed = ""
    if not typed:
        _print("")
        raise KeyboardInterrupt
    return typed.strip()


def _print(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


def _numbered(text: str, items: Sequence[Item], open_ones: Sequence[Item], default: str) -> str:
    _print(printable(text))
    for item in items:
        number = f"{open_ones.index(item) + 1:3}" if item in open_ones else "  -"
        reason = f" ({item.closed})" if item.closed else ""
        _print(printable(f"{number}  {item.title}{reason}"))
    suggested = next(n for n, item in enumerate(open_ones, 1) if item.value == default)
    while True:
        typed = _read(f"A number, 1 to {len(open_ones)} [{suggested}] ") or str(suggested)
        if re.fullmatch(r"[0-9]{1,6}", typed) and 1 <= int(typed) <= len(open_ones):
            return open_ones[int(typed) - 1].value
        tell(f"a number from 1 to {len(open_ones)} is needed", "wrong")
