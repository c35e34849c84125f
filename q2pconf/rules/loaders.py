"""Rules on what the loaders of some releases cannot do, though their Parsl could."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from q2pconf.findings import Finding, Fix
from q2pconf.model import Config, Table
from q2pconf.rules import Context, error, rule, warning

__all__: list[str] = []

_SHARES = (
    ("cores_per_worker", ("cores_per_node", "cores_per_slot")),
    ("mem_per_worker", ("mem_per_node", "mem_per_slot")),
)


@rule("Q2P403", "A launcher, which stops the first releases", "error")
def launcher_not_loaded(config: Config, context: Context) -> Iterator[Finding]:
    """QIIME 2 2023.7 and 2023.9 look for launchers in a part of Parsl that does not exist, so every
    table [parsl.executors.provider.launcher] stops them with ModuleNotFoundError. Delete the table,
    or use QIIME 2 2024.2 or later. Without a launcher the provider takes its own, which mostly uses
    only the first node of a job: ask for one node then (nodes_per_block = 1)."""
    if context.release.loader.loads_launchers:
        return
    for provider in config.providers():
        value = provider.values.get("launcher")
        if isinstance(value, Mapping):
            yield error(
                "Q2P403",
                provider.at("launcher"),
                f"QIIME 2 {context.release.name} can load no launcher, whichever it is",
                part="table",
                consequence="QIIME 2 stops with ModuleNotFoundError: No module named"
                " 'parsl.launcher'",
                hint="delete the table, or use QIIME 2 2024.2 or later",
                fix=Fix(kind="remove", key=provider.at("launcher")),
            )


@rule("Q2P404", "A decimal number that stops the first releases", "error")
def number_not_rounded(config: Config, context: Context) -> Iterator[Finding]:
    """QIIME 2 2023.7 and 2023.9 stop with TypeError where Parsl has to round a decimal number of
    the file. These are the cores and the memory of a worker and of a node: cores_per_worker beside
    cores_per_node, mem_per_worker beside mem_per_node (HTCondor: mem_per_slot), and cores_per_node
    beside cores_per_block of LSFProvider. Write whole numbers, without a point: 2, not 2.0."""
    if context.release.loader.plain_values:
        return
    for table, key in _rounded(config):
        value = table.values[key]
        whole = int(value) if value == value and value.is_integer() else None
        yield error(
            "Q2P404",
            table.at(key),
            f"QIIME 2 {context.release.name} cannot round `{key} = {value}`",
            consequence="QIIME 2 stops with TypeError: math.floor() takes exactly one argument",
            hint=f"write `{key} = {whole}`"
            if whole is not None
            else "write a whole number, or use QIIME 2 2024.2 or later",
            fix=None
            if whole is None
            else Fix(kind="set", key=table.at(key), value=whole, safe=True),
        )


def _rounded(config: Config) -> Iterator[tuple[Table, str]]:
    """The decimal numbers that Parsl rounds while it is set up."""
    for executor in config.executors():
        provider = config.provider(executor)
        if provider is None:
            continue
        for key, totals in _SHARES:
            total = next((name for name in totals if provider.number(name)), None)
            if total and isinstance(executor.values.get(key), float):
                yield executor, key
            elif total and executor.has(key) and isinstance(provider.values.get(total), float):
                yield provider, total
        lsf = provider.class_name == "LSFProvider" and provider.number("cores_per_block")
        if lsf and isinstance(provider.values.get("cores_per_node"), float):
            yield provider, "cores_per_node"


@rule("Q2P406", "A list of channels, which stops the first releases", "error")
def list_not_loaded(config: Config, context: Context) -> Iterator[Finding]:
    """A list in double brackets below an executor stops QIIME 2 2023.7 and 2023.9 with TypeError:
    list indices must be integers; they read such lists only right below [parsl]. The channels of an
    AdHocProvider are one. Use QIIME 2 2024.2 or later, or the provider of your cluster's
    scheduler."""
    if context.release.loader.plain_values:
        return
    for provider in config.providers():
        if isinstance(provider.values.get("channels"), list):
            yield error(
                "Q2P406",
                provider.at("channels"),
                f"QIIME 2 {context.release.name} can load no list of channels",
                part="table",
                consequence="QIIME 2 stops with TypeError: list indices must be integers",
                hint="use QIIME 2 2024.2 or later, or the provider of your scheduler",
            )


@rule(
    "Q2P405",
    "A decimal parallelism, with which the first releases add no block",
    "error",
    "warning",
)
def parallelism_not_used(config: Config, context: Context) -> Iterator[Finding]:
    """parallelism says how many blocks Parsl wants for the actions that wait: with 1 as many as
    could be busy, with 0.5 half as many. QIIME 2 2023.7 and 2023.9 cannot calculate with a decimal
    number there, even 1.0: the run goes on, but no block is ever added to the first ones, whatever
    max_blocks says. Write 1 without a point, or delete the line."""
    if context.release.loader.plain_values or config.strategy in (None, "none"):
        return
    for provider in config.providers():
        value = provider.values.get("parallelism")
        if isinstance(value, float):
            yield _parallelism(provider, value, context)


def _parallelism(provider: Table, value: float, context: Context) -> Finding:
    make = error if provider.integer("init_blocks") == 0 else warning
    whole = value.is_integer()
    return make(
        "Q2P405",
        provider.at("parallelism"),
        f"QIIME 2 {context.release.name} cannot reckon with `parallelism = {value}`",
        consequence="no block is ever added to those of `init_blocks`",
        hint=f"write `parallelism = {int(value)}`" if whole else "write 1, or delete the line",
        fix=Fix(kind="set", key=provider.at("parallelism"), value=int(value), safe=True)
        if whole
        else None,
    )
