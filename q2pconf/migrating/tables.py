"""Tables and classes that the target's loader or Parsl does not have, and tables out of order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from q2pconf import edits, history, schema
from q2pconf.history import Past
from q2pconf.migrating.work import Work
from q2pconf.model import Table
from q2pconf.table_order import out_of_order

__all__ = ["channels", "classes", "in_order", "launchers"]


def in_order(work: Work) -> None:
    """Move tables to where the target's TOML reader takes them as they are meant."""
    for _ in work.document.positions.headers:
        places = work.document.positions
        found = next(out_of_order(places, work.target.tomlkit), None)
        if found is None or found.above is None:
            return  # what is left then is said in the end
        at = places.headers.index(found.header)
        moved = places.headers[at : at + 1 + found.followers]
        message = (
            f"moved up to the tables that it belongs to: QIIME 2 {work.target.name} does not take"
            f" {found.header} here"
        )
        document = edits.move_above(work.document, moved, found.above)
        work.done("move", found.header.path, document, message)


def channels(work: Work) -> None:
    """Delete the channels that say no more than this machine; leave the others to the person."""
    for provider in list(work.config.providers()):
        for key in ("channel", "channels"):
            known = provider.knows(key) and "channel" in work.target.loader.objects
            if not provider.has(key) or known:
                continue
            if not work.old.of_class(provider.class_name).get("properties", {}).get(key):
                continue
            _channel(work, provider, key)


def _channel(work: Work, provider: Table, key: str) -> None:
    value, path = provider.values[key], provider.at(key)
    name = value.get("class") if isinstance(value, Mapping) else None
    since = "Parsl has no channels any more"
    if provider.knows(key):
        since = f"QIIME 2 {work.target.name} loads no channels any more"
    if name == "LocalChannel":
        settings = sorted(set(value) - {"class", "script_dir"})
        message = f"{since}; jobs are submitted on this machine, which LocalChannel did"
        if not settings:
            work.remove(path, message)
        else:
            listed = ", ".join(settings)
            work.comment_out(path, f"{message}, but without its {listed}")
        return
    work.annotate(
        path,
        f"{since}: run QIIME 2 on the machine that {name or 'the channels'} led to,"
        " and delete this",
    )


def launchers(work: Work) -> None:
    """The first loaders cannot load any launcher table: delete those that say the default."""
    if work.target.loader.loads_launchers:
        return
    for provider in list(work.config.providers()):
        value = provider.values.get("launcher")
        if not isinstance(value, Mapping):
            continue
        path = provider.at("launcher")
        default = provider.spec.get("properties", {}).get("launcher", {}).get("default")
        if dict(value) == default:
            message = f"QIIME 2 {work.target.name} cannot load a launcher; this one is the default"
            work.remove(path, message)
        else:
            named = (default or {}).get("class", "its own")
            work.annotate(
                path,
                f"QIIME 2 {work.target.name} cannot load any launcher table, and takes {named};"
                " stay with a later release, or delete this if one node is enough",
            )


def classes(work: Work) -> None:
    """Classes that the target's Parsl does not have."""
    for problem in list(schema.check(work.document.data, work.new)):
        if problem.kind != "unknown-class" or not isinstance(problem.value, str):
            continue
        past = history.of_class(problem.value)
        if not (work.old.of_class(problem.value) or past.added or past.removed):
            continue
        work.annotate(problem.path, _class_message(work, problem.value, past))


def _class_message(work: Work, name: Any, past: Past) -> str:
    return f"Parsl {work.target.parsl} has no {name}{f': {past.why}' if past.why else ''}"
