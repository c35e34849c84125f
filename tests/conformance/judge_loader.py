"""The loader of a release: the installed one, or as the frameworks before rachis read a file.

Those (the package qiime2, up to 2025.10) are on conda only. Where they do what rachis's loader
does, its own functions are used; the differences stand here.
"""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from judge_model import describe

_CHANNELS = dict.fromkeys(("channel", "channels"), "parsl.channels")
_MISSPELT = dict.fromkeys(("launcher", "launchers"), "parsl.launcher")


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How the loader of an old release differs from rachis's."""

    modules: dict[str, str]  # key that names objects → where their classes are
    plain: bool = True  # plain Python values, not tomlkit's own; lists of objects at every level
    per_plugin: bool = False  # the mapping is plugin → action → label, and checked
    labels: tuple[str, ...] = ("default", "htex")  # the executors of its own default


_FIRST = Habits(modules=_CHANNELS | _MISSPELT, plain=False)
_FLAT = Habits(modules=_CHANNELS)
_PER_PLUGIN = Habits(modules=_CHANNELS, per_plugin=True, labels=("tpool", "default"))
_OLD: dict[str | None, Habits] = {
    **dict.fromkeys(("2023.7", "2023.9"), _FIRST),
    **dict.fromkeys(("2024.2", "2024.5"), _FLAT),
    **dict.fromkeys(("2024.10", "2025.4", "2025.7", "2025.10"), _PER_PLUGIN),
}


class Loader:
    """Reads a file and builds its objects as a release does, or as what is installed does."""

    def __init__(self, release: str | None, installed: ModuleType) -> None:
        self.installed = installed
        self.habits = _OLD.get(release)
        executors = installed.VENDORED_CONFIG["parsl"]["executors"]
        self.labels = [executor["label"] for executor in executors]
        if self.habits is not None:
            self.labels = list(self.habits.labels)
            installed.module_paths.update(self.habits.modules)
            if not self.habits.plain:
                installed._process_key = self._process_key  # type: ignore[attr-defined]
                _round_as_python38(installed.tomlkit.items.Float)

    @property
    def flat(self) -> bool:
        """Whether actions are looked up by their name alone."""
        return self.habits is not None and not self.habits.per_plugin

    def read(self, file: str) -> Any:
        """The file's data."""
        if self.habits is None or self.habits.plain:
            return self.installed._get_config_dict_from_file(file)
        with open(file) as stream:
            return self.installed.tomlkit.load(stream)

    def build(self, data: Any) -> tuple[Any, Any]:
        """Parsl's configuration, None if there is none, and the mapping."""
        if not self.flat:
            config, mapping = self.installed.load_config_from_dict(data)
            return config, mapping
        parallel = data.get("parsl")
        mapping = parallel.pop("executor_mapping", {})
        arguments = self.installed._process_config(parallel)
        return (self.installed.parsl.Config(**arguments) if arguments != {} else None), mapping

    def _process_key(self, key: str, value: Any) -> Any:
        """As the first loaders do: a list is none of this one's business."""
        paths = self.installed.module_paths
        if key not in paths:
            return value
        module = importlib.import_module(paths[key])
        name = value["class"]
        source = self.installed if name == "_TEST_EXECUTOR_" else module
        kind = getattr(source, name)
        return kind(**{k: self._process_key(k, v) for k, v in value.items() if k != "class"})

    def label_problems(self, labels: list[str], mapping: Any) -> dict[str, Any]:
        """What QIIME 2's look-ups by label would not find when actions run."""
        problems: dict[str, Any] = {"no_default": "default" not in labels, "unknown_targets": []}
        if self.flat and mapping and not isinstance(mapping, dict):
            lacking = f"{type(mapping).__name__!r} object has no attribute 'get'"
            return {**problems, "no_table": f"AttributeError: {lacking}"}
        types = dict.fromkeys(labels, "")
        for plugin, action, target in self._targets(mapping):
            try:
                types[target]
            except (KeyError, TypeError) as error:
                problems["unknown_targets"].append([plugin, action, describe(error)])
        return problems

    def _targets(self, mapping: Any) -> list[tuple[str, str, Any]]:
        """(plugin, action, label) for all that may be looked up.

        Where actions have no plugin, a table stands under a plugin's name: never looked up.
        """
        if not self.flat:
            return [(p, a, label) for p, actions in mapping.items() for a, label in actions.items()]
        flat = mapping.items() if isinstance(mapping, dict) else ()
        return [("", action, label) for action, label in flat if not isinstance(label, dict)]


def _round_as_python38(kind: Any) -> None:
    """The first releases have Python 3.8, for which tomlkit's numbers take these: they fail."""
    kind.__floor__, kind.__ceil__ = math.floor, math.ceil
