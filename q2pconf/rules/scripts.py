"""Rules on what is pasted into job scripts: shell commands and the scheduler's directives."""

from __future__ import annotations

from collections.abc import Iterator

from q2pconf import shell
from q2pconf.findings import Finding
from q2pconf.model import Config, Table
from q2pconf.rules import Context, error, rule

__all__: list[str] = []

_PASTED = ("worker_init", "scheduler_options")
_IN_COMMAND = ("overrides", "prepend", "bind_cmd", "bash_location")


@rule("Q2P230", "Shell text that bash cannot read")
def unreadable_shell(config: Config, context: Context) -> Iterator[Finding]:
    """worker_init, scheduler_options and a launcher's options are pasted into the job script. An
    open quote or bracket, or a placeholder such as <your-environment> followed by a semicolon,
    is a syntax error of bash: the file loads, and every block dies at once."""
    for table, key, text in _texts(config):
        problem = shell.syntax_error(text if key in _PASTED else f"command {text}")
        if problem is not None:
            yield error(
                "Q2P230",
                table.at(key),
                f"bash cannot read this: {problem}",
                consequence="the file loads, but every job dies at once",
                hint="close quotes and brackets, and replace placeholders such as <your-env>",
            )


def _texts(config: Config) -> Iterator[tuple[Table, str, str]]:
    for executor in config.executors():
        yield from _of_table(executor, ("launch_cmd",))
        names = executor.values.get("available_accelerators")
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
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
