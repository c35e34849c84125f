"""Questions as data: what is asked, with which suggestion, what is refused at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from q2pconf import activation, filling, presets
from q2pconf._dataclasses import dataclass, replace
from q2pconf.answers import read, read_one
from q2pconf.cluster import Cluster
from q2pconf.document import Document
from q2pconf.errors import Q2pconfError
from q2pconf.migrating import detect_source
from q2pconf.model import BATCH
from q2pconf.presets import Preset
from q2pconf.releases import Release, newest
from q2pconf.wizard.sizing import provider_of
from q2pconf.wizard.surroundings import Surroundings, beyond, is_allowed

__all__ = [
    "NEEDED",
    "Question",
    "asked",
    "known_answers",
    "missing",
    "question",
    "refusal",
    "suggested_preset",
    "with_default",
]

NEEDED = ("actions", "cpus", "memory", "walltime")
"""What a batch system must be told, and what nobody can know but the person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question: ``default`` is the suggested answer, ``choices`` the only ones allowed where
    there are any, ``optional`` that no answer is one too."""

    name: str
    text: str
    kind: Literal["text", "choice", "yes/no"]
    default: Any = None
    choices: tuple[str, ...] = ()
    optional: bool = False


_TEXTS = {
    "actions": "How many actions at a time?",
    "cpus": "How many CPUs for each action?",
    "memory": "How much memory for each action?",
    "walltime": "For how long, at most?",
    "partition": "Which partition?",
    "queue": "Which queue?",
    "account": "Which account is charged?",
    "qos": "Which quality of service (QOS)?",
    "environment": "Which conda environment?",
    "worker_init": "What shall a job do first?",
    "exclusive": "Take whole nodes?",
    "max_cpus": "How many CPUs may be used in all?",
    "map": "Which actions run elsewhere?",
}


_OPTIONAL = ("partition", "queue", "account", "qos", "environment", "worker_init", "map")


def question(name: str, chosen: Preset, given: Mapping[str, Any], here: Surroundings) -> Question:
    """One question of a preset, with what is known by now as the suggested answer."""
    choices = tuple(str(one) for one in chosen.choices.get(name, ()))
    default = chosen.defaults.get(name)
    if default is not None and not is_allowed(chosen, name, default):
        default = None
    if here.cluster and not choices:
        choices, standard = _of_cluster(name, here.cluster)
        default = default or standard
    default = default or _of_here(name, given, here)
    if default is None and choices:
        default = choices[0]
    kind: Literal["text", "choice", "yes/no"] = "choice" if choices else "text"
    if name == "exclusive":
        kind, default = "yes/no", bool(default)
    return Question(
        name=name, text=_TEXTS[name], kind=kind, choices=choices,
        default=None if default is None else default if kind == "yes/no" else str(default),
        optional=name in _OPTIONAL and name not in chosen.choices,
    )  # fmt: skip


def _of_cluster(name: str, found: Cluster) -> tuple[tuple[str, ...], str | None]:
    """What the cluster offers as answers, and which one it takes by itself."""
    if name in ("partition", "queue"):
        standard = found.default_queue
        up = tuple(queue.name for queue in found.queues if queue.up)
        return up, standard.name if standard and standard.up else None
    if name == "account":
        return found.accounts, found.default_account
    return (found.qos if name == "qos" else ()), None


def _of_here(name: str, given: Mapping[str, Any], here: Surroundings) -> Any:
    """The answer that fits this machine, for the questions about it."""
    if name == "environment":
        return activation.active(here.env)
    if name == "max_cpus":
        return here.cpus.workers
    if name == "actions":
        each = _number(given.get("cpus")) or 1
        return max((_number(given.get("max_cpus")) or here.cpus.workers) // each, 1)
    return 1 if name == "cpus" else None


def _number(value: Any) -> int | None:
    return int(value) if re.fullmatch(r"\d{1,6}", str(value)) else None


def refusal(
    name: str, value: Any, chosen: Preset, given: Mapping[str, Any], here: Surroundings
) -> str | None:
    """Why an answer cannot be taken, None if it can."""
    try:
        if not is_allowed(chosen, name, value):
            allowed = ", ".join(map(str, chosen.choices[name]))
            return f"the preset {chosen.name} allows only: {allowed}"
        read_one(name, value)
        over = beyond(read({**given, name: value}), here)
    except Q2pconfError as error:
        return str(error).removeprefix(f"--{name.replace('_', '-')}: ")
    return over[0] if over else None


def missing(chosen: Preset, given: Mapping[str, Any]) -> tuple[str, ...]:
    """The questions without an answer that only the person has."""
    return tuple(
        name
        for name in chosen.asks
        if name in NEEDED and "walltime" in chosen.asks
        if name not in given and name not in chosen.fixed
    )


def asked(names: Iterable[str], chosen: Preset, given: Mapping[str, Any]) -> list[str]:
    """The questions that are still to be asked, in their order."""
    return [
        name
        for name in presets.ANSWERS
        if name in names and name not in given and name not in chosen.fixed
    ]


def with_default(asked_for: Question, value: Any) -> Question:
    """The question with another suggested answer."""
    default = bool(value) if asked_for.kind == "yes/no" else str(value)
    return replace(asked_for, default=default)


_PROVIDERS = {
    "slurm": "SlurmProvider", "pbs": "PBSProProvider", "torque": "TorqueProvider",
    "sge": "GridEngineProvider",
}  # fmt: skip


def suggested_preset(found: Mapping[str, Preset], here: Surroundings) -> str:
    """The preset for what is on this machine: one of the person's own, else the site's, else one
    that q2pconf comes with."""
    wanted = _PROVIDERS.get(here.cluster.scheduler) if here.cluster else None
    for origin in ("user", "site", "built-in"):
        for name, one in found.items():
            if wanted and one.origin == origin and provider_of(one.document) == wanted:
                return name
    return "local"


def known_answers(document: Document, release: Release | None = None) -> dict[str, Any]:
    """The answers that a file stands for, as far as it tells them plainly.

    ``release`` is the one it was written for; found out where it is not given.
    """
    release = release or detect_source(document, newest())
    known = filling.known_of(document, release)
    config = filling.config_of(document, release)
    provider = config.provider(filling.default_executor(config))
    found: dict[str, Any] = {"actions": known.actions, "cpus": known.cpus}
    if provider is None or provider.class_name not in BATCH:
        return {name: value for name, value in found.items() if value is not None}
    found["memory"] = f"{known.memory_gb}GB" if known.memory_gb else None
    for name in ("partition", "queue", "account", "qos", "walltime", "worker_init", "exclusive"):
        found[name] = provider.values.get(name)
    return {name: value for name, value in found.items() if value is not None}
