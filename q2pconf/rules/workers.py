"""Rules on how an executor's workers are started and reached."""

from __future__ import annotations

import ipaddress
import math
import string
from collections.abc import Iterator, Mapping
from typing import Any

from q2pconf import capacity, names
from q2pconf.findings import Finding, Fix
from q2pconf.model import POOLS, Config, Table
from q2pconf.rules import Context, error, rule, warning

__all__: list[str] = []

MOST_ACCELERATORS = 1_000_000
"""More than any node has, and few enough to be listed."""


@rule("Q2P119", "An address that is no IP address", "error")
def address_is_no_ip(config: Config, context: Context) -> Iterator[Finding]:
    """Parsl wants the IP address itself. The name of a host or of a network interface, or a call
    such as address_by_interface('ib0'), loads and fails at the start of every run."""
    for executor in config.executors():
        for key in ("address", "loopback_address"):
            value = executor.values.get(key)
            if executor.class_name not in POOLS or not isinstance(value, str):
                continue
            if not _is_usable(value, key, context):
                yield error(
                    "Q2P119",
                    executor.at(key),
                    f'"{value}" is not an IP address that Parsl can use',
                    consequence="the file loads, but every run fails at its start, or its workers"
                    " never connect",
                    hint="write the address itself, such as 10.1.2.3 (`ip addr` lists this"
                    " machine's), or delete the line: Parsl then finds out by itself",
                )


@rule("Q2P603", "An address that this machine does not have", "warning")
def address_elsewhere(config: Config, context: Context) -> Iterator[Finding]:
    """Parsl listens on `address` on the machine that runs QIIME 2, and the workers call it there.
    If that machine does not have the address, every run stops at its start. Delete the line: Parsl
    then finds the address by itself. If QIIME 2 runs on another machine than the one that you check
    the file on, the address may be right."""
    for executor in config.executors():
        for key in ("address", "loopback_address"):
            value = executor.values.get(key)
            if executor.class_name not in POOLS or not isinstance(value, str) or not _is_ip(value):
                continue
            if not context.is_own_address(value):
                yield warning(
                    "Q2P603",
                    executor.at(key),
                    f"this machine does not have the address {value}",
                    consequence="if QIIME 2 runs here, it stops at its start: Interchange failed to"
                    " start",
                    hint="delete the line (Parsl then finds the address), or ignore this if QIIME 2"
                    " runs on another machine",
                )


@rule("Q2P120", "A binding to cores that workers do not know", "error")
def unknown_affinity(config: Config, context: Context) -> Iterator[Finding]:
    """cpu_affinity is none, block, alternating, block-reverse, or (from QIIME 2 2024.5 on) list:
    with core numbers, such as list:0,1:2,3. Any other text loads, and then every worker dies at its
    start."""
    known = ("none", "block", "alternating", "block-reverse")
    has_lists = context.release.parsl_order >= (2024, 4)
    for executor in config.executors():
        value = executor.values.get("cpu_affinity")
        if executor.class_name != "HighThroughputExecutor" or not isinstance(value, str):
            continue
        spelt = value.lower() if context.release.parsl_order >= (2026, 2) else value
        if spelt not in known and not (has_lists and spelt.startswith("list:")):
            suggestion = names.meant(value.strip(), known) or "none"
            yield error(
                "Q2P120",
                executor.at("cpu_affinity"),
                f'workers know no binding called "{value}"',
                consequence="the file loads, but every worker dies at its start",
                hint=f'write `cpu_affinity = "{suggestion}"` (or: {", ".join(known)}'
                f"{', list:…' if has_lists else ''})",
                fix=Fix(kind="set", key=executor.at("cpu_affinity"), value=suggestion),
            )


@rule("Q2P121", "A worker command that cannot start workers", "error")
def broken_launch_cmd(config: Config, context: Context) -> Iterator[Finding]:
    """Parsl fills the {fields} of launch_cmd when it starts a block. A field that it does not
    know stops every block, and a command without the fields that tell workers where to report
    starts workers that never connect. Leave the command to Parsl unless you must change it."""
    for executor in config.executors():
        value = executor.values.get("launch_cmd")
        spec = executor.spec.get("properties", {}).get("launch_cmd")  # a class may come later
        if executor.class_name not in POOLS or not isinstance(value, str) or not value or not spec:
            continue
        reason = _launch_problem(value, spec)
        if reason:
            yield error(
                "Q2P121",
                executor.at("launch_cmd"),
                f"this command cannot start workers: {reason}",
                consequence="the file loads, but no worker ever starts",
                hint="delete the line: Parsl's own command is right nearly everywhere",
            )


