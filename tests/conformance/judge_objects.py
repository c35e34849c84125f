"""What a release's loader and Parsl make of files, object by object.

``python judge_objects.py RELEASE FILE… > objects.json``: for each file its executors with all that
decides how much they run, its strategy and its mapping.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import rachis.sdk.parallel_config as installed
from judge_loader import Loader

_OF_PROVIDER = (
    "init_blocks", "min_blocks", "max_blocks", "nodes_per_block", "parallelism", "walltime",
    "worker_init", "cores_per_node", "mem_per_node", "partition", "account", "exclusive",
)  # fmt: skip
_OF_EXECUTOR = ("label", "max_threads", "cores_per_worker", "mem_per_worker")


def main(release: str, files: list[str]) -> None:
    """Build and describe every file."""
    loader = Loader(release, installed)
    found = []
    for file in files:
        config, mapping = loader.build(loader.read(file))
        executors = [] if config is None else config.executors
        found.append(
            {
                "executors": [_executor(one) for one in executors],
                "strategy": None if config is None else config.strategy,
                "mapping": _by_action(mapping),
            }
        )
    json.dump(found, sys.stdout, default=str)


def _executor(one: Any) -> dict[str, Any]:
    """An executor's numbers; the cap under one name, whatever it is called there."""
    facts = {"class": type(one).__name__, **{key: getattr(one, key, None) for key in _OF_EXECUTOR}}
    facts["cap"] = getattr(one, "max_workers_per_node", getattr(one, "max_workers", None))
    provider = getattr(one, "provider", None)
    if provider is not None:
        facts["provider"] = type(provider).__name__
        facts["launcher"] = type(getattr(provider, "launcher", None)).__name__
        facts.update({key: getattr(provider, key, None) for key in _OF_PROVIDER})
    return facts


def _by_action(mapping: dict[str, Any]) -> dict[str, Any]:
    """Action → label, whichever shape the mapping has."""
    found: dict[str, Any] = {}
    for key, value in mapping.items():
        found.update(value if isinstance(value, dict) else {key: value})
    return found


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
