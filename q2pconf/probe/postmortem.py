"""After the death of a job: which Parsl the commands of worker_init lead to.

Parsl's own check of versions needs workers that understand its options, which differ from version
to version: a job with an older or newer Parsl may die before. The same commands are run here, in
the environment that the job was submitted from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from q2pconf._dataclasses import dataclass
from q2pconf.cluster.asking import Run

__all__ = ["Destination", "destination"]

_ASK = (
    "import importlib.metadata as m, json, sys;"
    ' print("q2pconf:" + json.dumps({"parsl": m.version("parsl"),'
    ' "python": "%d.%d.%d" % sys.version_info[:3], "prefix": sys.prefix}))'
)
_SCRIPT = f"""
pool=$(command -v process_worker_pool.py) || {{ echo q2pconf:null; exit 0; }}
read -r line < "$pool"
exec ${{line#\\#!}} -c '{_ASK}'
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """Where worker_init leads: the versions there; None for each where there is no Parsl."""

    parsl: str | None = None
    python: str | None = None
    prefix: str | None = None

    def differs(self, here: Mapping[str, Any]) -> bool:
        """Whether Parsl would turn away workers from there; the last number of Python's version
        does not count."""
        if self.parsl is None or self.python is None:
            return False
        minor = [version.rpartition(".")[0] for version in (self.python, str(here["python"]))]
        return self.parsl != here["parsl"] or minor[0] != minor[1]


def destination(worker_init: str, run: Run) -> Destination | None:
    """Where these commands lead on this machine; None where that cannot be told."""
    answer = run(("/bin/bash", "-c", f"{worker_init}\n{_SCRIPT}"))
    told = [line[8:] for line in answer.out.splitlines() if line.startswith("q2pconf:")]
    try:
        found = json.loads(told[-1]) if told else ""
    except ValueError:
        return None
    if found is None:
        return Destination()
    return Destination(**found) if isinstance(found, dict) else None
