"""Rules on [parsl] itself: whether it is there, its settings, its list of executors."""

from __future__ import annotations

from collections.abc import Iterator

from q2pconf import names
from q2pconf.findings import Finding, Fix
from q2pconf.model import POOLS, Config, Table
from q2pconf.rules import Context, error, info, rule

__all__: list[str] = []

LONGEST_PERIOD = 86400 * 365
"""Beyond some length Parsl's timer dies; nobody means more than a year."""
STRATEGIES = ("simple", "htex_auto_scale", "none")


@rule("Q2P010", "No table [parsl]", "error")
def no_parsl(config: Config, context: Context) -> Iterator[Finding]:
    """QIIME 2 uses only what stands below [parsl]. Without that table it stops with
    AttributeError: 'NoneType' object has no attribute 'pop'. Begin the file with [parsl]."""
    if "parsl" in config.data:
        return
    wanted = next((key for key in config.data if names.alike(key.lower(), ["parsl"])), None)
    place = wanted or ("executors" if "executors" in config.data else "parsl")
    what = "the file is empty" if not config.data else "the file has no table [parsl]"
    yield error(
        "Q2P010",
        (place,),
        what,
        part="table",
        consequence="QIIME 2 stops with AttributeError: 'NoneType' object has no attribute 'pop'",
        hint=_begin(config, wanted),
    )


def _begin(config: Config, wanted: str | None) -> str:
    if wanted:
        return f"write [parsl] instead of [{wanted}]"
    if "executors" in config.data:
        return "write `parsl.` before the names of all tables, as in [[parsl.executors]]"
    return "begin with the line [parsl], or let `q2pconf init` write the file"


@rule("Q2P011", "[parsl] is no table", "error")
def parsl_is_no_table(config: Config, context: Context) -> Iterator[Finding]:
    """All that QIIME 2 reads of the file stands in one table, [parsl]. Written as [[parsl]], which
    makes a list, or as parsl = "…", it stops with AttributeError before it looks at anything else.
    Write [parsl], with single brackets, on a line of its own."""
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


@rule("Q2P012", "Nothing but a mapping in [parsl]", "info")
def parsl_without_settings(config: Config, context: Context) -> Iterator[Finding]:
    """With an empty [parsl], or one that holds a mapping only, QIIME 2 takes the executors from
    the file that it finds by itself (`q2pconf which`). That is useful with --parallel-config. In a
    file that QIIME 2 finds by itself it is not: the first action stops with KeyError: 'default'."""
    if config.only_mapping:
        yield info(
            "Q2P012",
            ("parsl",),
            "[parsl] names no executors: QIIME 2 takes them from the file that it finds by itself",
            part="table",
            hint="`q2pconf which` says which file that is; it must be another one than this",
        )


@rule("Q2P013", "Unknown strategy", "error")
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
        fix=Fix(
            kind="set",
            key=config.table.at("strategy"),
            value=suggestion,
            safe=value.strip().lower() == suggestion,
        )
        if suggestion
        else None,
    )


@rule("Q2P014", "Logs have no folder", "error")
def empty_run_dir(config: Config, context: Context) -> Iterator[Finding]:
    """run_dir is the folder for the logs of a run. run_dir = "" names no folder: every run stops at
    its start with FileNotFoundError. Write the name of a folder, such as "runinfo", or delete the
    line: runinfo, in the folder that QIIME 2 is started in, is Parsl's default."""
    if config.table.values.get("run_dir") == "":
        yield error(
            "Q2P014",
            config.table.at("run_dir"),
            "`run_dir` names no folder",
            consequence="every run stops at its start with FileNotFoundError",
            hint='write `run_dir = "runinfo"`, or delete the line',
        )


@rule("Q2P015", "Checkpoints that cannot be used", "error")
def checkpoints(config: Config, context: Context) -> Iterator[Finding]:
    """checkpoint_files is a list of folders of earlier runs; a text is taken for a list of its
    letters. A folder that has no checkpoint stops every run at its start."""
    value = config.table.values.get("checkpoint_files")
    if not config.table.knows("checkpoint_files"):
        return
    if isinstance(value, str) and value:
        yield error(
            "Q2P015",
            config.table.at("checkpoint_files"),
            "`checkpoint_files` must be a list of folders, not one text",
            consequence="every run stops at its start with BadCheckpoint",
            hint=f'write `checkpoint_files = ["{value}"]`',
        )
    for index, folder in enumerate(value if isinstance(value, list) else ()):
        if isinstance(folder, str) and not context.is_file(f"{folder}/tasks.pkl"):
            yield error(
                "Q2P015",
                (*config.table.at("checkpoint_files"), index),
                f'there is no checkpoint in "{folder}", seen from here',
                consequence="every run stops at its start with BadCheckpoint",
                hint="name the folder `checkpoint` of an earlier run, or delete the line",
            )


