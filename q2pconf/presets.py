"""Presets: complete configuration files to start from, filled in for one release and one host."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from q2pconf import __version__, _resources
from q2pconf.document import Document
from q2pconf.errors import UsageError
from q2pconf.host import CpuCount, resolve_cpus
from q2pconf.releases import Release, choose

__all__ = ["Preset", "load", "names", "preset"]

TITLE = "# title: "
COUNT = "# count: "
"""Begins the comment that stands above a count and gives way to the count's reason."""

# The words of the preset files; the newest loader's.
WORKER_CAP = "max_workers_per_node"
THREADS = "max_threads"


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """A preset as it is shipped: ``text`` is a valid file by itself."""

    name: str
    title: str
    description: str
    text: str


def names() -> tuple[str, ...]:
    """The names of the presets that q2pconf comes with."""
    found = (entry.name for entry in _resources.folder("presets").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def load(name: str) -> Preset:
    """One preset as it is shipped: a first line with its title, then comments that describe it.

    Raises UsageError for an unknown name; the message lists those that are known.
    """
    if name not in names():
        raise UsageError(f"there is no preset {name!r}; there are: {', '.join(names())}")
    text = _resources.read_text("presets", f"{name}.toml")
    head = text.partition("\n\n")[0].splitlines()
    return Preset(
        name=name,
        title=head[0].removeprefix(TITLE),
        description=" ".join(line.removeprefix("#").strip() for line in head[1:]),
        text=text,
    )


def preset(
    name: str, *, release: Release | str | None = None, cpus: CpuCount | int | None = None
) -> Document:
    """The preset in the words of one release, with the counts of one host.

    The text is plain ASCII, because QIIME 2 reads it in the encoding of whatever locale it is
    run in. ``release`` is a QIIME 2 release, by name too (default: the one at hand, else the newest
    known); ``cpus`` how many CPUs to use (default: those that this process may use, less one).
    Raises UsageError for an unknown name.
    """
    if not isinstance(release, Release):
        release = choose(release, os.environ, sys.path)
    if not isinstance(cpus, CpuCount):
        cpus = resolve_cpus(given=cpus)
    shipped = load(name)
    title = f"# Written by q2pconf {__version__} for {release}: {shipped.title}"
    text = shipped.text.replace(f"{TITLE}{shipped.title}", title, 1)
    reason = f"# {cpus.workers}: {cpus.reason}"
    text = re.sub(rf"^{COUNT}.*$", lambda _: _comment(reason), text, flags=re.MULTILINE)
    return _for_release(_counted(Document(text=text), cpus.workers), release)


def _comment(text: str) -> str:
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)


def _counted(document: Document, workers: int) -> Document:
    """The document with the counts of everything that runs on the host itself."""
    for place, executor in _executors(document):
        if THREADS in executor:
            document = document.set((*place, THREADS), workers)
        if executor.get("provider") == {"class": "LocalProvider"}:
            document = document.set((*place, WORKER_CAP), workers)
    return document


def _for_release(document: Document, release: Release) -> Document:
    """The document with the labels and keys that the release's own default file has."""
    loader = release.loader
    labels = {
        "ThreadPoolExecutor": loader.thread_label,
        "HighThroughputExecutor": loader.process_label,
    }
    for place, executor in _executors(document):
        label = labels.get(str(executor["class"]), executor["label"])
        if label != executor["label"]:
            document = document.set((*place, "label"), label)
        if WORKER_CAP in executor and loader.worker_cap_key != WORKER_CAP:
            document = document.rename((*place, WORKER_CAP), loader.worker_cap_key)
    return document


def _executors(document: Document) -> Iterator[tuple[tuple[str | int, ...], dict[str, object]]]:
    for index, executor in enumerate(document.data["parsl"]["executors"]):
        yield ("parsl", "executors", index), executor
