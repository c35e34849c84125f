"""Which configuration file QIIME 2 loads, every step of its chain with the reason; read-only."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from q2pconf import chain_notes, directories, opening
from q2pconf._dataclasses import dataclass, replace
from q2pconf.model import only_mapping
from q2pconf.opening import Opened
from q2pconf.releases import Release, all_releases, choose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from q2pconf.opening import Failure

    Source = Literal["parallel-config", "test", "env", "user", "site", "conda", "written", "memory"]
    Status = Literal["unset", "absent", "selected", "shadowed", "unreached", "would-write"]

__all__ = ["FILE_NAME", "VARIABLES", "Candidate", "Resolution", "resolve"]

FILE_NAME = "qiime2_config.toml"

VARIABLES = (
    "QIIMETEST",
    "QIIME2_CONFIG",
    "HOME",
    "XDG_CONFIG_HOME",
    "XDG_CONFIG_DIRS",
    "CONDA_PREFIX",
)
"""The environment variables that decide, in the order in which they matter."""

DECIDES: Mapping[Source, str] = {
    "parallel-config": "--parallel-config comes first",
    "test": "QIIMETEST comes first",
    "env": "QIIME2_CONFIG comes first",
    "user": "your own file comes first",
    "site": "the site's file comes first",
    "conda": "the environment has its file",
    "written": "the default would be written",
}
"""Why later steps are not looked at, by the step that decided."""

OTHER_LIBRARY: Mapping[directories.Library, directories.Library] = {
    "appdirs": "platformdirs",
    "platformdirs": "appdirs",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One step of the chain: where QIIME 2 may look, whether a file is there, what came of it.

    ``path`` is as QIIME 2 has it, so it may be relative; None where the step has no file.
    """

    source: Source
    path: str | None
    exists: bool
    status: Status
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """What QIIME 2 would load, and why.

    ``mapping_applies``: a mapping of actions to executors stands in the table that counts on this
    way of loading. ``failure`` is what QIIME 2 would die of while it finds and reads the file; what
    stands in the file is for ``validate`` to judge. ``variables`` are those that decide, None where
    not set.
    """

    release: Release
    source: Source
    path: str | None
    candidates: tuple[Candidate, ...]
    mapping_applies: bool
    failure: Failure | None
    notes: tuple[str, ...]
    variables: Mapping[str, str | None]

    @property
    def ok(self) -> bool:
        """True where QIIME 2 finds and reads its configuration."""
        return self.failure is None

    @property
    def error(self) -> str | None:
        """What QIIME 2 would die of: the class of the exception, the problem and the remedy."""
        return None if self.failure is None else str(self.failure)


