"""Answers into a configuration: what a person wants becomes the keys that say so to Parsl."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from q2pconf import _toml, capacity, edits, quoting, schema
from q2pconf._dataclasses import dataclass
from q2pconf.answers import Answers
from q2pconf.document import Document
from q2pconf.errors import UsageError
from q2pconf.findings import KeyPath
from q2pconf.model import BATCH, Config, Table
from q2pconf.releases import Release, newest

__all__ = [
    "Known", "config_of", "default_executor", "fill", "known_of", "map_actions", "place_of", "put",
    "select_with_memory", "value_at", "value_of",
]  # fmt: skip

_SPELT: Mapping[str, tuple[str, ...]] = {
    "partition": ("partition", "queue"),
    "queue": ("queue", "partition"),
    "account": ("account", "project", "allocation"),
    "qos": ("qos",),
    "worker_init": ("worker_init",),
    "walltime": ("walltime",),
}
"""An answer, and what the key is called by one provider or another."""

CAPS = ("max_workers_per_node", "max_workers")
"""What the most workers of a manager are called, in later and in earlier releases."""

_MAPPING: KeyPath = ("parsl", "executor_mapping")


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What a file comes to by now, None where it does not decide: ``in_a_job`` the actions that a
    job has at a time, on each of ``managers`` nodes or parts of one."""

    actions: int | None = None
    cpus: int | None = None
    memory_gb: int | None = None
    in_a_job: int = 1
    managers: int = 1


def fill(
    document: Document,
    answers: Answers,
    steps_per_node: int | None = 1,
    release: Release | None = None,
    managers: int = 1,
) -> Document:
    """The document with what was answered; what was not stays as the document has it.

    ``steps_per_node``: how many steps a job runs at a time on each of its nodes, None where that
    stays too. ``release``: in whose words the document is, by default the newest's. Mapping and
    settings are not filled in here. Raises UsageError for an answer without a place.
    """
    config = config_of(document, release)
    executor = default_executor(config)
    provider = config.provider(executor)
    assert provider is not None
    if provider.class_name in BATCH:
        values = _batch(executor, provider, answers, steps_per_node, managers)
    else:
        values = _local(config, executor, answers)
    for name in ("partition", "queue", "account", "qos", "worker_init", "walltime"):
        value = getattr(answers, name)
        if value is not None:
            values[provider.at(_key(provider, name))] = value
    if not executor.has("provider") and any(path[:-1] == provider.path for path in values):
        # What Parsl takes where there is none, in the file itself.
        document = put(document, provider.path, {"class": provider.class_name})
    for path, value in values.items():
        document = put(document, path, value)
    return document


def default_executor(config: Config) -> Table:
    """The executor that runs what no mapping sends elsewhere; where that one is threads, as in
    the older default files, the first one that starts workers.

    Raises UsageError where there is none.
    """
    starting = [one for one in config.executors() if config.provider(one) is not None]
    labelled = [one for one in config.executors() if one.text("label") == "default"]
    if not labelled:
        raise UsageError("no executor is labelled default; start from a preset")
    found = [one for one in labelled if one in starting]
    if not found and labelled[0].class_name == "ThreadPoolExecutor":
        found = starting
    if not found:
        raise UsageError("the executor labelled default has no provider; start from a preset")
    return found[0]


def config_of(document: Document, release: Release | None = None) -> Config:
    """The document as Parsl sees it, of a release (default: the newest)."""
    return Config.from_data(document.data, schema.of(release or newest()))


def known_of(document: Document, release: Release) -> Known:
    """What a file comes to in this release."""
    config = config_of(document, release)
    executor = default_executor(config)
    provider = config.provider(executor)
    if provider is None or provider.class_name not in BATCH:
        own = executor.integer("cores_per_worker") if executor.has("cores_per_worker") else None
        cap = next((executor.integer(key) for key in CAPS if executor.has(key)), None)
        return Known(actions=cap, cpus=own)
    found = capacity.of_executor(config, executor, release)
    cores, memory = found.cores_per_action, found.memory_gb_per_action
    return Known(
        actions=found.concurrent_actions or None,
        cpus=int(cores) if cores and cores == int(cores) else None,
        memory_gb=int(memory) if memory and memory == int(memory) else None,
        in_a_job=found.workers_per_manager or 1,
        managers=found.managers_per_block or 1,
    )


