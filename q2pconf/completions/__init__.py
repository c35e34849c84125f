"""What a half-typed command line can go on with, read off the parser that would read it."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from q2pconf._dataclasses import dataclass, field, replace

__all__ = ["Offer", "Source", "complete", "lines", "split"]

Word = tuple[str, str]
"""A word and what it is; the latter may be empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """Words to go on with; ``also`` says that the shell may add files or folders, which it knows
    best itself."""

    words: tuple[Word, ...] = ()
    also: Literal["", "files", "folders"] = ""


Source = Callable[[], Offer]
"""Makes the offer for a kind of value."""


def complete(
    parser: argparse.ArgumentParser, words: Sequence[str], sources: Mapping[str, Source]
) -> Offer:
    """The offer for the last of these words, which may be empty.

    ``words`` are those after the program's name. ``sources`` make the values of an option or
    argument, by its name in the result (``dest``) or by what the help calls its value.
    """
    *before, current = words or [""]
    place = _Place(parser=parser)
    for word in before:
        place.pass_by(word)
    if place.waiting is not None:
        return _starting(_values(place.waiting, sources), current)
    name, sign, value = current.partition("=")
    option = place.options.get(name)
    if sign and option is not None and name.startswith("--") and not place.options_end:
        offer = _starting(_values(option, sources), value)
        return replace(offer, words=tuple((f"{name}={word}", about) for word, about in offer.words))
    argument = place.argument
    if argument is None or (current.startswith("-") and not place.options_end):
        return _starting(Offer(words=tuple(place.unused_options())), current)
    return _starting(_values(argument, sources), current)


@dataclass(kw_only=True)
class _Place:
    """How far a parser has come: which arguments it has met, and which option waits for a value."""

    parser: argparse.ArgumentParser
    waiting: argparse.Action | None = None
    options_end: bool = False
    met: set[argparse.Action] = field(default_factory=set)

    @property
    def options(self) -> Mapping[str, argparse.Action]:
        """Every option by each of its names."""
        return {name: one for one in self.parser._actions for name in one.option_strings}

    @property
    def argument(self) -> argparse.Action | None:
        """What a word here would be that is no option."""
        for one in self.parser._actions:
            if not one.option_strings and (one not in self.met or one.nargs in ("*", "+")):
                return one
        return None

    def pass_by(self, word: str) -> None:
        """Take a whole word as the parser would."""
        if self.waiting is not None:
            self.waiting = None
        elif word == "--" and not self.options_end:
            self.options_end = True
        elif word.startswith("-") and word != "-" and not self.options_end:
            name, sign, _ = word.partition("=")
            option = self.options.get(name)
            if option is not None:
                self.met.add(option)
                self.waiting = option if option.nargs != 0 and not sign else None
        elif (argument := self.argument) is not None:
            if isinstance(argument.choices, Mapping) and word in argument.choices:
                self.parser, self.met = argument.choices[word], set()
            else:
                self.met.add(argument)

    def unused_options(self) -> Iterator[Word]:
        """The options that may still be given, each with its help."""
        if self.options_end:
            return
        for one in self.parser._actions:
            again = isinstance(one, argparse._AppendAction)
            if one.help != argparse.SUPPRESS and (again or one not in self.met):
                yield from ((name, one.help or "") for name in one.option_strings)


def _values(action: argparse.Action, sources: Mapping[str, Source]) -> Offer:
    if isinstance(action, argparse._SubParsersAction):
        return Offer(words=tuple((one.dest, one.help or "") for one in action._choices_actions))
    if action.choices is not None:
        return Offer(words=tuple((str(choice), "") for choice in action.choices))
    for name in (action.dest, action.metavar):
        if isinstance(name, str) and name in sources:
            return sources[name]()
    return Offer()


def _starting(offer: Offer, start: str) -> Offer:
    return replace(offer, words=tuple(one for one in offer.words if one[0].startswith(start)))


def split(line: str) -> list[str]:
    """The words of a command line as far as it is typed; the last is empty behind a blank."""
    line = line.removesuffix("\\")
    end = next(end for end in ("", '"', "'") if _is_whole(line + end))
    words = shlex.split(line + end)
    bare = line.rstrip()
    return [*words, ""] if not words or not (end or bare == line or bare.endswith("\\")) else words


def _is_whole(line: str) -> bool:
    """Whether every quote in it is closed."""
    try:
        shlex.split(line)
    except ValueError:
        return False
    return True


def lines(offer: Offer, shell: str, typed: str, part: str) -> Iterable[str]:
    """The offer as the script of a shell takes it: one word on a line, ``:files`` or ``:folders``
    last.

    bash replaces only ``part``, the end of the word ``typed``: behind a ``=`` it begins anew.
    """
    done = len(typed) - len(part) if typed.endswith(part) else 0
    for word, about in offer.words:
        about = " ".join(about.replace("%%", "%").split())
        if shell == "bash":
            yield word[done:]
        elif shell == "zsh":
            yield f"{_escaped(word)}:{_escaped(about)}" if about else _escaped(word)
        else:
            yield f"{word}\t{about}" if about else word
    if offer.also:
        yield f":{offer.also}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")
