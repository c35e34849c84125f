"""Rules on [parsl] itself and on its executors."""

from __future__ import annotations

import ipaddress
import re
import string
from collections.abc import Iterator

from q2pconf import names
from q2pconf.findings import Finding, Fix
from q2pconf.model import Config, Table
from q2pconf.rules import Context, error, info, rule, warning

__all__: list[str] = []

STRATEGIES = ("simple", "htex_auto_scale", "none")
POOLS = ("HighThroughputExecutor", "MPIExecutor")
"""The executors that start worker pools with a command line of their own."""


@rule("Q2P010", "No table [parsl]")
def no_parsl(config: Config, context: Context) -> Iterator[Finding]:
    """QIIME 2 uses only what stands below [parsl]. Without that table it stops with
    AttributeError: 'NoneType' object has no attribute 'pop'. Begin the file with [parsl]."""
    if "parsl" in config.data:
        return
    wanted = next((key for key in config.data if names.alike(key.lower(), ["parsl"])), None)
    what = "the file is empty" if not config.data else "the file has no table [parsl]"
    yield error(
        "Q2P010",
        (wanted,) if wanted else ("parsl",),
        what,
        part="table",
        consequence="QIIME 2 stops with AttributeError: 'NoneType' object has no attribute 'pop'",
        hint=f"write [parsl] instead of [{wanted}]"
        if wanted
        else "begin with the line [parsl], or let `q2pconf init` write the file",
    )


@rule("Q2P011", "[parsl] is no table")
def parsl_is_no_table(config: Config, context: Context) -> Iterator[Finding]:
    """[parsl] must be one table. As [[parsl]] or parsl = "…" QIIME 2 stops with AttributeError."""
    value = config.data.get("parsl", {})
    if isinstance(value, dict):
        return
    kind = "list" if isinstance(value, list) else type(value).__name__
    yield error(
        "Q2P011",
        ("parsl",),
        "[parsl] must be one table",
        part="table",
        consequence=f"QIIME 2 stops with AttributeError: '{kind}' object has no attribute 'pop'",
        hint="write [parsl], with single brackets, on a line of its own",
    )


@rule("Q2P012", "Nothing but a mapping in [parsl]")
def parsl_without_settings(config: Config, context: Context) -> Iterator[Finding]:
    """With an empty [parsl], or one that holds a mapping only, QIIME 2 takes the executors from
    the file that it finds by itself (`q2pconf which`). That is useful with --parallel-config."""
    value = config.data.get("parsl")
    if isinstance(value, dict) and not set(value) - {"executor_mapping"}:
        yield info(
            "Q2P012",
            ("parsl",),
            "[parsl] names no executors: QIIME 2 takes them from the file that it finds by itself",
            part="table",
            hint="`q2pconf which` says which file that is",
        )


@rule("Q2P013", "Unknown strategy")
def unknown_strategy(config: Config, context: Context) -> Iterator[Finding]:
    """Parsl knows the strategies simple, htex_auto_scale and none, in small letters (the loader
    also takes None and NONE). Any other loads, and the run stops at its start with a bare
    KeyError."""
    value = config.table.values.get("strategy")
    if not isinstance(value, str) or config.strategy in STRATEGIES:
        return
    suggestion = names.meant(value.strip(), STRATEGIES)
    wanted = suggestion or "simple"
    yield error(
        "Q2P013",
        config.table.at("strategy"),
        f'Parsl has no strategy called "{value}"',
        consequence=f"the file loads, but every run stops at its start with KeyError: '{value}'",
        hint=f'write `strategy = "{wanted}"` (there are: {", ".join(STRATEGIES)})',
        fix=Fix(kind="set", key=config.table.at("strategy"), value=suggestion)
        if suggestion
        else None,
    )


@rule("Q2P014", "Logs have no folder")
def empty_run_dir(config: Config, context: Context) -> Iterator[Finding]:
    """run_dir = "" names no folder: every run stops at its start with FileNotFoundError."""
    if config.table.values.get("run_dir") == "":
        yield error(
            "Q2P014",
            config.table.at("run_dir"),
            "`run_dir` names no folder",
            consequence="every run stops at its start with FileNotFoundError",
            hint='write `run_dir = "runinfo"`, or delete the line',
        )


@rule("Q2P110", "No executors")
def no_executors(config: Config, context: Context) -> Iterator[Finding]:
    """Without [[parsl.executors]] Parsl makes a thread pool labelled "threads". QIIME 2 sends
    actions to the executor labelled "default", so the first one stops with KeyError: 'default'."""
    settings = set(config.table.values) - {"executor_mapping"}
    if not settings or config.table.values.get("executors", []) != []:
        return
    wrong = next((key for key in settings if key in ("executor", "provider")), None)
    if wrong:
        return
    written = "executors" in settings
    yield error(
        "Q2P110",
        config.table.at("executors") if written else config.table.path,
        "there are no executors",
        part="value" if written else "table",
        consequence="the first action stops with KeyError: 'default'",
        hint='add [[parsl.executors]] with class = "HighThroughputExecutor" and label = "default"',
    )


