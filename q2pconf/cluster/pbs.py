"""PBS Professional, OpenPBS and Torque: queues from qstat, nodes from pbsnodes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from q2pconf._dataclasses import dataclass, replace
from q2pconf.cluster.asking import Asker
from q2pconf.cluster.facts import Cluster, Queue, Shape, gigabytes, shapes_of

__all__ = ["describe"]

ATTRIBUTE = re.compile(r"(?: +|\t)([A-Za-z][\w.]*) = (.*)")

GONE = {
    "down", "offline", "state-unknown", "unknown", "stale", "Stale", "maintenance", "unresolvable",
}  # fmt: skip

QUEUE_LISTS = ("qlist", "queue_list", "queuelist", "queues")
"""Names that sites give the resource which says whose jobs a node takes."""

LONGEST_VALUE = 100_000
FIRST_OF_PBS = 8
"""Torque went up to version 7; PBS Professional was at 8 when the two parted."""

Record = dict[str, str]


@dataclass(slots=True)
class _Node:
    """A host: its parts, as PBS may divide it, added up."""

    shape: Shape
    gone: bool
    attributes: Record


def describe(asker: Asker, has: Collection[str]) -> Cluster:
    """What PBS says of itself to this person; ``has`` are the programs that are there."""
    server = next(
        iter(_records(_ask(asker, has, "the server", "qstat", "-B", "-f").splitlines())), ("", {})
    )[1]
    records = list(_records(_ask(asker, has, "the queues", "qstat", "-Q", "-f").splitlines()))
    listing = _ask(asker, has, "the nodes", "pbsnodes", "-a")
    nodes = _nodes(_records(listing.splitlines()))
    flavour = _flavour(asker, has, server, listing)
    queues = {name: _queue(name, record, server, nodes, asker.user) for name, record in records}
    return Cluster(
        scheduler=flavour,
        queues=tuple(_routed(queue, queues) for queue in queues.values()),
        notes=tuple(asker.notes),
    )


def _ask(asker: Asker, has: Collection[str], about: str, *command: str) -> str:
    if command[0] in has:
        return asker.text(about, *command)
    asker.notes.append(f"{about} could not be asked: there is no {command[0]} on PATH")
    return ""


def _flavour(
    asker: Asker, has: Collection[str], server: Mapping[str, str], listing: str
) -> Literal["pbs", "torque"]:
    """PBS prints ``pbs_version = 2022.1.1``, Torque ``Version: 6.1.3``, some of it on stderr."""
    answer = asker.run(("qstat" if "qstat" in has else "pbsnodes", "--version"))
    said = f"{answer.out}\n{answer.err}"
    if re.search(r"^\s*version: *\d", said, re.IGNORECASE | re.MULTILINE):
        return "torque"
    if "pbs_version" in said:
        return "pbs"
    major = re.search(r"\d{1,9}", server.get("pbs_version", ""))
    if major:
        return "pbs" if int(major[0]) >= FIRST_OF_PBS else "torque"
    return "torque" if re.search(r"^ +np = \d", listing, re.MULTILINE) else "pbs"


def _records(lines: Iterable[str]) -> Iterator[tuple[str, Record]]:
    """Each name with its attributes; a long value goes on in lines of their own."""
    name, record, last = "", Record(), ""
    for line in lines:
        found = ATTRIBUTE.fullmatch(line)
        if found:
            last = found[1]
            record[last] = found[2].strip()
        elif line[:1].isspace() and line.strip():
            if last and len(record[last]) < LONGEST_VALUE:
                record[last] += line.strip()
        elif line.strip():
            if name:
                yield name, record
            name, record, last = re.sub(r"^(Queue|Server): *", "", line).strip(), Record(), ""
    if name:
        yield name, record


def _nodes(records: Iterable[tuple[str, Record]]) -> list[_Node]:
    hosts: dict[str, _Node] = {}
    for name, record in records:
        if not record:
            continue
        status = dict(
            part.partition("=")[::2] for part in record.get("status", "").split(",") if "=" in part
        )
        memory = record.get("resources_available.mem") or status.get("physmem", "")
        shape = Shape(
            cores=_number(record.get("resources_available.ncpus") or record.get("np")) or 0,
            memory_gb=_gigabytes(memory) or 0.0,
            gpus=_number(record.get("resources_available.ngpus") or record.get("gpus")) or 0,
            count=1,
        )
        gone = bool(GONE & {part.strip() for part in record.get("state", "").split(",")})
        host = record.get("resources_available.host") or name
        known = hosts.get(host)
        if known is None or (known.gone and not gone):
            hosts[host] = _Node(shape, gone, _labels(record))
        elif gone == known.gone:
            known.shape = Shape(
                cores=known.shape.cores + shape.cores,
                memory_gb=round(known.shape.memory_gb + shape.memory_gb, 1),
                gpus=known.shape.gpus + shape.gpus,
                count=1,
            )
            known.attributes.update(_labels(record))
    return list(hosts.values())


def _labels(record: Record) -> Record:
    """What binds a node to queues: words, not numbers."""
    return {
        name.removeprefix("resources_available."): value
        for name, value in record.items()
        if name in ("queue", "properties")
        or (name.startswith("resources_available.") and not value[:1].isdigit())
    }


def _queue(
    name: str, record: Record, server: Record, nodes: Sequence[_Node], user: str | None
) -> Queue:
    own = [] if _is_route(record) else _nodes_of(name, record, nodes)
    here = [node.shape for node in own if not node.gone]
    down = len(own) - len(here)
    most = {**server, **record}
    return Queue(
        name=name,
        default=server.get("default_queue", "").partition("@")[0] == name,
        trouble=_trouble(record, user, len(own), down),
        max_walltime_seconds=_seconds(most.get("resources_max.walltime")),
        min_walltime_seconds=_seconds(record.get("resources_min.walltime")),
        nodes=len(own) if own else None,
        nodes_down=down,
        shapes=shapes_of(here or [node.shape for node in own]),
        min_nodes=max(_number(record.get("resources_min.nodect")) or 1, 1),
        max_nodes=_number(most.get("resources_max.nodect")),
        max_cores=_number(most.get("resources_max.ncpus")),
        max_memory_gb=_gigabytes(most.get("resources_max.mem", "")),
        groups=_names(record, "acl_groups") if _true(record, "acl_group_enable") else None,
        routes_to=tuple(
            each.partition("@")[0]
            for each in _names(record, "route_destinations")
            if _is_route(record)
        ),
    )


def _nodes_of(name: str, record: Record, nodes: Sequence[_Node]) -> list[_Node]:
    """The nodes that a queue's jobs go to, as far as the queue and the nodes themselves say."""
    bound = [node for node in nodes if node.attributes.get("queue") == name]
    if bound:
        return bound
    free = [node for node in nodes if not node.attributes.get("queue")]
    labels = {label for node in free for label in node.attributes}
    wanted = [
        (label, value)
        for label, value in (
            (key.removeprefix("default_chunk."), value)
            for key, value in record.items()
            if key.startswith("default_chunk.")
        )
        if label in labels
    ]
    need = record.get("resources_default.neednodes", "")
    if need and any(_has(node, "properties", need) for node in free):
        wanted.append(("properties", need))
    for label, value in wanted:
        free = [node for node in free if _has(node, label, value)]
    if wanted:
        return free
    for label in labels:
        if label.lower() in QUEUE_LISTS and any(_has(node, label, name) for node in free):
            return [n for n in free if label not in n.attributes or _has(n, label, name)]
    return free


