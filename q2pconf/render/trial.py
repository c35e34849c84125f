"""What a run of probes found, as text, as JSON, and as one line while it goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from q2pconf.findings import Severity
from q2pconf.probe.facts import Outcome, Problem, Progress, SeenNode, Tried
from q2pconf.render.terminal import Style, printable
from q2pconf.units import several, spoken

__all__ = ["as_json", "as_text", "progress_line"]

_MOST_NODES = 8


def progress_line(progress: Sequence[Progress]) -> str:
    """How far every executor is; those that are done come last, where a line may be cut off."""
    return "; ".join(_so_far(one) for one in sorted(progress, key=lambda one: one.done))


def _so_far(one: Progress) -> str:
    """One executor: ``default: 24 of 300 at a time, 2 jobs run, 23 wait (Priority)``."""
    of = "" if one.promised is None else f" of {one.promised}"
    parts = [f"{one.label}: {one.seen}{of} at a time"]
    running = sum(job.state == "running" for job in one.jobs)
    waiting = [job for job in one.jobs if job.state == "waiting"]
    if running and not one.done:
        parts.append(f"{several(running, 'job')} run{'s' if running == 1 else ''}")
    if waiting and not one.done:
        why = next((job.reason for job in waiting if job.reason), None)
        longest = max((job.queued or 0 for job in waiting), default=0)
        more = [text for text in (why, longest >= 1 and f"for {spoken(round(longest))}") if text]
        told = f" ({', '.join(more)})" if more else ""
        parts.append(f"{several(len(waiting), 'job')} wait{'s' if len(waiting) == 1 else ''}{told}")
    return printable(", ".join(parts))


def as_text(found: Outcome, style: Style) -> str:
    """For people: each executor with what it gave, its nodes, and what is wrong."""
    by = f", loaded by {found.by}" if found.by else ""
    lines = [f"{printable(found.path or '<stdin>')} for {found.release}{by}"]
    for problem in found.problems:
        lines += _problem(problem, style, "")
    for one in found.executors:
        if found.here is not None or one.problems:
            lines += ["", *_executor(one, style)]
    lines.append("")
    if found.run_dir is not None:
        lines.append(f"Parsl's logs: {printable(found.run_dir)}")
    lines.append(_verdict(found, style))
    return "".join(f"{line}\n" for line in lines)


def _verdict(found: Outcome, style: Style) -> str:
    took = spoken(max(round(found.seconds), 1))
    if found.stopped:
        clean = "" if found.problems else "; all jobs are cancelled"
        return f"{style.paint('stopped', 'yellow')} after {took}{clean}"
    if found.ok:
        count = several(len(found.executors), "executor")
        return f"{style.paint('ok', 'green')}: {count} answered, {took}"
    silent = [one.label for one in found.executors if not one.seen]
    if silent and (found.here is not None or not found.problems):
        return f"{style.paint('no answer', 'red')} from {printable(', '.join(silent))}, {took}"
    if found.executors and all(one.ok for one in found.executors):
        return f"{style.paint('the workers answered, but see the error above', 'red')}, {took}"
    return f"{style.paint('this file does not work', 'red')}, {took}"


def _executor(one: Tried, style: Style) -> Iterator[str]:
    provider = f" on {one.provider}" if one.provider else ""
    yield f"{style.paint(printable(one.label), 'bold')}: {one.class_name}{provider}"
    of = "" if one.promised is None else f" of {one.promised}"
    yield f"  actions at a time   {one.seen}{of}"
    if one.first_answer is not None:
        yield f"  first answer        after {_seconds(one.first_answer)}"
    if one.queued is not None and one.queued >= 1:
        yield f"  in the queue        up to {_seconds(one.queued)}"
    for node in one.nodes[:_MOST_NODES]:
        yield f"  {_node(node)}"
    if len(one.nodes) > _MOST_NODES:
        yield f"  … and {several(len(one.nodes) - _MOST_NODES, 'node')} more (--format json)"
    for problem in one.problems:
        yield from _problem(problem, style, "  ")


def _seconds(amount: float) -> str:
    return f"{amount:.1f} s" if amount < 10 else spoken(round(amount))


def _node(node: SeenNode) -> str:
    facts = node.facts
    job = f" (job {', '.join(node.jobs)})" if node.jobs else ""
    cores = facts["cores"] or facts["machine_cores"]
    told = facts["told_cores"]
    parts = [
        several(node.workers, "worker"),
        f"{told} of {several(cores, 'core')}" if told and told < cores else several(cores, "core"),
        *([] if facts["memory_gb"] is None else [f"{facts['memory_gb']:g} GB"]),
        f"Python {facts['python']}",
        *([f"Parsl {facts['parsl']}"] if facts["parsl"] else []),
        *([facts["framework"]] if facts["framework"] else []),
        f"in {facts['prefix']}",
        _space(facts["temporary"]),
    ]
    return printable(f"{node.name}{job}: {', '.join(part for part in parts if part)}")


def _space(temporary: Mapping[str, Any]) -> str:
    free = temporary["free_gb"]
    return (
        "" if free is None or temporary["trouble"] else f"{temporary['path']} with {free:g} GB free"
    )


def _problem(problem: Problem, style: Style, indent: str) -> list[str]:
    colour = "red" if problem.severity is Severity.ERROR else "yellow"
    word = style.paint(f"{problem.severity.value}:", colour)
    lines = [f"{indent}{word} {printable(problem.message)}"]
    if problem.hint:
        lines.append(f"{indent}  {style.paint('do this:', 'bold')} {printable(problem.hint)}")
    return lines


def as_json(found: Outcome) -> str:
    """The same for machines."""
    content = {
        "version": 1,
        "release": found.release.name,
        "parsl": found.release.parsl,
        "path": found.path,
        "ok": found.ok,
        "stopped": found.stopped,
        "loaded_by": found.by,
        "run_dir": found.run_dir,
        "seconds": round(found.seconds, 1),
        "problems": [_problem_object(problem) for problem in found.problems],
        "executors": [_executor_object(one) for one in found.executors],
    }
    return json.dumps(content, indent=1) + "\n"


def _executor_object(one: Tried) -> dict[str, Any]:
    return {
        "label": one.label,
        "class": one.class_name,
        "provider": one.provider,
        "ok": one.ok,
        "promised": one.promised,
        "seen": one.seen,
        "first_answer_seconds": one.first_answer,
        "queued_seconds": one.queued,
        "jobs": [asdict(job) for job in one.jobs],
        "nodes": [
            {"name": n.name, "jobs": list(n.jobs), "workers": n.workers, **_public(n.facts)}
            for n in one.nodes
        ],
        "problems": [_problem_object(problem) for problem in one.problems],
    }


def _public(facts: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "cores",
        "machine_cores",
        "told_cores",
        "memory_gb",
        "python",
        "parsl",
        "framework",
        "prefix",
    )
    return {
        **{name: facts[name] for name in names},
        "folder": facts["folder"],
        "temporary": facts["temporary"],
        "shared": {"working_folder": facts["marks"][0], "temporary_folder": facts["marks"][1]},
    }


def _problem_object(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity.value,
        "message": problem.message,
        "hint": problem.hint,
    }
