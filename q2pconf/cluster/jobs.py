"""Jobs of this person as the scheduler knows them: in which state, since when, why they wait."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from q2pconf._dataclasses import dataclass, replace
from q2pconf.cluster.asking import Run

__all__ = ["JobState", "cancel", "jobs_of", "left_behind", "states"]

State = Literal["waiting", "running", "over", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class JobState:
    """One job.

    ``reason`` is the scheduler's own word for why it waits; ``queued`` the seconds that it waited,
    or has been waiting, ``expected`` when it may start, as the scheduler says it.
    """

    id: str
    state: State = "unknown"
    reason: str | None = None
    queued: float | None = None
    expected: str | None = None

    @property
    def hopeless(self) -> str | None:
        """Why this job can never start as it is, as the rest of a sentence; None if it may."""
        return _NEVER.get(self.reason or "") if self.state == "waiting" else None


_NEVER = {
    "PartitionTimeLimit": "it asks for more time than the partition allows (`walltime`)",
    "PartitionNodeLimit": "it asks for more nodes than the partition allows (`nodes_per_block`)",
    "BadConstraints": "no node has all that it asks for (`constraint`, `scheduler_options`)",
    "AccountNotAllowed": "its account may not use this partition (`account`)",
    "InvalidAccount": "there is no such account (`account`)",
    "InvalidQOS": "there is no such quality of service (`qos`)",
    "QOSNotAllowed": "its quality of service may not use this partition (`qos`)",
    "QOSMaxWallDurationPerJobLimit": "it asks for more time than its QOS allows (`walltime`)",
    "AssocMaxWallDurationPerJobLimit": "it asks for more time than its account may (`walltime`)",
    "QOSMaxNodePerJobLimit": "it asks for more nodes than its QOS allows (`nodes_per_block`)",
    "QOSMaxCpuPerJobLimit": "it asks for more CPUs than its QOS allows (`cores_per_node`)",
    "QOSMaxMemoryPerJob": "it asks for more memory than its QOS allows (`mem_per_node`)",
    "PartitionDown": "the partition is closed (`partition`)",
    "PartitionInactive": "the partition takes no jobs (`partition`)",
}
"""Slurm's reasons that do not pass by waiting."""

_SCHEDULER = {
    "SlurmProvider": "slurm",
    "PBSProProvider": "pbs",
    "TorqueProvider": "pbs",
    "GridEngineProvider": "sge",
    "LSFProvider": "lsf",
    "CondorProvider": "condor",
    "CobaltProvider": "cobalt",
}
_CANCEL = {
    "slurm": ("scancel",),
    "pbs": ("qdel",),
    "sge": ("qdel",),
    "lsf": ("bkill",),
    "condor": ("condor_rm",),
    "cobalt": ("qdel",),
}
_SLURM: dict[str, State] = {
    "PENDING": "waiting", "CONFIGURING": "waiting", "REQUEUED": "waiting",
    "REQUEUE_HOLD": "waiting", "REQUEUE_FED": "waiting", "SPECIAL_EXIT": "waiting",
    "RESV_DEL_HOLD": "waiting", "RUNNING": "running", "COMPLETING": "running",
    "SUSPENDED": "running", "STAGE_OUT": "running", "RESIZING": "running",
    "SIGNALING": "running", "STOPPED": "running",
}  # fmt: skip
_PBS: dict[str, State] = {
    "Q": "waiting", "H": "waiting", "W": "waiting", "T": "waiting", "M": "waiting", "B": "running",
    "R": "running", "E": "running", "S": "running", "U": "running", "C": "over", "F": "over",
    "X": "over",
}  # fmt: skip


def _squeue(cluster: str, *options: str) -> tuple[str, ...]:
    """The question for this person's jobs; ``--me`` says the same, from Slurm 20.02 on."""
    where = (f"--clusters={cluster}",) if cluster else ()
    return ("squeue", f"--user={os.getuid()}", "--noheader", *where, *options)


def jobs_of(provider: str | None) -> bool:
    """Whether the jobs of this provider can be asked after."""
    return _SCHEDULER.get(provider or "") in ("slurm", "pbs")


