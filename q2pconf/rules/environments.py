"""Rules on how worker_init gets jobs into the environment that has QIIME 2."""

from __future__ import annotations

import re
from collections.abc import Iterator

from q2pconf import conda, environments, names
from q2pconf.findings import Finding, Fix
from q2pconf.model import BATCH, Config, Table
from q2pconf.releases import numbers
from q2pconf.rules import Context, rule, warning

__all__: list[str] = []

_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
_ACTIVATED = re.compile(r"\b(?:activate|shell|load)\s+(\S*?(20\d\d\.\d{1,2})\b\S*)")
_BY_NAME = re.compile(
    r"\b(?:(?:conda|mamba|micromamba)\s+activate|source\s+activate)\s+(?:-\S+\s+)*['\"]?([^\s;&|'\"]+)"
)
_BY_FOLDER = re.compile(r"(?:\bsource|(?:^|(?<=[\s;&|]))\.)\s+['\"]?(/[^\s;&|'\"]+)/bin/activate\b")
_CONDA = re.compile(r"\b(?:conda|mamba|micromamba)\s+(?:activate|deactivate)\b")
_START_UP = re.compile(
    r"(?:\bsource|(?:^|(?<=[\s;&|]))\.)\s+['\"]?((?:~|\$HOME|\$\{HOME\}|/[\w./-]+)"
    r"/\.(?:bashrc|bash_profile|bash_login|profile))\b"
)
_LOADS_CONDA = re.compile(r"conda\.sh|mamba\.sh|\bhook\b|/bin/activate|\bconda\s+initialize")
_ANY_LOADING = re.compile(
    r"(?:^|[;&|\n(]\s*)(?:source|\.|eval|module|ml|spack|use|load|bash|export\s+-f|conda\s*\(\))\s"
    r"|\bshell\s+hook\b|\bconda\s*\(\)"
)
_HINT = (
    "load conda's own file first: source FOLDER/etc/profile.d/conda.sh, with the folder that"
    " `conda info --base` names; `q2pconf init --environment NAME` writes it"
)

_OF_MICROMAMBA = 'write `eval "$(/path/to/micromamba shell hook --shell bash)"` before it'


@rule("Q2P604", "The environment of another release", "warning")
def other_environment(config: Config, context: Context) -> Iterator[Finding]:
    """worker_init activates an environment of another release than the one that runs QIIME 2, one
    that has another Parsl, or one that is not there. Its workers are refused with VersionMismatch,
    or there are none and the run waits for ever. After an upgrade name the new environment. What is
    installed is looked at only where q2pconf runs beside QIIME 2, or with --env."""
    if context.release.name.startswith("parsl=="):
        return
    for provider, text in _inits(config):
        name = _entered(text)
        told = _installed(provider, name, context) if name else None
        if told is not None:
            yield from told
            continue
        found = _ACTIVATED.search(text)
        if found is not None and found.group(2) != context.release.name:
            yield warning(
                "Q2P604",
                provider.at("worker_init"),
                f"jobs activate {found.group(1)}, and the file is checked for QIIME 2"
                f" {context.release.name}",
                consequence="the workers have another Parsl than QIIME 2: they are refused, or"
                " actions fail",
                hint=f"name the environment of QIIME 2 {context.release.name} in `worker_init`",
            )


def _entered(text: str) -> str | None:
    """The name or folder of the environment that is activated last, where it is written plainly."""
    found = _BY_NAME.findall(text) + _BY_FOLDER.findall(text)
    return found[-1] if found and not re.search(r"[$<>`*]", found[-1]) else None


def _installed(provider: Table, name: str, context: Context) -> list[Finding] | None:
    """What the environment's own files say, nothing if all is well; None where that is unknown."""
    prefix = context.release.prefix
    if prefix is None:
        return None
    place = provider.at("worker_init")
    folder = conda.folder_of(name, context.env, prefix)
    if folder is None:
        if "/" not in name and not conda.is_here(context.env, prefix):
            return None
        near = names.alike(name, conda.known(context.env, prefix))
        hint = f"write {near}" if near else f"QIIME 2 {context.release.name} is in {prefix}"
        return [
            warning(
                "Q2P604", place, f"jobs activate {name}, and there is no such environment here",
                consequence="if the nodes have none either, the jobs have no QIIME 2, or another",
                hint=f"{hint} (or ignore this if QIIME 2 runs on another machine)",
            )
        ]  # fmt: skip
    there = environments.at_prefix(folder).parsl
    if there is not None and numbers(there) == context.release.parsl_order:
        return []
    has = f"Parsl {there}" if there else "no Parsl"
    return [
        warning(
            "Q2P604", place, f"jobs activate {name}, which has {has};"
            f" QIIME 2 {context.release.name} has Parsl {context.release.parsl}",
            consequence="the workers are refused: VersionMismatch" if there
            else "there are no workers: process_worker_pool.py is not found",
            hint=f"name the environment that QIIME 2 itself is in: {prefix}",
        )
    ]  # fmt: skip


