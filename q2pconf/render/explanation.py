"""An explanation as text with a small picture, and as JSON by the contract."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from q2pconf.capacity import Capacity
from q2pconf.explanation import Explanation
from q2pconf.findings import Report
from q2pconf.render import facts
from q2pconf.render.report import finding_object
from q2pconf.render.terminal import Style, printable
from q2pconf.units import several

if TYPE_CHECKING:
    from q2pconf.advising import Advice

__all__ = ["as_json", "as_text", "broken_as_json"]

_MOST_NODES = 6
_MOST_MARKS = 40


def as_text(
    found: Explanation, style: Style, advice: Sequence[Advice] | None = None, wish: str = ""
) -> str:
    """For people: each executor with what it comes to, a picture, notes; the sum last. ``advice``
    is for the ``wish``, in the words in which it was understood."""
    lines = [f"{printable(found.path or '<text>')} for {found.release}"]
    if found.errors:
        told = several(found.errors, "error")
        lines.append(
            f"{style.paint('nothing of this happens yet:', 'red')} the file has {told} for this"
            " release (q2pconf validate, q2pconf migrate)"
        )
    for one, place in facts.by_default_first(found):
        lines += ["", *_executor(one, place, style)]
    lines += [
        "",
        *(f"{printable(what)} runs on {printable(to)}" for what, to in facts.destinations(found)),
        f"logs and job scripts: {printable(facts.places(found))}",
    ]
    total = found.concurrent_actions
    told = facts.UNKNOWN if total is None else several(total, "action")
    lines.append(f"{style.paint('at a time, in all:', 'bold')} {told}")
    lines += [f"note: {note}" for note in found.notes]
    if advice is not None:
        lines += ["", *_advice(advice, wish, style)]
    return "".join(f"{line}\n" for line in lines)


def _advice(advice: Sequence[Advice], wish: str, style: Style) -> Iterator[str]:
    """What to change, and what no change of the file can do."""
    lines = [one for one in advice if one.key is not None]
    others = [one for one in advice if one.key is None]
    if not lines and not others:
        yield style.paint(f"this is what you asked for: {wish}", "green")
    if lines:
        all_of_it = "" if len(lines) == 1 else ", all of it together"
        yield style.paint(f"you asked for {wish}; change{all_of_it}:", "yellow")
        yield from (f"  {printable(one.words)}" for one in lines)
    if others:
        yield style.paint("what this file cannot decide:", "yellow")
        yield from (f"  {printable(one.words)}" for one in others)


def _executor(one: Capacity, place: str, style: Style) -> Iterator[str]:
    provider = f" on {one.provider}" if one.provider else ""
    head = style.paint(printable(one.label or "(no label)"), "bold")
    yield f"{head}: {printable(one.class_name)}{printable(provider)}"
    yield from (f"  {name:<18}  {printable(value)}" for name, value in facts.rows(one, place))
    yield from (f"    {row}" for row in _picture(one))
    yield from (f"  note: {printable(note)}" for note in one.notes)


def _picture(one: Capacity) -> Iterator[str]:
    """A job's nodes, with a box for each and a mark for each worker in it."""
    nodes, managers, workers = one.nodes_per_block, one.managers_per_block, one.workers_per_manager
    if one.provider is None or not nodes or managers is None or workers is None:
        return
    if one.nodes_used is None:
        return
    name = "this machine" if one.here else "a job"
    yield f"{name}, o for each worker, which runs one action at a time:"
    if one.here:
        yield _node("", managers * workers * (one.blocks.reachable or 1))
        return
    used = max(one.nodes_used, 1)
    for number in range(min(nodes, _MOST_NODES)):
        share = managers // used + (number < managers % used) if number < one.nodes_used else 0
        yield _node(f"node {number + 1} ", share * workers)
    if nodes > _MOST_NODES:
        yield f"... and {several(nodes - _MOST_NODES, 'more node')}"


def _node(name: str, workers: int) -> str:
    """A node and its workers."""
    more = f" +{workers - _MOST_MARKS}" if workers > _MOST_MARKS else ""
    return f"{name}[{'o' * min(workers, _MOST_MARKS)}{more}]" + ("" if workers else " idle")


def broken_as_json(report: Report) -> str:
    """A file that is no TOML, in the same form: why there is nothing to explain."""
    content = {
        "version": 1,
        "release": report.release.name,
        "path": report.path,
        "executors": [],
        "mapping": {},
        "concurrent_actions": None,
        "findings": [finding_object(finding) for finding in report.findings],
    }
    return json.dumps(content, indent=1) + "\n"


def as_json(found: Explanation, advice: Sequence[Advice] | None = None) -> str:
    """By the contract: version, release, path, executors, mapping, concurrent actions; the advice
    as well where there was a wish."""
    content: dict[str, Any] = {
        "version": 1,
        "release": found.release.name,
        "path": found.path,
        "executors": [_object(one) for one in found.executors],
        "mapping": _plain(found.mapping),
        "concurrent_actions": found.concurrent_actions,
    }
    if advice is not None:
        content["advice"] = [
            {"key": one.key, "value": one.value, "line": one.line, "message": one.words}
            for one in advice
        ]
    return json.dumps(content, indent=1, default=str) + "\n"


def _object(one: Capacity) -> dict[str, Any]:
    return {
        "label": one.label,
        "class": one.class_name,
        "provider": one.provider,
        "blocks": asdict(one.blocks),
        "nodes_per_block": one.nodes_per_block,
        "managers_per_block": one.managers_per_block,
        "workers_per_manager": one.workers_per_manager,
        "limited_by": one.limited_by,
        "concurrent_actions": one.concurrent_actions,
        "cores_per_action": one.cores_per_action,
        "memory_gb_per_action": one.memory_gb_per_action,
        "walltime_seconds": one.walltime_seconds,
        "requested": asdict(one.requested),
        "core_hours": one.core_hours,
        "notes": list(one.notes),
    }


def _plain(value: Any) -> Any:
    """Data that JSON can hold: it has no inf and nan."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    odd = isinstance(value, float) and not math.isfinite(value)
    return str(value) if odd else value
