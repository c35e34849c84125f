"""Read a configuration and build Parsl's objects as a QIIME 2 release does.

QIIME 2's own functions do it where they are asked for and installed. Else this does as they do,
told by the traits of the release's loader: the same objects, and the same exceptions where it
refuses.
"""

from __future__ import annotations

import copy
import importlib
import os
from importlib import metadata
from types import ModuleType
from typing import Any, Mapping, NamedTuple

__all__ = ["Loaded", "load"]

Request = Mapping[str, Any]


class Loaded(NamedTuple):
    """What became of a file.

    ``config`` is a ``parsl.Config``, None where the file has nothing but a mapping. ``mapping`` is
    plugin → action → label, or action → label in the releases that have it so. ``by`` says whose
    functions did it: ``rachis 2026.4.0``, or ``q2pconf, as QIIME 2 2024.5 does``.
    """

    config: Any
    mapping: dict[str, Any]
    by: str


def load(request: Request) -> Loaded:
    """The objects of a file.

    ``request`` has the file's ``path``, or None, and its plain ``data``, or None; the ``release``;
    of its loader ``per_plugin`` (a mapping is plugin → action → label, and checked),
    ``plain_values`` (Parsl is handed Python's values; the first loaders hand on tomlkit's own) and
    ``objects`` (key → module with the classes for it); and ``framework``, the package whose own
    functions shall be used if it is installed, or None. Data stand for a file of which nothing
    but they are known. Where tomlkit is missing they are taken instead of the file, and stay
    Python's values in every release. What Python itself does is as in the Python at hand: before
    3.9 it does not round tomlkit's numbers.

    Raises whatever the loader and Parsl raise of a file that they refuse, with their words;
    ModuleNotFoundError where Parsl is not installed, or neither data nor tomlkit are there.
    """
    name = request["framework"]
    framework = _framework(name)
    if framework is not None:
        config, mapping = _by_framework(framework, request)
        return Loaded(config, _plain(mapping), f"{name} {_version(name)}")
    config, mapping = _Builder(request).build(_read(request))
    release = request["release"].replace("parsl==", "with Parsl ")
    return Loaded(config, _plain(mapping), f"q2pconf, as QIIME 2 {release} does")


def _framework(name: str | None) -> ModuleType | None:
    """The loader of the framework with this name, if there is one here."""
    try:
        return importlib.import_module(name + ".sdk.parallel_config") if name else None
    except ImportError:
        return None


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return str(importlib.import_module(package).__version__)


def _by_framework(framework: ModuleType, request: Request) -> tuple[Any, Any]:
    """What QIIME 2's own functions make of it; the first releases call them by other names."""
    path = request["path"]
    source = "_config_from_dict" if path is None else "_config_from_file"
    function = getattr(framework, "load" + source, None) or getattr(framework, "get" + source)
    config, mapping = function(_read(request) if path is None else path)
    return config, mapping


def _read(request: Request) -> Any:
    """The file's data as the loader hands them on."""
    path, data = request["path"], _plain(copy.deepcopy(request["data"]))
    try:
        import tomlkit
    except ImportError:
        if data is None:
            raise
        return data
    if path is not None:
        with open(path) as stream:  # in the encoding of the locale, as QIIME 2 does
            document = tomlkit.load(stream)
        return document.unwrap() if request["plain_values"] else document
    return data if request["plain_values"] else tomlkit.parse(tomlkit.dumps(data))


def _plain(value: Any) -> Any:
    """Python's own values instead of tomlkit's."""
    return value.unwrap() if hasattr(value, "unwrap") else value


class _Builder:
    """Builds as the loader of a release does."""

    def __init__(self, request: Request) -> None:
        self.modules: Mapping[str, str] = request["objects"]
        self.per_plugin: bool = request["per_plugin"]
        # The loader learnt to look into lists at every level when it left tomlkit's values.
        self.into_lists: bool = request["plain_values"]
        self.package = "rachis" if request["release"] >= "2026" else "qiime2"

    def build(self, data: Any) -> tuple[Any, Any]:
        """Parsl's configuration, None if there is none, and the mapping; takes the data apart."""
        import parsl

        table = data.get("parsl")
        mapping = table.pop("executor_mapping", {})
        if self.per_plugin:
            _check(mapping)
        arguments = {key: self._argument(key, table[key]) for key in table}
        return (parsl.Config(**arguments) if arguments else None), mapping

    def _argument(self, key: str, value: Any) -> Any:
        """An argument of Parsl's configuration: only here is "None" another word for "none"."""
        if isinstance(value, str) and value.lower() == "none":
            return value.lower()
        if isinstance(value, list):
            return [self._made(key, each) for each in value]
        return self._made(key, value)

    def _made(self, key: str, value: Any) -> Any:
        """The object that a table stands for if the key says so, else the value itself."""
        if self.into_lists and isinstance(value, list):
            return [self._made(key, each) for each in value]
        if key not in self.modules:
            return value
        module = importlib.import_module(self.modules[key])
        if value["class"] == "_TEST_EXECUTOR_":
            kind = self._test_executor()
        else:
            kind = getattr(module, value["class"])
        return kind(**{k: self._made(k, each) for k, each in value.items() if k != "class"})

    def _test_executor(self) -> Any:
        """The threads that QIIME 2 has for its own tests, and for nothing else."""
        from parsl.executors import ThreadPoolExecutor

        class TestExecutor(ThreadPoolExecutor):  # type: ignore[misc]
            def __init__(self, *arguments: Any, **named: Any) -> None:
                if "QIIMETEST" not in os.environ:
                    kind = type(self)
                    raise ValueError(f"Do not instantiate the class '{kind}' when not testing")
                super().__init__(*arguments, **named)

        TestExecutor.__module__ = self.package + ".sdk.parallel_config"
        TestExecutor.__name__ = TestExecutor.__qualname__ = "_TEST_EXECUTOR_"
        return TestExecutor


def _check(mapping: Any) -> None:
    """Refuse a mapping without plugins, in the loader's words."""
    if not all(isinstance(actions, dict) for actions in mapping.values()):
        raise TypeError(
            f"The provided mapping:\n\n{mapping}\n\ndoes not follow the correct format of:\n\n"
            "{'plugin': {'action': 'executor'}}"
        )
