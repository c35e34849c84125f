"""What to write instead of a key that a class does not have: another key, in other words or not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from q2pconf import names, units
from q2pconf._dataclasses import replace
from q2pconf.errors import UsageError
from q2pconf.findings import Finding, Fix
from q2pconf.schema import Problem, Schema

__all__ = ["instead", "renamed", "unless_given"]

_ACTIVATE = 'worker_init = "source /path/to/conda/etc/profile.d/conda.sh; conda activate qiime2"'
_ADVICE = re.compile(
    r"write [^`]*`(?P<key>scheduler_options|select_options|worker_init) = "
    r"\"(?P<text>.*)\"`(?: instead)?"
)


def instead(problem: Problem, schema: Schema, *, spelling: bool) -> tuple[str, Fix | None] | None:
    """What to write, and a change of the name where its value still fits; None where no key of the
    class is near. ``spelling``: whether the key may be a slip of the pen."""
    rules: Mapping[str, Any] = schema.of_class(problem.owner).get("properties", {})
    known = [key for key, rule in rules.items() if key != "class" and "not" not in rule]
    find = names.meant if spelling else names.synonym
    if (said := _option(problem)) is not None and problem.key not in known:
        return said, None
    name = find(problem.key, known)
    if name is None:
        return None
    advice = _said_otherwise(problem, name)
    if advice is not None:
        return advice, None
    fits = _fits(problem.value, rules[name])
    return f"write `{name}` instead", renamed(problem, name) if fits else None


def renamed(problem: Problem, name: str) -> Fix:
    """Another name for the key; safe where nothing else can be meant, by name and value."""
    safe = names.same(problem.key, name)
    return Fix(kind="rename", key=problem.path, value=name, safe=safe)


def unless_given(finding: Finding, table: Mapping[str, Any]) -> Finding:
    """The finding; where its table has the better name for a key already, it says to delete the
    key. That is safe where both say the same."""
    change = finding.fix
    if change is None:
        return _into_given(finding, table)
    if change.kind != "rename" or str(change.value) not in table:
        return finding
    old, new = table[str(change.key[-1])], table[str(change.value)]
    same = old == new and isinstance(old, bool) == isinstance(new, bool)
    return replace(
        finding,
        hint=f"delete the line: `{change.value}` is already given",
        beside=(*change.key[:-1], str(change.value)),
        fix=Fix(kind="remove", key=change.key, safe=change.safe and same),
    )


def _into_given(finding: Finding, table: Mapping[str, Any]) -> Finding:
    """The same for advice to write another key: where that is there, its text gets more."""
    advice = _ADVICE.fullmatch(finding.hint or "")
    if advice is None or advice["key"] not in table or finding.key is None:
        return finding
    more = f"add `{advice['text']}` to"
    if advice["key"] == "worker_init":
        more = "delete the line; what activates the environment stands in"
    hint = f"{more} the `{advice['key']}` that is already given"
    return replace(finding, hint=hint, beside=(*finding.key[:-1], advice["key"]))


def _said_otherwise(problem: Problem, name: str) -> str | None:
    """What to write where another key says the same with another kind of value."""
    if name == "select_options" and ("mem" in problem.key.lower() or problem.key == "ram"):
        return f'write `select_options = "mem={_gigabytes(problem)}gb"` instead'
    if name == "worker_init" and "env" in problem.key.lower():
        return f"write the commands that activate it: `{_ACTIVATE}`"
    if name == "worker_port" and isinstance(problem.value, list):
        return "write one fixed port: `worker_port = 54321`"
    if name == "executors" and not isinstance(problem.value, list):
        return "write the header of each executor as [[parsl.executors]], in double brackets"
    return None


_OF_SBATCH = (
    "reservation", "nodelist", "exclude", "mail_user", "mail_type", "licenses", "nice",
    "gres", "mem_per_cpu", "tmp", "dependency", "comment",
)  # fmt: skip
"""Options of sbatch that SlurmProvider has no key for."""
_CORES = ("cores_per_node", "cpus_per_node", "cores_per_block", "cores", "cpus", "ncpus")


def _option(problem: Problem) -> str | None:
    """What to write into scheduler_options for a key that only the scheduler knows."""
    name = "mail_user" if problem.key == "email" else problem.key
    if problem.owner == "SlurmProvider" and name in _OF_SBATCH:
        value = problem.value if isinstance(problem.value, str | int) else "…"
        said = f"#SBATCH --{name.replace('_', '-')}={value}"
    elif problem.owner == "GridEngineProvider" and problem.key in _CORES:
        said = f"#$ -pe smp {problem.value}"
    elif problem.owner == "LocalProvider" and problem.key in _CORES:
        return (
            "delete the line; the executor's `max_workers_per_node` says how many actions run here"
        )
    else:
        return None
    return f'write `scheduler_options = "{said}"` instead'


def _gigabytes(problem: Problem) -> int:
    """The memory that the file asks for, where its unit is sure; else an example."""
    try:
        return units.read_memory(problem.value).gb
    except UsageError:
        return 96


def _fits(value: Any, rule: Mapping[str, Any]) -> bool:
    """Whether the key takes a list, a table or a single value, as this one is."""
    kinds = rule.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, list):
        return "array" in kinds
    if isinstance(value, Mapping):
        return "object" in kinds or not kinds
    return kinds != ["array"]
