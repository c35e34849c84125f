"""The mapping of actions to executors: its shape, its labels, and its twin for the chain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from q2pconf import edits
from q2pconf.document import Document
from q2pconf.errors import UsageError
from q2pconf.findings import KeyPath, Span
from q2pconf.migrating.work import Work
from q2pconf.releases import Release

__all__ = ["labels", "mirror", "shape", "without_plugin"]

INNER: KeyPath = ("parsl", "executor_mapping")
OUTER: KeyPath = ("executor_mapping",)
_MIRROR = (
    "the same mapping once more, for --parallel, where QIIME 2 finds the file by itself; the one"
    " in [parsl] is for --parallel-config"
)


def without_plugin(document: Document, target: Release) -> tuple[str, ...]:
    """The actions that stand right below the mapping, where the target wants a plugin."""
    if target.loader.mapping == "flat":
        return ()
    return tuple(key for key, value in _inner(document).items() if not isinstance(value, Mapping))


def labels(work: Work) -> None:
    """A mapping without executors of its own means those of the default file, whose labels are
    others in other releases."""
    before, after = work.origin.loader, work.target.loader
    renamed = {
        before.thread_label: after.thread_label,
        before.process_label: after.process_label,
    }
    parsl = work.document.data.get("parsl")
    if not isinstance(parsl, Mapping) or set(parsl) - {"executor_mapping"}:
        return
    for path, label in _leaves(_inner(work.document), INNER):
        new = renamed.get(label, label) if isinstance(label, str) else label
        if new != label:
            work.annotate(
                path,
                f'"{label}" of QIIME 2 {work.origin.name}\'s own default file is called "{new}" in'
                f' {work.target.name}: write "{new}" if this meant that one',
            )


def shape(work: Work) -> None:
    """Plugin → action → label, or action → label, as the target wants it."""
    given = _inner(work.document)
    if _has_odd_labels(given):
        work.leave(INNER, "a mapping's labels are text in quotes; correct those that are not")
        return
    settled = {str(path[-1]) for path, _ in _leaves(given, INNER) if len(path) > len(INNER) + 1}
    wanting = set(without_plugin(work.document, work.target))
    unused = sorted(set(work.plugins) - settled - wanting)
    if unused and work.target.loader.mapping != "flat":
        raise UsageError(
            f"--plugin {unused[0]}=…: the mapping has no line `{unused[0]} = …` that wants a plugin"
        )
    if work.target.loader.mapping == "flat":
        if any(isinstance(value, Mapping) for value in given.values()):
            _flatten(work, given)
    else:
        for action in without_plugin(work.document, work.target):
            _give_plugin(work, action, given[action])


def _give_plugin(work: Work, action: str, label: Any) -> None:
    path = (*INNER, action)
    plugin = work.plugins.get(action, "").replace("-", "_")
    if not plugin:
        work.comment_out(
            path,
            f"which plugin has the action {action}? Put PLUGIN. in front of it and remove the #, or"
            f" migrate with --plugin {action}=PLUGIN; until then it runs on the executor default",
        )
        return
    message = f"`{action}` is now mapped as an action of the plugin {plugin}"
    line = f"{_key(action)} = {edits.written(label)}"
    headers = edits.headers_below(work.document, (*INNER, plugin))
    inline = work.document.positions.values.get((*INNER, plugin))
    if headers:
        document = edits.insert_after(work.document, headers[0], line)
        work.done("move", path, edits.drop(document, path), message)
    elif inline is not None:
        inside = edits.text_at(work.document, inline).rstrip("} \t").rstrip(",")
        joined = f"{inside}{'' if inside == '{' else ','} {line} }}"
        document = edits.set_value(work.document, (*INNER, plugin), joined)
        work.done("move", path, edits.drop(document, path), message)
    else:
        leaf = edits.text_at(work.document, work.document.positions.parts[path][-1])
        document = edits.replace_key(work.document, path, f"{_key(plugin)}.{leaf}")
        work.done("rename", path, document, message)


def _flatten(work: Work, given: Mapping[str, Any]) -> None:
    """One table of action → label instead of one for each plugin."""
    seen: dict[str, Any] = {}
    for path, label in list(_leaves(given, INNER)):
        action = str(path[-1])
        if action not in seen:
            seen[action] = label
        elif seen[action] == label:
            work.done(
                "remove",
                path,
                edits.drop(work.document, path),
                f"`{action}` was mapped twice, to the same executor",
            )
        else:
            work.comment_out(
                path,
                f"`{action}` of {path[-2]} went to {edits.written(label)}; QIIME 2"
                f" {work.target.name} has one line for all actions of that name",
            )
    message = f"QIIME 2 {work.target.name} maps actions by their names alone, whatever their plugin"
    work.done("move", INNER, _flat(work.document), message)


def _flat(document: Document) -> Document:
    """The document with one mapping table, in which the lines of the old ones stand."""
    if INNER in document.positions.values:
        pairs = (f"{_key(str(p[-1]))} = {edits.written(v)}" for p, v in _all(document))
        return edits.set_value(document, INNER, f"{{ {', '.join(pairs)} }}")
    every = edits.lines(document.text)
    for path, label in _all(document):
        _flatten_line(document, every, path, label)
    headers = document.positions.headers
    first: int | None = None
    moved: list[str] = []
    for index, header in enumerate(headers):
        if header.path[:2] != INNER:
            continue
        number = header.span.line - 1
        if first is None:
            first = number
            every[number] = _spliced(every[number], header.span, "[parsl.executor_mapping]")
            stop = edits.block(document, header).stop
            continue
        every[number] = ""
        if headers[index - 1].path[:2] == INNER:
            stop = edits.block(document, header).stop if not moved else stop
        else:
            body = edits.block(document, header)
            moved += [every[n] for n in body]
            every[body.start : body.stop] = [""] * len(body)
    if moved:
        every[stop - 1] += "".join(moved)
    return replace(document, text="".join(every))


def _flatten_line(document: Document, every: list[str], path: KeyPath, label: Any) -> None:
    """Take the plugin out of one line of a mapping."""
    parts = document.positions.parts
    plugin = path[: len(INNER) + 1]
    if len(path) <= len(plugin):
        return
    leaf = parts[path][-1]
    inline = document.positions.values.get(plugin)
    if inline is not None:
        number = inline.line - 1
        key = parts[plugin][-1]
        line, rest = every[number], edits.line_end(document)
        if line.lstrip().startswith(edits.text_at(document, key)):
            line, rest = "", line[inline.end_column - 1 :] or rest
        indent = " " * (key.column - 1)
        every[number] = f"{line}{indent}{_key(str(path[-1]))} = {edits.written(label)}{rest}"
        return
    start = next((span for span in parts[plugin] if span.line == leaf.line), None)
    if start is not None and start.column < leaf.column:
        line = every[leaf.line - 1]
        every[leaf.line - 1] = line[: start.column - 1] + line[leaf.column - 1 :]


def _spliced(line: str, span: Span, text: str) -> str:
    return line[: span.column - 1] + text + line[span.end_column - 1 :]


def _all(document: Document) -> list[tuple[KeyPath, Any]]:
    return list(_leaves(_inner(document), INNER))


def mirror(work: Work) -> None:
    """The table outside [parsl] that the chain reads, from 2024.10 on."""
    inner = _inner(work.document)
    outer = work.document.data.get("executor_mapping")
    if not work.target.loader.chain_mapping:
        if outer is not None:
            message = f"QIIME 2 {work.target.name} never reads a mapping outside [parsl]"
            work.done("remove", OUTER, edits.drop(work.document, OUTER), message)
        return
    if not any(isinstance(value, Mapping) and value for value in inner.values()):
        return
    if _has_odd_labels(inner):
        return
    if outer is not None and outer != inner and _is_ours(work.document):
        work.document = edits.drop(work.document, OUTER)
        outer = None
    if outer is None:
        text = "".join(_tables(inner))
        document = edits.append(
            work.document, "".join(f"{row}\n" for row in edits.remark(_MIRROR)) + text
        )
        message = "the mapping is written once more outside [parsl], where --parallel looks"
        work.done("add", OUTER, document, message)
    elif outer != inner:
        work.leave(
            OUTER,
            "the mappings in [executor_mapping] (for --parallel) and in [parsl.executor_mapping]"
            " (for --parallel-config) are not the same; write the same lines in both",
        )


def _is_ours(document: Document) -> bool:
    """Whether the mapping outside [parsl] was written here, so that it follows the other one."""
    headers = edits.headers_below(document, OUTER)
    if not headers:
        return False
    above = "".join(edits.lines(document.text)[: headers[0].span.line - 1])
    end = edits.line_end(document)
    return above.endswith("".join(f"{row}{end}" for row in edits.remark(_MIRROR)))


def _tables(inner: Mapping[str, Any]) -> Iterator[str]:
    for plugin, actions in inner.items():
        if isinstance(actions, Mapping):
            lines = "".join(f"{_key(a)} = {edits.written(v)}\n" for a, v in actions.items())
            yield f"[executor_mapping.{_key(plugin)}]\n{lines}"


def _inner(document: Document) -> Mapping[str, Any]:
    parsl = document.data.get("parsl")
    value = parsl.get("executor_mapping") if isinstance(parsl, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _has_odd_labels(inner: Mapping[str, Any]) -> bool:
    return any(isinstance(label, Mapping | list) for _, label in _leaves(inner, INNER))


def _leaves(value: Mapping[str, Any], base: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Every mapped label with its path, of either shape."""
    for key, entry in value.items():
        if isinstance(entry, Mapping):
            for action, label in entry.items():
                yield (*base, key, action), label
        else:
            yield (*base, key), entry


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else edits.written(name)