def _launch_problem(command: str, spec: Mapping[str, Any]) -> str | None:
    try:
        fields = {part[1] for part in string.Formatter().parse(command) if part[1] is not None}
    except ValueError as problem:
        return str(problem)
    unknown = sorted(fields - set(spec.get("x-fields", fields)))
    if unknown:
        return f"Parsl knows no field {{{unknown[0]}}}"
    if not fields & {"addresses", "worker_port", "task_port"}:
        return "it does not tell the workers where to report ({addresses} is missing)"
    if "process_worker_pool" in command:
        for options in spec.get("x-required-options", []):
            if not any(option in command for option in options):
                return f"the option {options[-1]} is missing"
    return None


@rule("Q2P125", "A command that does not start Parsl's interchange", "error")
def foreign_interchange(config: Config, context: Context) -> Iterator[Finding]:
    """interchange_launch_cmd starts Parsl's own message exchange on this machine, interchange.py.
    Any other program does not take part in the conversation, and a text with blanks is taken for
    the name of one program. Every run stops at its start. Delete the line."""
    for executor in config.executors():
        value = executor.values.get("interchange_launch_cmd")
        if executor.class_name not in POOLS or not value:
            continue
        first = value[0] if isinstance(value, list) else value
        if isinstance(first, str) and ("interchange" not in first or " " in first.strip()):
            yield error(
                "Q2P125",
                executor.at("interchange_launch_cmd"),
                "this command does not start Parsl's message exchange",
                consequence="the file loads, but every run stops at its start",
                hint="delete the line",
            )


@rule("Q2P122", "A worker cap that is no whole number", "error")
def fractional_cap(config: Config, context: Context) -> Iterator[Finding]:
    """max_workers_per_node = 4.0 loads, but the program that starts the workers on a node wants a
    whole number and dies at its start, so that no action ever runs. Write the number without a
    point: 4."""
    for executor in config.executors():
        for key in ("max_workers_per_node", "max_workers"):
            value = executor.values.get(key)
            if executor.class_name != "HighThroughputExecutor" or not executor.knows(key):
                continue
            if key == "max_workers" and executor.integer("max_workers_per_node"):
                continue  # Parsl does not look at it then
            if value is True or (isinstance(value, float) and not math.isinf(value)):
                whole = 1 if math.isnan(value) else max(int(value), 1)
                yield error(
                    "Q2P122",
                    executor.at(key),
                    f"`{key}` must be a whole number, not {str(value).lower()}",
                    consequence="the file loads, but every worker pool dies at its start",
                    hint=f"write `{key} = {whole}`",
                    fix=Fix(kind="set", key=executor.at(key), value=whole, safe=value == whole),
                )


@rule("Q2P123", "A prefetch_capacity below 0", "error")
def negative_prefetch(config: Config, context: Context) -> Iterator[Finding]:
    """prefetch_capacity is how many actions a node fetches beyond its free workers. Below zero it
    takes away from them; at minus the number of workers no action is ever given out. Write 0, or
    delete the line, which is the same."""
    for executor in config.executors():
        ahead = executor.integer("prefetch_capacity")
        if executor.class_name not in POOLS or ahead is None or ahead >= 0:
            continue
        limit = _workers(config, executor, context)
        if limit and -ahead >= limit:
            yield error(
                "Q2P123",
                executor.at("prefetch_capacity"),
                f"`prefetch_capacity = {ahead}` leaves {limit} workers nothing to do",
                consequence="workers start and are never given an action: the run waits for ever",
                hint="delete the line, or write 0 or more",
            )


@rule("Q2P127", "Signs of life that come too late", "error")
def late_heartbeat(config: Config, context: Context) -> Iterator[Finding]:
    """A node tells Parsl every heartbeat_period seconds that it is alive, and counts as lost after
    heartbeat_threshold seconds without a word. With a period that is longer than that, every node
    is given up while it works, and its actions are lost with it, over and over. Delete both lines
    (30 and 120 are Parsl's defaults), or make the threshold several times the period."""
    for executor in config.executors():
        limit = executor.number("heartbeat_threshold")
        period = executor.number("heartbeat_period")
        if executor.class_name not in POOLS or limit is None or period is None or limit >= period:
            continue
        key = "heartbeat_threshold" if executor.has("heartbeat_threshold") else "heartbeat_period"
        yield error(
            "Q2P127",
            executor.at(key),
            f"nodes report every {period:g} seconds (`heartbeat_period`) and count as lost after"
            f" {limit:g} (`heartbeat_threshold`)",
            consequence="every node is given up as lost: no action ever ends",
            hint="delete both lines, or make heartbeat_threshold several times heartbeat_period",
        )


@rule("Q2P128", "A port that does not exist", "error", "warning")
def impossible_port(config: Config, context: Context) -> Iterator[Finding]:
    """worker_port is the port of this machine that the workers call. Ports are whole numbers up to
    65535; with any other the workers die at their start, and no action ever runs. Write a number
    from 1024 to 65535 that your firewall lets through, or delete the line: Parsl then chooses a
    free port."""
    for executor in config.executors():
        port = executor.integer("worker_port")
        if executor.class_name not in POOLS or port is None or 0 <= port <= 65535:
            continue
        make = error if port < 0 else warning
        yield make(
            "Q2P128",
            executor.at("worker_port"),
            f"there is no port {port}",
            consequence="every worker pool dies at its start"
            if port < 0
            else f"Parsl takes port {port % 65536}, which may not be the one that is open",
            hint="write a number from 1024 to 65535, or delete the line",
        )


