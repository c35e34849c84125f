"""Rules on what is pasted into job scripts: shell commands and the scheduler's directives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from q2pconf import shell
from q2pconf.findings import Finding
from q2pconf.model import Config, Table
from q2pconf.rules import Context, error, rule, warning

__all__ = ["in_place"]

_PASTED = ("worker_init", "scheduler_options")
_IN_COMMAND = ("overrides", "prepend", "bind_cmd", "bash_location")


@rule("Q2P230", "Shell text that bash cannot read", "error")
def unreadable_shell(config: Config, context: Context) -> Iterator[Finding]:
    """worker_init, scheduler_options and a launcher's options are pasted into the job script. An
    open quote or bracket, or a placeholder such as <your-environment> followed by a semicolon,
    is a syntax error of bash: the file loads, and every block dies at once."""
    for table, key, text in _texts(config):
        problem = shell.syntax_error(in_place(key, text))
        if problem is not None:
            yield error(
                "Q2P230",
                table.at(key),
                f"bash cannot read this: {problem}",
                consequence="the file loads, but every job dies at once",
                hint="close quotes and brackets, and put a name for what stands in <…>",
            )


@rule("Q2P231", "Launcher options that end the command", "error")
def ended_command(config: Config, context: Context) -> Iterator[Finding]:
    """The overrides of a launcher stand in the middle of the command that starts the workers. A
    semicolon, a pipe, an ampersand or a line end there cuts it in two, and no worker starts."""
    for table, key, text in _texts(config):
        cut = re.search(r"[;|&\n]", text) if key in ("overrides", "bind_cmd") else None
        if cut is not None:
            yield error(
                "Q2P231",
                table.at(key),
                f"{cut.group()!r} ends the command that starts the workers",
                consequence="the job runs, and no worker ever starts",
                hint="write options of the launch command only; further commands go to worker_init",
            )


@rule("Q2P232", "Line ends of another system in a job script", "error", "warning")
def carriage_returns(config: Config, context: Context) -> Iterator[Finding]:
    """A carriage return in worker_init or scheduler_options ends up in the job script. sbatch
    refuses a script with DOS line breaks, and bash takes the character for a part of the word."""
    for table, key, text in _texts(config):
        if key not in _PASTED or "\r" not in text:
            continue
        refused = table.class_name == "SlurmProvider" and "\r\n" in text
        make = error if refused else warning
        yield make(
            "Q2P232",
            table.at(key),
            "there is a carriage return, `\\r`, in the text",
            consequence="sbatch refuses the job script: it contains DOS line breaks"
            if refused
            else "bash takes it for a part of the last word of the line",
            hint="write the line ends as \\n alone",
        )


def in_place(key: str, text: str) -> str:
    """The text with what Parsl puts around it."""
    if key in _PASTED:
        return f"{text}\n:"
    return f"{text} command" if key in ("prepend", "launch_cmd") else f"command {text}"


def _texts(config: Config) -> Iterator[tuple[Table, str, str]]:
    for executor in config.executors():
        yield from _of_table(executor, ("launch_cmd",))
        names = executor.values.get("available_accelerators")
        listed = isinstance(names, list | str) and all(isinstance(name, str) for name in names)
        if isinstance(names, list | str) and listed:
            yield executor, "available_accelerators", " ".join(names)
        provider = config.provider(executor)
        if provider is None or not executor.has("provider"):
            continue
        keys = _PASTED if provider.class_name != "CondorProvider" else ("worker_init",)
        yield from _of_table(provider, keys)
        launcher = config.launcher(provider)
        if launcher is not None:
            yield from _of_table(launcher, _IN_COMMAND)


def _of_table(table: Table, keys: tuple[str, ...]) -> Iterator[tuple[Table, str, str]]:
    for key in keys:
        value = table.values.get(key)
        if isinstance(value, str) and table.knows(key):
            yield table, key, value