@rule("Q2P016", "A number out of range that stops every run", "error")
def fatal_numbers(config: Config, context: Context) -> Iterator[Finding]:
    """usage_tracking must be from 0 to 3, and strategy_period a number of seconds that is not
    beyond all measure. With any other number Parsl gives up while QIIME 2 loads the file or starts
    the run, and no action ever runs. Delete the line: the defaults suit QIIME 2."""
    level = config.table.integer("usage_tracking")
    if level is not None and not 0 <= level <= 3 and config.table.knows("exit_mode"):
        yield error(
            "Q2P016",
            config.table.at("usage_tracking"),
            f"`usage_tracking = {level}` must be 0, 1, 2 or 3",
            consequence="QIIME 2 stops with ConfigurationError while it loads the file",
            hint="delete the line",
        )
    period = config.table.number("strategy_period")
    pools = any(executor.class_name in POOLS for executor in config.executors())
    if period is not None and period > LONGEST_PERIOD and pools:
        yield error(
            "Q2P016",
            config.table.at("strategy_period"),
            "`strategy_period` must be a number of seconds",
            consequence="every run stops at its start with OverflowError",
            hint="write `strategy_period = 5`, or delete the line",
        )


@rule("Q2P110", "No executors", "error")
def no_executors(config: Config, context: Context) -> Iterator[Finding]:
    """Without [[parsl.executors]] Parsl makes a thread pool labelled "threads". QIIME 2 sends
    actions to the executor labelled "default", so the first one stops with KeyError: 'default'."""
    settings = set(config.table.values) - {"executor_mapping"}
    if not settings or config.table.values.get("executors", []) != []:
        return
    wrong = any(
        key == "provider"
        or (key != "executors" and names.surely(key, ["executors"]))
        or (isinstance(config.table.values[key], dict) and "class" in config.table.values[key])
        for key in settings
    )
    if wrong or ("executors" in config.data and "executors" not in settings):
        return  # what is misspelt, or stands outside of [parsl], is said there
    written = "executors" in settings
    yield error(
        "Q2P110",
        config.table.at("executors") if written else config.table.path,
        "there are no executors",
        part="value" if written else "table",
        consequence="the first action stops with KeyError: 'default'",
        hint='add [[parsl.executors]] with class = "HighThroughputExecutor" and label = "default"',
    )


@rule("Q2P114", "Executors that are no list of tables", "error")
def executors_are_no_list(config: Config, context: Context) -> Iterator[Finding]:
    """Executors are a list, even if there is one only: [[parsl.executors]] with double brackets.
    With single brackets QIIME 2 builds one object where Parsl wants a list, and stops."""
    value = config.table.values.get("executors", [])
    if isinstance(value, list):
        return
    single = isinstance(value, dict)
    hint = "write [[parsl.executors]] with double brackets"
    if single and not set(value) - {"provider"}:
        hint = "begin each executor with a line [[parsl.executors]], its `class` and its `label`"
    elif single and all(isinstance(one, dict | list) for one in value.values()):
        hint = 'write [[parsl.executors]] for each, and its name below it, as `label = "default"`'
    yield error(
        "Q2P114",
        config.table.at("executors"),
        "the executors must be a list of tables"
        + (", even if there is one only" if single else ""),
        part="table" if single else "value",
        consequence="QIIME 2 stops while it loads the file (a type error)",
        hint=hint,
    )


@rule("Q2P601", "A class that needs a package QIIME 2 does not ship", "error")
def missing_package(config: Config, context: Context) -> Iterator[Finding]:
    """Some classes of Parsl need Python packages that no QIIME 2 release contains. Without them
    QIIME 2 stops with OptionalModuleMissing while it loads the file. Use another class, such as
    HighThroughputExecutor with the provider of your scheduler, or have the package installed into
    the environment of QIIME 2."""
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


@rule("Q2P602", "Flux is not on this machine", "error")
def flux_is_missing(config: Config, context: Context) -> Iterator[Finding]:
    """FluxExecutor starts the program flux, which must be on the PATH or named in flux_path. Where
    it is not, QIIME 2 stops with OSError while it loads the file. Write flux_path =
    "/path/to/flux", or use class = "HighThroughputExecutor", which needs no such program."""
    for executor in config.executors():
        if executor.class_name != "FluxExecutor" or executor.get("flux_path") is not None:
            continue
        if context.find_program("flux") is None:
            yield error(
                "Q2P602",
                executor.at("class"),
                "FluxExecutor needs the program flux, which is not on the PATH here",
                consequence="QIIME 2 stops with OSError: Cannot find Flux installation in PATH",
                hint='add `flux_path = "/path/to/flux"`, or use class = "HighThroughputExecutor"',
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
