"""Rules on the executors' labels."""

from __future__ import annotations

import re
from collections.abc import Iterator

from q2pconf import names
from q2pconf.findings import Finding, Fix
from q2pconf.model import POOLS, Config, Table
from q2pconf.rules import Context, error, rule, warning

__all__: list[str] = []

BREAKS_COMMANDS = re.compile(r"[\s\\\"'`$&|;<>(){}\x00-\x1f]")
"""What no name in the workers' command line may contain."""


@rule("Q2P115", "No executor labelled default", "error")
def no_default_label(config: Config, context: Context) -> Iterator[Finding]:
    """QIIME 2 sends every action that the mapping does not name to the executor labelled "default".
    Nobody checks that there is one: the file loads, and the first action stops with KeyError:
    'default'. Write label = "default" for the executor that is to run most actions; capitals
    count."""
    executors = list(config.executors())
    if not executors or "default" in config.labels():
        return
    if any(_labels_otherwise(executor) for executor in executors):
        return  # Q2P101 says that the key is another one
    bare = next((executor for executor in executors if not executor.has("label")), None)
    wrong = next(
        (e for e in executors if (e.text("label") or "").strip().lower() == "default"), None
    )
    chosen = wrong or bare or executors[-1]
    labelled = chosen.has("label")
    fix = None
    if wrong or bare:
        fix = Fix(kind="set", key=chosen.at("label"), value="default", safe=bool(wrong))
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


@rule("Q2P116", "Labels given twice", "error")
def duplicate_labels(config: Config, context: Context) -> Iterator[Finding]:
    """Every executor needs a label of its own: with the same label twice QIIME 2 stops with
    ConfigurationError: Executors must have unique labels. Executors without a label all get the
    name of their class, so two of these clash as well. Give each a line label = "…"; one of them
    must be "default"."""
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


@rule("Q2P117", "A label that no command line or file name can carry", "error")
def unusable_label(config: Config, context: Context) -> Iterator[Finding]:
    """The label becomes part of the workers' command line and of the name of the job script. A
    blank or a quote breaks the one, a slash or too many characters the other: the file loads, and
    no worker ever starts. Use letters, digits, - and _."""
    for executor in config.executors():
        label = executor.text("label")
        if label is None or executor.class_name not in POOLS:
            continue
        bad = BREAKS_COMMANDS.search(label) or re.search("/", label)
        if bad or len(label.encode()) > 220:
            what = f"contains {bad.group()!r}" if bad else "is too long"
            yield error(
                "Q2P117",
                executor.at("label"),
                f"the label {what}, which breaks the command that starts the workers",
                consequence="the file loads, but no worker ever starts",
                hint="use letters, digits, - and _ only",
            )


@rule("Q2P126", "A folder that no command line can carry", "error")
def unusable_folder(config: Config, context: Context) -> Iterator[Finding]:
    """run_dir and worker_logdir_root are put into the workers' command line as they are. A blank
    or a quote in them breaks it: the file loads, and no worker ever starts."""
    pools = [executor for executor in config.executors() if executor.class_name in POOLS]
    tables = [(config.table, "run_dir")]
    tables += [(executor, "worker_logdir_root") for executor in pools]
    for table, key in tables:
        value = table.values.get(key)
        harmful = BREAKS_COMMANDS if pools else re.compile("\0")
        bad = harmful.search(value) if isinstance(value, str) else None
        long = isinstance(value, str) and max(map(len, value.encode().split(b"/"))) > 255
        if long:
            yield error(
                "Q2P126",
                table.at(key),
                "the folder's name is longer than a file system allows",
                consequence="every run stops at its start with OSError: File name too long",
                hint="choose a shorter name",
            )
        elif bad and (key == "run_dir" or bad.group() not in "$\\"):
            yield error(
                "Q2P126",
                table.at(key),
                f"the folder's name contains {bad.group()!r}, which breaks the workers' command",
                consequence="the file loads, but no worker ever starts",
                hint="choose a folder without blanks, quotes and the like in its path",
            )


@rule("Q2P118", "An executor without a label", "warning")
def no_label(config: Config, context: Context) -> Iterator[Finding]:
    """An executor without a label is called after its class. Nothing runs there unless a mapping
    uses that name."""
    if "default" not in config.labels():
        return
    seen: set[str] = set()
    for executor in config.executors():
        label = executor.text("label")
        if not executor.has("label") and label is not None and label not in seen:
            seen.add(label)  # Q2P116 says it of the second
            yield warning(
                "Q2P118",
                executor.path,
                f'this executor has no label; Parsl calls it "{label}"',
                part="table",
                consequence="no action runs on it unless the mapping uses that name",
                hint='give it a name of its own, such as `label = "big"`',
            )


def _labels_otherwise(executor: Table) -> bool:
    """Whether a key that was meant to be `label` says default."""
    return any(
        value == "default" and key != "label" and names.meant(str(key), ["label"])
        for key, value in executor.values.items()
    )