def resolve(
    env: Mapping[str, str] | None = None,
    *,
    release: Release | str | None = None,
    parallel_config: str | os.PathLike[str] | None = None,
    home: str | None = None,
    cwd: str = "",
    platform: str = sys.platform,
) -> Resolution:
    """Walk the chain as the release does, without writing.

    ``env`` is that of this process where none is given. ``release`` is a QIIME 2 release, by name
    too; default: the one in the active environment, else the newest out (UsageError for an
    unknown one).

    ``home`` is the home folder where ``env`` has no HOME. ``cwd`` is the folder that relative paths
    start from; empty, it is that of this process.
    """
    env = os.environ if env is None else env
    if not isinstance(release, Release):
        release = choose(release, env, sys.path)
    given = None if parallel_config is None else os.fspath(parallel_config)
    search = _Search(env=env, release=release, home=home, cwd=cwd, platform=platform)
    top = search.open(given)
    searches_on = given is None or only_mapping(top.data)
    candidates = tuple(_walk(search.steps(given, searches_on=searches_on), cwd))
    taken = [step for step in candidates if step.status in ("selected", "would-write")]
    found, failure = search.load(taken[-1]) if searches_on else (top, top.failure)
    counts = chain_notes.has_mapping(top.data, chain_notes.GIVEN_MAPPING)
    notes = list(search.notes(given, top, given=True))
    if searches_on:
        notes += search.notes(taken[-1].path, found, given=False, mapping=not counts)
        chain_mapping = release.loader.chain_mapping
        counts = counts or chain_notes.has_mapping(found.data, (chain_mapping,))
    return Resolution(
        release=release,
        source=taken[0].source,
        path=taken[0].path,
        candidates=candidates,
        mapping_applies=counts and failure is None,
        failure=failure,
        notes=(*notes, *search.near_misses()),
        variables={name: env.get(name) for name in VARIABLES},
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """A step before the walk.

    ``won`` is the reason where it wins, ``missed`` its status and reason where it does not.
    ``final``: a win ends the search. ``blocks``: even without a win no file is looked for any more.
    """

    source: Source
    path: str | None = None
    wins: bool = False
    won: str = "is there, and nothing comes before it"
    missed: tuple[Status, str] = ("absent", "")
    final: bool = True
    blocks: bool = False


@dataclass(frozen=True, kw_only=True)
class _Search:
    """The surroundings of one search."""

    env: Mapping[str, str]
    release: Release
    home: str | None
    cwd: str
    platform: str

    def steps(self, given: str | None, *, searches_on: bool) -> tuple[_Step, ...]:
        """The chain, top to bottom."""
        user, site, conda = self._folders
        variable = self.env.get("QIIME2_CONFIG")
        return (
            *self._on_top(given, searches_on=searches_on),
            _Step(
                source="env",
                path=variable or None,
                wins=bool(variable),
                won="QIIME2_CONFIG is set, so its file is taken, whether it is there or not",
                missed=("unset", "QIIME2_CONFIG is not set")
                if variable is None
                else ("absent", "QIIME2_CONFIG is set but empty, so no file is looked for"),
                blocks=variable == "",
            ),
            self._file("user", user),
            self._file("site", site),
            self._file("conda", conda),
            _Step(
                source="written",
                path=conda and os.path.join(conda, FILE_NAME),
                wins=conda is not None and variable != "",
                won="no file was found, so QIIME 2 would write its default here and use it",
                missed=("unset", self._no_prefix()) if conda is None else ("absent", "not written"),
            ),
            _Step(
                source="memory",
                wins=True,
                won="QIIME 2 takes its built-in default; nothing is read or written",
            ),
        )

    def open(self, path: str | None) -> Opened:
        """The file at this path, nothing where there is no path."""
        if path is None:
            return Opened()
        return opening.read(self._at(path), name=path, tomlkit=self.release.tomlkit)

    def load(self, step: Candidate) -> tuple[Opened, Failure | None]:
        """What QIIME 2 would get from the step it takes, and what it would die of."""
        if step.status == "would-write" and step.path is not None:
            return Opened(), opening.write_failure(self._at(step.path), name=step.path)
        opened = self.open(step.path)
        failure = opened.failure
        if failure is not None and step.source == "env" and failure.kind == "FileNotFoundError":
            failure = replace(
                failure,
                problem=f"QIIME2_CONFIG names {step.path}, and there is no such file",
                remedy="Correct the variable, or remove it (unset QIIME2_CONFIG) so that QIIME 2"
                " looks in the other places",
            )
        return opened, failure

    def notes(
        self, path: str | None, opened: Opened, *, given: bool, mapping: bool = True
    ) -> Iterator[str]:
        """What is odd about one file; of its mapping only where that could count."""
        if path is None:
            return
        yield from chain_notes.file_notes(path, opened)
        if not given:
            yield from chain_notes.path_notes(path, variable=self.env.get("QIIME2_CONFIG") == path)
            if only_mapping(opened.data):
                yield chain_notes.NO_EXECUTORS.format(path)
        if mapping:
            loader = self.release.loader
            yield from chain_notes.mapping_notes(opened.data, loader, given=given, name=path)

    def near_misses(self) -> Iterator[str]:
        """Files in places where QIIME 2 never looks, or only another release does."""
        folders = [folder for folder in self._folders if folder is not None]
        library = self.release.loader.directories
        if library == "platformdirs" and not os.path.isabs(folders[0]):
            yield chain_notes.NO_HOME
        yield from chain_notes.near_misses(
            folders,
            self.env,
            file_name=FILE_NAME,
            home=self.home,
            cwd=self.cwd,
            others=self._folders_by(OTHER_LIBRARY[library]),
            releases=_releases_with(OTHER_LIBRARY[library]),
        )

    def _on_top(self, given: str | None, *, searches_on: bool) -> Iterator[_Step]:
        """What comes before the chain, where it is there at all."""
        if given is not None:
            yield _Step(
                source="parallel-config",
                path=given,
                wins=True,
                won="given on the command line, has no executors: those come from below"
                if searches_on
                else "given on the command line, which comes before everything else",
                final=not searches_on,
            )
        if "QIIMETEST" in self.env:
            yield _Step(
                source="test",
                wins=True,
                won="QIIMETEST is set: QIIME 2 takes the configuration of its own tests",
            )

    def _at(self, path: str) -> str:
        return os.path.join(self.cwd, path)

    @cached_property
    def _folders(self) -> tuple[str, str, str | None]:
        """Where the user's, the site's and the environment's file belong."""
        prefix = self.env.get("CONDA_PREFIX", "")
        conda = os.path.join(prefix, "etc") if prefix else None
        return (*self._folders_by(self.release.loader.directories), conda)

    def _folders_by(self, library: directories.Library) -> tuple[str, str]:
        found = directories.config_folders(library, self.env, self.home, self.platform)
        return found.user, found.site

    def _file(self, source: Source, folder: str | None) -> _Step:
        """A step that wins where its file exists."""
        if folder is None:
            return _Step(source=source, missed=("unset", self._no_prefix()))
        path = os.path.join(folder, FILE_NAME)
        absent = opening.why_absent(self._at(path))
        wins = absent is None and self.env.get("QIIME2_CONFIG") != ""
        return _Step(source=source, path=path, wins=wins, missed=("absent", absent or ""))

    def _no_prefix(self) -> str:
        state = "empty" if "CONDA_PREFIX" in self.env else "not set"
        return f"CONDA_PREFIX is {state}: no conda environment is active"


def _releases_with(library: directories.Library) -> str:
    """The releases that ask this library for the folders, in words."""
    releases = [one.name for one in all_releases() if one.loader.directories == library]
    if library == "appdirs":
        return f"QIIME 2 up to {releases[-1]}"
    return f"QIIME 2 from {releases[0]} on"


def _walk(steps: Sequence[_Step], cwd: str) -> Iterator[Candidate]:
    """What becomes of each step, in order."""
    picked = next(step for step in steps if step.wins and step.final)
    decided: Source | None = None
    for step in steps:
        exists = step.path is not None and os.path.exists(os.path.join(cwd, step.path))
        status, reason = step.missed
        if step is picked or (step.wins and not step.final):
            status, reason = "would-write" if step.source == "written" else "selected", step.won
        elif decided is not None and status != "unset":
            shadowed = exists and step.source != "written"
            status, reason = "shadowed" if shadowed else "unreached", DECIDES[decided]
        if decided is None and (step is picked or step.blocks):
            decided = step.source
        yield Candidate(
            source=step.source, path=step.path, exists=exists, status=status, reason=reason
        )
