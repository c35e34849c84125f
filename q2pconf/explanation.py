"""What a file will do: every executor's capacity, which action goes where, where logs go."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from q2pconf import capacity, schema
from q2pconf._dataclasses import dataclass, field
from q2pconf.capacity import Capacity, Node
from q2pconf.checks import check_data
from q2pconf.document import Document, check_keys, opened
from q2pconf.findings import Severity
from q2pconf.model import Config, Table
from q2pconf.releases import Release, choose

__all__ = ["Explanation", "explain", "without_executors"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """What a file will do under one release.

    ``mapping`` is what counts with --parallel-config, as the file has it. ``concurrent_actions``
    are those of all executors that get any (the one labelled default and those mapped to); None
    where the file does not decide it. ``run_dir`` is the folder of Parsl's logs. ``places`` says of
    each executor where its jobs go and who pays, ``errors`` how many the check found: with any, the
    file does nothing of this. ``data`` and ``node`` are what was explained, ``document`` the file
    itself, None where only the data of it were given.
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
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    node: Node | None = None
    document: Document | None = field(default=None, repr=False)


def explain(
    source: Document | str | os.PathLike[str] | Mapping[str, Any],
    release: Release | str | None = None,
    node: Node | None = None,
) -> Explanation:
    """What a file, a document or the data of one will do; ``node`` is what is known of its nodes.

    A string is a path or TOML text, as for ``validate``. What is wrong in the file counts
    as absent: ``validate`` says so. Raises InputError for a file that cannot be read, DocumentError
    for one that is not TOML, UsageError for an unknown release.
    """
    chosen = release if isinstance(release, Release) else choose(release, os.environ, sys.path)
    data: Mapping[str, Any]
    if isinstance(source, Mapping):
        check_keys(source)
        document, data = None, source
    else:
        document = opened(source)
        data = document.data
    config = Config.from_data(data, schema.of(chosen))
    found = capacity.of_config(config, chosen, node)
    mapping = config.table.values.get("executor_mapping")
    mapping = mapping if isinstance(mapping, Mapping) else {}
    used = {"default", *_targets(mapping, chosen)}
    counts = [one.concurrent_actions for one in found if one.label in used]
    return Explanation(
        path=None if document is None else document.path,
        release=chosen,
        executors=found,
        mapping=mapping,
        concurrent_actions=_sum(counts),
        run_dir=config.table.text("run_dir") or "runinfo",
        notes=tuple(_notes(config, found, mapping)),
        places=tuple(_place(config, executor) for executor in config.executors()),
        errors=sum(one.severity is Severity.ERROR for one in check_data(data, chosen)),
        data=data,
        node=node,
        document=document,
    )


def _place(config: Config, executor: Table) -> str:
    """Where the jobs of an executor go, as far as the file says it."""
    provider = config.provider(executor)
    if provider is None:
        return ""
    words = ("partition", "queue", "account", "project", "qos", "clusters")
    found = ((word, provider.text(word)) for word in words if provider.has(word))
    return ", ".join(f"{word} {value}" for word, value in found if value)


def _targets(mapping: Mapping[str, Any], release: Release) -> set[str]:
    """Every label that this release sends something to; it reads one shape of mapping only."""
    found: list[Any] = []
    for value in mapping.values():
        if release.loader.mapping == "flat":
            found.append(value)
        elif isinstance(value, Mapping):
            found.extend(value.values())
    return {label for label in found if isinstance(label, str)}


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if counts and len(known) == len(counts) else None


def without_executors(config: Config) -> str:
    """What QIIME 2 does with a file that names no executors, as a sentence within another."""
    if config.only_mapping:
        return (
            "the file names no executors: with --parallel-config QIIME 2 takes those of the file"
            " that it finds itself (q2pconf which); where that is this very file, the first action"
            " stops with KeyError: 'default'"
        )
    if isinstance(config.data.get("parsl"), Mapping):
        return "the file names no executors: the first action stops with KeyError: 'default'"
    return "the file has no table [parsl]: QIIME 2 stops"


def _notes(config: Config, found: tuple[Capacity, ...], mapping: Mapping[str, Any]) -> list[str]:
    """What is to be said of the whole file."""
    notes = []
    if not found:
        why = without_executors(config)
        notes.append(f"{why[0].upper()}{why[1:]}.")
    elif "default" not in config.labels():
        notes.append("No executor is labelled default: the first action stops with KeyError.")
    if mapping:
        notes.append(
            "Actions go where they are mapped to with --parallel-config FILE; what counts where"
            " QIIME 2 finds the file by itself is said by q2pconf which."
        )
    return notes
