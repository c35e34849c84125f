"""Rules on texts that were never filled in, or that nothing reads as they are meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from q2pconf import shell
from q2pconf.findings import Finding, Fix, KeyPath
from q2pconf.model import BATCH, POOLS, Config, Table
from q2pconf.rules import Context, error, rule, warning
from q2pconf.rules.executors import BREAKS_COMMANDS
from q2pconf.rules.providers import COMMAND_LINE
from q2pconf.rules.scripts import in_place

__all__: list[str] = []

_SCRIPTS = ("worker_init", "scheduler_options", "overrides", "prepend", "bind_cmd", "launch_cmd")
"""Texts in which < and > may be what bash makes of them."""
_OWN_RULES = (
    "label", "address", "loopback_address", "regex_job_id", "requirements", "class", "strategy",
    "cpu_affinity",
)  # fmt: skip
"""Keys that may hold such a text, or whose own rules refuse it."""
_NAMES = ("partition", "account", "qos", "constraint", "clusters", "gres", "queue", "project")
"""Keys whose value is a name that the scheduler knows."""
_REFUSED = ("partition", "constraint", "gres")
"""Those of them that Slurm always looks up; an account or QOS only where it keeps accounts."""

_ANGLES = re.compile(r"(?<![<$&\d])<[A-Za-z](?:[\w .:-]*\w)?>(?!\w)")
_WORDS = re.compile(
    r"\b(?:change|replace|fill)[-_]?(?:me|this)\b|\binsert[-_]\w+[-_]here\b|\byour[-_.]\w+"
    r"|\byour(?:name|user\w*|account|partition|queue|project|allocation|env\w*|email)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"x{3,8}|(?i:todo|tbd|fixme|placeholder)|X{3,8}|MY_[A-Z]+")
_WHOLE_NAME = re.compile(r"\.{3}|…|\?+")
_PATHS = re.compile(r"(?<![\w.])(?:(?:/\w+)?/path/(?:to|of)\b|/your/\w)[^\s;\"'&|]*")
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#(?!SBATCH|PBS|BSUB|\$|COBALT).*$")

_ASK = {
    "partition": "`sinfo -s` lists the partitions",
    "account": "the command `sacctmgr show associations user=$USER` lists yours, with Slurm",
    "qos": "`sacctmgr show qos` lists them",
    "queue": "`qstat -Q`, `bqueues` or `qconf -sql` lists the queues",
    "worker_init": "`conda env list` lists the environments and where they are",
}


@rule("Q2P140", "A placeholder left in", "error", "warning")
def placeholder(config: Config, context: Context) -> Iterator[Finding]:
    """Examples in documentation have words to be replaced, such as <your-partition>,
    YOUR_ACCOUNT, CHANGEME or /path/to/miniforge3. Nobody checks that they were: the file loads,
    and then the scheduler refuses every job, or the job's shell stops at a bracket and no worker
    starts. Write the name or path that it stands for, as in `partition = "normal"`."""
    for path, key, text, owner in _texts(config):
        if key in _OWN_RULES or (key == "walltime" and owner.class_name in BATCH):
            continue
        found, breaks = _left_in(key, text), BREAKS_COMMANDS.search(text)
        if found is None or (key in ("run_dir", "worker_logdir_root") and breaks):
            continue  # Q2P126 says what that breaks
        make, consequence = warning, _consequence(key, owner)
        problem = shell.syntax_error(in_place(key, text)) if key in _SCRIPTS else None
        if problem is not None:
            make, consequence = error, f"the file loads, but every job dies at once: {problem}"
        elif _is_refused(key, owner) or (breaks and owner.class_name in COMMAND_LINE.get(key, ())):
            make = error
        yield make(
            "Q2P140",
            path,
            f"a placeholder was left in: {found}",
            consequence=consequence,
            hint=f"write what it stands for{f'; {_ASK[key]}' if key in _ASK else ''}",
        )


def _is_refused(key: str, owner: Table) -> bool:
    """Whether the scheduler refuses every job with an unknown name there."""
    return owner.class_name == "SlurmProvider" and key in _REFUSED


def _left_in(key: str, text: str) -> str | None:
    """The placeholder in a text, as it is written there."""
    script = key in _SCRIPTS
    text = _COMMENT.sub("", text) if script else text
    plain = text.strip()
    no_name = key in _NAMES and _WHOLE_NAME.fullmatch(plain)
    if no_name or (not script and _WHOLE.fullmatch(plain)):
        return plain
    matches = (pattern.search(text) for pattern in (_ANGLES, _WORDS, _PATHS))
    found = next((match for match in matches if match), None)
    return found.group().rstrip() if found else None


def _consequence(key: str, owner: Table) -> str:
    if key in _NAMES:
        return "the scheduler knows no such name, and refuses the jobs or books them wrongly"
    if key == "worker_init":
        return "the command fails, and the jobs go on without what it should have set up"
    if key in _SCRIPTS:
        return "the job fails, or does not get what was meant"
    return "it is taken for what it says: there is no such file, folder or name"


@rule("Q2P141", 'The word "None" where nothing is meant', "warning")
def written_none(config: Config, context: Context) -> Iterator[Finding]:
    """TOML has no word for nothing. The loader understands "None" for strategy only; anywhere else
    it is a text like any other, so `partition = "None"` asks for a partition called None, and every
    job is refused. Leave such a line out."""
    for path, key, text, owner in _texts(config):
        if text.strip().lower() not in ("none", "null", "nil"):
            continue
        kinds = owner.spec["properties"][key].get("type", ())
        if "string" not in kinds or path != owner.at(key) or _takes_none(key, owner):
            continue
        needed = key in owner.spec.get("required", ())
        yield warning(
            "Q2P141",
            path,
            f'"{text}" is a text here, and does not mean that there is none',
            consequence=_named_none(key, text, owner),
            hint="write the name that is meant" if needed else "delete the line",
            fix=None if needed else Fix(kind="remove", key=path, safe=True),
        )


def _takes_none(key: str, owner: Table) -> bool:
    """Whether none is a right word there, or a rule of the key's own says what is wrong."""
    fine = ("strategy", "cpu_affinity", "class", "label", "address", "loopback_address", "walltime")
    others = ("regex_job_id", "launch_cmd", "scheduler_options", "interchange_launch_cmd")
    kept = ("checkpoint_files", "checkpoint_period", "usage_tracking", "project_name")
    return key in (*fine, *others) or (owner.class_name == "Config" and key in kept)


