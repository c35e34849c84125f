"""Rules on scheduler_options: lines for the scheduler, with its mark, that agree with the keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from q2pconf import units
from q2pconf._dataclasses import dataclass
from q2pconf.capacity.options import gigabytes, of_pbs, of_slurm
from q2pconf.findings import Finding
from q2pconf.model import Config, Table
from q2pconf.rules import Context, error, rule, warning
from q2pconf.rules.marks import MARKS, SCHEDULER, STOPS, is_command, short, texts

__all__ = ["Option", "options_of"]


@rule("Q2P245", "Memory asked for in two ways", "error")
def memory_twice(config: Config, context: Context) -> Iterator[Finding]:
    """sbatch takes memory per node or memory per core, not both: with `mem_per_node`, which becomes
    --mem, and --mem-per-cpu in scheduler_options every submission ends with "--mem, --mem-per-cpu,
    and --mem-per-gpu are mutually exclusive". Where a cluster refuses --mem, write the line and
    delete `mem_per_node`."""
    for provider, text in texts(config):
        given = of_slurm(text) if provider.class_name == "SlurmProvider" else None
        if given is None:
            continue
        ways = [name for name in ("mem-per-cpu", "mem-per-gpu") if given.values.get(name)]
        of_node = provider.integer("mem_per_node") is not None and not given.stops
        if not ways or not (of_node or "mem" in given.values or len(ways) > 1):
            continue
        other = (
            "`mem_per_node`" if of_node else "--mem" if "mem" in given.values else f"--{ways[1]}"
        )
        yield error(
            "Q2P245",
            provider.at("scheduler_options"),
            f"--{ways[0]} and {other} both ask for memory",
            consequence="every submission fails: --mem, --mem-per-cpu, and --mem-per-gpu are"
            " mutually exclusive",
            hint=f"delete one of the two; where the cluster refuses --mem, keep --{ways[0]}",
        )


@rule("Q2P244", "scheduler_options against a key", "warning")
def options_against_keys(config: Config, context: Context) -> Iterator[Finding]:
    """Parsl writes the provider's keys into the job script as options for the scheduler. The same
    option in scheduler_options contradicts them, and one of the two is without effect: of Slurm's
    options the last counts, which is the line for --time and --nodes, and the key for all others;
    of two `-l select` PBS takes the first, which is Parsl's. Say it once, with the key."""
    for provider, text in texts(config):
        told: set[str] = set()
        for option in options_of(provider, text):
            clash = _clash(provider, option)
            if clash is not None and option.name not in told:
                told.add(option.name)
                what, consequence, hint = clash
                yield warning(
                    "Q2P244",
                    provider.at("scheduler_options"),
                    f"`{short(option.shown)}` {what}",
                    consequence=consequence,
                    hint=hint,
                )
    for provider in config.providers():
        select = of_pbs(f"#PBS -l {provider.text('select_options') or ''}").values
        if provider.class_name == "PBSProProvider" and "ncpus" in select:
            yield warning(
                "Q2P244",
                provider.at("select_options"),
                f"`ncpus={select['ncpus']}` stands beside `cpus_per_node ="
                f" {provider.get('cpus_per_node')}`, which Parsl writes as ncpus too",
                consequence="PBS refuses the job, or takes one of the two",
                hint="write the cores as `cpus_per_node`, and the rest in `select_options`",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """An option of the scheduler by its long name, its value, and how it was written."""

    name: str
    value: str
    shown: str


def options_of(provider: Table, text: str) -> Iterator[Option]:
    """The options that the scheduler reads in scheduler_options."""
    mark = MARKS.get(provider.class_name, "")
    for line in text.splitlines():
        if is_command(line) and provider.class_name in STOPS:
            return
        if not mark or not re.match(rf"{re.escape(mark)}\s", line):
            continue
        words = re.split(r"\s#", line[len(mark) :])[0].split()
        for word, following in zip(words, [*words[1:], ""], strict=True):
            yield from _option(provider, word, following)


def _option(provider: Table, word: str, following: str) -> Iterator[Option]:
    value = "" if following.startswith("-") else following
    if long := re.fullmatch(r"--([a-z-]+)(?:=(.*))?", word):
        yield _named(long[1], value if long[2] is None else long[2], "=")
    elif short := re.fullmatch(r"-([A-Za-z])(.*)", word):
        given = short[2] or value
        if provider.class_name == "SlurmProvider":
            name = _SHORT.get(short[1], short[1])
            yield Option(name=name, value=given, shown=f"-{short[1]} {given}".strip())
        elif short[1] == "l":
            for part in given.split(","):
                name, _, amount = part.partition("=")
                yield Option(name=name, value=amount, shown=f"-l {part}")
        else:
            yield Option(name=f"-{short[1]}", value=given, shown=f"-{short[1]} {given}".strip())


def _named(name: str, value: str, sign: str) -> Option:
    return Option(name=name, value=value, shown=f"--{name}{sign}{value}" if value else f"--{name}")


_SHORT = {
    "t": "time", "p": "partition", "A": "account", "q": "qos", "C": "constraint", "M": "clusters",
    "N": "nodes", "c": "cpus-per-task", "n": "ntasks",
}  # fmt: skip
_KEYS = {
    "SlurmProvider": {
        "time": "walltime", "partition": "partition", "account": "account", "qos": "qos",
        "constraint": "constraint", "clusters": "clusters", "gres": "gres", "mem": "mem_per_node",
        "gpus-per-node": "gpus_per_node", "cpus-per-task": "cores_per_node",
        "nodes": "nodes_per_block",
    },
    "PBSProProvider": {"walltime": "walltime", "-q": "queue", "-A": "account"},
    "TorqueProvider": {"walltime": "walltime", "-q": "queue", "-A": "account"},
    "LSFProvider": {"-W": "walltime", "-q": "queue", "-P": "project"},
    "GridEngineProvider": {"h_rt": "walltime", "-q": "queue"},
}  # fmt: skip
_BESIDE_SELECT = ("nodes", "ncpus", "mem", "mpiprocs", "ngpus", "vmem")
_Clash = tuple[str, str, str]


def _clash(provider: Table, option: Option) -> _Clash | None:
    """What an option does against a key: what is wrong, what happens, what to do."""
    key = _KEYS.get(provider.class_name, {}).get(option.name)
    if provider.class_name == "PBSProProvider" and option.name in ("select", *_BESIDE_SELECT):
        return _beside_select(provider, option)
    if provider.class_name == "SlurmProvider" and key is None:
        return _tasks(provider, option)
    shown = provider.get(key) if key else None
    is_default = key == "walltime" and provider.class_name != "SlurmProvider"
    if (
        key is None
        or shown is None
        or not (provider.has(key) or is_default or key == "nodes_per_block")
    ):
        return None
    if _same(key, option.value, provider):
        return None
    written = f"{key} = {shown}" if not isinstance(shown, str) else f'{key} = "{shown}"'
    default = "" if provider.has(key) else ", Parsl's default"
    return (
        f"contradicts `{written}`{default}",
        _winner(provider, option, key),
        f"say it once: delete the line, and write what you mean as `{key}`",
    )


def _winner(provider: Table, option: Option, key: str) -> str:
    if provider.class_name != "SlurmProvider":
        return f"{SCHEDULER[provider.class_name]} takes only one of the two"
    if key == "nodes_per_block":
        count = provider.get(key)
        return f"the job gets {option.value} nodes, and Parsl starts workers for {count}"
    if key == "walltime":
        return f"Slurm takes the line: a job may run {option.value}, whatever `walltime` says"
    return f"Slurm takes `{key}`, which Parsl writes behind it: the line is without effect"


def _tasks(provider: Table, option: Option) -> _Clash | None:
    """More tasks than the one that Parsl starts, or a whole node that was not wanted."""
    if option.name == "exclusive" and provider.values.get("exclusive") is False:
        return (
            "contradicts `exclusive = false`",
            "each job takes a whole node",
            "delete the line, or write `exclusive = true`",
        )
    cores = provider.integer("cores_per_node")
    if option.name not in ("ntasks", "ntasks-per-node") or cores is None:
        return None
    if not option.value.isdigit() or int(option.value) < 2:
        return None
    return (
        f"multiplies `cores_per_node = {cores}`",
        f"a job asks for {int(option.value) * cores} cores, {cores} for each of {option.value}"
        " tasks, and Parsl's workers use one task",
        "delete the line: `cores_per_node` is all the cores of a job on a node",
    )


def _beside_select(provider: Table, option: Option) -> _Clash:
    own = f"select={provider.get('nodes_per_block')}:ncpus={provider.get('cpus_per_node')}"
    happens = f"PBS takes the first, which is Parsl's: {own}"
    if option.name != "select":
        happens = "PBS refuses such a request beside select: no job can be submitted"
    return (
        f"stands beside Parsl's own `-l {own}`",
        happens,
        "delete the line; write cores as `cpus_per_node`, and the rest as in"
        ' `select_options = "mem=16gb"`',
    )


def _same(key: str, value: str, provider: Table) -> bool:
    shown = provider.get(key)
    if key == "walltime":
        minutes = units.parsl_minutes(value)
        return minutes is not None and minutes == units.parsl_minutes(str(shown))
    if key == "mem_per_node":
        return gigabytes(value, "m") == provider.integer(key)
    return value.strip("\"'") == f"{shown}"
