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


@rule("Q2P403", "A launcher that the first loaders cannot load")
def launcher_not_loaded(config: Config, context: Context) -> Iterator[Finding]:
    """QIIME 2 2023.7 and 2023.9 look for launchers in a module that does not exist, so every table
    [parsl.executors.provider.launcher] stops them. Without one the provider's own default is
    taken, which starts all workers of a block on its first node."""
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


@rule("Q2P404", "A decimal number that the first loaders cannot round")
def number_not_rounded(config: Config, context: Context) -> Iterator[Finding]:
    """QIIME 2 2023.7 and 2023.9 hand decimal numbers to Parsl in a form that it cannot round.
    cores_per_worker and the provider's cores_per_node, mem_per_worker and mem_per_node (HTCondor:
    mem_per_slot), and LSFProvider's cores_per_node beside cores_per_block must be whole numbers
    there, written without a point."""
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
            fix=Fix(kind="set", key=table.at(key), value=whole) if whole is not None else None,
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


@rule("Q2P406", "Lists of tables that the first loaders cannot load")
def list_not_loaded(config: Config, context: Context) -> Iterator[Finding]:
    """QIIME 2 2023.7 and 2023.9 read a list of tables only in [parsl] itself. The channels of an
    AdHocProvider are such a list below an executor, and stop them."""
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


@rule("Q2P405", "A parallelism that the first loaders cannot use")
def parallelism_not_used(config: Config, context: Context) -> Iterator[Finding]:
    """QIIME 2 2023.7 and 2023.9 hand decimal numbers to Parsl in a form that it cannot round. With
    such a parallelism no block is ever added to the first ones."""
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
        fix=Fix(kind="set", key=provider.at("parallelism"), value=int(value)) if whole else None,
    )