def _named_none(key: str, text: str, owner: Table) -> str:
    if key == "run_dir":
        return "logs and job scripts go to a folder called none"
    if key in _NAMES and owner.class_name in BATCH:
        return f"jobs ask for the {key} {text}, which the scheduler does not know"
    if key in ("worker_init", "overrides", "prepend"):
        return f"the job runs a command called {text}, which there is not"
    return f"Parsl takes it for something called {text}"


_FOLDERS = (
    "run_dir", "worker_logdir_root", "working_dir", "flux_path", "key_file", "key_filename",
    "host_keys_filename", "script_dir", "userhome", "project_password_file", "function_dir",
    "logging_endpoint", "logdir", "state_file", "transfer_input_files", "interchange_launch_cmd",
)  # fmt: skip
_TILDE = re.compile(r"(?:^|(?<=:///))~[\w.-]*(?=/|$)")
_VARIABLE = re.compile(r"\$(?:\{[A-Za-z_]\w*\}?|[A-Za-z_]\w*)")


@rule("Q2P142", "A path with ~ or $ that nothing expands", "warning")
def unexpanded_path(config: Config, context: Context) -> Iterator[Finding]:
    """It is the shell that makes your home folder of ~ and a value of $SCRATCH, and no shell reads
    a path such as `run_dir`: QIIME 2 makes a folder that is really called ~ or $SCRATCH, below the
    one it was started in. Write the whole path, as in `run_dir = "/home/me/runinfo"`. (Only the
    commands in worker_init are read by a shell.)"""
    pools = any(executor.class_name in POOLS for executor in config.executors())
    for path, key, text, _ in _texts(config):
        if key not in _FOLDERS:
            continue
        found = _TILDE.search(text) or _VARIABLE.search(text)
        if found is None:
            continue
        mark = found.group()
        if mark.startswith("$") and (key == "worker_logdir_root" or (key == "run_dir" and pools)):
            continue  # the workers' shell expands the one; Q2P126 says what the other breaks
        yield warning(
            "Q2P142",
            path,
            f"no shell reads this path, so `{mark}` stays as it is written",
            consequence=f"a folder called {mark} is made or looked for below the one that QIIME 2"
            " is started in",
            hint="write the whole path, beginning with /",
        )


