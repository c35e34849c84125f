"""Rules on the mapping of actions to executors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from q2pconf import names
from q2pconf._dataclasses import replace
from q2pconf.findings import Finding, Fix, KeyPath, Severity
from q2pconf.model import Config
from q2pconf.rules import Context, error, rule, warning

__all__: list[str] = []

INNER: KeyPath = ("parsl", "executor_mapping")
OUTER: KeyPath = ("executor_mapping",)


@rule("Q2P301", "A mapping of the wrong shape", "error", "warning")
def mapping_shape(config: Config, context: Context) -> Iterator[Finding]:
    """The mapping says which executor runs which action. From QIIME 2 2024.10 on it has one table
    for each plugin, such as [parsl.executor_mapping.dada2], with lines such as denoise_paired =
    "default" below it. A line action = "label" right below [parsl.executor_mapping], as it was
    written up to 2024.5, stops every run with TypeError: put the line into the table of its plugin.
    `q2pconf migrate` does it for you."""
    value = config.table.values.get("executor_mapping", {})
    flat = context.release.loader.mapping == "flat"
    if not isinstance(value, Mapping):
        kind = "list" if isinstance(value, list) else type(value).__name__
        if flat:
            make = error if value else warning
            yield make(
                "Q2P301", INNER, "the mapping must be a table of lines action = \"label\"",
                consequence=f"the file loads, but the first action stops with AttributeError:"
                f" '{kind}' object has no attribute 'get'"
                if value
                else "QIIME 2 loads the file and never uses the mapping",
                hint="write a table [parsl.executor_mapping]",
            )  # fmt: skip
        else:
            yield error(
                "Q2P301", INNER, "the mapping must be a table with one table per plugin",
                consequence=f"QIIME 2 stops with AttributeError: '{kind}' object has no attribute"
                " 'values'",
                hint='write [parsl.executor_mapping.PLUGIN] with lines ACTION = "label"',
            )  # fmt: skip
        return
    for key, entry in value.items():
        if not flat and not isinstance(entry, Mapping):
            yield error(
                "Q2P301",
                (*INNER, key),
                f"`{key} = …` does not say which plugin the action belongs to",
                part="key",
                consequence="QIIME 2 2024.10 and later stop with TypeError: The provided mapping …"
                " does not follow the correct format",
                hint=_per_plugin(str(key), entry),
            )


def _per_plugin(key: str, entry: Any) -> str:
    """How a line of a flat mapping, or what was meant to be a table, is written."""
    if isinstance(entry, list) and all(isinstance(one, Mapping) for one in entry):
        return f"write the header in single brackets: [parsl.executor_mapping.{key}]"
    plugin, _, action = key.rpartition(".")
    table = f"[parsl.executor_mapping.{plugin or 'PLUGIN'}]"
    return (
        f"write a table for the plugin, {table}, and the line `{action} = {_shown(entry)}` below it"
    )


@rule("Q2P302", "A mapping to a label that no executor has", "error", "warning")
def mapping_target(config: Config, context: Context) -> Iterator[Finding]:
    """The mapping sends an action to the executor with this label, and no executor of the file has
    it. Nobody checks that when the file is loaded: the action stops with KeyError when its turn
    comes, perhaps after hours. Write the label of an executor of this file; capitals count."""
    loader = context.release.loader
    own = tuple(config.executors())
    labels = config.labels() if own else (loader.thread_label, loader.process_label)
    if own and len(labels) < len(own):
        return
    for table in (INNER, OUTER):
        for path, label in _entries(config, table, context):
            if isinstance(label, str) and label in labels:
                continue
            finding = _bad_target(path, label, labels, own_executors=bool(own) or label == "")
            if path[-1] in config.table.spec["properties"]:
                told = f"`{path[-1]}` is taken for an action here, and belongs to [parsl]"
                hint = f"move `{path[-1]}` up, right below the line [parsl]"
                finding = replace(finding, message=told, hint=hint, fix=None)
            if table == OUTER and finding.severity is Severity.ERROR:
                finding = replace(finding, severity=Severity.WARNING)
            yield finding


def _bad_target(
    path: KeyPath, label: Any, labels: tuple[str, ...], *, own_executors: bool
) -> Finding:
    known = ", ".join(f'"{name}"' for name in labels)
    if not isinstance(label, str):
        return error(
            "Q2P302", path, f"`{path[-1]}` must be mapped to the label of an executor, in quotes",
            consequence="the action stops with KeyError or TypeError when its turn comes",
            hint=f"write one of: {known}",
        )  # fmt: skip
    suggestion = names.meant(label, labels)
    message = f'`{path[-1]}` is mapped to "{label}", but no executor has that label'
    hint = f'write "{suggestion}"' if suggestion else f"write one of: {known}"
    if not own_executors:
        return warning(
            "Q2P302", path, f'`{path[-1]}` is mapped to "{label}", which the file itself does not'
            " define",
            consequence="if the file that QIIME 2 finds by itself has no such executor either, the"
            " action stops with KeyError",
            hint=f"QIIME 2's own default file has: {known}",
        )  # fmt: skip
    return error(
        "Q2P302", path, message,
        consequence=f"the file loads, but the action stops with KeyError: '{label}'",
        hint=hint,
        fix=Fix(kind="set", key=path, value=suggestion) if suggestion else None,
    )  # fmt: skip


@rule("Q2P303", "A mapping that QIIME 2 ignores when it finds the file by itself", "warning")
def mapping_ignored(config: Config, context: Context) -> Iterator[Finding]:
    """A file given with --parallel-config is asked for [parsl.executor_mapping]. The same file
    found by QIIME 2 itself (--parallel) is asked for a table [executor_mapping] outside [parsl],
    from 2024.10 on, and for none at all before. A mapping that is not looked at is ignored without
    a word: all actions run on the executor labelled default. Write the mapping in both tables; up
    to 2024.5 give the file with --parallel-config."""
    inner = config.table.values.get("executor_mapping")
    outer = config.data.get("executor_mapping")
    if context.release.loader.chain_mapping == "":
        if inner:
            yield warning(
                "Q2P303", INNER, "QIIME 2 uses this mapping only with --parallel-config",
                part="table",
                consequence="with --parallel every action runs on the executor labelled default",
                hint="give the file with --parallel-config; there is no other way in this release",
            )  # fmt: skip
        return
    if not isinstance(inner, Mapping) and inner is not None:
        return  # Q2P301 says that it is no mapping at all
    if inner and not outer:
        yield warning(
            "Q2P303", INNER, "QIIME 2 uses this mapping only with --parallel-config", part="table",
            consequence="with --parallel, which finds the file by itself, every action runs on the"
            " executor labelled default",
            hint="repeat the mapping in tables [executor_mapping.PLUGIN], outside [parsl]",
            fix=_twin(inner, INNER, OUTER),
        )  # fmt: skip
    elif outer and not inner:
        yield warning(
            "Q2P303", OUTER, "QIIME 2 uses this mapping only with --parallel", part="table",
            consequence="with --parallel-config FILE every action runs on the executor labelled"
            " default",
            hint="repeat the mapping in tables [parsl.executor_mapping.PLUGIN]",
            fix=_twin(outer, OUTER, INNER),
        )  # fmt: skip
    elif inner and outer and inner != outer:
        yield warning(
            "Q2P303", OUTER, "the two mappings are not the same", part="table",
            consequence="--parallel uses [executor_mapping], --parallel-config uses"
            " [parsl.executor_mapping]",
            hint="write the same lines in both",
        )  # fmt: skip


def _twin(mapping: Any, here: KeyPath, there: KeyPath) -> Fix | None:
    """The same mapping once more, where it is one label for each action of each plugin."""
    tables = mapping.values() if isinstance(mapping, Mapping) else [None]
    plain = all(
        isinstance(actions, Mapping) and all(isinstance(label, str) for label in actions.values())
        for actions in tables
    )
    twin = ".".join(str(part) for part in there)
    return Fix(kind="copy", key=here, value=twin, safe=True) if plain else None


@rule("Q2P304", "A mapping of a later release", "warning")
def mapping_too_new(config: Config, context: Context) -> Iterator[Finding]:
    """Up to QIIME 2 2024.5 a mapping is made of lines action = "label" right below
    [parsl.executor_mapping]. Tables for plugins load there too, but are never looked at: the
    actions run on the executor labelled default. Write the lines without the plugins' tables, or
    use QIIME 2 2024.10 or later."""
    value = config.table.values.get("executor_mapping")
    if context.release.loader.mapping != "flat" or not isinstance(value, Mapping):
        return
    for key, entry in value.items():
        if isinstance(entry, Mapping):
            yield warning(
                "Q2P304",
                (*INNER, key),
                f"QIIME 2 {context.release.name} knows no mapping per plugin",
                part="table",
                consequence="QIIME 2 looks actions up by name only and never finds these",
                hint='write the lines ACTION = "label" right below [parsl.executor_mapping]',
            )


def _entries(config: Config, table: KeyPath, context: Context) -> Iterator[tuple[KeyPath, Any]]:
    """Every mapped label that the release looks at."""
    value = _at(config.data, table)
    if not isinstance(value, Mapping):
        return
    if context.release.loader.mapping == "flat":
        if table == INNER:
            for key, label in value.items():
                if not isinstance(label, Mapping):
                    yield (*table, key), label
        return
    for plugin, actions in value.items():
        if isinstance(actions, Mapping):
            for action, label in actions.items():
                yield (*table, plugin, action), label


def _at(data: Mapping[str, Any], path: KeyPath) -> Any:
    value: Any = data
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
