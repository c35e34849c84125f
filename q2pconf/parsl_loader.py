"""Parsl's objects of a file, exactly as a QIIME 2 release builds them.

Parsl is imported when ``to_parsl`` is called, not before, and must be the release's.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from q2pconf import chain, environments, releases
from q2pconf.agent import loading
from q2pconf.document import Document, check_keys, opened
from q2pconf.errors import Q2pconfError, UsageError
from q2pconf.releases import Release

if TYPE_CHECKING:
    import parsl

__all__ = ["LoaderError", "own_framework", "request", "to_parsl"]

_HOW_TO = "run this in the environment of QIIME 2, or install it: pip install 'q2pconf[try]'"


class LoaderError(Q2pconfError):
    """A file that QIIME 2 and Parsl refuse, in their own words; the cause is their exception."""

    exit_code = 1


def to_parsl(
    source: Document | str | os.PathLike[str] | Mapping[str, Any],
    release: Release | str | None = None,
    *,
    env: Mapping[str, str] | None = None,
    search_path: Iterable[str] | None = None,
) -> tuple[parsl.Config, Mapping[str, Any]]:
    """Parsl's configuration and the mapping of actions, as ``--parallel-config`` makes them.

    ``source`` is a path, TOML text of more than one line, a document, or the data of one. The
    release's own framework builds them if it is installed here, else q2pconf does the same.
    ``release`` is by default the one whose Parsl is installed here. The mapping has the shape that
    the release wants, and is empty where there is none.

    Where the file has nothing but a mapping, QIIME 2 takes the executors of the file that it finds
    by itself, and so does this (``resolve`` says which; nothing is written). ``env`` decides there,
    and ``search_path`` is where this Python finds packages: those of this process.

    Raises UsageError where the release's Parsl cannot be imported here, or the release is unknown;
    InputError for a file that cannot be read, DocumentError for one that is not TOML, LoaderError
    for one that QIIME 2 or Parsl refuses.
    """
    places = tuple(sys.path if search_path is None else search_path)
    chosen = _release(release, places)
    framework = own_framework(chosen, environments.at_hand({}, places).framework)
    loaded = _load(source, chosen, framework)
    if loaded.config is not None:
        return loaded.config, loaded.mapping
    config, mapping = _found_by_itself(chosen, framework, os.environ if env is None else env)
    return config, loaded.mapping or mapping


def request(
    release: Release,
    *,
    path: str | None = None,
    data: Mapping[str, Any] | None = None,
    framework: str | None = None,
) -> dict[str, Any]:
    """What ``agent.loading.load`` is asked, as plain values that JSON can carry.

    ``framework`` names the package whose own functions read the file, if it is installed there.
    """
    loader = release.loader
    return {
        "path": path,
        "data": data,
        "release": release.name,
        "per_plugin": loader.mapping == "per-plugin",
        "plain_values": loader.plain_values,
        "objects": dict(loader.objects),
        "framework": framework,
    }


def own_framework(release: Release, version: str | None) -> str | None:
    """The package whose own functions read a file as this release does, where this version of
    QIIME 2's framework is installed: it is the release's, or one that the release stands in for."""
    name = ".".join(map(str, releases.numbers(version or "")[:2]))
    own = name == release.name or (name and release.caveat)
    return release.loader.framework if own else None


def _release(release: Release | str | None, places: tuple[str, ...]) -> Release:
    """The release to build for: its Parsl is the one installed here."""
    here = environments.at_hand({}, places)
    if here.parsl is None:
        raise UsageError(f"Parsl cannot be imported here: {_HOW_TO}")
    _import_parsl()
    if isinstance(release, str) and release.strip().lower() == "installed":
        release = None
    chosen = releases.choose(release, {}, places) if not isinstance(release, Release) else release
    if release is not None and releases.numbers(here.parsl) != chosen.parsl_order:
        raise UsageError(
            f"{chosen} is asked for, but Parsl {here.parsl} is installed here: run this in the"
            f" environment of that release, or pip install parsl=={chosen.parsl}"
        )
    return chosen


def _import_parsl() -> None:
    try:
        import parsl  # noqa: F401
    except ImportError as error:
        raise UsageError(f"Parsl cannot be imported here ({error}): {_HOW_TO}") from error


def _load(
    source: Document | str | os.PathLike[str] | Mapping[str, Any],
    release: Release,
    framework: str | None,
) -> loading.Loaded:
    """What ``agent.loading`` makes of a source; a text as a file, which is what QIIME 2 reads."""
    if isinstance(source, Mapping):
        check_keys(source)
        return _ask(request(release, data=source, framework=framework), "this data")
    document = opened(source)
    data = document.data
    with tempfile.TemporaryDirectory(prefix="q2pconf-") as folder:
        path = Path(folder, chain.FILE_NAME)
        path.write_bytes(document.text.encode("utf-8", "surrogatepass"))
        question = request(release, path=str(path), data=data, framework=framework)
        return _ask(question, document.path or "this text")


def _ask(question: Mapping[str, Any], name: str) -> loading.Loaded:
    try:
        return loading.load(question)
    except Exception as error:
        words = " ".join(str(error).split())
        raise LoaderError(
            f"QIIME 2 refuses {name}: {type(error).__name__}: {words}"
            " (`q2pconf validate` says where, and what to write instead)"
        ) from error


def _found_by_itself(
    release: Release, framework: str | None, env: Mapping[str, str]
) -> tuple[parsl.Config, Mapping[str, Any]]:
    """The configuration that QIIME 2 takes where none is given, and the mapping beside it."""
    import parsl

    found = chain.resolve(env, release=release)
    if found.source == "test":
        raise UsageError(
            "the file has only a mapping, and with QIIMETEST set QIIME 2 takes the executors of its"
            " own tests: unset QIIMETEST"
        )
    if found.failure is not None:
        raise LoaderError(f"the file has only a mapping, and for the executors: {found.failure}")
    if found.path is None or found.source == "written":
        return _load(_default(release), release, framework).config, {}
    document = Document.load(found.path)
    config = _load(document, release, framework).config
    beside = release.loader.chain_mapping
    mapping = document.data.get(beside, {}) if beside else {}
    return (parsl.Config() if config is None else config), mapping


def _default(release: Release) -> dict[str, Any]:
    """The executors that QIIME 2 takes where there is no file: all CPUs of the machine but one."""
    loader = release.loader
    workers = max((os.cpu_count() or 1) - 1, 1)
    threads = {"class": "ThreadPoolExecutor", "label": loader.thread_label, "max_threads": workers}
    processes = {
        "class": "HighThroughputExecutor",
        "label": loader.process_label,
        loader.worker_cap_key: workers,
        "provider": {"class": "LocalProvider"},
    }
    return {"parsl": {"strategy": "None", "executors": [threads, processes]}}
