"""Submit scripts as they are, what is said of them as text, and both as JSON by the contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from q2pconf.render.terminal import printable
from q2pconf.submission import Script, Submission
from q2pconf.units import several

__all__ = ["as_json", "as_scripts", "remarks"]


def as_scripts(found: Submission) -> str:
    """A single script as it is; of several each with a line before it that says whose it is.

    Bytes that are no UTF-8 are surrogate escapes.
    """
    written = [one for one in found.scripts if one.text is not None]
    if len(written) == 1 and not written[0].files:
        return written[0].text or ""
    return "".join(_titled(one) for one in written)


def _titled(one: Script) -> str:
    whose = f"{printable(one.label)}: {one.provider}"
    title = f"# ---- executor {whose}, submitted with: {printable(one.command or '')}\n"
    beside = [f"# ---- beside it: {printable(p)}\n{_whole(text)}" for p, text in one.files.items()]
    return "".join([title, _whole(one.text or ""), *beside])


def _whole(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def remarks(found: Submission, *, brief: bool = False) -> list[str]:
    """What there is to say beside the scripts, for people: a line each; ``brief``: only trouble."""
    said = []
    if found.error is not None:
        said.append(f"there is no script, for QIIME 2 stops with this file: {found.error}")
    elif found.nothing is not None:
        said.append(found.nothing)
    for one in found.scripts:
        said += [f"{one.label}: {line}" for line in _trouble(one)]
        if not brief:
            said += [f"{one.label}: {line}" for line in _remarks(one)]
    if found.errors:
        told = several(found.errors, "error")
        said.append(f"the file has {told} for {found.release} (q2pconf validate, q2pconf migrate)")
    return [printable(line) for line in said]


def _trouble(one: Script) -> Iterator[str]:
    if one.error is not None:
        yield f"there is no script, for Parsl cannot submit it: {one.error}"
    if one.test_only is not None and not one.test_only.ok:
        yield f"Slurm refuses it (sbatch --test-only): {one.test_only.message}"
    for limit in one.limits:
        yield f"the job would wait, perhaps for ever: {limit}"


def _remarks(one: Script) -> Iterator[str]:
    if one.command is not None:
        yield f"submitted with: {one.command}"
    if one.test_only is not None and one.test_only.ok:
        yield f"Slurm takes it (sbatch --test-only): {one.test_only.message or 'no objection'}"
    yield from one.notes


def as_json(found: Submission) -> str:
    """By the contract: version, release, parsl, path, scripts."""
    content = {
        "version": 1,
        "release": found.release.name,
        "parsl": found.parsl,
        "path": found.path,
        "error": found.error,
        "scripts": [_object(one) for one in found.scripts],
    }
    return json.dumps(content, indent=1) + "\n"


def _object(one: Script) -> dict[str, Any]:
    return {
        "label": one.label,
        "class": one.class_name,
        "provider": one.provider,
        "command": one.command,
        "script": one.text,
        "files": dict(one.files),
        "test_only": None if one.test_only is None else asdict(one.test_only),
        "limits": list(one.limits),
        "notes": list(one.notes),
        "error": one.error,
    }
