"""The wizard at a terminal: question after question, each with what is known as its default."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from q2pconf import prompts, units, wizard
from q2pconf._dataclasses import dataclass, field, replace
from q2pconf.cluster import Queue
from q2pconf.presets import Preset
from q2pconf.prompts import Item
from q2pconf.wizard import Question, Surroundings

__all__ = ["Interview", "conclude", "decide", "existing", "greet", "where"]

_ORDER = (
    "partition", "queue", "max_cpus", "cpus", "memory", "walltime", "actions", "account",
    "environment", "qos", "worker_init", "exclusive", "map",
)  # fmt: skip
_LIMITED = ("partition", "queue", "cpus", "memory", "walltime")
"""What a cluster may limit; the first two say where."""
_RARE = {
    "qos": "quality of service (QOS)",
    "worker_init": "commands before the work",
    "exclusive": "whole nodes",
    "map": "actions that run elsewhere",
}
"""What most people never need is behind one question."""
_HELP = {
    "partition": "A partition is a part of the cluster with limits of its own.",
    "queue": "A queue is a part of the cluster with limits of its own.",
    "max_cpus": "By all actions together. The suggestion leaves one free for everything else.",
    "cpus": "Tell the action the same number when you run it, as --p-threads, --p-n-threads or"
    " whatever it calls them: it does not take them by itself.",
    "memory": "Such as 16GB. An action that needs more than its job has is killed.",
    "walltime": "Such as 90 min, 24h or 2 days. An action that is not done by then is lost; one"
    " that asks for less may wait less.",
    "actions": "An action is one step of a pipeline, such as denoising one part of the samples."
    " Each runs in a job of its own; more jobs are not in the queue at a time.",
    "account": "The project that pays. Leave it out if your cluster has none.",
    "environment": "The one with QIIME 2, by name or folder; each job activates it first.",
    "qos": "Leave it out unless your cluster's help desk told you one.",
    "worker_init": "Shell commands, such as: module load gcc",
    "exclusive": "Nobody else can use them meanwhile: all their cores are charged to you, and"
    " a job may wait longer.",
    "map": "Light actions need not wait for a job: they can run within QIIME 2. Such as"
    " feature_table.merge, with blanks between several.",
}
_HELP_HERE = {
    "memory": "What one action needs at its peak, such as 8GB. Fewer run at a time where that is"
    " more than there is.",
    "actions": "An action is one step of a pipeline, such as denoising one part of the samples."
    " All that run at a time share the CPUs and the memory of this computer.",
    "map": "By name, such as feature_table.merge, with blanks between several: they run within"
    " QIIME 2 itself.",
}


def greet(target: str | None, release: str) -> None:
    """What will happen, and how to get out of it; the file is only printed without ``target``."""
    prompts.tell(f"A file for {release}: {target or 'printed, not written'}", "strong", indent="")
    prompts.tell(
        "Enter takes the answer in [brackets]; Tab lets you change it. Ctrl-C stops."
        + (" Nothing is written before you agree." if target else ""),
        "quiet",
        indent="",
    )
    prompts.tell("")


def conclude(outline: Sequence[str], said: Sequence[str]) -> None:
    """What the file comes to, and what is doubtful."""
    prompts.tell("What it comes to:", "strong", indent="")
    for line in outline:
        prompts.tell(line)
    for line in said:
        prompts.tell(f"note: {line}", "wrong")
    prompts.tell("")


def where(found: Mapping[str, Preset], here: Surroundings) -> str:
    """Which preset to start from; what is on this machine comes first."""
    suggested = wizard.suggested_preset(found, here)
    names = sorted(found, key=lambda name: (name != suggested, found[name].origin == "built-in"))
    items = [Item(name, _title(found[name], here)) for name in names]
    chosen = prompts.which("Where shall the work be done?", items, suggested)
    told = here.cluster is not None and here.cluster.scheduler == chosen
    if told and here.cluster and not here.cluster.queues:
        prompts.tell("Its limits are not known here, so answers are not compared with them.")
        prompts.tell("\n".join(here.cluster.notes[:1]), "quiet")
    return chosen


def _title(preset: Preset, here: Surroundings) -> str:
    if preset.origin != "built-in":
        return f"{preset.title} ({preset.name})"
    if preset.name == "local":
        return f"{preset.title} ({units.several(here.cpus.usable, 'CPU')})"
    mine = here.cluster is not None and here.cluster.scheduler == preset.name
    return f"{preset.title} ({'found' if mine else 'not found'} here)"


def existing(path: str) -> bool:
    """Whether a file that exists is to be changed, not replaced; raises KeyboardInterrupt."""
    items = [
        Item("change", "Change what is in it"),
        Item("replace", "Replace it by a new one"),
        Item("stop", "Stop, change nothing"),
    ]
    chosen = prompts.which(f"{path} exists.", items)
    if chosen == "stop":
        raise KeyboardInterrupt
    return chosen == "change"


def decide(target: str) -> Literal["write", "show", "change", "stop"]:
    """What to do with the file that has been shown."""
    items = [
        Item("write", "Write it"),
        Item("show", "Show the whole file first"),
        Item("change", "Change an answer"),
        Item("stop", "Stop, write nothing"),
    ]
    chosen = prompts.which(f"Write {target}?", items)
    return "write" if chosen == "write" else _other(chosen)


def _other(chosen: str) -> Literal["show", "change", "stop"]:
    return "show" if chosen == "show" else "change" if chosen == "change" else "stop"


@dataclass(frozen=True, kw_only=True, slots=True)
class Interview:
    """The questions of a preset: ``known`` are the values of a file that exists, suggested then;
    ``labels`` those of the executors that the file will have."""

    chosen: Preset
    here: Surroundings
    known: Mapping[str, Any] = field(default_factory=dict)
    labels: Sequence[str] = ()

    def answers(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What is given and what the person answers to the rest; None for what is left out."""
        found = dict(given)
        self._say_doubts(given)
        open_ones = self._open(given)
        rare = [name for name in open_ones if name in _RARE and name not in self.chosen.choices]
        for name in open_ones:
            if name not in rare:
                self._ask(name, found)
        if rare and self._wants(rare):
            for name in rare:
                self._ask(name, found)
        return found

    def changed(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """The answers after the person has changed one, and those that it made impossible."""
        names = self._open({})
        items = [Item(name, self._line(name, found)) for name in names]
        name = prompts.which("Which one?", [*items, Item("", "None of them")])
        if not name:
            return dict(found)
        now = {key: value for key, value in found.items() if key != name}
        before = found.get(name, self.known.get(name))
        replace(self, known={**self.known, name: before})._ask(name, now)
        for other in names:
            value = now.get(other)
            reason = None if value is None else self._doubt(other, value, now)
            if other != name and reason and not self._doubt(other, value, found):
                prompts.tell(reason, "wrong")
                self._ask(other, now)
        return now

    def _open(self, given: Mapping[str, Any]) -> list[str]:
        asked = wizard.asked(self.chosen.asks, self.chosen, given)
        return sorted(asked, key=_ORDER.index)

    def _say_doubts(self, given: Mapping[str, Any]) -> None:
        """Say what is doubtful about an option before anything is asked."""
        for name, value in given.items():
            if reason := self._doubt(name, value, given):
                prompts.tell(f"note: {reason}", "wrong")

    def _wants(self, rare: Sequence[str]) -> bool:
        words = ", ".join(_RARE[name] for name in rare)
        prompts.tell(f"Seldom needed: {words}.", "quiet")
        return prompts.yes("Anything special?", default=False)

    def _ask(self, name: str, found: dict[str, Any]) -> None:
        """Ask one question and keep the answer in ``found``."""
        asked = self._question(name, found)
        help_ = _HELP if self._is_batch else {**_HELP, **_HELP_HERE}
        if name in help_:
            prompts.tell(help_[name], "quiet")
        answer = prompts.ask(
            asked,
            lambda typed: self._refusal(name, self._value(name, typed)),
            self._items(asked),
            lambda typed: self._doubt(name, self._value(name, typed), found),
        )
        if answer is not None:
            found[name] = self._value(name, answer)
        elif not (name == "environment" and self.known.get("worker_init")):
            found[name] = None

    def _question(self, name: str, found: Mapping[str, Any]) -> Question:
        known = {key: value for key, value in self.known.items() if value is not None}
        asked = wizard.question(name, self.chosen, {**known, **found}, self.here)
        if name in known:
            value = _hours(known[name]) if name == "walltime" else known[name]
            asked = wizard.with_default(asked, value if value is False else _shown(value))
        elif name == "environment" and "worker_init" in known:
            text = f"{asked.text} (left out: as the file has it)"
            return replace(asked, default=None, text=text)
        if name == "memory" and not self._is_batch:
            asked = replace(asked, optional=True)
        return self._within(asked, found)

    @property
    def _is_batch(self) -> bool:
        return "walltime" in (*self.chosen.asks, *self.chosen.fixed)

    def _within(self, asked: Question, found: Mapping[str, Any]) -> Question:
        """The question with a suggestion that the partition or queue allows."""
        queue = self.here.queue(found.get("partition") or found.get("queue"))
        if queue is None or asked.default is None or asked.kind != "text":
            return asked
        most = _most(asked.name, queue)
        if most is None or self._doubt(asked.name, asked.default, found) is None:
            return asked
        return wizard.with_default(asked, most)

    def _items(self, asked: Question) -> list[Item]:
        """The partitions or queues with their limits, and why some cannot be chosen."""
        if asked.name not in ("partition", "queue") or asked.kind != "choice":
            return []
        cluster = self.here.cluster
        queues = {queue.name: queue for queue in (cluster.queues if cluster else ())}
        open_ones = [
            Item(one, f"{one}: {_limits(queues[one])}" if one in queues else one)
            for one in asked.choices
        ]
        closed = [
            Item(queue.name, queue.name, queue.trouble)
            for queue in queues.values()
            if queue.trouble and queue.name not in asked.choices and not self.chosen.choices
        ]
        return [*open_ones, *closed]

    def _doubt(self, name: str, value: Any, found: Mapping[str, Any]) -> str | None:
        """Which limit of the cluster an answer is beyond, by itself or with those before it."""
        if name not in _LIMITED:
            return None
        given = {key: one for key, one in found.items() if one is not None and key != name}
        reason = wizard.refusal(name, value, self.chosen, given, self.here)
        # What was doubtful before this answer is not its fault.
        before = wizard.refusal("set", {}, self.chosen, given, self.here)
        if reason and reason == before:
            queue = {key: given[key] for key in _LIMITED[:2] if key in given}
            reason = wizard.refusal(name, value, self.chosen, queue, self.here)
        return reason

    def _refusal(self, name: str, value: Any) -> str | None:
        """Why an answer makes no sense, whatever the cluster is like."""
        anywhere = replace(self.here, cluster=None)
        reason = wizard.refusal(name, value, self.chosen, {}, anywhere)
        if reason or name != "map" or not self.labels:
            return reason
        for _, sign, label in (str(one).partition("=") for one in value):
            if sign and label not in self.labels:
                return f"there is no executor {label}; there are {', '.join(self.labels)}"
        return None

    def _value(self, name: str, typed: Any) -> Any:
        """An answer as an option would have it; actions without a label go to the other one."""
        if name != "map" or not isinstance(typed, str):
            return typed
        others = [label for label in self.labels if label != "default"]
        label = f"={others[0]}" if len(others) == 1 else ""
        return [one if "=" in one else one + label for one in typed.replace(",", " ").split()]

    def _line(self, name: str, found: Mapping[str, Any]) -> str:
        text = wizard.question(name, self.chosen, {}, self.here).text
        value = found.get(name, self.known.get(name))
        return f"{text} {_shown(value)}"


def _most(name: str, queue: Queue) -> str | None:
    """The most that a queue allows of something, as a person would type it."""
    if name == "walltime" and queue.max_walltime_seconds:
        return _hours(units.walltime(queue.max_walltime_seconds))
    if name == "cpus" and queue.cores_per_node:
        return str(queue.cores_per_node)
    if name == "memory" and queue.memory_gb_per_node:
        return f"{int(queue.memory_gb_per_node)}GB"
    return None


def _hours(walltime: Any) -> str:
    """A walltime as people say it: 24h for 24:00:00; what is no whole hours stays."""
    return re.sub(r"^0*(\d+):00:00$", r"\1h", str(walltime))


def _limits(queue: Queue) -> str:
    longest = queue.max_walltime_seconds
    parts = [units.spoken(longest) if longest else "no time limit"]
    if queue.cores_per_node:
        parts.append(units.several(queue.cores_per_node, "CPU"))
    if queue.memory_gb_per_node:
        parts.append(f"{queue.memory_gb_per_node:g} GB")
    if queue.gpus_per_node:
        parts.append(units.several(queue.gpus_per_node, "GPU"))
    return ", ".join(parts)


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "yes" if value else "no" if value is False else "none"
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
