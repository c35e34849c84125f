"""Slurm's part: what it says of a script, and limits that it would let the job wait for."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from q2pconf._dataclasses import replace
from q2pconf.capacity.options import gigabytes
from q2pconf.cluster import Cluster, Run, exceeds
from q2pconf.cluster.slurm import time_limit
from q2pconf.submission.facts import Script, Verdict

__all__ = ["judged"]

_SHORT = {"p": "partition", "t": "time", "N": "nodes", "c": "cpus-per-task", "M": "clusters"}
_VARIABLES = {"partition": "SBATCH_PARTITION", "time": "SBATCH_TIMELIMIT"}

_NO_ANSWER = ("fatal: ", "contact slurm controller", "Socket timed out")
"""Signs that sbatch itself had no answer."""


def judged(one: Script, run: Run, here: Cluster | None, env: Mapping[str, str]) -> Script:
    """The script with what Slurm says of it."""
    verdict, note = _tested(one, run)
    limits: tuple[str, ...] = ()
    if here is not None and here.scheduler == "slurm":
        limits = tuple(_limits(_asked(one.text or "", env), here))
    notes = one.notes if note is None else (*one.notes, note)
    return replace(one, test_only=verdict, limits=limits, notes=notes)


def _tested(one: Script, run: Run) -> tuple[Verdict | None, str | None]:
    """What sbatch says of a script that it only tests; a note where it says nothing."""
    with tempfile.TemporaryDirectory(prefix="q2pconf-") as folder:
        file = Path(folder) / os.path.basename(one.path or "script")
        file.write_bytes((one.text or "").encode("utf-8", "surrogateescape"))
        answer = run(["sbatch", "--test-only", str(file)])
    lines = [
        re.sub(r"^(?:sbatch: )?(?:error: )?(?:allocation failure: )?", "", line.strip())
        for line in (answer.err or answer.out).splitlines()
    ]
    message = "; ".join(line for line in lines if line)
    if answer.trouble is None:
        return Verdict(ok=True, message=message), None
    refused = answer.trouble.startswith("stopped with exit code")
    if not refused or not message or any(sign in message for sign in _NO_ANSWER):
        return None, f"sbatch --test-only {answer.trouble}"
    return Verdict(ok=False, message=message), None


def _asked(script: str, env: Mapping[str, str]) -> dict[str, str]:
    """The options of a script as sbatch reads them: the last counts, and a variable before it."""
    found: dict[str, str] = {}
    for line in script.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            break
        if not re.match(r"#SBATCH\s", line):
            continue
        words = re.split(r"\s#", line)[0].split()[1:]
        for word, following in zip(words, [*words[1:], ""], strict=True):
            if long := re.fullmatch(r"--([a-z-]+)(?:=(.*))?", word):
                found[long[1]] = following if long[2] is None else long[2]
            elif short := re.fullmatch(r"-([ptNcM])=?(.*)", word):
                found[_SHORT[short[1]]] = short[2] or following
    found.update({name: env[key] for name, key in _VARIABLES.items() if env.get(key)})
    return found


def _limits(asked: Mapping[str, str], here: Cluster) -> Iterator[str]:
    """What the job goes beyond in every partition that it may go to."""
    if "clusters" in asked:
        return
    names = asked["partition"].split(",") if asked.get("partition") else [None]
    queues = [here.queue(name) if name else here.default_queue for name in names]
    beyond = []
    for queue in queues:
        if queue is None:
            return
        told = [f"{queue.name}: {queue.trouble}"] if queue.trouble else []
        walltime = time_limit(asked.get("time", ""))
        if walltime == 0 and queue.max_walltime_seconds is not None:
            told.append(f"the job asks for no limit of time, and {queue.name} has one")
        count = re.match(r"\d{1,9}", asked.get("nodes", ""))
        told += exceeds(
            queue,
            walltime or None,
            _whole(asked, "ntasks-per-node") * _whole(asked, "cpus-per-task"),
            gigabytes(asked.get("mem", ""), "m"),
            nodes=int(count[0]) if count else 1,
        )
        if not told:
            return
        beyond += told
    yield from beyond


def _whole(asked: Mapping[str, str], name: str) -> int:
    value = asked.get(name, "")
    return int(value) if re.fullmatch(r"\d{1,9}", value) else 1