def states(
    provider: str | None, ids: Iterable[str], run: Run, cluster: str = ""
) -> dict[str, JobState] | None:
    """The state of each of these jobs; a job that the scheduler no longer lists is over.

    ``cluster`` is the one that Slurm has them on, where that is not its own. None where this
    scheduler is not asked, or does not answer.
    """
    wanted = tuple(ids)
    scheduler = _SCHEDULER.get(provider or "")
    if not wanted or scheduler not in ("slurm", "pbs"):
        return None
    found = _slurm(run, cluster) if scheduler == "slurm" else _pbs(wanted, run)
    if found is None:
        return None
    gone = JobState(id="", state="over")
    return {each: replace(found.get(_number(each), gone), id=each) for each in wanted}


def _slurm(run: Run, cluster: str) -> dict[str, JobState] | None:
    answer = run(_squeue(cluster, "--states=all", "--format=%i|%T|%V|%S|%r"))
    if answer.trouble is not None:
        return None
    found = {}
    for line in answer.out.splitlines():
        fields = line.strip().split("|", 4)
        if len(fields) == 5:
            job, state, submitted, start, reason = fields
            found[_number(job)] = _slurm_job(job, state, submitted, start, reason)
    return found


def _number(job: str) -> str:
    """A job's name without the server, which PBS writes sometimes short and sometimes long."""
    return job.partition(".")[0]


def _slurm_job(job: str, word: str, submitted: str, start: str, reason: str) -> JobState:
    state = _SLURM.get(word, "over")
    began, sent = _moment(start), _moment(submitted)
    waiting = state == "waiting"
    end = datetime.now() if waiting else began
    return JobState(
        id=job,
        state=state,
        reason=reason if waiting and reason not in ("", "None") else None,
        queued=max((end - sent).total_seconds(), 0.0) if end and sent else None,
        expected=start if waiting and began else None,
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _pbs(ids: tuple[str, ...], run: Run) -> dict[str, JobState] | None:
    answer = run(("qstat", "-f", *ids))
    # Asked for several jobs of which one is over, qstat answers for the others and fails.
    if answer.trouble is not None and "job_state" not in answer.out:
        gone = "Unknown Job" in answer.err or "has finished" in answer.err
        return {} if gone else None
    return {_number(job): _pbs_job(job, record) for job, record in _records(answer.out).items()}


def _pbs_job(job: str, record: Mapping[str, str]) -> JobState:
    state = _PBS.get(record.get("job_state", ""), "unknown")
    sent = _pbs_moment(record.get("qtime") or record.get("ctime", ""))
    began = _pbs_moment(record.get("stime") or record.get("start_time", ""))
    end = datetime.now() if state == "waiting" else began
    return JobState(
        id=job,
        state=state,
        reason=record.get("comment") if state == "waiting" else None,
        queued=max((end - sent).total_seconds(), 0.0) if end and sent else None,
    )


def _pbs_moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%a %b %d %H:%M:%S %Y")
    except ValueError:
        return None


def _records(text: str) -> dict[str, dict[str, str]]:
    """The records of ``qstat -f``: long values go on in lines that start with a tab."""
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in text.replace("\n\t", "").splitlines():
        head = re.fullmatch(r"Job Id: (\S+)", line.strip())
        if head:
            current = found.setdefault(head[1], {})
        elif " = " in line:
            name, _, value = line.strip().partition(" = ")
            current[name] = value
    return found


def left_behind(provider: str | None, folder: str, run: Run, cluster: str = "") -> tuple[str, ...]:
    """The jobs of this person that are not over and whose script or output is in this folder."""
    scheduler = _SCHEDULER.get(provider or "")
    inside = folder.rstrip("/") + "/"
    if scheduler == "slurm":
        answer = run(_squeue(cluster, "--format=%i|%o"))
        rows = (line.strip().partition("|") for line in answer.out.splitlines())
        return tuple(job for job, _, script in rows if inside in script)
    if scheduler == "pbs":
        records = _records(run(("qstat", "-f")).out)
        told = ("Error_Path", "Output_Path", "Variable_List", "submit_arguments")
        return tuple(
            job
            for job, record in records.items()
            if _PBS.get(record.get("job_state", "")) != "over"
            and any(inside in record.get(name, "") for name in told)
        )
    return ()


def cancel(
    provider: str | None, ids: Iterable[str], run: Run, cluster: str = ""
) -> tuple[str, ...]:
    """Cancel these jobs; the words of the command that does it, empty where there is none."""
    wanted = tuple(ids)
    command = _CANCEL.get(_SCHEDULER.get(provider or "", ""))
    if command is None or not wanted:
        return ()
    where = (f"--clusters={cluster}",) if cluster and command == _CANCEL["slurm"] else ()
    run((*command, *where, *wanted))
    return (*command, *where, *wanted)
