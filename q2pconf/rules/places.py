"""Rules on what the nodes of a cluster must be able to reach: addresses, ports, folders."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from q2pconf.findings import Finding, Fix, KeyPath
from q2pconf.model import BATCH, POOLS, Config
from q2pconf.rules import Context, error, rule, warning

__all__: list[str] = []

_OF_ONE_NODE = re.compile(
    r"/(?:tmp|var/tmp|dev/shm|localscratch|local_scratch|lscratch|scratch/local|scratch-local"
    r"|local/scratch)(?:/|$)"
)
"""Folders of which every node has its own."""

LOWEST_FREE_PORT = 1024
"""Only the administrator may listen on those below."""


@rule("Q2P610", "An address that no other node can reach", "warning")
def own_address_only(config: Config, context: Context) -> Iterator[Finding]:
    """The workers of a job connect to `address`. 127.0.0.1 and 0.0.0.0 mean, on every machine, that
    machine itself: on another node the workers find nobody there, end, and the run waits. Delete
    the line, or give the address under which the nodes see this machine, such as 10.1.2.3."""
    for executor in config.executors():
        provider = config.provider(executor)
        value = executor.values.get("address")
        if executor.class_name not in POOLS or provider is None or not isinstance(value, str):
            continue
        if provider.class_name in BATCH and _means_itself(value, context):
            yield warning(
                "Q2P610",
                executor.at("address"),
                f"{value} is no address under which another node finds this one",
                consequence="the jobs' workers cannot connect: the run waits for ever, unless they"
                " run on the same node as QIIME 2",
                hint="delete the line: Parsl then tries the addresses of this machine",
                fix=Fix(kind="remove", key=executor.at("address")),
            )


def _means_itself(value: str, context: Context) -> bool:
    if value == "localhost":
        return context.release.parsl_order < (2026, 2)  # Q2P119 refuses it from then on
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@rule("Q2P611", "A port that cannot be listened on", "error", "warning")
def taken_port(config: Config, context: Context) -> Iterator[Finding]:
    """Each executor listens for its workers on a port of its own. With the same worker_port twice
    the second finds it taken, and the run stops at its start: Interchange failed to start. Ports
    below 1024 are for the administrator only. Write another number for each, such as 54321 and
    54322, or leave worker_port out."""
    seen: dict[int, str | None] = {}
    for executor in config.executors():
        port = executor.integer("worker_port")
        if executor.class_name not in POOLS or not port or not 0 < port <= 65535:
            continue
        address = executor.text("address")
        if port in seen and (seen[port] == address or None in (seen[port], address)):
            yield error(
                "Q2P611",
                executor.at("worker_port"),
                f"another executor listens on port {port} already",
                consequence="every run stops at its start: Interchange failed to start (Address"
                " already in use)",
                hint=f"write another port, such as `worker_port = {port + 1}`",
            )
        elif port < LOWEST_FREE_PORT:
            yield warning(
                "Q2P611",
                executor.at("worker_port"),
                f"port {port} is for the administrator only",
                consequence="the run stops at its start: Interchange failed to start (Permission"
                " denied)",
                hint="write a number from 1024 to 65535 that the cluster's firewall lets through",
            )
        seen.setdefault(port, address)


@rule("Q2P612", "Logs and job scripts in a folder of one machine", "warning")
def run_dir_not_shared(config: Config, context: Context) -> Iterator[Finding]:
    """run_dir holds the jobs' scripts and output, and from QIIME 2 2026.4 on the keys with which
    workers prove who they are, so that every node must see it. Of /tmp, /var/tmp and /dev/shm each
    node has its own: Slurm jobs fail at once because their output has no folder, and workers find
    no keys. Write a folder on the cluster's shared disk, as in `run_dir = "/home/me/runinfo"`."""
    value = config.table.values.get("run_dir")
    if not isinstance(value, str) or not _OF_ONE_NODE.match(value):
        return
    jobs = [provider for provider in config.providers() if provider.class_name in BATCH]
    if jobs:
        yield warning(
            "Q2P612",
            config.table.at("run_dir"),
            f"every node has its own {value}",
            consequence="jobs on other nodes find no folder for their output, and fail when they"
            " start",
            hint="write a folder that all nodes see, such as one in your home folder",
        )


_OUTSIDE = ("executors", "executor", "provider", "launcher", "providers", "launchers")
"""Tables that belong below [parsl]."""


@rule("Q2P143", "Settings outside of [parsl]", "error", "warning")
def outside_of_parsl(config: Config, context: Context) -> Iterator[Finding]:
    """QIIME 2 reads what stands in [parsl] and below it, and nothing else. [[executors]] without
    `parsl.` in front, or a line `strategy = "simple"` above all tables, is never looked at. Write
    [[parsl.executors]], and single lines right below the line [parsl]."""
    if not isinstance(config.data.get("parsl"), dict):
        return
    alone = "executors" not in config.table.values and set(config.table.values)
    for key, value in config.data.items():
        is_table = isinstance(value, dict) or (isinstance(value, list) and value)
        settings = set(config.table.spec["properties"]) - {"executor_mapping", "executors"}
        misspelt = bool(value) and is_table and key.lower() == "parsl" != key
        outside = key in _OUTSIDE if is_table else key in settings
        if not (outside or misspelt):
            continue
        place: KeyPath = (key,)
        make = error if alone and key == "executors" else warning
        yield make(
            "Q2P143",
            place,
            f"{_shown(key, value)} stands outside of [parsl], where QIIME 2 does not look",
            part="table" if is_table else "key",
            consequence="it has no effect"
            if make is warning
            else "the first action stops with KeyError: 'default'",
            hint=_remedy(key, is_table=bool(is_table)),
        )


def _shown(key: str, value: object) -> str:
    if isinstance(value, list):
        return f"[[{key}]]"
    return f"[{key}]" if isinstance(value, dict) else f"`{key}`"


def _remedy(key: str, *, is_table: bool) -> str:
    homes = {
        "provider": "[parsl.executors.provider]",
        "providers": "[parsl.executors.provider]",
        "launcher": "[parsl.executors.provider.launcher]",
        "launchers": "[parsl.executors.provider.launcher]",
    }
    if key.lower() == "parsl":
        return "write [parsl], in small letters"
    if is_table:
        return f"write {homes.get(key, '[[parsl.executors]]')}"
    return f"move `{key}` right below the line [parsl]"