@rule("Q2P129", "An accelerator whose name begins with a hyphen", "error")
def accelerator_names(config: Config, context: Context) -> Iterator[Finding]:
    """The names in available_accelerators (GPUs) become words of the command that starts the
    workers. A name that begins with a hyphen is taken for an option of that command, which then
    dies, and no action ever runs. Write how many accelerators a node has, or names such as ["0",
    "1"]."""
    for executor in config.executors():
        value = executor.values.get("available_accelerators")
        if isinstance(value, int) and value > MOST_ACCELERATORS:
            yield error(
                "Q2P129",
                executor.at("available_accelerators"),
                f"no node has {value} accelerators",
                consequence="QIIME 2 makes a list of that length and runs out of memory",
                hint="write how many accelerators, such as GPUs, a node has",
            )
        for index, name in enumerate(value if isinstance(value, list) else ()):
            if isinstance(name, str) and name.startswith("-"):
                yield error(
                    "Q2P129",
                    (*executor.at("available_accelerators"), index),
                    f'"{name}" begins with a hyphen and is taken for an option',
                    consequence="the file loads, but every worker pool dies at its start",
                    hint='write how many accelerators a node has, or their names, such as ["0"]',
                )


@rule("Q2P130", "No time to find this machine", "error", "warning")
def negative_probe(config: Config, context: Context) -> Iterator[Finding]:
    """address_probe_timeout says for how many seconds a worker tries each address of the machine
    that runs QIIME 2. With less than 0 it gives up before it has tried, no worker ever reaches
    QIIME 2, and no action runs. Delete the line, or write some seconds, such as 30."""
    for executor in config.executors():
        seconds = executor.integer("address_probe_timeout")
        if executor.class_name in POOLS and seconds is not None and seconds < 0:
            make = error if context.release.parsl_order < (2026, 2) else warning
            yield make(
                "Q2P130",
                executor.at("address_probe_timeout"),
                f"`address_probe_timeout = {seconds}` leaves workers no time to find this machine",
                consequence="up to QIIME 2 2026.1 every worker pool dies with: No viable address"
                " found",
                hint="delete the line, or write some seconds, such as 30",
            )


@rule("Q2P131", "A list of cores that does not fit the workers", "error")
def affinity_list(config: Config, context: Context) -> Iterator[Finding]:
    """cpu_affinity = "list:0,1:2,3" ties each worker to cores of its own: the groups between the
    colons, one for each worker. With another number of groups than workers every worker dies at its
    start, and no action ever runs. Write as many groups as there are workers on a node, or delete
    the line."""
    for executor in config.executors():
        value = executor.values.get("cpu_affinity")
        workers = _workers(config, executor, context)
        if not isinstance(value, str) or not value.startswith("list:") or not workers:
            continue
        groups = len(value.split(":")) - 1
        if groups != workers:
            yield error(
                "Q2P131",
                executor.at("cpu_affinity"),
                f"the list names cores for {groups} workers, but a node starts {workers}",
                consequence="the file loads, but every worker dies at its start",
                hint="name one group of cores for each worker, as in list:0,1:2,3 for two",
            )


@rule("Q2P124", "Two worker caps", "warning")
def two_caps(config: Config, context: Context) -> Iterator[Finding]:
    """Where both max_workers and max_workers_per_node are given, Parsl silently takes the newer
    one, max_workers_per_node."""
    for executor in config.executors():
        keys = ("max_workers", "max_workers_per_node")
        if all(executor.has(key) and executor.knows(key) for key in keys):
            yield warning(
                "Q2P124",
                executor.at("max_workers"),
                "both `max_workers` and `max_workers_per_node` are given",
                part="key",
                consequence="Parsl takes max_workers_per_node and does not look at max_workers",
                hint="delete the line `max_workers`",
                fix=Fix(kind="remove", key=executor.at("max_workers"), safe=True),
            )


def _workers(config: Config, executor: Table, context: Context) -> int | None:
    """The workers that a node starts; None where the file alone does not decide it."""
    return capacity.of_executor(config, executor, context.release).workers_per_manager


def _is_usable(value: str, key: str, context: Context) -> bool:
    """Whether Parsl of this release takes the address; up to 2024.4.15 it reads no IPv6, and
    finds this machine under the name localhost."""
    old = context.release.parsl_order < (2026, 2)
    if key == "address" and (value == "" or (old and value == "localhost")):
        return True
    return _is_ip(value) and not (old and ":" in value)


def _is_ip(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True