def _has(node: _Node, label: str, value: str) -> bool:
    return value in node.attributes.get(label, "").split(",")


def _routed(queue: Queue, queues: Mapping[str, Queue]) -> Queue:
    """A routing queue with what is common to the queues behind it."""
    ends = [queues[name] for name in queue.routes_to if name in queues]
    if not ends:
        return queue
    limits = [end.max_walltime_seconds for end in ends]
    known = [limit for limit in limits if limit is not None]
    longest = queue.max_walltime_seconds
    if longest is None and len(known) == len(limits):
        longest = max(known)
    widest = max(ends, key=lambda end: end.nodes or 0)
    shapes = dict.fromkeys(shape for end in ends for shape in end.shapes)
    return replace(
        queue,
        max_walltime_seconds=longest,
        nodes=widest.nodes,
        nodes_down=widest.nodes_down,
        shapes=tuple(sorted(shapes, reverse=True)),
    )


def _trouble(record: Record, user: str | None, nodes: int, down: int) -> str | None:
    if record.get("enabled") == "False":
        return "it takes no new jobs (enabled = False)"
    if record.get("started") == "False":
        return "it starts no jobs (started = False)"
    if _true(record, "from_route_only"):
        return "it takes jobs only from a routing queue"
    if _true(record, "acl_user_enable") and user and not _may(user, _names(record, "acl_users")):
        return f"it is kept for certain users, and {user} is not among them"
    if nodes and down == nodes:
        return "its only node is down" if nodes == 1 else f"all of its {nodes} nodes are down"
    return None


def _may(user: str, names: Iterable[str]) -> bool:
    """Whether a list such as ``+alice@*,-bob`` lets a user in."""
    for name in names:
        if name.lstrip("+-").partition("@")[0] in (user, "*", ""):
            return not name.startswith("-")
    return False


def _is_route(record: Record) -> bool:
    return record.get("queue_type", "").lower().startswith("r")


def _true(record: Record, name: str) -> bool:
    return record.get(name) == "True"


def _names(record: Record, name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in record.get(name, "").split(",") if part.strip())


def _number(text: str | None) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,12}", text or "") and text else None


def _seconds(text: str | None) -> int | None:
    """The seconds of a walltime: seconds, or up to DD:HH:MM:SS."""
    if not text or not re.fullmatch(r"\d{1,12}(:\d{1,12}){0,3}(\.\d+)?", text):
        return None
    parts = [int(part) for part in text.partition(".")[0].split(":")]
    return sum(n * unit for n, unit in zip(reversed(parts), (1, 60, 3600, 86400), strict=False))


def _gigabytes(text: str) -> float | None:
    """Memory as PBS writes it, ``527672488kb``; bytes, or words of eight, if it says no more."""
    found = re.fullmatch(r"(\d{1,18})([kmgtp]?)([bw]?)", text.strip().lower())
    if found is None:
        return None
    size = int(found[1]) * 1024 ** ("kmgtp".find(found[2] or "?") + 1)
    return gigabytes(size * (8 if found[3] == "w" else 1), 1024**3)
