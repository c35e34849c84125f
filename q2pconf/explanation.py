"""What a file will do: every executor's capacity, which action goes where, where logs go."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from q2pconf import capacity, schema, units
from q2pconf.capacity import Capacity, Node
from q2pconf.checks import check_data
from q2pconf.document import Document
from q2pconf.errors import UsageError
from q2pconf.findings import Severity
from q2pconf.model import Config, Table
from q2pconf.releases import Release, choose

__all__ = ["Explanation", "Intention", "advice", "explain", "intention"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """What a file will do under one release.

    ``mapping`` is what counts with --parallel-config, as the file has it. ``concurrent_actions``
    are those of all executors that get any (the one labelled default and those mapped to); None
    where the file does not decide it. ``run_dir`` is the folder of Parsl's logs. ``places`` says of
    each executor where its jobs go and who pays, ``errors`` how many the check found: with any, the
    file does nothing of this.
    """

    path: str | None
    release: Release
    executors: tuple[Capacity, ...]
    mapping: Mapping[str, Any]
    concurrent_actions: int | None
    run_dir: str
    notes: tuple[str, ...]
    places: tuple[str, ...] = ()
    errors: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Intention:
    """What a person wants: so many actions at a time, CPUs and memory for each, for how long."""

    actions: int | None = None
    cpus: int | None = None
    memory_gb: int | None = None
    walltime: str | None = None


def explain(
    source: Document | str | os.PathLike[str] | Mapping[str, Any],
    release: Release | str | None = None,
    node: Node | None = None,
) -> Explanation:
    """What a file, a document or the data of one will do; ``node`` is what is known of its nodes.

    A string is a path, or TOML text if it has more than one line. What is wrong in the file counts
    as absent: ``validate`` says so. Raises InputError for a file that cannot be read, DocumentError
    for one that is not TOML, UsageError for an unknown release.
    """
    chosen = release if isinstance(release, Release) else choose(release, os.environ, sys.path)
    path, data = _read(source)
    config = Config.from_data(data, schema.of(chosen))
    found = capacity.of_config(config, chosen, node)
    mapping = config.table.values.get("executor_mapping")
    mapping = mapping if isinstance(mapping, Mapping) else {}
    used = {"default", *_targets(mapping)}
    counts = [one.concurrent_actions for one in found if one.label in used]
    return Explanation(
        path=path,
        release=chosen,
        executors=found,
        mapping=mapping,
        concurrent_actions=_sum(counts),
        run_dir=config.table.text("run_dir") or "runinfo",
        notes=tuple(_notes(config, found)),
        places=tuple(_place(config, executor) for executor in config.executors()),
        errors=sum(one.severity is Severity.ERROR for one in check_data(data, chosen)),
    )


def _place(config: Config, executor: Table) -> str:
    """Where the jobs of an executor go, as far as the file says it."""
    provider = config.provider(executor)
    if provider is None:
        return ""
    words = ("partition", "queue", "account", "project", "qos", "clusters")
    found = ((word, provider.text(word)) for word in words if provider.has(word))
    return ", ".join(f"{word} {value}" for word, value in found if value)


def _read(
    source: Document | str | os.PathLike[str] | Mapping[str, Any],
) -> tuple[str | None, Mapping[str, Any]]:
    if isinstance(source, Mapping):
        return None, source
    if isinstance(source, str) and "\n" in source:
        source = Document(text=source)
    document = source if isinstance(source, Document) else Document.load(source)
    return document.path, document.data


def _targets(mapping: Mapping[str, Any]) -> set[str]:
    """Every label that something is mapped to."""
    found: set[str] = set()
    for value in mapping.values():
        inside = value.values() if isinstance(value, Mapping) else [value]
        found.update(label for label in inside if isinstance(label, str))
    return found


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if counts and len(known) == len(counts) else None


def _notes(config: Config, found: tuple[Capacity, ...]) -> list[str]:
    if not found:
        return [
            "The file names no executors: QIIME 2 takes those of the file that it finds itself."
        ]
    if "default" not in config.labels():
        return ["No executor is labelled default: the first action stops with KeyError."]
    return []


_COUNTED = re.compile(
    r"(\d+)\s*(?:(actions?|steps?|jobs?)(?: at (?:once|a time|the same time))?"
    r"|cpus?|cores?|threads?)",
    re.IGNORECASE,
)


def intention(text: str) -> Intention:
    """What ``--for "25 actions, 12 cpus, 96GB, 24h"`` says. Raises UsageError with an example."""
    found: dict[str, Any] = {}
    for part in filter(None, re.split(r"\s*[,;]\s*", text.strip())):
        counted = _COUNTED.fullmatch(part)
        if counted:
            key = "actions" if counted[2] else "cpus"
            found[key] = units.read_count(counted[1]).number
        elif units.seconds(part) is not None and not re.fullmatch(r"[\d.]+\s*M", part):
            found["walltime"] = units.read_walltime(part).text
        else:
            found["memory_gb"] = _memory_of(part)
    if not found:
        raise UsageError('--for: write what you want, such as "25 actions, 12 cpus, 96GB, 24h"')
    return Intention(**found)


def _memory_of(part: str) -> int:
    try:
        return units.read_memory(part).gb
    except UsageError:
        raise UsageError(
            f"--for: {part!r} is not understood; write N actions, N cpus, memory such as 96GB, or"
            " a time such as 24h"
        ) from None


def advice(explanation: Explanation, wanted: Intention) -> list[str]:
    """What to change so that the executor labelled default gives what is wanted; nothing if it
    does already."""
    one = next((each for each in explanation.executors if each.label == "default"), None)
    if one is None:
        return ['label the executor that runs most actions "default"']
    said = []
    if one.provider in (None, "LocalProvider"):
        return _advice_here(one, wanted, explanation.release)
    if wanted.cpus is not None and one.cores_per_action not in (None, wanted.cpus):
        said += _cores(one, wanted.cpus, explanation.release)
    memory_known = one.memory_gb_per_action is not None
    if (
        memory_known
        and wanted.memory_gb is not None
        and _memory_then(one, wanted.cpus) < wanted.memory_gb
    ):
        said.append(_memory(one, wanted.memory_gb))
    if wanted.walltime is not None and (one.walltime_seconds or 0) < (
        units.seconds(wanted.walltime) or 0
    ):
        said.append(f'a job runs too short: write `walltime = "{wanted.walltime}"`')
    if wanted.actions is not None:
        said += _blocks(one, wanted, explanation.release)
    return said


def _advice_here(one: Capacity, wanted: Intention, release: Release) -> list[str]:
    """The same for actions on this machine: how many at a time is all that the file decides."""
    if wanted.actions is None or one.concurrent_actions == wanted.actions:
        return []
    cap = "max_workers_per_node" if release.parsl_order >= (2024, 3) else "max_workers"
    key = "max_threads" if one.provider is None else cap
    told = "?" if one.concurrent_actions is None else one.concurrent_actions
    return [f"{told} actions run at a time, not {wanted.actions}: write `{key} = {wanted.actions}`"]


def _memory_then(one: Capacity, cpus: int | None) -> float:
    """The memory of an action once it has that many CPUs."""
    workers = one.workers_per_manager or 1
    total = (one.cores_per_action or 0) * workers
    fit = max(int(total // cpus), 1) if cpus and total else workers
    return (one.memory_gb_per_action or 0) * workers / min(fit, workers)


def _has(one: Capacity) -> str:
    return "unknown" if one.cores_per_action is None else f"{one.cores_per_action:g}"


def _cores(one: Capacity, cpus: int, release: Release) -> list[str]:
    cap = "max_workers_per_node" if release.parsl_order >= (2024, 3) else "max_workers"
    total = (one.cores_per_action or 0) * (one.workers_per_manager or 0)
    said = [
        f"the CPUs of each action are {_has(one)}, not {cpus}: write `cores_per_worker = {cpus}`"
    ]
    fit = int(total // cpus) if total else 0
    if fit:
        said[0] += f" (and `{cap} = {fit}`)"
    key = {"PBSProProvider": "cpus_per_node"}.get(one.provider or "", "cores_per_node")
    if one.provider in ("SlurmProvider", "PBSProProvider") and total < cpus:
        said.append(f"ask for that many cores: write `{key} = {cpus}` for the provider")
    return said


def _memory(one: Capacity, memory: int) -> str:
    has = one.memory_gb_per_action
    told = "unknown" if has is None else f"{has:g} GB"
    how = {
        "SlurmProvider": f"`mem_per_node = {memory}` for one action in each job",
        "PBSProProvider": f'`select_options = "mem={memory}gb"` for one action in each job',
    }.get(one.provider or "", f"`mem_per_worker = {memory}`")
    return f"the memory of each action is {told}, not {memory} GB: write {how}"


def _blocks(one: Capacity, wanted: Intention, release: Release) -> list[str]:
    actions, cpus = wanted.actions or 0, wanted.cpus
    total = (one.cores_per_action or 0) * (one.workers_per_manager or 0)
    per_block = (one.managers_per_block or 1) * (one.workers_per_manager or 1)
    if cpus and total:
        per_block = (one.managers_per_block or 1) * max(int(total // cpus), 1)
    blocks = -(-actions // per_block)
    if one.blocks.reachable == blocks:
        return []
    told = one.blocks.reachable
    return [
        f"{told} blocks of {per_block} action{'' if per_block == 1 else 's'} each are reached, and"
        f" {blocks} are needed: write `max_blocks = {blocks}`"
        + ("" if told == one.blocks.max else ' and `strategy = "simple"`')
    ]
