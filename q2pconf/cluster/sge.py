"""Grid Engine: queues and their limits from qconf, hosts and slots from qhost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from q2pconf.cluster.asking import Asker
from q2pconf.cluster.facts import Cluster, Queue, Shape, gigabytes, shapes_of

__all__ = ["describe"]

GONE = frozenset("duEcoS")
"""Letters of a queue's state on a host: disabled, unknown, error, and what else starts no job."""

Record = dict[str, str]


def describe(asker: Asker) -> Cluster:
    """What Grid Engine says of itself."""
    names = asker.text("the names of queues", "qconf", "-sql").split()
    text = asker.text("the queues", "qconf", "-sq", ",".join(names)) if names else ""
    records = {record["qname"]: record for record in _records(text)}
    listing = asker.text("the hosts", "qhost", "-q")
    here, gone = _slots(listing, set(names))
    return Cluster(
        scheduler="sge",
        queues=tuple(
            _queue(name, records.get(name, {}), here.get(name, []), gone.get(name, []))
            for name in names
        ),
        notes=tuple(asker.notes),
    )


def _records(text: str) -> Iterator[Record]:
    """A line for each attribute, which goes on after a backslash; ``qname`` begins a queue."""
    record: Record = {}
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        name, _, value = line.strip().partition(" ")
        if name == "qname":
            if record:
                yield record
            record = {name: value.strip()}
        elif record:
            record[name] = value.strip()
    if record:
        yield record


def _slots(listing: str, names: set[str]) -> tuple[dict[str, list[Shape]], dict[str, list[Shape]]]:
    """For each queue what it has on each host, and on which hosts it starts nothing."""
    here: dict[str, list[Shape]] = {}
    gone: dict[str, list[Shape]] = {}
    columns: list[str] = []
    memory = 0.0
    for line in listing.splitlines():
        words = line.split()
        if words[:1] == ["HOSTNAME"]:
            columns = words
        elif len(words) >= 3 and line[:1].isspace():
            found = re.fullmatch(r"(?:\d+/)?\d+/(\d{1,9})", words[2])
            if found and words[0] in names:
                down = len(words) > 3 and bool(GONE & set(words[3]))
                shape = Shape(cores=int(found[1]), memory_gb=memory, gpus=0, count=1)
                (gone if down else here).setdefault(words[0], []).append(shape)
        elif words and not line[:1].isspace() and "MEMTOT" in columns:
            memory = _gigabytes(dict(zip(columns, words, strict=False)).get("MEMTOT", ""))
    return here, gone


def _queue(name: str, record: Record, here: list[Shape], gone: list[Shape]) -> Queue:
    nodes = len(here) + len(gone)
    trouble = None
    if nodes and not here:
        trouble = "it is closed on all of its hosts"
    limits = [_seconds(record.get(key, "")) for key in ("h_rt", "s_rt")]
    groups = tuple(part for part in re.split(r"[ ,]+", record.get("user_lists", "NONE")) if part)
    return Queue(
        name=name,
        trouble=trouble,
        max_walltime_seconds=min((each for each in limits if each is not None), default=None),
        nodes=nodes or None,
        nodes_down=len(gone),
        shapes=shapes_of(here or gone),
        groups=None if groups == ("NONE",) else groups,
    )


def _seconds(text: str) -> int | None:
    """The seconds of ``24:00:00,[@big=INFINITY]``; None where the longest is not limited."""
    if "INFINITY" in text.upper():
        return None
    found = [
        int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(rest)
        for hours, minutes, rest in re.findall(
            r"(?:(?:(\d{1,9}):)?(\d{0,9}):)?(\d{1,9})(?=[,\]]|$)", text
        )
    ]
    return max(found, default=None)


def _gigabytes(text: str) -> float:
    """Memory as ``125.8G``; 0 where it is not known."""
    found = re.fullmatch(r"(\d{1,12})(?:\.(\d))?\d*([KMGT])", text)
    if found is None:
        return 0.0
    tenths = int(found[1]) * 10 + int(found[2] or 0)
    return gigabytes(tenths * 1024 ** "KMGT".index(found[3]), 10 * 1024**2)
