"""What the scheduler of this machine says of itself: read-only, each question bounded in time."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Callable, Mapping
from functools import partial

from q2pconf.cluster import pbs, sge, slurm
from q2pconf.cluster.asking import Answer, Asker, Run, ask, plain_environment
from q2pconf.cluster.facts import Cluster, Queue, Scheduler, Shape, exceeds

__all__ = ["Answer", "Cluster", "Queue", "Run", "Scheduler", "Shape", "detect", "exceeds"]


def _login_name() -> str | None:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return None


def detect(
    env: Mapping[str, str] | None = None,
    *,
    find_program: Callable[[str], str | None] | None = None,
    run: Run | None = None,
    seconds: float = 5.0,
    whoami: Callable[[], str | None] = _login_name,
) -> Cluster | None:
    """The cluster whose commands are on PATH, None where there is none.

    Slurm comes first: it brings a qsub and qstat of its own. Each of the few questions takes
    ``seconds`` at most; what is not answered is left out, with a note.
    """
    variables = os.environ if env is None else env
    path = variables.get("PATH", os.defpath)
    find = find_program or partial(shutil.which, path=path)
    asking = run or partial(ask, env=plain_environment(variables), seconds=seconds)
    has = {name for name in ("sbatch", "sinfo", "qsub", "qstat", "pbsnodes", "qconf") if find(name)}
    user = variables.get("USER") or variables.get("LOGNAME") or (whoami() if has else None)

    found: Cluster | None = None
    if has >= {"sbatch", "sinfo"}:
        found = slurm.describe(Asker(run=asking, user=user))
    if (found is None or not found.queues) and "qsub" in has and has & {"qstat", "pbsnodes"}:
        asker = Asker(run=asking, user=user)
        grid = "qconf" in has or "SGE_ROOT" in variables
        other = sge.describe(asker) if grid else pbs.describe(asker, has)
        found = other if found is None or other.queues else found
    return found
