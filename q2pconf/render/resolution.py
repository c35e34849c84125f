"""A Resolution as text for people or as JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterator

from q2pconf.chain import Candidate, Resolution
from q2pconf.render.terminal import Style, printable

__all__ = ["as_json", "as_text"]

TITLES = {
    "parallel-config": "--parallel-config",
    "test": "QIIMETEST",
    "env": "QIIME2_CONFIG",
    "user": "your file",
    "site": "the site's file",
    "conda": "conda environment",
    "written": "written default",
    "memory": "built-in default",
}

LOOKS = {
    "selected": ("bold", "green"),
    "would-write": ("bold", "yellow"),
    "shadowed": ("yellow",),
}


def as_json(resolution: Resolution) -> str:
    """The contract of ``which --format json``."""
    import json

    content = {
        "version": 1,
        "release": resolution.release.name,
        "source": resolution.source,
        "path": resolution.path,
        "ok": resolution.ok,
        "error": resolution.error,
        "mapping_applies": resolution.mapping_applies,
        "candidates": [
            {
                "source": candidate.source,
                "path": candidate.path,
                "exists": candidate.exists,
                "status": candidate.status,
                "reason": candidate.reason,
            }
            for candidate in resolution.candidates
        ],
    }
    return json.dumps(content, indent=2)


def as_text(resolution: Resolution, style: Style, *, verbose: bool = False) -> str:
    """The chain step by step, then what comes of it."""
    lines = [style.paint(str(resolution.release), "bold"), ""]
    if verbose:
        lines += [*_variables(resolution), ""]
    for number, candidate in enumerate(resolution.candidates, start=1):
        lines += _step(number, candidate, style)
    lines += ["", *_outcome(resolution, style)]
    lines += [f"{style.paint('note:', 'cyan')} {printable(note)}" for note in resolution.notes]
    return "\n".join(lines)


def _variables(resolution: Resolution) -> Iterator[str]:
    for name, value in resolution.variables.items():
        shown = "is not set" if value is None else f"= {value}" if value else "is set, but empty"
        yield f"  {name} {printable(shown)}"


def _step(number: int, candidate: Candidate, style: Style) -> Iterator[str]:
    looks = LOOKS.get(candidate.status, ("dim",))
    taken = candidate.status in ("selected", "would-write")
    arrow = style.paint("->", *looks) if taken else "  "
    title = f"{TITLES[candidate.source]:<18}"
    status = style.paint(f"{candidate.status:<12}", *looks)
    first, *others = (candidate.path, candidate.reason) if candidate.path else (candidate.reason,)
    yield f"{arrow} {number}. {title} {status}{printable(first)}"
    for line in others:
        yield f"{'':37}{style.paint(printable(line), 'dim')}"


def _outcome(resolution: Resolution, style: Style) -> Iterator[str]:
    """What QIIME 2 would do: die, or load a file with or without its mapping."""
    failure = resolution.failure
    if failure is not None:
        kind = style.paint(f"QIIME 2 would stop with {failure.kind}:", "bold", "red")
        yield f"{kind} {printable(failure.problem)}."
        yield f"{style.paint('what to do:', 'cyan')} {printable(failure.remedy)}."
        return
    first, *others = (c for c in resolution.candidates if c.status in ("selected", "would-write"))
    yield f"{_taken(first, style)}{' for its mapping only.' if others else ''}"
    for candidate in others:
        yield f"Executors: {_taken(candidate, style)}"
    if first.path and first.status == "selected":
        yield f"{_mapping(resolution)}."


def _taken(candidate: Candidate, style: Style) -> str:
    """What QIIME 2 does with the step it takes."""
    path = style.paint(printable(candidate.path or ""), "bold")
    if candidate.source == "written":
        return (
            f"QIIME 2 would write its default to {path}, sized for this machine (its CPUs less"
            " one), and use it from then on. Nothing is written now."
        )
    if candidate.source == "memory":
        return "QIIME 2 reads no file and takes its built-in default."
    if candidate.source == "test":
        return "QIIME 2 reads no file and takes the configuration of its own tests."
    return f"QIIME 2 loads {path}"


def _mapping(resolution: Resolution) -> str:
    if resolution.mapping_applies:
        return "Its mapping of actions to executors counts"
    return "No mapping of actions to executors counts: every action runs on the default executor"