class _Line(NamedTuple):
    """A directive of Slurm's: all of it, its option, and its value."""

    whole: str
    option: str
    value: str


@rule("Q2P260", "A variable that the scheduler does not expand", "error", "warning")
def unexpanded_directive(config: Config, context: Context) -> Iterator[Finding]:
    """Lines #SBATCH are read by Slurm and not by a shell, and so are partition, account and the
    like: $HOME, $USER and ~ stay as they are. With `#SBATCH --output=$HOME/job.out` every job fails
    at once, since there is no folder called $HOME. Write the value itself; in file names Slurm puts
    your name for %u and the job's number for %j."""
    for provider in config.providers():
        for key in _NAMES:
            value = provider.values.get(key)
            taken = provider.class_name in ("SlurmProvider", "LSFProvider") and provider.knows(key)
            found = _VARIABLE.search(value) if isinstance(value, str) and taken else None
            if found is not None:
                make = error if _is_refused(key, provider) else warning
                yield make(
                    "Q2P260",
                    provider.at(key),
                    f"nothing puts a value for `{found.group()}` here",
                    consequence=f"jobs ask for the {key} {value}, and the scheduler refuses them",
                    hint=f'write the name itself, as in `{key} = "normal"`',
                )
        yield from _directives(provider)


def _directives(provider: Table) -> Iterator[Finding]:
    text = provider.values.get("scheduler_options")
    if provider.class_name != "SlurmProvider" or not isinstance(text, str):
        return
    for whole, option, value in _lines(text):
        found = _VARIABLE.search(value) or _TILDE.search(value)
        if found is None:
            continue
        folder = option in ("--output", "--error", "--chdir", "-o", "-e", "-D")
        make = error if folder and f"{found.group()}/" in value else warning
        yield make(
            "Q2P260",
            provider.at("scheduler_options"),
            f"Slurm puts no value for `{found.group()}` in the line {whole}",
            consequence="every job fails when it starts: there is no such folder"
            if make is error
            else "Slurm takes it as it is written",
            hint="write the value itself (in file names, %u is your name and %j the job's number)",
        )


def _lines(text: str) -> Iterator[_Line]:
    for found in re.finditer(r"(?m)^#SBATCH\s+(--[\w-]+|-\w)[=\s]*(.*)$", text):
        value = found.group(2).partition(" #")[0].strip()
        yield _Line(found.group().strip(), found.group(1), value)


_OBJECTS = ("class", "executors", "executor_mapping", "provider", "launcher", "monitoring")


class _Text(NamedTuple):
    """A text of the file: where it is, under which key, and in the table of which class."""

    path: KeyPath
    key: str
    text: str
    owner: Table


def _texts(config: Config) -> Iterator[_Text]:
    """Every text of the file's objects."""
    for owner in _tables(config):
        for key, value in owner.values.items():
            if key not in _OBJECTS and owner.knows(key):
                yield from _of_value(value, owner.at(key), key, owner)


def _of_value(value: Any, path: KeyPath, key: str, owner: Table) -> Iterator[_Text]:
    if isinstance(value, str):
        yield _Text(path, key, value, owner)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _of_value(part, (*path, index), key, owner)
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _of_value(part, (*path, name), key, owner)


def _tables(config: Config) -> Iterator[Table]:
    yield config.table
    monitoring = config.monitoring()
    if monitoring is not None:
        yield monitoring
    for executor in config.executors():
        yield executor
        provider = config.provider(executor)
        if provider is None or not executor.has("provider"):
            continue
        yield provider
        launcher = config.launcher(provider)
        if launcher is not None and provider.has("launcher"):
            yield launcher
