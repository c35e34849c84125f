"""Slurm: partitions and nodes from sinfo and scontrol, accounts and QOS from sacctmgr."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from q2pconf._dataclasses import dataclass, field, replace
from q2pconf.cluster.asking import Asker
from q2pconf.cluster.facts import Cluster, Queue, Shape, gigabytes, shapes_of

__all__ = ["describe", "time_limit"]

ROWS = "%R|%P|%a|%l|%T|%D|%c|%m|%G"
"""Partition, the same with a star if it is the default, state, limit; then of a group of equal
nodes the state, number, CPUs, megabytes and devices."""

GONE = {
    "down", "drained", "draining", "drain", "drng", "error", "fail", "failing", "failg", "future",
    "inval", "invalid", "unknown", "unk", "not_responding", "no_respond",
}  # fmt: skip

NO_MEMORY_KNOWN = 1
"""What RealMemory is where the site has not set it."""

NOT_KEPT = "supported accounting_storage"


@dataclass(slots=True)
class _Partition:
    """What sinfo says of one partition."""

    name: str
    default: bool
    state: str
    limit: int | None
    here: list[Shape] = field(default_factory=list)
    gone: list[Shape] = field(default_factory=list)


def describe(asker: Asker) -> Cluster:
    """What Slurm says of itself to this person."""
    rows = asker.text("the partitions", "sinfo", "--noheader", "--exact", f"--format={ROWS}")
    partitions = _partitions(rows, asker)
    records = asker.text("the limits of partitions", "scontrol", "--oneliner", "show", "partition")
    settings = {record["PartitionName"]: record for record in _records(records)}
    names = [*partitions, *(name for name in settings if name not in partitions)]
    queues = (_queue(name, partitions.get(name), settings.get(name, {})) for name in names)
    cluster = Cluster(scheduler="slurm", queues=tuple(queue for queue in queues if queue))
    return replace(_with_accounts(cluster, asker), notes=tuple(asker.notes))


def _partitions(text: str, asker: Asker) -> dict[str, _Partition]:
    found: dict[str, _Partition] = {}
    odd = 0
    for line in text.splitlines():
        fields = [part.strip() for part in line.split("|")]
        if len(fields) != 9 or not fields[0] or _number(fields[5]) is None:
            odd += bool(line.strip()) and not line.startswith("CLUSTER:")
            continue
        name, starred, state, limit, node_state, count, cpus, megabytes, devices = fields
        each = found.setdefault(
            name, _Partition(name, starred.endswith("*"), state.upper(), time_limit(limit))
        )
        memory = _number(megabytes) or 0
        node = Shape(
            cores=_number(cpus) or 0,
            memory_gb=gigabytes(memory, 1024) if memory > NO_MEMORY_KNOWN else 0.0,
            gpus=_gpus(devices),
            count=_number(count) or 0,
        )
        if node.count:
            (each.gone if _is_gone(node_state) else each.here).append(node)
    if odd:
        asker.notes.append(f"{odd} lines of sinfo could not be read")
    return found


def _is_gone(state: str) -> bool:
    """Whether a node in this state gets no jobs; a star means that it does not respond."""
    return state.lower().rstrip("*~#!%$@^-+") in GONE or "*" in state


def _records(text: str) -> Iterator[dict[str, str]]:
    for line in text.splitlines():
        pairs = (word.partition("=") for word in line.split())
        record = {name: value for name, _, value in pairs}
        if record.get("PartitionName"):
            yield record


def _queue(name: str, seen: _Partition | None, record: Mapping[str, str]) -> Queue | None:
    """One partition; None if it is hidden, and so not meant to be chosen."""
    if record.get("Hidden") == "YES":
        return None
    here, gone = (seen.here, seen.gone) if seen else ([], [])
    down = sum(node.count for node in gone)
    count = max(sum(node.count for node in here) + down, _number(record.get("TotalNodes")) or 0)
    known = seen is not None or "TotalNodes" in record
    state = record.get("State") or (seen.state if seen else "UP")
    limit = seen.limit if seen else None
    if "MaxTime" in record:
        limit = time_limit(record["MaxTime"])
    shapes = shapes_of(_capped(node, record) for node in here or gone)
    return Queue(
        name=name,
        default=record.get("Default") == "YES" or (seen is not None and seen.default),
        trouble=_trouble(state, record, count if known else None, down),
        max_walltime_seconds=limit,
        nodes=count if known else None,
        nodes_down=down,
        shapes=shapes,
        min_nodes=max(_number(record.get("MinNodes")) or 1, 1),
        max_nodes=_number(record.get("MaxNodes")),
        no_memory=bool(shapes) and not any(shape.memory_gb for shape in shapes),
        whole_nodes=record.get("OverSubscribe") == "EXCLUSIVE",
        accounts=_names(record.get("AllowAccounts")),
        denied_accounts=_names(record.get("DenyAccounts")) or (),
        qos=_names(record.get("AllowQos")),
    )


def _trouble(state: str, record: Mapping[str, str], nodes: int | None, down: int) -> str | None:
    if state == "DOWN":
        return "it is down: jobs wait until it is opened"
    if state != "UP":
        return f"it takes no new jobs (state {state})"
    if record.get("RootOnly") == "YES":
        return "only root may use it"
    if record.get("ReqResv") == "YES":
        return "it takes only jobs with a reservation"
    if nodes == 0:
        return "it has no nodes"
    if nodes is not None and down >= nodes:
        return "its only node is down" if nodes == 1 else f"all of its {nodes} nodes are down"
    return None


def _capped(node: Shape, record: Mapping[str, str]) -> Shape:
    """A node as far as one job may use it in this partition."""
    cores = min(node.cores, _number(record.get("MaxCPUsPerNode")) or node.cores)
    # MaxMemPerCPU limits nothing: a job that asks for more memory gets more CPUs.
    whole = _number(record.get("MaxMemPerNode"))
    memory = min(node.memory_gb, gigabytes(whole, 1024)) if whole else node.memory_gb
    return replace(node, cores=cores, memory_gb=memory)


def _with_accounts(cluster: Cluster, asker: Asker) -> Cluster:
    if not asker.user or not re.fullmatch(r"[\w.@+-]+", asker.user):
        asker.notes.append("the accounts could not be asked: the user's name is not known")
        return cluster
    columns = "format=defaultaccount,cluster,account,partition,qos"
    answer = asker.text(
        "the accounts", "sacctmgr", "--noheader", "--parsable2", "show", "user", "withassoc",
        columns, "where", f"user={asker.user}",
    )  # fmt: skip
    if asker.notes and NOT_KEPT in asker.notes[-1]:
        asker.notes[-1] = "this Slurm keeps no accounts"
        return cluster
    rows = [row for row in (line.split("|") for line in answer.splitlines()) if len(row) == 5]
    rows = _of_this_cluster(rows, asker)
    default = next((row[0] for row in rows if row[0]), None)
    names = [row[2] for row in rows if row[2]]
    qos = [each.lstrip("+") for row in rows for each in row[4].split(",") if each.lstrip("+")]
    return replace(
        cluster,
        accounts=tuple(dict.fromkeys(names)),
        qos=tuple(dict.fromkeys(qos)),
        default_account=default,
    )


def _of_this_cluster(rows: Sequence[list[str]], asker: Asker) -> list[list[str]]:
    """Those of one cluster, where the accounts of several are kept in one place."""
    if len({row[1] for row in rows}) < 2:
        return list(rows)
    text = asker.text("the name of the cluster", "scontrol", "show", "config")
    found = re.search(r"^ClusterName\s*=\s*(\S+)", text, re.MULTILINE)
    return [row for row in rows if not found or row[1].lower() == found[1].lower()]


def time_limit(text: str) -> int | None:
    """The seconds of a limit, D-HH:MM:SS with all but the minutes left out; None for no limit."""
    found = re.fullmatch(r"(?:(\d{1,6})-)?(\d{1,9})(?::(\d{1,9}))?(?::(\d\d))?", text.strip())
    if found is None:
        return None
    days, first, second, third = found.groups()
    if days is not None:
        parts = (int(days) * 24 + int(first), int(second or 0), int(third or 0))
    elif third is not None:
        parts = (int(first), int(second), int(third))
    else:
        parts = (0, int(first), int(second or 0))
    return parts[0] * 3600 + parts[1] * 60 + parts[2]


def _number(text: str | None) -> int | None:
    """A whole number, with a K for a thousand (1024) and a plus for more of it."""
    found = re.fullmatch(r"(\d{1,12})(?:\.(\d{1,9}))?([KM]?)\+?", text or "")
    if found is None:
        return None
    return int(float(f"{found[1]}.{found[2] or 0}") * {"": 1, "K": 1024, "M": 1024**2}[found[3]])


def _gpus(devices: str) -> int:
    """The GPUs in ``gpu:a100:4(S:0-1),gpu:2,shard:8``."""
    count = 0
    for device in re.sub(r"\([^)]*\)", "", devices).split(","):
        if re.match(r"gpu(:|$)", device):
            last = _number(device.rsplit(":", 1)[-1])
            count += 1 if last is None else last
    return count


def _names(text: str | None) -> tuple[str, ...] | None:
    """A list of names; None where all are meant."""
    if text is None or text in ("ALL", "(null)", ""):
        return None
    return tuple(name for name in text.split(",") if name)
