"""Answers into a file: a new one of a preset, or one that exists."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from q2pconf import activation, capacity, edits, filling, presets, units
from q2pconf._dataclasses import dataclass, field, replace
from q2pconf.answers import Answers, read, read_one, under_one_name
from q2pconf.document import Document, DocumentError
from q2pconf.errors import UsageError
from q2pconf.host import resolve_cpus
from q2pconf.migrating import migrate
from q2pconf.model import BATCH
from q2pconf.presets import Preset
from q2pconf.releases import Release, choose, newest
from q2pconf.wizard import surroundings
from q2pconf.wizard.heading import headed, restated, without_placeholders
from q2pconf.wizard.sizing import completed, provider_of, steps_per_node, unanswered
from q2pconf.wizard.surroundings import Surroundings, is_allowed, same

__all__ = ["Draft", "build", "preset"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A file as it would be written: ``said`` is what was understood, rounded or is doubtful."""

    document: Document
    release: Release
    answers: Answers
    said: tuple[str, ...] = field(default=())
    preset: Preset | None = None


def build(
    chosen: Preset,
    given: Mapping[str, Any],
    release: Release,
    here: Surroundings,
    start: Document | None = None,
) -> Draft:
    """The file of a preset, or of one that exists (``start``), with these answers.

    Of a file that exists only what is answered changes. Raises UsageError for an answer that
    cannot be used.
    """
    _obey(chosen, given)
    if given.get("environment", "") is None:
        here = replace(here, env=activation.none(here.env))
    raw = dict(given)
    if start is None:
        raw = _fitted(
            {**_suggested(chosen), **given, **chosen.fixed}, {**given, **chosen.fixed}, here
        )
    answers = read(raw)
    if start is None:
        own = tuple(chosen.settings.items())
        document, answers, doubts = _new(chosen, answers, release, here)
        document = _set(document, own, None)
        mapped = bool(answers.mapping)
        carried = migrate(document, to=release, from_=newest(), mirror=mapped)
    else:
        carried = migrate(start, to=release)
        kept = _without_left_out(carried.document, given, release)
        document, answers, doubts = _changed(kept, answers, release, here)
        carried = replace(carried, document=document)
    document = carried.document
    if start is not None and answers.mapping:
        document = filling.map_actions(document, answers.mapping, release)
        document = migrate(document, to=release, from_=release, mirror=True).document
    document = _set(document, answers.settings, release)
    left = tuple(f"left for you: {item.message}" for item in carried.left)
    doubts += _not_as_asked(document, answers, release)
    return Draft(
        document=replace(restated(document, release, here), path=None),
        release=release,
        answers=answers,
        said=(*answers.said, *doubts, *surroundings.doubts(answers, here), *left),
        preset=chosen if start is None else None,
    )


def _not_as_asked(document: Document, answers: Answers, release: Release) -> list[str]:
    """Say so where another number of actions comes out than was asked."""
    config = filling.config_of(document, release)
    executor = next((one for one in config.executors() if one.text("label") == "default"), None)
    if executor is None:
        return []
    found = capacity.of_executor(config, executor, release).concurrent_actions
    if answers.actions is None or found in (None, answers.actions):
        return []
    return [f"{found} actions run at a time, not {answers.actions}: see what the file comes to"]


def _obey(chosen: Preset, given: Mapping[str, Any]) -> None:
    """Raise UsageError for an answer that the preset does not leave open."""
    aliases = {"partition": "queue", "queue": "partition"}
    for name, value in list(given.items()):
        other = aliases.get(name, name)
        if other not in given and (other in chosen.fixed or other in chosen.choices):
            name = other
        if name in chosen.fixed and not same(name, value, chosen.fixed[name]):
            fixed = chosen.fixed[name]
            raise UsageError(f"{_option(name)}: the preset {chosen.name} fixes it to {fixed!r}")
        if not is_allowed(chosen, name, value):
            allowed = ", ".join(map(str, chosen.choices[name]))
            raise UsageError(f"{_option(name)}: the preset {chosen.name} allows only: {allowed}")


def _suggested(chosen: Preset) -> dict[str, Any]:
    """The answers of a preset for who gives none: of a few that are allowed the first."""
    found = dict(chosen.defaults)
    for name, allowed in chosen.choices.items():
        if name not in found or not is_allowed(chosen, name, found[name]):
            found[name] = allowed[0]
    return found


