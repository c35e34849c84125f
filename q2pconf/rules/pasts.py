"""The past of keys and classes in words: which releases have them, and what to write elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from q2pconf.history import Past
from q2pconf.releases import Release, all_releases, numbers

__all__ = ["Story", "story"]


class Story(NamedTuple):
    """Why a release lacks something that others have: ``what`` goes into the message, ``who``
    stops; ``advice`` says what to do about a key."""

    what: str
    who: str
    advice: str


def story(past: Past, release: Release, known: Iterable[str] = ()) -> Story | None:
    """The story of a key or class that this release's Parsl lacks; None where no other has it.

    ``known`` are the keys of the same class here.
    """
    here = release.parsl_order
    if past.removed is not None and here >= numbers(past.removed):
        what = f"was removed in Parsl {past.removed}"
        first = next((r for r in all_releases() if r.parsl_order >= numbers(past.removed)), None)
        who = f"QIIME 2 {first.name} and later stop" if first else "QIIME 2 stops with such a Parsl"
    elif past.added is not None and here < numbers(past.added):
        what = f"came with Parsl {past.added}"
        last = [r for r in all_releases() if r.parsl_order < numbers(past.added)][-1]
        later = next((r for r in all_releases() if r.parsl_order >= numbers(past.added)), None)
        what += f" (QIIME 2 {later.name})" if later else ""
        who = f"QIIME 2 {last.name} and earlier stop"
    else:
        return None
    return Story(what, who, _advice(past, known))


def _advice(past: Past, known: Iterable[str]) -> str:
    if past.instead is not None and past.instead in known:
        return f"write `{past.instead}` instead"
    if past.option:
        return f'write `scheduler_options = "{past.option}…"` instead'
    if past.harmless:
        return f"delete the line: {past.why}"
    return f"delete the line; {past.why}" if past.why else "delete the line"
