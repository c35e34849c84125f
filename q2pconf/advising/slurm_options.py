"""Slurm's own options in ``scheduler_options``: read, changed and taken out."""

from __future__ import annotations

import re

from q2pconf.advising.intention import Intention
from q2pconf.capacity.options import of_slurm

__all__ = ["seconds_of", "with_numbers", "without_cpus", "without_memory", "without_time"]

_VALUE = r"(?:=|[^\S\n]+)\S+"
_MEMORY = rf"--mem(?:-per-[cg]pu)?{_VALUE}"
_CPUS = rf"(?:--cpus(?:-per-task)?{_VALUE}|-c[^\S\n]*\S+)"
_TIME = rf"(?:--ti(?:me?)?{_VALUE}|-t[^\S\n]*\S+)"


def without_memory(text: str) -> str:
    """Without the options for memory, for which the provider has a key."""
    return _without(_MEMORY, text)


def without_cpus(text: str) -> str:
    """Without the options for the CPUs of a job, for which the provider has a key."""
    return _without(_CPUS, text)


def without_time(text: str) -> str:
    """Without the options for the time, for which the provider has a key."""
    return _without(_TIME, text)


def _without(option: str, text: str) -> str:
    left = re.sub(rf"[^\S\n]+{option}", "", text)
    return re.sub(r"(?m)^#SBATCH[^\S\n]*(?:\n|\Z)", "", left)


def with_numbers(text: str, cores: int | None, memory: int | None, wanted: Intention) -> str:
    """With the cores and GB of a job, where these options stand there already; None leaves what
    is there."""
    each, cpus = wanted.memory_gb, wanted.cpus
    changes = {
        r"--mem": None if memory is None else f"{memory}G",
        r"--mem-per-cpu": None if each is None or not cpus else f"{-(-each // cpus)}G",
        r"--cpus-per-task": cores,
        r"-c": cores,
    }
    for option, value in changes.items():
        if value is not None:
            pattern = rf"(?<=\s)({option})(=|\s+|(?<=-c))[\w.]+"
            text = re.sub(pattern, rf"\g<1>\g<2>{value}", text)
    return text


def seconds_of(text: str) -> int | None:
    """The seconds of the time that is asked for, as sbatch reads it; None where there is none,
    or it cannot be read."""
    told = of_slurm(text).values.get("time", "")
    found = re.fullmatch(r"(?:(\d{1,6})-)?(\d{1,9})(?::(\d{1,9}))?(?::(\d{1,9}))?", told)
    if found is None:
        return None
    days, *parts = (None if part is None else int(part) for part in found.groups())
    first, second, third = (part or 0 for part in parts)
    if days is None and parts[2] is None:  # minutes, or minutes:seconds
        return first * 60 + second
    return (days or 0) * 86400 + first * 3600 + second * 60 + third
