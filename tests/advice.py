"""Advice followed: its words put into a text, its values into data; files and wishes at random."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Mapping
from typing import Any

from q2pconf import _toml
from q2pconf.advising import Advice, Intention

__all__ = ["RELEASES", "changed", "edited", "generated", "wish"]

_WRITE = re.compile(r": write `([^`]*)` (.*)$", re.DOTALL)
_INSTEAD = re.compile(
    r"in line (\d+)(?:, in the table of [^`]*?(?:labelled (\w+))?)?, instead of (?:`([^`]*)`"
    r"(?: in lines \1 to (\d+))?|what `([^`]*)` says there)"
)
_BELOW = re.compile(r"in the table .*, below (\[.*\]) in line (\d+)")
_BESIDE = re.compile(r"in the table .*, beside `([^`]*)` in line (\d+)")
_BRACES = re.compile(
    r"in (?:a new `(\w+ = \{[^`]*) \}` in )?the table .*, (behind|in front of) `([^`]*)` in line"
    r" (\d+), with a comma between"
)
_NEW = re.compile(r"in a new table (\[.*\]) that begins with `([^`]*)`, below line (\d+) \(.*\)")


def edited(text: str, advice: tuple[Advice, ...]) -> str:
    """The text with each line put where its words say; nothing but the words is looked at."""
    lines = text.splitlines()
    below: dict[int, list[str]] = {}
    tables: dict[tuple[int, str, str], list[str]] = {}
    for one in advice:
        told = _WRITE.search(one.words)
        assert told is not None, one.words
        new, where = told.groups()
        if found := _BELOW.fullmatch(where) or _BESIDE.fullmatch(where):
            assert found[1] in lines[int(found[2]) - 1]
            below.setdefault(int(found[2]), []).append(new)
        elif found := _NEW.fullmatch(where):
            tables.setdefault((int(found[3]), found[1], found[2]), []).append(new)
        elif found := _BRACES.fullmatch(where):
            put_in_braces(lines, new, found)
        else:
            found = _INSTEAD.fullmatch(where)
            assert found is not None, where
            put_instead(lines, new, found)
        numbers = re.findall(r"line (\d+)", where)
        assert one.line == int(numbers[-1]), one
    for (line, header, first), rest in tables.items():
        below[line] = [*below.get(line, []), header, first, *rest]
    found_lines = (one for n, line in enumerate(lines, 1) for one in (line, *below.get(n, ())))
    return "\n".join(line for line in found_lines if line != GONE) + "\n"


GONE = "\0"


def put_in_braces(lines: list[str], new: str, found: re.Match[str]) -> None:
    new = f"{found[1]}, {new} }}" if found[1] else new
    at, beside = int(found[4]) - 1, found[3]
    both = f"{beside}, {new}" if found[2] == "behind" else f"{new}, {beside}"
    assert beside in lines[at]
    lines[at] = lines[at].replace(beside, both, 1)


def put_instead(lines: list[str], new: str, found: re.Match[str]) -> None:
    at, old, last, name = int(found[1]) - 1, *found.group(3, 4, 5)
    if last is not None:
        assert old in lines[at]
        lines[at : int(last)] = [new, *[GONE] * (int(last) - at - 1)]
        return
    start = lines[at].index(f'"{found[2]}"') if found[2] else 0
    pattern = re.escape(old) if old else re.escape(name) + r' = "(?:[^"\\]|\\.)*"'
    places = list(re.finditer(pattern, lines[at][start:]))
    assert places if found[2] else len(places) == 1
    begin, end = start + places[0].start(), start + places[0].end()
    lines[at] = lines[at][:begin] + new + lines[at][end:]


def changed(data: Mapping[str, Any], advice: tuple[Advice, ...]) -> dict[str, Any]:
    """The data with each line that the words say, where its key says that it belongs."""
    found = copy.deepcopy(dict(data))
    for one in advice:
        if one.key is None:
            continue
        line = re.search(r": write `([^`]*)`", one.words)
        assert line is not None
        value: Any = _toml.loads(line[1])
        while isinstance(value, dict):
            ((name, value),) = value.items()
        assert (name, value) == (one.key[-1], one.value)
        place: Any = found
        for step in one.key[:-1]:
            if isinstance(place, dict) and step not in place:
                place[step] = {"class": "LocalProvider"}
            place = place[step]
        place[name] = value
    return found


_SLURM: dict[str, list[Any]] = {
    "cores_per_node": [1, 4, 12, 48, None],
    "mem_per_node": [4, 96, 200, None],
    "exclusive": [True, False],
    "max_blocks": [1, 4, 25, None],
    "init_blocks": [1, 3, None],
    "min_blocks": [0, 2, None],
    "nodes_per_block": [1, 2, 3, None],
    "walltime": ["01:00:00", "24:00:00"],
    "parallelism": [0.5, 1, None],
    "launcher": [None, None, {"class": "SrunLauncher"}, {"class": "SimpleLauncher"}],
    "scheduler_options": [None, None, "#SBATCH --nice"],
}
_PBS = {
    **{key: value for key, value in _SLURM.items() if not re.match("cores|mem|excl|sched", key)},
    "cpus_per_node": [1, 4, 12, 48, None],
    "select_options": [None, "mem=96gb", "ngpus=1", "mem=8gb:ngpus=1"],
    "launcher": [None, None, {"class": "MpiExecLauncher"}],
}
_LOCAL: dict[str, list[Any]] = {
    "max_blocks": [1, 5, None], "init_blocks": [1, 2, None], "nodes_per_block": [1, 2, None],
}  # fmt: skip
_PROVIDERS = {"SlurmProvider": _SLURM, "PBSProProvider": _PBS, "LocalProvider": _LOCAL}
_POOL: dict[str, list[Any]] = {
    "cores_per_worker": [None, None, 1, 4, 12, 0.5],
    "mem_per_worker": [None, None, None, 4, 24.5],
    "max_workers_per_node": [None, 1, 3, 8],
    "max_workers": [None, 1, 3, 8],
    "available_accelerators": [None, None, None, ["0", "1"]],
}
_TOO_EARLY = {"max_workers_per_node": ("2023.9", "2024.2"), "max_workers": ("2026.4", "2026.10")}
RELEASES = ("2023.9", "2024.2", "2024.5", "2024.10", "2026.1", "2026.4", "2026.10")


def _some(randomly: random.Random, choices: dict[str, list[Any]]) -> dict[str, Any]:
    picked = {key: randomly.choice(values) for key, values in choices.items()}
    return {key: value for key, value in picked.items() if value is not None}


def generated(randomly: random.Random, release: str) -> dict[str, Any]:
    """The data of a file with one executor."""
    parsl = _some(randomly, {"strategy": [None, "simple", "none", "htex_auto_scale"]})
    if randomly.random() < 0.1:
        threads = {"class": "ThreadPoolExecutor", "label": "default", "max_threads": 3}
        return {"parsl": {**parsl, "executors": [threads]}}
    kind = randomly.choice(list(_PROVIDERS))
    provider = {"class": kind, **_some(randomly, _PROVIDERS[kind])}
    if release == "2023.9":
        provider.pop("launcher", None)
    executor = {"class": "HighThroughputExecutor", "label": "default", **_some(randomly, _POOL)}
    if kind == "LocalProvider":  # so many accelerators are all that this machine has
        executor.pop("available_accelerators", None)
    for key, releases in _TOO_EARLY.items():
        if release in releases:
            executor.pop(key, None)
    return {"parsl": {**parsl, "executors": [{**executor, "provider": provider}]}}


def wish(randomly: random.Random, *, threads: bool) -> Intention:
    """What somebody may want."""
    actions = randomly.choice([1, 2, 7, 24, 25, 60, 100])
    if threads:
        return Intention(actions=actions)
    return Intention(
        actions=randomly.choice([None, actions, actions]),
        cpus=randomly.choice([None, 1, 4, 12, 20]),
        memory_gb=randomly.choice([None, 2, 8, 96]),
        walltime=randomly.choice([None, "12:00:00", "48:00:00"]),
    )