@rule("Q2P114", "Executors that are no list of tables")
def executors_are_no_list(config: Config, context: Context) -> Iterator[Finding]:
    """Executors are a list, even if there is one only: [[parsl.executors]] with double brackets.
    With single brackets QIIME 2 builds one object where Parsl wants a list, and stops."""
    value = config.table.values.get("executors", [])
    if isinstance(value, list):
        return
    single = isinstance(value, dict)
    yield error(
        "Q2P114",
        config.table.at("executors"),
        "the executors must be a list of tables"
        + (", even if there is one only" if single else ""),
        part="table" if single else "value",
        consequence="QIIME 2 stops while it loads the file (a type error)",
        hint="write [[parsl.executors]] with double brackets",
    )


@rule("Q2P115", "No executor labelled default")
def no_default_label(config: Config, context: Context) -> Iterator[Finding]:
    """QIIME 2 sends every action that the mapping does not name to the executor labelled
    "default". Nobody checks that there is one: the file loads, and the first action stops with
    KeyError: 'default'."""
    executors = list(config.executors())
    if not executors or "default" in config.labels() or _is_empty(config):
        return
    bare = next((executor for executor in executors if not executor.has("label")), None)
    wrong = next(
        (e for e in executors if (e.text("label") or "").strip().lower() == "default"), None
    )
    chosen = wrong or bare or executors[-1]
    labelled = chosen.has("label")
    fix = Fix(kind="set", key=chosen.at("label"), value="default") if wrong or bare else None
    yield error(
        "Q2P115",
        chosen.at("label") if labelled else chosen.path,
        'this executor has no label, and none is labelled "default"'
        if not labelled
        else f'no executor is labelled "default"; this one is labelled "{chosen.text("label")}"',
        part="value" if labelled else "table",
        consequence="the file loads, but the first action stops with KeyError: 'default'",
        hint='write `label = "default"` for the executor that runs most actions',
        fix=fix,
    )


@rule("Q2P116", "Labels given twice")
def duplicate_labels(config: Config, context: Context) -> Iterator[Finding]:
    """Every executor needs a label of its own; Parsl stops with ConfigurationError: Executors
    must have unique labels. Executors without a label all get the name of their class."""
    seen: set[str] = set()
    for executor in config.executors():
        label = executor.text("label")
        if label is None:
            continue
        if label in seen:
            given = executor.has("label")
            yield error(
                "Q2P116",
                executor.at("label") if given else executor.path,
                f'another executor is already labelled "{label}"',
                part="value" if given else "table",
                consequence="QIIME 2 stops with ConfigurationError: Executors must have unique"
                f" labels (label='{label}')",
                hint="give each executor a label of its own",
            )
        seen.add(label)


@rule("Q2P117", "A label that no command line or file name can carry")
def unusable_label(config: Config, context: Context) -> Iterator[Finding]:
    """The label becomes part of the workers' command line and of the name of the job script. A
    blank or a quote breaks the one, a slash or too many characters the other: the file loads, and
    no worker ever starts. Use letters, digits, - and _."""
    for executor in config.executors():
        label = executor.text("label")
        if label is None or executor.class_name not in POOLS:
            continue
        bad = re.search(r"[\s/\\\"'`$&|;<>()*?\[\]{}~#!\x00-\x1f]", label)
        if bad or len(label.encode()) > 200:
            what = f"contains {bad.group()!r}" if bad else "is too long"
            yield error(
                "Q2P117",
                executor.at("label"),
                f"the label {what}, which breaks the command that starts the workers",
                consequence="the file loads, but no worker ever starts",
                hint="use letters, digits, - and _ only",
            )


@rule("Q2P118", "An executor without a label")
def no_label(config: Config, context: Context) -> Iterator[Finding]:
    """An executor without a label is called after its class. Nothing runs there unless a mapping
    uses that name."""
    if "default" not in config.labels():
        return
    for executor in config.executors():
        label = executor.text("label")
        if not executor.has("label") and label is not None:
            yield warning(
                "Q2P118",
                executor.path,
                f'this executor has no label; Parsl calls it "{label}"',
                part="table",
                consequence="no action runs on it unless the mapping uses that name",
                hint='give it a name of its own, such as `label = "big"`',
            )


@rule("Q2P119", "An address that is no IP address")
def address_is_no_ip(config: Config, context: Context) -> Iterator[Finding]:
    """Parsl wants the IP address itself. The name of a host or of a network interface, or a call
    such as address_by_interface('ib0'), loads and fails at the start of every run."""
    for executor in config.executors():
        for key in ("address", "loopback_address"):
            value = executor.values.get(key)
            if executor.class_name not in POOLS or not isinstance(value, str) or not value:
                continue
            if not _is_ip(value):
                yield error(
                    "Q2P119",
                    executor.at(key),
                    f'"{value}" is not an IP address',
                    consequence="the file loads, but every run fails at its start, or its workers"
                    " never connect",
                    hint="write the address itself, such as 10.1.2.3 (`ip addr` lists this"
                    " machine's), or delete the line: Parsl then finds out by itself",
                )