def _batch(
    executor: Table, provider: Table, answers: Answers, steps: int | None, managers: int
) -> dict[KeyPath, Any]:
    """Jobs of one node: as many as it takes, each with its share of cores and memory."""
    values: dict[KeyPath, Any] = {}
    if answers.exclusive is not None:
        values.update(_exclusive(provider, answers.exclusive))
    if steps is None:
        return values
    values.update(dict.fromkeys(_caps(executor), steps))
    if answers.actions is not None:
        values.update(_blocks(provider, -(-answers.actions // (steps * managers))))
    if answers.cpus is not None:
        values[executor.at("cores_per_worker")] = answers.cpus
        key = next((k for k in ("cores_per_node", "cpus_per_node") if provider.knows(k)), None)
        if key:
            values[provider.at(key)] = answers.cpus * steps * _on_a_node(provider, managers)
    if answers.memory_gb is not None:
        values.update(_memory(provider, answers.memory_gb * steps * _on_a_node(provider, managers)))
    return values


def _on_a_node(provider: Table, managers: int) -> int:
    """How many managers share a node of a job."""
    return -(-managers // max(provider.integer("nodes_per_block") or 1, 1))


def _caps(executor: Table) -> list[KeyPath]:
    """The keys for the most workers that this release has, those in the file if there are any."""
    known = [key for key in CAPS if executor.knows(key)]
    return [executor.at(key) for key in [k for k in known if executor.has(k)] or known[:1]]


def _blocks(provider: Table, most: int) -> dict[KeyPath, Any]:
    """So many jobs at most, and no more than that at the start."""
    values = {provider.at("max_blocks"): most}
    for name in ("init_blocks", "min_blocks"):
        if provider.has(name) and (provider.integer(name) or 0) > most:
            values[provider.at(name)] = most
    return values


def _memory(provider: Table, memory: int) -> dict[KeyPath, Any]:
    if provider.knows("mem_per_node"):
        return {provider.at("mem_per_node"): memory}
    if provider.knows("select_options"):
        before = provider.text("select_options") or ""
        return {provider.at("select_options"): select_with_memory(before, memory)}
    return {}


def select_with_memory(before: str, memory: int) -> str:
    """PBS's select options with this memory, whatever else they say; the provider's cpus_per_node
    gives the cores."""
    given = re.compile(r"\s*(?:mem|ncpus)\s*=", re.IGNORECASE)
    parts = [part for part in before.split(":") if part and not given.match(part)]
    return ":".join([f"mem={memory}gb", *parts])


def _exclusive(provider: Table, whole: bool) -> dict[KeyPath, Any]:
    """Whether a job takes whole nodes, as the provider's scheduler wants to be told."""
    if provider.knows("exclusive"):
        return {provider.at("exclusive"): whole}
    if provider.class_name != "PBSProProvider":
        return {}
    line = "#PBS -l place=excl"
    before = provider.text("scheduler_options") or ""
    placed = re.compile(r"#PBS\s+-l\s*place=(?:excl|shared|free|pack|scatter)\s*")
    others = [one for one in before.splitlines() if not placed.fullmatch(one.strip())]
    return {provider.at("scheduler_options"): "\n".join([*others, line] if whole else others)}


def _local(config: Config, executor: Table, answers: Answers) -> dict[KeyPath, Any]:
    """Workers on this machine, and as many threads."""
    values: dict[KeyPath, Any] = {}
    if answers.actions is not None:
        values.update(dict.fromkeys(_caps(executor), answers.actions))
        for other in config.executors():
            if other.class_name == "ThreadPoolExecutor":
                values[other.at("max_threads")] = answers.actions
    if answers.cpus is not None:
        values[executor.at("cores_per_worker")] = answers.cpus
    if answers.memory_gb is not None:
        values[executor.at("mem_per_worker")] = answers.memory_gb
    return values


def _key(provider: Table, name: str) -> str:
    for key in _SPELT[name]:
        if provider.knows(key):
            return key
    option = f"--{name.replace('_', '-')}"
    raise UsageError(f"{option}: {provider.class_name} has no such key; leave it out")


def map_actions(
    document: Document, mapping: tuple[tuple[str, str, str], ...], release: Release | None = None
) -> Document:
    """The document with these lines (plugin, action, label) in its mapping, as the release wants.

    Raises UsageError for a label that no executor has.
    """
    labels = config_of(document, release).labels()
    flat = (release or newest()).loader.mapping == "flat"
    for plugin, action, label in mapping:
        if label not in labels:
            known = ", ".join(labels)
            raise UsageError(
                f"--map {plugin}.{action}={label}: no executor has that label ({known})"
            )
        table: KeyPath = ("parsl", "executor_mapping") if flat else (*_MAPPING, plugin)
        document = _mapped(document, table, action, label)
    return document


def _mapped(document: Document, table: KeyPath, action: str, label: str) -> Document:
    """The document with one more line in a table of its mapping, which may be new."""
    there = [path for path in document.positions.keys if path[: len(table)] == table]
    if not there and not any(h.path == table for h in document.positions.headers):
        above = document.positions.values.get(table[:-1])
        if above is not None and table != _MAPPING:
            return put(document, table, {action: label})
        name = ".".join(str(part) for part in table)
        return edits.append(document, f"[{name}]\n{action} = {quoting.written(label)}\n")
    return put(document, (*table, action), label)


def put(document: Document, path: KeyPath, value: Any) -> Document:
    """The document with this value at this path, on a line of its own where it is new."""
    text = quoting.written(value, in_rows=True)
    if path in document.positions.values:
        return edits.set_value(document, path, text)
    key = quoting.bare(str(path[-1]))
    headers = {header.path: header for header in document.positions.headers}
    if path[:-1] in headers:
        return edits.insert_after(document, headers[path[:-1]], f"{key} = {text}")
    inline = document.positions.values.get(path[:-1])
    if inline is not None:
        inside = edits.text_at(document, inline).removesuffix("}").rstrip()
        comma = "" if inside == "{" else ","
        return edits.set_value(document, path[:-1], f"{inside}{comma} {key} = {text} }}")
    above = next((end for end in range(len(path) - 1, 0, -1) if path[:end] in headers), None)
    if above is not None and any(one[:-1] == path[:-1] for one in document.positions.values):
        key = ".".join(quoting.bare(str(part)) for part in path[above:])
        return edits.insert_after(document, headers[path[:above]], f"{key} = {text}")
    return document.set(path, value)


def value_at(document: Document, path: KeyPath) -> Any:
    """The value at a path that is there."""
    value: Any = document.data
    for part in path:
        value = value[part]
    return value


def place_of(document: Document, name: str, release: Release | None = None) -> KeyPath:
    """Where a key of ``--set`` belongs: ``retries``, ``provider.cmd_timeout``, an executor's label
    first as in ``tpool.max_threads``, or a full path such as ``parsl.executors[1].label``.

    Raises UsageError for a key that no table of the file knows, or that several do.
    """
    config = config_of(document, release)
    full = re.fullmatch(r"parsl\.(.+)", name)
    if full:
        steps = re.findall(r"[^.\[\]]+", name)
        return tuple(int(step) if step.isdigit() else step for step in steps)
    places = _places(config)
    head, _, key = name.rpartition(".")
    found = [
        table.at(key) for names, table in places if (not head or head in names) and table.knows(key)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        where = f" in {head}" if head else ""
        parsl = (release or newest()).parsl
        raise UsageError(f"--set {name}: Parsl {parsl} has no such key{where}")
    said = ", ".join(f"{names[-1]}.{key}" for names, table in places if table.at(key) in found)
    raise UsageError(f"--set {name}: several tables have that key; write one of: {said}")


def _places(config: Config) -> list[tuple[tuple[str, ...], Table]]:
    """Every table of the file that a key may be for, with the names it goes by."""
    found: list[tuple[tuple[str, ...], Table]] = [(("parsl",), config.table)]
    for executor in config.executors():
        label = executor.text("label") or executor.class_name
        found.append(((label,), executor))
        provider = config.provider(executor)
        if provider is not None and executor.has("provider"):
            found.append((("provider", f"{label}.provider"), provider))
            launcher = config.launcher(provider)
            if launcher is not None and provider.has("launcher"):
                found.append((("launcher", f"{label}.launcher"), launcher))
    return found


def value_of(text: str) -> Any:
    """The value behind ``--set KEY=``: TOML, or the text as it is."""
    try:
        return _toml.loads(f"x = {text}")["x"]
    except (_toml.TOMLDecodeError, ValueError):
        return text
