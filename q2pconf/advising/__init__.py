"""What a person wants of a file, and which lines of it to change for that.

No advice is worked out on paper only: of all changes that may do, each was made in the file's data
and counted again, and the smallest that gives what is wanted is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from q2pconf import schema
from q2pconf._dataclasses import dataclass
from q2pconf.advising import wording
from q2pconf.advising.intention import Intention, intention, told
from q2pconf.advising.judging import Case, case_of, counted, crowded, outgrown, unmet
from q2pconf.advising.places import place_of
from q2pconf.advising.planning import plans
from q2pconf.checks import check_data
from q2pconf.explanation import Explanation, without_executors
from q2pconf.findings import KeyPath, Severity
from q2pconf.model import Config

__all__ = ["Advice", "Intention", "advise", "intention", "told"]

_MOST_CHECKED = 20
"""So many of the smallest changes are tried for one that brings no error into the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """One line to change: the ``key``, its new ``value``, and in ``words`` why and where.

    ``line`` is the one to change, or that of the table that the key belongs to; None where the
    file has no such table. Without a key it is something that no line of the file can do.
    """

    words: str
    key: KeyPath | None = None
    value: Any = None
    line: int | None = None


def advise(found: Explanation, wanted: Intention) -> tuple[Advice, ...]:
    """What to change so that the executor labelled default gives what is wanted; nothing if it
    does already.

    All lines together do it: the file with them in it gets no advice with a key any more, and no
    errors that it had not before.
    """
    case = case_of(found, wanted)
    if case is None:
        config = Config.from_data(found.data, schema.of(found.release))
        missing = wording.NO_DEFAULT if found.executors else without_executors(config)
        return (Advice(words=missing),)
    if case.executor.class_name == "MPIExecutor":
        return (Advice(words=wording.NOT_ON_MPI),)
    if not case.relabelled and not unmet(counted(case, {}), case):
        return ()
    if case.executor.has("provider") and (case.provider is None or not case.provider.spec):
        return (Advice(words=wording.of_provider(case)),)
    changes, left = _smallest(case, found)
    then = counted(case, changes)
    places = {key: place_of(case, key, changes) for key in changes}
    lines = tuple(
        Advice(words=words, key=key, value=changes[key], line=places[key].line)
        for key, words in wording.of_changes(case, changes, places).items()
    )
    return (*lines, *(Advice(words=wording.of_wish(case, wish, then)) for wish in left))


def _smallest(case: Case, found: Explanation) -> tuple[dict[KeyPath, Any], list[str]]:
    """The least change that comes closest, without a new error; and what it leaves open."""
    by_length: dict[int, list[dict[KeyPath, Any]]] = {}
    for changes in plans(case):
        by_length.setdefault(len(changes), []).append(changes)
    weighed: list[tuple[_Weight, dict[KeyPath, Any]]] = []
    for length in sorted(by_length):
        these = [(_weight(case, one), one) for one in by_length[length]]
        # With more lines to change nothing can be better than one that is no burden on the nodes.
        good = [pair for pair in these if not any(pair[0][:2])]
        if good and (best := _without_new_errors(good, case, found)):
            return best, []
        weighed += these
    least = _without_new_errors(weighed, case, found) or {}
    return least, unmet(counted(case, least), case)


_Weight = tuple[float, ...]
_SMALLNESS = 3
"""So many parts of a weight say how small a change is; the rest is what is asked for."""


def _without_new_errors(
    weighed: list[tuple[_Weight, dict[KeyPath, Any]]], case: Case, found: Explanation
) -> dict[KeyPath, Any] | None:
    """The first of the lightest that brings no error into the file, and of those that are as small
    as it is the one with the fewest new warnings."""
    before = _counts(found.data, found)
    best: tuple[_Weight, int, dict[KeyPath, Any]] | None = None
    for weight, changes in sorted(weighed, key=lambda pair: pair[0])[:_MOST_CHECKED]:
        if best is not None and weight[:_SMALLNESS] != best[0][:_SMALLNESS]:
            break
        after = _counts(case.changed(changes).data, found)
        if after["errors"] > found.errors:
            continue
        new = (after - before).total()
        if best is None or new < best[1]:
            best = weight, new, changes
        if new == 0:
            break
    return None if best is None else best[2]


def _counts(data: Mapping[str, Any], found: Explanation) -> Counter[str]:
    """How many errors a file's data have, and of each warning how many."""
    findings = check_data(data, found.release)
    return Counter(
        "errors" if one.severity is Severity.ERROR else one.code
        for one in findings
        if one.severity in (Severity.ERROR, Severity.WARNING)
    )


def _weight(case: Case, changes: dict[KeyPath, Any]) -> _Weight:
    """What a change costs: wishes not granted; larger or crowded nodes; lines to change; what is
    asked."""
    then = counted(case, changes)
    asked = then.capacity.requested
    left = unmet(then, case)
    burden = outgrown(then, case, left) + crowded(then, case, left)
    return (len(left), burden, len(changes), asked.cores or 0, asked.memory_gb or 0)
