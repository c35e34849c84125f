"""The files that are checked, written anew for each run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

__all__ = ["GROWING", "Inputs"]

THREADS = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "{label}"\nmax_threads = 2\n'
HTEX = """\
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "{label}"
{cap} = 4
cores_per_worker = 12

[parsl.executors.provider]
class = "SlurmProvider"
partition = "batch"
exclusive = true
cores_per_node = 48
mem_per_node = 384
walltime = "24:00:00"
max_blocks = 25
worker_init = "source /opt/conda/etc/profile.d/conda.sh; conda activate qiime2"
"""
VALID = (
    "[parsl]\nstrategy = 'simple'\n\n"
    + THREADS.format(label="tpool")
    + HTEX.format(label="default", cap="max_workers_per_node")
    + "".join(
        f'\n[{table}executor_mapping.dada2]\ndenoise_paired = "tpool"\n' for table in ("parsl.", "")
    )
)
BAD = VALID.replace("max_workers_per_node", "max_workers").replace("24:00:00", "24h")
PROJECT = """\
[project]
name = "example-{number}"
version = "1.0"
description = "A project"
requires-python = ">=3.10"
dependencies = ["tomlkit>=0.12", "psutil"]

[project.scripts]
example = "example:main"
"""


class Inputs(NamedTuple):
    """The files of one run; ``folder`` has them all."""

    folder: Path
    schema: Path
    valid: Path
    bad: Path
    old: Path
    mapping: Path
    thousand: list[Path]

    @classmethod
    def written(cls, folder: Path, schema: str) -> Inputs:
        """Write them all; ``schema`` is the JSON Schema that check-jsonschema, tombi and taplo
        are given."""
        found = cls(
            folder=folder,
            schema=_write(folder / "schema.json", schema),
            valid=_write(folder / "valid.toml", VALID),
            bad=_write(folder / "bad.toml", BAD),
            old=_write(folder / "old.toml", BAD.replace("24h", "24:00:00")),
            mapping=_write(folder / "mapping.toml", _mapping(10_000)),
            thousand=[_write(folder / f"{n:04}.toml", _small(n)) for n in range(1000)],
        )
        # tombi finds its settings beside the files.
        _write(
            folder / "tombi.toml",
            'toml-version = "v1.0.0"\n[[schemas]]\npath = "schema.json"\ninclude = ["*.toml"]\n',
        )
        for number in range(1000):
            place = folder / f"project{number:04}"
            place.mkdir()
            _write(place / "pyproject.toml", PROJECT.format(number=number))
        bad = PROJECT.replace('version = "1.0"', "versoin = 1")
        _write(folder / "bad-pyproject.toml", bad.format(number=0))
        extras = "".join(f'extra{n} = ["tomlkit>=0.12"]\n' for n in range(10_000))
        _write(
            folder / "big-pyproject.toml",
            f"{PROJECT.format(number=0)}\n[project.optional-dependencies]\n{extras}",
        )
        return found

    def projects_for(self, heading: str, count: int) -> list[str]:
        """As many pyproject.toml of that kind."""
        special = {"bad": "bad-pyproject.toml", "10,000 lines": "big-pyproject.toml"}
        if heading in special:
            return [str(self.folder / special[heading])]
        return [str(self.folder / f"project{n:04}" / "pyproject.toml") for n in range(count)]


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _small(number: int) -> str:
    return VALID.replace("max_blocks = 25", f"max_blocks = {number % 50 + 1}")


def _default(count: int, label: str = "default") -> str:
    """Ten plugins that share ``count`` actions, all mapped to this label."""
    tables = (
        f"[parsl.executor_mapping.plugin_{plugin}]\n"
        + "".join(f'action_{n} = "{label}"\n' for n in range(count // 10))
        for plugin in range(10)
    )
    return THREADS.format(label="default") + "".join(tables)


def _mapping(count: int) -> str:
    return _default(count)


def _executors(count: int, more: str = "") -> str:
    return THREADS.format(label="default") + "".join(
        THREADS.format(label=f"e{n}") + more for n in range(count)
    )


GROWING: Mapping[str, Callable[[int], str]] = {
    "lines of the mapping": _mapping,
    "executors": _executors,
    "lines of comments": lambda n: "# why\n" * n + VALID,
    "lines of worker_init": lambda n: VALID.replace(
        '"source /opt', '"""\n' + "module load x\n" * n + "source /opt"
    ).replace('activate qiime2"', 'activate qiime2"""'),
    "tables of other programs": lambda n: VALID + "".join(f"[t{i}]\na = 1\n" for i in range(n)),
    "names in one key": lambda n: f"{VALID}\n[x]\na{'.a' * n} = 1\n",
    "brackets in brackets": lambda n: f"{VALID}\n[x]\na = {'[' * n}{']' * n}\n",
    "characters in one line": lambda n: f'{VALID}\n[x]\na = "{"x" * n}"\n',
    "mistakes: labels that are not there": lambda n: _default(n, "nowhere"),
    "mistakes: keys that are not there": lambda n: (
        "[parsl]\n" + "".join(f"key_{i} = 1\n" for i in range(n)) + THREADS.format(label="default")
    ),
    "mistakes: one in each executor": lambda n: _executors(n, "max_workers = 4\n"),
    "mistakes: values that are no TOML": lambda n: (
        VALID + "[parsl.executor_mapping.p]\n" + "".join(f"a{i} = True\n" for i in range(n))
    ),
}
"""Texts that grow with a number of something, to see what the time does."""