@rule("Q2P261", "A start-up file that does nothing in a job", "warning")
def start_up_file(config: Config, context: Context) -> Iterator[Finding]:
    """The .bashrc of Debian and Ubuntu returns at once in a shell that nobody types in, and a job
    is one. So `source ~/.bashrc && conda activate qiime2` never comes to the lines of conda:
    "conda: command not found", and the job goes on without the environment. Load conda's own file
    instead: `source /opt/miniforge3/etc/profile.d/conda.sh && conda activate qiime2`. Nothing is
    said where the file is here and has no such lines."""
    for provider, text in _inits(config):
        if provider.class_name not in BATCH:
            continue
        used = _CONDA.search(text)
        found = _START_UP.search(text, 0, used.start()) if used else None
        if found is None or _LOADS_CONDA.search(text, 0, used.start() if used else 0):
            continue
        path = found.group(1)
        read = _start_up_text(path, context)
        if read is not None and _gets_to_conda(read):
            continue
        may = "may do nothing in a job: the one of Debian and Ubuntu returns at once"
        yield warning(
            "Q2P261",
            provider.at("worker_init"),
            f"`{path}` {may if read is None else 'does not load conda in a job'}",
            consequence="conda is not found there, and the job goes on without the environment",
            hint=_HINT,
        )


def _start_up_text(path: str, context: Context) -> str | None:
    """What is in the start-up file, without comments; None where it is not here."""
    home = context.env.get("HOME", "")
    try:
        path = re.sub(r"^(?:~|\$HOME|\$\{HOME\})", lambda _: home, path)
        with open(path, encoding="utf-8", errors="replace") as file:
            return _COMMENT.sub("", file.read())
    except (OSError, ValueError):
        return None


def _gets_to_conda(text: str) -> bool:
    """Whether a start-up file may come to conda's lines before it returns."""
    ends = re.search(r"(?:\$-|\bPS1\b|-t [01])(?:[^\n]*\n){0,4}?[^\n]*\b(?:return|exit)\b", text)
    end = ends.start() if ends else len(text)
    others = re.search(r"(?:^|[\s;&|])(?:source|\.|module)\s", text[:end])
    return bool(_LOADS_CONDA.search(text, 0, end) or others)


@rule("Q2P262", "conda activate in a shell that does not know it", "warning")
def conda_not_loaded(config: Config, context: Context) -> Iterator[Finding]:
    """`conda activate` works only where conda's own file was loaded, which `conda init` arranges
    for the shells that you type in, and not for jobs. There it fails ("Run 'conda init' before
    'conda activate'", or "conda: command not found"), and the job goes on without the environment.
    Write `source /opt/miniforge3/etc/profile.d/conda.sh && conda activate qiime2`, with the folder
    that `conda info --base` names."""
    for provider, text in _inits(config):
        used = _CONDA.search(text) if provider.class_name in BATCH else None
        if used is None or _ANY_LOADING.search(text, 0, used.start()):
            continue
        yield warning(
            "Q2P262",
            provider.at("worker_init"),
            f"nothing before `{used.group()}` makes it known to the job's shell",
            consequence="it fails, and the job goes on without the environment",
            hint=_OF_MICROMAMBA if used.group().startswith("micro") else _HINT,
        )


@rule("Q2P263", "A ~ in quotes", "warning")
def quoted_home(config: Config, context: Context) -> Iterator[Finding]:
    """The shell makes your home folder of ~ only outside of quotes: `source "~/conda.sh"` looks for
    a folder that is called ~. Write "$HOME/conda.sh" (in double quotes), or leave the quotes
    out."""
    for provider, text in _inits(config, comments=True):
        plain = _COMMENT.sub("", text)
        found = re.search(r"(?<!\w)(['\"])~/[^'\"\n]*\1", plain)
        if found is None or re.search(r"\b(?:echo|printf)\b[^;&|\n]*$", plain[: found.start()]):
            continue
        double = found.group(1) == '"' and plain == text and len(re.findall(r"['\"]~/", text)) == 1
        new = text.replace('"~/', '"$HOME/')
        yield warning(
            "Q2P263",
            provider.at("worker_init"),
            f"the shell leaves ~ as it is in quotes: {found.group()}",
            consequence="it looks for a folder called ~, and the command fails",
            hint=f'write "$HOME/{found.group()[3:-1]}"',
            fix=Fix(kind="set", key=provider.at("worker_init"), value=new, safe=True)
            if double
            else None,
        )


def _inits(config: Config, *, comments: bool = False) -> Iterator[tuple[Table, str]]:
    """Every worker_init of the file, without its comments unless they are wanted."""
    for provider in config.providers():
        text = provider.values.get("worker_init")
        if isinstance(text, str) and provider.knows("worker_init"):
            yield provider, text if comments else _COMMENT.sub("", text)