def _fitted(raw: dict[str, Any], wanted: Mapping[str, Any], here: Surroundings) -> dict[str, Any]:
    """Suggested answers that the queue allows, where they are only suggested."""
    queue = here.queue(raw.get("partition") or raw.get("queue"))
    limit = queue.max_walltime_seconds if queue is not None else None
    suggested = "walltime" in raw and "walltime" not in wanted
    if limit and suggested and units.read_walltime(raw["walltime"]).seconds > limit:
        raw["walltime"] = units.walltime(limit // 60 * 60)
    return raw


def _new(
    chosen: Preset, answers: Answers, release: Release, here: Surroundings
) -> tuple[Document, Answers, list[str]]:
    """A preset's document, filled in, in the words of the newest release."""
    document = chosen.document
    batch = provider_of(document) in BATCH
    _fits(answers, batch)
    answers, doubts = completed(answers, batch, here, fresh=True)
    per_node = steps_per_node(answers, here) if batch else 1
    document = filling.fill(document, answers, per_node)
    document = without_placeholders(document, answers)
    document = headed(document, chosen, release, here, answers, batch)
    return filling.map_actions(document, answers.mapping), answers, doubts


def _fits(answers: Answers, batch: bool) -> None:
    """Refuse answers that say nothing of such a file."""
    wrong = ("max_cpus",) if batch else ("environment", "exclusive")
    for name in wrong:
        if getattr(answers, name):
            where = "jobs on a cluster" if batch else "this machine"
            raise UsageError(f"{_option(name)} means nothing for {where}; leave it out")


def _changed(
    document: Document, answers: Answers, release: Release, here: Surroundings
) -> tuple[Document, Answers, list[str]]:
    """A file that exists, in the words of its release, with what is answered."""
    batch = provider_of(document) in BATCH
    known = filling.known_of(document, release)
    if batch and answers.environment and answers.worker_init is None:
        kept = activation.others(unanswered(document, answers, known, release)["worker_init"])
        answers = replace(answers, worker_init=kept or None)
    answers, doubts = completed(answers, batch, here, fresh=False)
    shape = (answers.actions, answers.cpus, answers.memory_gb, answers.exclusive)
    steps = None
    if batch and any(one is not None for one in shape):
        whole = replace(answers, **unanswered(document, answers, known, release))
        alike = (whole.cpus, whole.memory_gb) == (known.cpus, known.memory_gb)
        even = (whole.actions or 0) % (known.in_a_job * known.managers) == 0
        if alike and even and not answers.exclusive:
            steps = known.in_a_job
        else:
            steps = steps_per_node(whole, here)
            if steps != known.in_a_job:  # then all the counts of a job are others
                answers = replace(
                    answers, actions=whole.actions, cpus=whole.cpus, memory_gb=whole.memory_gb
                )
    document = filling.fill(document, answers, steps, release, known.managers)
    return document, answers, doubts


def _without_left_out(document: Document, given: Mapping[str, Any], release: Release) -> Document:
    """The document without the keys of answers that are None: the person wants none any more."""
    provider = filling.default_executor(filling.config_of(document, release)).at("provider")
    for name in ("partition", "queue", "account", "qos"):
        if name in given and given[name] is None:
            document = edits.drop(document, (*provider, name))
    return document


def _set(
    document: Document, settings: Iterable[tuple[str, Any]], release: Release | None
) -> Document:
    """The document with values for keys that no question is about."""
    for name, value in settings:
        place = filling.place_of(document, name, release)
        _one_line(name, str(place[-1]), value)
        try:
            document = filling.put(document, place, value)
            fits = repr(filling.value_at(document, place)) == repr(value)
        except (LookupError, TypeError, ValueError, DocumentError):
            fits = False
        if not fits:
            raise UsageError(f"--set {name}: the file has no place for that")
    return document


def _one_line(name: str, key: str, value: Any) -> None:
    """Refuse a line end or a blank where it would begin another directive of the scheduler."""
    long = ("worker_init", "scheduler_options", "launch_cmd", "overrides", "prepend")
    words = ("partition", "queue", "account", "qos", "reservation", "constraint", "clusters",
             "project")  # fmt: skip
    if not isinstance(value, str):
        return
    if key not in long and (len(value.splitlines()) > 1 or value.endswith(("\r", "\n"))):
        raise UsageError(f"--set {name}: {key} is one line of text")
    if key in words and re.search(r"[\s\"'`;$\\]", value):
        raise UsageError(f"--set {name}: {key} is one word, without blanks, quotes, ; and $")


def preset(name: str, *, release: Release | str | None = None, **answers: Any) -> Document:
    """The preset of this name with these answers: the options of ``init`` with underscores.

    ``name`` is a built-in preset, or one of the site's or the user's. What is not answered is the
    preset's default or comes from this machine. ``release`` is a QIIME 2 release, by name too
    (default: the one at hand, else the newest that is out). Raises UsageError for an unknown name
    or an answer that cannot be used, InputError for a broken preset.
    """
    if not isinstance(release, Release):
        release = choose(release, os.environ, sys.path)
    given = under_one_name(answers)
    count = given.get("max_cpus")
    cpus = resolve_cpus(os.environ, given=None if count is None else read_one("max_cpus", count)[0])
    here = Surroundings(env=os.environ, cpus=cpus)
    folders = presets.folders(os.environ, os.path.expanduser("~"), sys.platform)
    return build(presets.find(name, folders), given, release, here).document


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
