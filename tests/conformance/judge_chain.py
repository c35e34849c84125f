"""What one side makes of each state of the file system and the environment.

``python judge_chain.py real|ours RELEASE < states.json > answers.json``: ``real`` calls the
functions of the framework that is installed here, ``ours`` calls q2pconf. Both give up root's
rights first, so that an unreadable file is one.
"""

from __future__ import annotations

import json
import os
import pwd
import sys
from contextlib import suppress
from typing import Any

NOBODY = 65534

Answer = dict[str, Any]


class Real:
    """The framework's own functions, with its two module globals as its import would set them."""

    def __init__(self) -> None:
        import rachis.sdk.parallel_config as module

        self.module = module
        self.returned: str | None = None
        original = module._get_vendored_config_path

        def path() -> str | None:
            found: str | None = original()
            self.returned = found or None  # an empty one counts as none
            return found

        module._get_vendored_config_path = path
        module.parsl.load = lambda config: None
        module.load_config_from_dict(module.VENDORED_CONFIG)  # what Parsl imports late

    def answer(self, state: Answer) -> Answer:
        module = self.module
        module.CONDA_PREFIX = os.environ.get("CONDA_PREFIX", "")
        module.VENDORED_FP = os.path.join(module.CONDA_PREFIX, "etc", "qiime2_config.toml")
        module.PARALLEL_CONFIG.parallel_config = None
        self.returned = None
        there = os.path.exists(module.VENDORED_FP)
        try:
            source, mapping = self._load(state.get("given"))
        except Exception as error:
            kinds = [kind.__name__ for kind in type(error).__mro__]
            return {"ok": False, "path": self.returned, "kinds": kinds}
        finally:
            if not there and os.path.exists(module.VENDORED_FP):
                os.remove(os.path.realpath(module.VENDORED_FP))
        usable = isinstance(mapping, dict) and bool(mapping)
        return {"ok": True, "path": self.returned, "source": source, "mapping": usable}

    def _load(self, given: str | None) -> tuple[str, Any]:
        """As the command line does: the given file, else or in addition the chain."""
        module = self.module
        if given is None:
            _, mapping, source = module.get_vendored_config()
        else:
            config, mapping = module.load_config_from_file(given)
            source = "given" if config else "given and chain"
            module.ParallelConfig(config, mapping).__enter__()
            mapping = module.PARALLEL_CONFIG.action_executor_mapping
        names = {
            "test config dict": "test",
            "vendored config dict": "memory",
            self.returned: "file",
        }
        return names.get(source, source), mapping


class Ours:
    """q2pconf's answer to the same question."""

    def __init__(self, release: str) -> None:
        from q2pconf import chain, releases
        from q2pconf.document import Document, DocumentError

        self.release = releases.find(release)
        self.resolve = chain.resolve
        self.home = pwd.getpwuid(NOBODY).pw_dir if os.getuid() == 0 else os.path.expanduser("~")
        self.resolve({}, release=self.release)
        with suppress(DocumentError):  # imports what would be imported late
            _ = Document(text="?").data
        _ = Document(text="").positions

    def answer(self, state: Answer) -> Answer:
        given = state.get("given")
        found = self.resolve(
            dict(os.environ), release=self.release, parallel_config=given, home=self.home
        )
        taken = [c for c in found.candidates if c.status in ("selected", "would-write")]
        chain = [c for c in taken if c.source != "parallel-config"]
        source = taken[-1].source
        if given is not None:
            source = "given and chain" if chain else "given"
        return {
            "ok": found.ok,
            "path": chain[0].path if chain else None,
            "source": source if source in ("test", "memory") or given else "file",
            "kinds": [found.failure.kind] if found.failure else [],
            "writes": taken[-1].status == "would-write",
            "mapping": found.mapping_applies,
        }


def main(side: str, release: str) -> None:
    states: list[Answer] = json.load(sys.stdin)
    judge = Real() if side == "real" else Ours(release)
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    answers = []
    for state in states:
        os.environ.clear()
        os.environ.update(state["env"])
        os.chdir(state["cwd"])
        answers.append(judge.answer(state))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
