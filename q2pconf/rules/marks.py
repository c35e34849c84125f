"""Rules on the marks of scheduler_options: lines that the scheduler reads, and others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from q2pconf import shell, units
from q2pconf.findings import Finding, Fix
from q2pconf.model import Config, Table
from q2pconf.rules import Context, rule, warning

__all__ = ["MARKS", "SCHEDULER", "STOPS", "is_command", "short", "texts"]

MARKS = {
    "SlurmProvider": "#SBATCH", "PBSProProvider": "#PBS", "TorqueProvider": "#PBS",
    "LSFProvider": "#BSUB", "GridEngineProvider": "#$", "CobaltProvider": "#COBALT",
}  # fmt: skip
"""How a line for the scheduler begins in a job script."""

SCHEDULER = {
    "SlurmProvider": "Slurm", "PBSProProvider": "PBS", "TorqueProvider": "Torque",
    "LSFProvider": "LSF", "GridEngineProvider": "Grid Engine", "CobaltProvider": "Cobalt",
}  # fmt: skip
_ALMOST = re.compile(r"\s*#?\s*(SBATCH|PBS|BSUB|COBALT|\$)\s+(-.*)", re.IGNORECASE)
_SECOND = re.compile(r"(?<=\S)\s+(?=#SBATCH\s+-)")
"""Slurm takes all behind a second # for a comment."""
_OPTION = re.compile(r"\s*--?[A-Za-z]")
_ASIDE = re.compile(r"\s*#\s+(SBATCH|PBS|BSUB|COBALT|\$)\s", re.IGNORECASE)
"""A line that may have been made a comment on purpose."""
STOPS = ("SlurmProvider", "PBSProProvider", "TorqueProvider")
"""Their schedulers read no options after the first command."""


@rule("Q2P242", "A line of scheduler_options that is a command", "warning")
def option_without_mark(config: Config, context: Context) -> Iterator[Finding]:
    """scheduler_options is pasted into the head of the job script. A line without the scheduler's
    mark is a command for the shell: "--account=lab" is not found, and Slurm and PBS read none of
    the options that follow it, such as the partition and the cores, which Parsl writes behind it.
    Write "#SBATCH --account=lab" (#PBS, #BSUB, #$ for the others); commands go to worker_init."""
    for provider, text in texts(config):
        mark = MARKS[provider.class_name]
        bad = _commands(text, mark)
        if not bad or shell.syntax_error(f"{text}\n:") is not None:
            continue
        lost = ""
        if provider.class_name in STOPS:
            lost = f", and {SCHEDULER[provider.class_name]} reads no option behind it"
        if provider.class_name == "SlurmProvider":
            lost += ": partition, account, exclusive, cores and memory are lost"
        new = _with_mark(bad[0], mark)
        yield warning(
            "Q2P242",
            provider.at("scheduler_options"),
            _lines(bad, mark),
            consequence=f"the job runs it as a command{lost}",
            hint=f"write `{short(new)}`" if new != bad[0] else "move the command to `worker_init`",
            fix=_marked(provider, text, _commands),
        )


@rule("Q2P243", "A line of scheduler_options that is a mere comment", "warning")
def foreign_mark(config: Config, context: Context) -> Iterator[Finding]:
    """Each scheduler reads only lines with its own mark, at the very beginning of the line and in
    its very letters. "#PBS" in a Slurm job, "# SBATCH" and "#sbatch" are comments, as is all behind
    a second #SBATCH on one line: nothing is asked for, and nobody says so. Begin the line with the
    mark (#SBATCH for Slurm, #PBS for PBS, #BSUB for LSF, #$ for Grid Engine), and write options
    that this scheduler has."""
    for provider, text in texts(config):
        mark, scheduler = MARKS[provider.class_name], SCHEDULER[provider.class_name]
        bad = _comments(text, mark)
        if not bad:
            continue
        new = _with_mark(bad[0], mark)
        yield warning(
            "Q2P243",
            provider.at("scheduler_options"),
            _lines(bad, mark),
            consequence=f"{scheduler} takes it for a comment and does not read it",
            hint=_write(new, bad[0], mark, scheduler),
            fix=_marked(provider, text, _comments),
        )


def _commands(text: str, mark: str) -> list[str]:
    """The lines that the shell runs."""
    return [line for line in text.splitlines() if is_command(line)]


def _comments(text: str, mark: str) -> list[str]:
    """The lines with a mark that this scheduler does not read."""
    return [
        line
        for line in text.splitlines()
        if _ALMOST.fullmatch(line)
        and "#" in line[: line.find("-")]
        and (not line.startswith(mark) or (mark == "#SBATCH" and _SECOND.search(line)))
    ]


def _lines(bad: list[str], mark: str) -> str:
    if bad[0].startswith(mark):
        return f"the second {mark} of the line `{short(bad[0])}` is a comment"
    if len(bad) == 1:
        return f"the line `{short(bad[0])}` does not begin with {mark}"
    others = units.several(len(bad) - 1, "other")
    return f"the line `{short(bad[0])}` and {others} do not begin with {mark}"


def _write(new: str, old: str, mark: str, scheduler: str) -> str:
    if "\n" in new:
        return f"begin a new line before each {mark}"
    if new != old:
        return f"write `{short(new)}`"
    return f"write {scheduler}'s own option, in a line that begins with {mark}"


def _with_mark(line: str, mark: str) -> str:
    """An option with the mark that it lacks, two as two lines; any other line as it is."""
    if line.startswith(mark):
        return _SECOND.sub("\n", line) if mark == "#SBATCH" else line
    almost = _ALMOST.fullmatch(line)
    if almost and almost[1].upper() == mark[1:]:
        return f"{mark} {almost[2]}"
    is_option = _OPTION.match(line) and not line.rstrip().endswith("\\")
    return f"{mark} {line.strip()}" if is_option else line


def _marked(provider: Table, text: str, wrong: Callable[[str, str], list[str]]) -> Fix | None:
    """All of scheduler_options with the mark before each option: the fix of either rule, so that
    one does not undo the other. None where lines would be left that are ``wrong``; safe where no
    line may have been made a comment on purpose."""
    mark = MARKS[provider.class_name]
    new = "\n".join(_with_mark(line, mark) for line in text.splitlines())
    if wrong(new, mark):
        return None
    safe = not any(_ASIDE.match(line) for line in text.splitlines())
    value = new + "\n" * text.endswith("\n")
    return Fix(kind="set", key=provider.at("scheduler_options"), value=value, safe=safe)


def is_command(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= 60 else f"{text[:57]}..."


def texts(config: Config) -> Iterator[tuple[Table, str]]:
    for provider in config.providers():
        text = provider.text("scheduler_options")
        if text and provider.class_name in MARKS and provider.spec:
            yield provider, text
