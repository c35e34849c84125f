"""Times and memory of commands, run in turns so that a busy moment hits them all alike."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Collection, Sequence
from typing import NamedTuple

__all__ = ["Figures", "measure"]

# A small Python starts the command: the peak of a process counts what started it, and ours is big.
_WATCH = """
import json, os, sys, time
start = time.perf_counter()
null = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_DUP2, 1, 2)
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=null)
_, status, used = os.wait4(pid, 0)
took = time.perf_counter() - start
print(json.dumps([os.waitstatus_to_exitcode(status), took, used.ru_utime, used.ru_stime,
                  used.ru_maxrss]))
"""


class Run(NamedTuple):
    """One run: its exit code, seconds by the clock, of the user and of the system, peak memory."""

    code: int
    seconds: float
    user: float
    system: float
    peak: float


class Figures(NamedTuple):
    """What came of all runs of a command: seconds, and MB at the peak."""

    least: float
    median: float
    user: float
    peak_mb: float


def measure(
    commands: Sequence[list[str]], codes: Sequence[Collection[int]], runs: int
) -> list[Figures]:
    """Run every command once to see that it ends as it may, then in turns; figures in order.

    Raises RuntimeError for a command that ends with none of its exit codes.
    """
    for command, wanted in zip(commands, codes, strict=True):
        found = _run(command).code
        if found not in wanted:
            told = subprocess.run(command, capture_output=True, text=True, check=False)
            said = (told.stdout + told.stderr)[-2000:]
            raise RuntimeError(f"{command[:4]} … ended with {found}, not {sorted(wanted)}:\n{said}")
    taken: list[list[Run]] = [[] for _ in commands]
    for turn in range(runs):
        print(f"round {turn + 1} of {runs}", end="\r", file=sys.stderr, flush=True)
        for command, runs_of in zip(commands, taken, strict=True):
            runs_of.append(_run(command))
    print("", file=sys.stderr)
    return [_figures(runs_of) for runs_of in taken]


def _run(command: list[str]) -> Run:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _WATCH, *command],
        capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Run(*json.loads(done.stdout))


def _figures(runs: list[Run]) -> Figures:
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return Figures(
        least=min(run.seconds for run in runs),
        median=statistics.median(run.seconds for run in runs),
        user=min(run.user for run in runs),
        peak_mb=max(run.peak for run in runs) / unit,
    )
