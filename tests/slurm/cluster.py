"""What a test says to the Slurm that runs for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import keeper

_NOT_OVER = {"PENDING", "CONFIGURING", "RUNNING", "SUSPENDED", "COMPLETING", "STOPPED"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job as ``scontrol show job`` has it, and what it has written so far."""

    id: str
    state: str
    reason: str
    exit_code: int
    partition: str
    nodes: int
    cpus: int
    fields: Mapping[str, str]
    output: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Slurm:
    """A Slurm with two nodes and the partitions short (default), long, and closed (down)."""

    conf: Path
    nodes: tuple[str, ...] = keeper.NODES
    cpus_per_node: int = keeper.CPUS
    memory_gb_per_node: int = keeper.MEMORY_MB // 1024

    @property
    def env(self) -> dict[str, str]:
        """The environment to run things in: this one, with nothing of any other Slurm."""
        own = {name: value for name, value in os.environ.items() if not _of_slurm(name)}
        return {**own, "SLURM_CONF": str(self.conf)}

    def run(
        self,
        *command: str | Path,
        check: bool = True,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60,
        stdin: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run a command with these variables too; it must succeed unless `check` is false."""
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env={**self.env, **(env or {})},
            timeout=timeout,
            input=stdin,
        )
        if check and done.returncode:
            pytest.fail(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def submit(self, script: str, *options: str, cwd: Path | None = None) -> str:
        """Submit a script, by default one of the shell, and give the job's id."""
        text = script if script.startswith("#!") else f"#!/bin/bash\n{script}\n"
        written = f"--output={self.conf.parent / 'job-%j.out'}"
        done = self.run("sbatch", "--parsable", written, *options, stdin=text, cwd=cwd)
        return done.stdout.strip()

    def do(self, script: str, *options: str, timeout: float = 60) -> Job:
        """Submit a script and wait until it is over."""
        return self.wait(self.submit(script, *options), timeout=timeout)

    def job(self, job_id: str) -> Job:
        """A job as it is now; Slurm remembers those that are over for five minutes."""
        shown = self.run("scontrol", "--oneliner", "show", "job", job_id).stdout
        fields = dict(re.findall(r"(\S+?)=(\S*)", shown))
        written = Path(fields.get("StdOut", ""))
        return Job(
            id=job_id,
            state=fields["JobState"],
            reason=fields["Reason"],
            exit_code=int(fields["ExitCode"].partition(":")[0]),
            partition=fields["Partition"],
            nodes=int(fields["NumNodes"].partition("-")[0]),
            cpus=int(fields["NumCPUs"].partition("-")[0]),
            fields=fields,
            output=written.read_text(encoding="utf-8") if written.is_file() else "",
        )

    def wait(self, job_id: str, *states: str, timeout: float = 60) -> Job:
        """Wait until a job is in one of these states, or, where none is given, over."""
        deadline = time.monotonic() + timeout
        while True:
            job = self.job(job_id)
            if job.state in states or job.state not in _NOT_OVER:
                break
            if time.monotonic() > deadline:
                pytest.fail(f"job {job_id} is still {job.state} ({job.reason}) after {timeout} s")
            time.sleep(0.05)
        if states and job.state not in states:
            pytest.fail(f"job {job_id} is over, {job.state}, and never was {states}:\n{job.output}")
        return job

    def queue(self) -> list[str]:
        """The ids of the jobs that are not over."""
        return self.run("squeue", "--noheader", "--format=%i").stdout.split()

    def clear(self, timeout: float = 30) -> None:
        """Cancel every job, and wait until none is left."""
        deadline = time.monotonic() + timeout
        while jobs := self.queue():
            if time.monotonic() > deadline:
                pytest.fail(f"jobs {jobs} cannot be cancelled")
            self.run("scancel", *jobs, check=False)
            time.sleep(0.05)


@contextmanager
def running() -> Iterator[Slurm]:
    """A Slurm of our own, ended in the end, however that comes: its keeper sees to it."""
    process = subprocess.Popen(
        [sys.executable, keeper.__file__, "--stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if not _of_slurm(name)},
        # What Ctrl-C sends goes to the tests alone; the keeper then sees its standard input end.
        start_new_session=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        started = re.match("export SLURM_CONF=(.+)", process.stdout.readline())
        if started is None:
            pytest.fail(process.stderr.read(), pytrace=False)
        yield Slurm(conf=Path(started[1]))


def _of_slurm(name: str) -> bool:
    """Whether a variable speaks of a Slurm: the tests may themselves be in a job of one."""
    return name.startswith(("SLURM", "SBATCH_", "SQUEUE_", "SINFO_", "SCANCEL_", "SALLOC_"))
