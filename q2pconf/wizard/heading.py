"""What a new file says of itself: comments that are true, labels of its release."""

from __future__ import annotations

import re

from q2pconf import __version__, edits, filling, quoting
from q2pconf._dataclasses import replace
from q2pconf.answers import Answers
from q2pconf.document import Document
from q2pconf.presets import Preset
from q2pconf.releases import Release
from q2pconf.wizard.surroundings import Surroundings

__all__ = ["COUNT", "headed", "restated", "without_placeholders"]

COUNT = "# count: "
"""Begins the comment that stands above a count and gives way to the count's reason."""


def headed(
    document: Document,
    chosen: Preset,
    release: Release,
    here: Surroundings,
    answers: Answers,
    batch: bool,
) -> Document:
    """A first line that says who wrote the file for what, and the reasons of counts."""
    title = f"# Written by q2pconf {__version__} for {release}: {chosen.title}"
    text = f"{_plain(title)}\n{document.text}"
    if not batch:
        reason = here.cpus.reason
        if answers.actions != here.cpus.workers:
            reason = f"as asked; {reason}"
        counted = _plain(f"# {answers.actions}: {reason}")
        text = re.sub(rf"^{COUNT}.*$", lambda _: counted, text, flags=re.MULTILINE)
    document = replace(document, text=text)
    return document if batch else _labelled(document, release)


def restated(document: Document, release: Release, here: Surroundings) -> Document:
    """The comments of our own made true: for which release, and the reasons of new counts."""
    ours = re.match(r"# Written by q2pconf \S+ for ([^:\r\n]*)", document.text)
    if ours is None:
        return document
    text = ours[0].removesuffix(ours[1]) + _plain(str(release)) + document.text[ours.end() :]
    counted = r"^# (\d+): [^\r\n]*(?=\r?\n(?:max_threads|max_workers\w*) = (\d+)\b)"
    reason = _plain(here.cpus.reason)
    text = re.sub(counted, lambda found: _recounted(found, reason), text, flags=re.MULTILINE)
    return replace(document, text=text)


def _recounted(found: re.Match[str], reason: str) -> str:
    return found[0] if found[1] == found[2] else f"# {found[2]}: as asked; {reason}"


def _labelled(document: Document, release: Release) -> Document:
    """The labels, and the key for the most workers, that the release's own default file has."""
    labels = {
        "ThreadPoolExecutor": release.loader.thread_label,
        "HighThroughputExecutor": release.loader.process_label,
    }
    for executor in filling.config_of(document).executors():
        label = labels.get(executor.class_name)
        if label and executor.text("label") in ("tpool", "default"):
            document = edits.set_value(document, executor.at("label"), quoting.written(label))
        if executor.has(cap := filling.CAPS[0]):
            document = edits.replace_key(document, executor.at(cap), release.loader.worker_cap_key)
    return document


def _plain(text: str) -> str:
    """Text for a comment: QIIME 2 reads it in the encoding of whatever locale it is run in."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)


def without_placeholders(document: Document, answers: Answers) -> Document:
    """The document without the lines of a preset that only stand for an answer."""
    provider = filling.default_executor(filling.config_of(document)).at("provider")
    for name in ("partition", "queue", "account", "qos"):
        if getattr(answers, name) is None:
            document = edits.drop(document, (*provider, name))
    if answers.worker_init is None:
        document = edits.drop_with_comment(document, (*provider, "worker_init"))
    options = (*provider, "scheduler_options")
    if options in document.positions.values and filling.value_at(document, options) == "":
        document = edits.drop(document, options)
    return document