@rule("Q2P120", "A binding to cores that workers do not know")
def unknown_affinity(config: Config, context: Context) -> Iterator[Finding]:
    """cpu_affinity is none, block, alternating, block-reverse, or list: with core numbers, such
    as list:0,1:2,3. Any other text loads, and then every worker dies at its start."""
    known = ("none", "block", "alternating", "block-reverse")
    for executor in config.executors():
        value = executor.values.get("cpu_affinity")
        if executor.class_name != "HighThroughputExecutor" or not isinstance(value, str):
            continue
        if value not in known and not value.startswith("list:"):
            suggestion = names.meant(value.strip(), known) or "none"
            yield error(
                "Q2P120",
                executor.at("cpu_affinity"),
                f'workers know no binding called "{value}"',
                consequence="the file loads, but every worker dies at its start",
                hint=f'write `cpu_affinity = "{suggestion}"` (or: {", ".join(known)}, list:…)',
                fix=Fix(kind="set", key=executor.at("cpu_affinity"), value=suggestion),
            )


@rule("Q2P121", "A worker command with unknown or missing fields")
def broken_launch_cmd(config: Config, context: Context) -> Iterator[Finding]:
    """Parsl fills the {fields} of launch_cmd when it starts a block. A field that it does not
    know stops every block. Leave the command to Parsl unless you must change it."""
    for executor in config.executors():
        value = executor.values.get("launch_cmd")
        if executor.class_name not in POOLS or not isinstance(value, str) or not value:
            continue
        try:
            fields = {
                field for _, field, _, _ in string.Formatter().parse(value) if field is not None
            }
        except ValueError as problem:
            fields, reason = set(), str(problem)
        else:
            unknown = sorted(fields - _FIELDS)
            reason = f"unknown field {{{unknown[0]}}}" if unknown else ""
        if reason:
            yield error(
                "Q2P121",
                executor.at("launch_cmd"),
                f"Parsl cannot fill in this command: {reason}",
                consequence="the file loads, but no block ever starts",
                hint="delete the line: Parsl's own command is right nearly everywhere",
            )


_FIELDS = {
    "debug", "prefetch_capacity", "address_probe_timeout_string", "addresses", "worker_port",
    "task_port", "result_port", "cores_per_worker", "mem_per_worker", "max_workers_per_node",
    "nodes_per_block", "heartbeat_period", "heartbeat_threshold", "drain_period", "poll_period",
    "cert_dir", "logdir", "cpu_affinity", "enable_mpi_mode", "mpi_launcher", "accelerators",
    "block_id",
}  # fmt: skip


@rule("Q2P122", "A worker cap that is no whole number")
def fractional_cap(config: Config, context: Context) -> Iterator[Finding]:
    """max_workers_per_node = 4.0 loads, but the workers' own program wants a whole number and
    dies at its start."""
    for executor in config.executors():
        for key in ("max_workers_per_node", "max_workers"):
            value = executor.values.get(key)
            if executor.class_name != "HighThroughputExecutor" or not executor.knows(key):
                continue
            if (isinstance(value, bool) and value) or (
                isinstance(value, float) and _is_finite(value)
            ):
                whole = max(int(value), 1)
                yield error(
                    "Q2P122",
                    executor.at(key),
                    f"`{key}` must be a whole number, not {str(value).lower()}",
                    consequence="the file loads, but every worker pool dies at its start",
                    hint=f"write `{key} = {whole}`",
                    fix=Fix(kind="set", key=executor.at(key), value=whole),
                )


@rule("Q2P124", "Two worker caps")
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
                fix=Fix(kind="remove", key=executor.at("max_workers")),
            )


@rule("Q2P601", "A class that needs a package QIIME 2 does not ship")
def missing_package(config: Config, context: Context) -> Iterator[Finding]:
    """Some classes of Parsl need packages that no QIIME 2 release contains. They stop while
    QIIME 2 loads the file, unless you have installed the package into the same environment."""
    for table in _all_tables(config):
        packages = table.spec.get("x-requires", [])
        if packages:
            yield error(
                "Q2P601",
                table.at("class"),
                f"{table.class_name} needs {' and '.join(packages)}, which QIIME 2 does not ship",
                consequence="QIIME 2 stops with OptionalModuleMissing while it loads the file",
                hint="use another class, or ask your admin whether the package can be installed"
                " into QIIME 2's environment",
            )


def _all_tables(config: Config) -> Iterator[Table]:
    for executor in config.executors():
        yield executor
        provider = config.provider(executor)
        if provider is not None and executor.has("provider"):
            yield provider
    monitoring = config.monitoring()
    if monitoring is not None:
        yield monitoring


def _is_empty(config: Config) -> bool:
    return not set(config.table.values) - {"executor_mapping"}


def _is_finite(value: float) -> bool:
    return value == value and abs(value) != float("inf")


def _is_ip(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True
