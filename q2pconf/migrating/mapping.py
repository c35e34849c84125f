"""The mapping of actions to executors: its shape, its labels, and its twin for the chain."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from q2pconf import edits, quoting
from q2pconf._dataclasses import replace
from q2pconf.document import Document, DocumentError
from q2pconf.errors import UsageError
from q2pconf.findings import KeyPath
from q2pconf.layout import Layout
from q2pconf.migrating.flattening import INNER, flat, leaves_of
from q2pconf.migrating.work import Work
from q2pconf.releases import Release

__all__ = ["labels", "mirror", "shape", "without_plugin"]

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
    for path, label in leaves_of(_inner(work.document)):
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
    if work.target.loader.mapping == "flat":
        if any(isinstance(value, Mapping) for value in given.values()):
            _flatten(work, given)
        return
    _revive(work)
    _know_all(work)
    undecided = [a for a in without_plugin(work.document, work.target) if a not in work.plugins]
    if undecided:
        _one_line_each(work)
    for action in undecided:
        _set_aside(work, action)
    _give_plugins(work)


def _know_all(work: Work) -> None:
    """Refuse a plugin for an action that is nowhere in the mapping."""
    settled = {str(path[-1]) for path, _ in leaves_of(_inner(work.document))}
    for action in sorted(set(work.plugins) - settled):
        plugin = work.plugins[action]
        raise UsageError(f"--plugin {action}={plugin}: the mapping has no line for {action}")


def _revive(work: Work) -> None:
    """Lines that an earlier run commented out, and whose plugin is known now."""
    for action in [*work.plugins]:
        if action in _inner(work.document):
            continue
        own = "".join(
            f"{re.escape(row)}(?:\r\n|\r|\n)[ \t]*" for row in edits.remark(_which(action))
        )
        found = re.search(
            rf"{own}# (?={re.escape(quoting.bare(action))}[ \t]*=)", work.document.text
        )
        if found is not None:
            text = work.document.text
            text = text[: found.start()] + text[found.end() :]
            path = (*INNER, action)
            message = f"`{action}` is mapped again"
            work.done("set", path, replace(work.document, text=text), message)


def _which(action: str) -> str:
    return (
        f"which plugin has the action {action}? Put PLUGIN. in front of it and remove the #, or"
        f" migrate with --plugin {action}=PLUGIN; until then it runs on the executor default"
    )


def _one_line_each(work: Work) -> None:
    """A mapping in braces as a table, so that each of its lines can be commented out."""
    if INNER not in work.document.positions.values:
        return
    pairs = leaves_of(_inner(work.document))
    text = "".join(f"{_dotted(path)} = {quoting.written(label)}\n" for path, label in pairs)
    document = edits.append(edits.drop(work.document, INNER), f"[parsl.executor_mapping]\n{text}")
    work.done(
        "move", INNER, document, "the mapping is a table of its own, with a line for each action"
    )


def _dotted(path: KeyPath) -> str:
    return ".".join(quoting.bare(str(part)) for part in path[len(INNER) :])


def _set_aside(work: Work, action: str) -> None:
    work.comment_out((*INNER, action), _which(action))


def _give_plugins(work: Work) -> None:
    """Every action to its plugin; one whose plugin's name is another line's comes after that."""
    waiting = list(without_plugin(work.document, work.target))
    while waiting:
        taken = set(without_plugin(work.document, work.target))
        free = (a for a in waiting if _plugin(work, a) == a or _plugin(work, a) not in taken)
        action = next(free, None)
        if action is None:
            for each in waiting:
                work.leave((*INNER, each), f"give `{each}` its plugin by hand: the names collide")
            return
        waiting.remove(action)
        _give_plugin(work, action, _plugin(work, action))


def _plugin(work: Work, action: str) -> str:
    return work.plugins.get(action, "").replace("-", "_")


def _give_plugin(work: Work, action: str, plugin: str) -> None:
    path, inner = (*INNER, action), _inner(work.document)
    message = f"`{action}` is now mapped as an action of the plugin {plugin}"
    line = f"{quoting.bare(action)} = {quoting.written(inner[action])}"
    there = inner.get(plugin)
    if isinstance(there, Mapping) and action in there:
        work.comment_out(path, f"`{plugin}.{action}` is mapped already, to {there[action]!r}")
        return
    headers = edits.headers_below(work.document, (*INNER, plugin))
    inline = work.document.positions.values.get((*INNER, plugin))
    if isinstance(there, Mapping) and headers:
        more = edits.tail(work.document, path)
        document = edits.drop(edits.insert_after(work.document, headers[0], line + more), path)
        work.done("move", path, document, message, INNER)
    elif isinstance(there, Mapping) and inline is not None:
        inside = edits.text_at(work.document, inline).rstrip("} \t").rstrip(",")
        joined = f"{inside}{'' if inside == '{' else ','} {line} }}"
        document = edits.set_value(work.document, (*INNER, plugin), joined)
        work.done("move", path, edits.drop(document, path), message, INNER)
    else:
        leaf = edits.text_at(work.document, work.document.positions.parts[path][-1])
        document = edits.replace_key(work.document, path, f"{quoting.bare(plugin)}.{leaf}")
        work.done("rename", path, document, message, INNER)


def _flatten(work: Work, given: Mapping[str, Any]) -> None:
    """One table of action → label instead of one for each plugin."""
    seen: dict[str, Any] = {}
    for path, label in leaves_of(given):
        action = str(path[-1])
        if action not in seen:
            seen[action] = label
        elif seen[action] == label:
            message = f"`{action}` was mapped twice, to the same executor"
            work.remove(path, message)
        else:
            work.comment_out(
                path,
                f"`{action}` of {path[-2]} went to {quoting.written(label)}; QIIME 2"
                f" {work.target.name} has one line for all actions of that name",
            )
    name = work.target.name
    message = f"QIIME 2 {name} maps actions by their names alone, whatever their plugin"
    document = flat(work.document, leaves_of(_inner(work.document)))
    try:
        right = _inner(document) == seen
    except DocumentError:
        right = False
    if right:
        work.done("move", INNER, document, message)
    else:
        work.leave(INNER, f"{message}: write one table [parsl.executor_mapping] by hand")


def mirror(work: Work) -> None:
    """The table outside [parsl] that the chain reads, from 2024.10 on."""
    inner = _inner(work.document)
    outer = work.document.data.get("executor_mapping")
    if not work.target.loader.chain_mapping:
        _no_mirror(work, outer)
        return
    if not any(isinstance(value, Mapping) and value for value in inner.values()):
        return
    if _has_odd_labels(inner):
        return
    document = work.document
    if outer is not None and outer != inner and _is_ours(document, inner):
        document = edits.drop(document, OUTER)
        outer = None
    if outer is None:
        lead = "".join(f"{row}\n" for row in edits.remark(_MIRROR))
        document = edits.append(document, lead + quoting.as_tables("executor_mapping", inner))
        message = "the mapping is written once more outside [parsl], where --parallel looks"
        work.done("add", OUTER, document, message)
    elif outer != inner:
        work.leave(
            OUTER,
            "the mappings in [executor_mapping] (for --parallel) and in [parsl.executor_mapping]"
            " (for --parallel-config) are not the same; write the same lines in both",
        )


def _no_mirror(work: Work, outer: Any) -> None:
    """A release that reads no mapping outside [parsl]: nothing is lost of one that is a twin."""
    if outer is None:
        return
    message = f"QIIME 2 {work.target.name} never reads a mapping outside [parsl]"
    twin = {str(path[-1]): label for path, label in leaves_of(_inner(work.document))}
    own = outer if isinstance(outer, Mapping) else {}
    if own and all(twin.get(str(p[-1])) == label for p, label in leaves_of(own, OUTER)):
        work.remove(OUTER, message)
    elif outer:
        work.comment_out(OUTER, f"{message}; write its lines in [parsl.executor_mapping]")


def _is_ours(document: Document, inner: Mapping[str, Any]) -> bool:
    """Whether the mapping outside [parsl] was written here and has nothing of the person's own, so
    that it may follow the other one."""
    headers = edits.headers_below(document, OUTER)
    outer = document.data.get("executor_mapping")
    if not headers or not isinstance(outer, Mapping):
        return False
    layout = Layout(document)
    end = edits.line_end(document)
    lead = "".join(f"{row}{end}" for row in edits.remark(_MIRROR))
    if not "".join(layout.rows[: headers[0].span.line - 1]).endswith(lead):
        return False
    body = [layout.rows[n] for header in headers for n in layout.block(header)]
    known = {path[1:] for path, _ in leaves_of(inner, ("",))}
    keys = {path[1:] for path, _ in leaves_of(outer, ("",))}
    return keys <= known and not any("#" in line for line in body)


def _inner(document: Document) -> Mapping[str, Any]:
    parsl = document.data.get("parsl")
    value = parsl.get("executor_mapping") if isinstance(parsl, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _has_odd_labels(inner: Mapping[str, Any]) -> bool:
    return any(isinstance(label, Mapping | list) for _, label in leaves_of(inner))
