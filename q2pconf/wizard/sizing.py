"""How large jobs have to be for what is answered, and what this machine adds to it."""

from __future__ import annotations

from typing import Any

from q2pconf import activation, filling
from q2pconf._dataclasses import replace
from q2pconf.answers import Answers
from q2pconf.document import Document
from q2pconf.errors import UsageError
from q2pconf.releases import Release
from q2pconf.wizard.surroundings import Surroundings

__all__ = ["completed", "provider_of", "steps_per_node", "unanswered"]


def provider_of(document: Document) -> str:
    """The class of the provider that runs most. Raises UsageError where there is none."""
    config = filling.config_of(document)
    provider = config.provider(filling.default_executor(config))
    if provider is None:
        raise UsageError("the executor labelled default has no provider")
    return provider.class_name


_NO_ENVIRONMENT = (
    "no environment is active here, and none is given (--environment): jobs find QIIME 2 only if"
    " it is active where you start it, and if the cluster hands that on"
)


def completed(
    answers: Answers, batch: bool, here: Surroundings, *, fresh: bool
) -> tuple[Answers, list[str]]:
    """The answers with what this machine says, and doubts about them."""
    if not batch:
        return _completed_here(answers, here, fresh=fresh)
    environment = answers.environment
    if environment is None and fresh and answers.worker_init is None:
        environment = activation.active(here.env)
    if environment is None:
        return answers, [_NO_ENVIRONMENT] if fresh and not answers.worker_init else []
    own = [answers.worker_init.rstrip("\n")] if answers.worker_init else []
    first = "\n".join([*own, *activation.lines(environment, here.env), ""])
    doubt = activation.doubt(environment, here.env)
    return replace(answers, environment=environment, worker_init=first), [doubt] if doubt else []


def _completed_here(
    answers: Answers, here: Surroundings, *, fresh: bool
) -> tuple[Answers, list[str]]:
    machine = max((limit.count for limit in here.cpus.considered), default=here.cpus.usable)
    if answers.cpus is not None and answers.cpus > machine:
        raise UsageError(
            f"--cpus: {answers.cpus} are more than the {machine} CPUs of this machine: no action"
            " would ever start"
        )
    if None not in (here.memory_gb, answers.memory_gb) and answers.memory_gb > here.memory_gb:  # type: ignore[operator]
        raise UsageError(
            f"--memory: {answers.memory_gb} GB are more than the {here.memory_gb:.0f} GB of this"
            " machine: no action would ever start"
        )
    doubts = []
    if answers.actions is None and (fresh or answers.max_cpus):
        each = answers.cpus or 1
        answers = replace(answers, actions=max(here.cpus.workers // each, 1))
    wanted = (answers.actions or 1) * (answers.cpus or 1)
    if wanted > here.cpus.usable:
        doubts.append(
            f"{wanted} CPUs are more than the {here.cpus.usable} that this process may use"
        )
    memory = (answers.memory_gb or 0) * (answers.actions or 1)
    if here.memory_gb is not None and memory > here.memory_gb:
        doubts.append(f"{memory} GB are more than the {here.memory_gb:.0f} GB of this machine")
    return answers, doubts


def steps_per_node(answers: Answers, here: Surroundings) -> int:
    """How many actions a whole node takes; one where jobs share nodes or nothing is known."""
    queue = here.queue(answers.partition or answers.queue)
    if not answers.exclusive or queue is None or not answers.actions:
        return 1
    limits = [answers.actions]
    if queue.cores_per_node and answers.cpus:
        limits.append(queue.cores_per_node // answers.cpus)
    if queue.memory_gb_per_node and answers.memory_gb:
        limits.append(int(queue.memory_gb_per_node // answers.memory_gb))
    most = max(min(limits), 1) if len(limits) > 1 else 1
    jobs = -(-answers.actions // most)
    return -(-answers.actions // jobs)


def unanswered(
    document: Document, answers: Answers, known: filling.Known, release: Release
) -> dict[str, Any]:
    """What a file says of a job where nothing is answered."""
    config = filling.config_of(document, release)
    provider = config.provider(filling.default_executor(config))
    says: dict[str, Any] = {
        "actions": known.actions, "cpus": known.cpus, "memory_gb": known.memory_gb,
    }  # fmt: skip
    if provider is not None:
        says["exclusive"] = provider.flag("exclusive")
        says["worker_init"] = provider.text("worker_init") or ""
        says.update({name: provider.text(name) for name in ("partition", "queue")})
    return {name: value for name, value in says.items() if getattr(answers, name) is None}
