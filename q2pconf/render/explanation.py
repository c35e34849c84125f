"""An explanation as text with a small picture, and as JSON by the contract."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from q2pconf.capacity import Capacity
from q2pconf.explanation import Explanation
from q2pconf.render.terminal import Style, printable
from q2pconf.units import several, spoken

__all__ = ["as_json", "as_text"]

_LIMITS = {
    "max_workers": "the worker cap of the file",
    "cores": "the cores of a node",
    "memory": "the memory of a node",
    "accelerators": "the accelerators of a node",
    "threads": "max_threads",
}
_MOST_DRAWN = 6


def as_text(found: Explanation, style: Style, advice: Sequence[str] | None = None) -> str:
    """For people: each executor with what it comes to, a picture, notes; the sum last."""
    lines = [f"{printable(found.path or '<text>')} for {found.release}"]
    if found.errors:
        told = several(found.errors, "error")
        lines.append(
            f"{style.paint('nothing of this happens yet:', 'red')} the file has {told} for this"
            " release (q2pconf validate, q2pconf migrate)"
        )
    places = found.places or ("",) * len(found.executors)
    pairs = sorted(zip(found.executors, places, strict=True), key=lambda p: p[0].label != "default")
    for one, place in pairs:
        lines += ["", *_executor(one, place, style)]
    lines += ["", *_mapping(found.mapping)]
    lines.append(f"logs and job scripts: {printable(found.run_dir)}, where QIIME 2 is started")
    total = found.concurrent_actions
    told = "for the nodes to decide" if total is None else several(total, "action")
    lines.append(f"{style.paint('at a time, in all:', 'bold')} {told}")
    lines += [f"note: {note}" for note in found.notes]
    if advice is not None:
        lines += ["", *_advice(advice, style)]
    return "".join(f"{line}\n" for line in lines)


def _advice(advice: Sequence[str], style: Style) -> list[str]:
    if not advice:
        return [style.paint("this is what you asked for", "green")]
    return [style.paint("for what you asked for, change:", "yellow"), *(f"  {a}" for a in advice)]


def _executor(one: Capacity, place: str, style: Style) -> Iterator[str]:
    provider = f" on {one.provider}" if one.provider else ""
    head = style.paint(printable(one.label or "(no label)"), "bold")
    yield f"{head}: {one.class_name}{provider}"
    total = one.concurrent_actions
    yield f"  actions at a time   {'?' if total is None else total}{_product(one)}"
    if one.limited_by:
        yield f"  decided by          {_LIMITS[one.limited_by]}"
    share = [_amount(one.cores_per_action, "CPU"), _memory(one.memory_gb_per_action)]
    if any(share):
        yield f"  each gets           {', '.join(part for part in share if part)}"
    if one.walltime_seconds is not None:
        yield f"  a job runs          at most {spoken(one.walltime_seconds)}"
    if one.provider is not None:
        blocks = one.blocks
        if place:
            yield f"  jobs go to          {printable(place)}"
        yield (
            f"  jobs                {_shown(blocks.init)} at the start, at most"
            f" {_shown(blocks.reachable)}"
        )
        yield f"  asked for in all    {_requested(one)}"
        yield from (f"    {row}" for row in _picture(one))
    yield from (f"  note: {printable(note)}" for note in one.notes)


def _product(one: Capacity) -> str:
    numbers = (one.blocks.reachable, one.managers_per_block, one.workers_per_manager)
    if one.provider is None or None in numbers:
        return ""
    blocks, managers, workers = (number or 0 for number in numbers)
    words = [
        f"{blocks} job{'' if blocks == 1 else 's'}",
        f"{managers} worker pool{'' if managers == 1 else 's'}",
        f"{workers} worker{'' if workers == 1 else 's'}",
    ]
    return f"  ({' x '.join(words)})"


def _requested(one: Capacity) -> str:
    asked = one.requested
    parts = [
        _amount(asked.nodes, "node"),
        _amount(asked.cores, "CPU"),
        _memory(asked.memory_gb),
    ]
    return ", ".join(part for part in parts if part) or "?"


def _picture(one: Capacity) -> Iterator[str]:
    """A job's nodes, with a box for each and a mark for each worker in it."""
    nodes, managers, workers = one.nodes_per_block, one.managers_per_block, one.workers_per_manager
    if not nodes or managers is None or workers is None or one.nodes_used is None:
        return
    used = max(one.nodes_used, 1)
    for number in range(min(nodes, _MOST_DRAWN)):
        share = managers // used + (number < managers % used) if number < one.nodes_used else 0
        marks = "o" * min(share * workers, 40)
        more = f" +{share * workers - 40}" if share * workers > 40 else ""
        yield f"node {number + 1} [{marks}{more}]" + ("" if share else " idle")
    if nodes > _MOST_DRAWN:
        yield f"... and {nodes - _MOST_DRAWN} more nodes"


def _mapping(mapping: Mapping[str, Any]) -> Iterator[str]:
    rows = [
        (f"{key}.{action}" if isinstance(value, Mapping) else str(key), label)
        for key, value in mapping.items()
        for action, label in (value.items() if isinstance(value, Mapping) else [("", value)])
    ]
    for action, label in rows:
        yield f"{printable(action)} runs on {printable(str(label))}"
    yield f"{'every other action' if rows else 'every action'} runs on default"


def _amount(number: float | None, word: str) -> str:
    return "" if number is None else f"{number:g} {word}{'' if number == 1 else 's'}"


def _memory(number: float | None) -> str:
    return "" if number is None else f"{number:g} GB"


def _shown(number: int | None) -> str:
    return "?" if number is None else str(number)


def as_json(found: Explanation) -> str:
    """By the contract: version, release, path, executors, mapping, concurrent actions."""
    content = {
        "version": 1,
        "release": found.release.name,
        "path": found.path,
        "executors": [_object(one) for one in found.executors],
        "mapping": _plain(found.mapping),
        "concurrent_actions": found.concurrent_actions,
    }
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
