"""What the answers mean: where workers are not what QIIME 2 needs, and what to do about it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from q2pconf.findings import Severity
from q2pconf.probe.facts import Problem
from q2pconf.probe.watching import Watch
from q2pconf.units import several, spoken

__all__ = ["judge"]

_MISMATCH = re.compile(
    r"Manager version info py\.v=(?P<py_there>\S+) parsl\.v=(?P<parsl_there>\S+)"
    r" does not match interchange version info py\.v=(?P<py_here>\S+) parsl\.v=(?P<parsl_here>\S+)"
)
_EXIT_CODE = re.compile(r"(?:\w*Error: )?(?:Error \d+:\s*EXIT CODE: (-?\d+)\s*)+")
"""All that Parsl knows of jobs on this machine that ended and printed no error."""
_OF_LAUNCHERS = re.compile(
    r"(?m)^(?:Found (?:cores|nodes) : .*|Launching worker: .*|TaskBlocks:.*|All workers done|Done)$"
)
_LITTLE_GB = 1.0
_SAME = "let `worker_init` activate the environment from which QIIME 2 is started"


def judge(
    watch: Watch,
    here: Mapping[str, Any],
    run_dir: str | None,
    *,
    seconds: float,
    stopped: bool,
    late: bool,
) -> tuple[Problem, ...]:
    """Everything that is wrong with one executor, the gravest first; nothing if it is right."""
    problems = list(_of_nodes(watch, here))
    mismatch, hopeless = _mismatch(watch, here), _hopeless(watch)
    if mismatch is not None:
        problems.append(mismatch)
    elif watch.bad is not None or watch.refusals or (watch.failures and not watch.workers):
        problems.append(_broken(watch, run_dir))
    elif watch.promised == 0:
        problems.append(_nothing())
    elif hopeless is not None:
        problems.append(hopeless)
    elif watch.given_up:
        problems.append(_died(watch, run_dir))
    elif late and not watch.workers:
        problems.append(_silent(watch, run_dir, seconds))
    elif late and watch.promised is not None and watch.seen < watch.promised:
        problems.append(_fewer(watch, seconds))
    elif watch.failures and not stopped:
        problems.append(_warning(f"some probes failed: {_first_line(watch.failures[-1])}"))
    return tuple(sorted(problems, key=lambda one: one.severity is not Severity.ERROR))


def _error(message: str, hint: str | None = None) -> Problem:
    return Problem(severity=Severity.ERROR, message=message, hint=hint)


def _warning(message: str, hint: str | None = None) -> Problem:
    return Problem(severity=Severity.WARNING, message=message, hint=hint)


def _mismatch(watch: Watch, here: Mapping[str, Any]) -> Problem | None:
    """Workers of another Parsl or Python, which Parsl turns away."""
    for text in (watch.bad, *watch.failures):
        found = _MISMATCH.search(text or "")
        if found:
            there, own = (
                f"Parsl {_plain(found[f'parsl_{side}'])} on Python {found[f'py_{side}']}"
                for side in ("there", "here")
            )
            return _two_parsls(there, own)
    found_there = watch.destination
    if found_there is not None and found_there.differs(here):
        there = f"Parsl {found_there.parsl} on Python {found_there.python} ({found_there.prefix})"
        return _two_parsls(there, f"Parsl {here['parsl']} on Python {here['python']}")
    return None


def _plain(version: str) -> str:
    """Parsl calls itself 2026.02.23, and everybody else calls that 2026.2.23."""
    return re.sub(r"\.0+(?=\d)", ".", version)


def _two_parsls(there: str, here: str) -> Problem:
    return _error(
        f"the jobs run {there}, but QIIME 2 is started with {here}: Parsl turns such workers away,"
        " so no action would ever run",
        _SAME,
    )


def _nothing() -> Problem:
    return _error(
        "it never starts a job or a worker, so actions would wait for ever",
        "q2pconf explain says which key decides that",
    )


def _broken(watch: Watch, run_dir: str | None) -> Problem:
    """Parsl has given the executor up, or the scheduler does not take its jobs."""
    if watch.refusals:
        said = _meaning(watch.refusals[-1])
        local = watch.provider in (None, "LocalProvider")
        what = "the job does not start" if local else "the scheduler does not take the jobs"
        return _error(
            f"{what}: {said}",
            "q2pconf explain --script shows the job script as it was submitted",
        )
    if watch.jobs or "EXIT CODE" in (watch.bad or ""):
        return _died(watch, run_dir)
    return _error(f"Parsl could not run anything: {_meaning(watch.bad or watch.failures[-1])}")


def _hopeless(watch: Watch) -> Problem | None:
    """Jobs that wait for what never comes."""
    for job in watch.jobs.values():
        if job.hopeless is not None and not watch.workers:
            return _error(
                f"job {job.id} will never start: {job.hopeless}; the scheduler's word for it is"
                f" {job.reason}",
                "mend the key that is named in brackets; q2pconf init -o FILE asks for its value",
            )
    return None


def _died(watch: Watch, run_dir: str | None) -> Problem:
    """Jobs that ended before a worker of theirs answered."""
    ended = sorted(job for job, state in watch.jobs.items() if state.state == "over")
    which = f"job {', '.join(ended[:3])}" if ended else "the workers"
    said = _stderr(watch.label, run_dir)
    code = _EXIT_CODE.fullmatch((watch.bad or "").strip())
    if code is not None:
        which = f"{which} (exit code {code[1]})"
    elif not said and watch.bad:
        said = _meaning(watch.bad)
    shown = said or _stdout(watch.label, run_dir)
    return _error(
        f"{which} ended before a worker could take an action" + (f": {shown}" if shown else ""),
        _remedy(watch, said, shown),
    )


def _remedy(watch: Watch, said: str, shown: str) -> str:
    lost = watch.destination is not None and watch.destination.parsl is None
    if lost or "process_worker_pool.py" in said or "command not found" in said:
        return (
            "the job does not get into the environment of QIIME 2: mend `worker_init`"
            " (q2pconf init writes one that works)"
        )
    if not said:
        what = "no error" if shown else "nothing"
        return f"the job printed {what}: see whether a command of `worker_init` ends it (exit)"
    return "look into Parsl's folder named below: submit_scripts has what each job printed"


def _silent(watch: Watch, run_dir: str | None, seconds: float) -> Problem:
    """Nobody answered in the time there was."""
    waiting = [job for job in watch.jobs.values() if job.state == "waiting"]
    running = [job for job in watch.jobs.values() if job.state == "running"]
    if running:
        said = _stderr(watch.label, run_dir)
        return _error(
            f"no worker answered within {spoken(round(seconds))}, though"
            f" {several(len(running), 'job')} {_is(len(running))} running"
            + (f": {said}" if said else ""),
            "if `worker_init` takes long, give it more time (--timeout 30m); else the workers may"
            " not reach this machine: `address` must be one that they can reach, and no firewall"
            " may close Parsl's ports",
        )
    if waiting:
        why = waiting[0].reason
        return _error(
            f"no worker answered within {spoken(round(seconds))}: {several(len(waiting), 'job')}"
            f" {_is(len(waiting))} still waiting in the queue" + (f" ({why})" if why else ""),
            "give it more time (--timeout 2h), or ask for less or for another partition",
        )
    if watch.unasked is not None:
        return _unseen(watch, run_dir, seconds)
    return _error(
        f"no worker answered within {spoken(round(seconds))}", "give it more time (--timeout 30m)"
    )


def _unseen(watch: Watch, run_dir: str | None, seconds: float) -> Problem:
    """Nobody answered, and the scheduler cannot be asked why; Parsl cannot ask it either."""
    said = _stderr(watch.label, run_dir)
    jobs = several(len(watch.jobs), "job")
    return _error(
        f"no worker answered within {spoken(round(seconds))}, and what became of {jobs} is not"
        f" known: {watch.unasked}" + (f"; printed was: {said}" if said else ""),
        "the commands of the scheduler must work here, not only the one that submits: Parsl asks"
        " them, too, whether its jobs run",
    )


def _fewer(watch: Watch, seconds: float) -> Problem:
    """Some answered, but not as many as promised."""
    waiting = [job for job in watch.jobs.values() if job.state == "waiting"]
    text = (
        f"{watch.seen} of {watch.promised} actions at a time were seen within"
        f" {spoken(round(seconds))}"
    )
    if waiting:
        why = waiting[0].reason
        text += f"; {several(len(waiting), 'job')} {_is(len(waiting))} still waiting" + (
            f" ({why})" if why else ""
        )
    return _warning(text, "give it more time (--timeout), or try fewer jobs (--jobs)")


def _of_nodes(watch: Watch, here: Mapping[str, Any]) -> Iterator[Problem]:
    """What differs on the nodes; the same on many nodes is said once."""
    told: set[str] = set()
    for node in watch.nodes():
        for problem in _of_one(node.name, node.facts, here, remote=watch.provider is not None):
            kind = problem.message.partition(": ")[2] or problem.message
            if kind not in told:
                told.add(kind)
                yield problem


def _of_one(
    name: str, facts: Mapping[str, Any], here: Mapping[str, Any], *, remote: bool
) -> Iterator[Problem]:
    wanted, found = here.get("framework"), facts.get("framework")
    if wanted and not found:
        yield _error(
            f"{name}: {wanted} is not installed in {facts['prefix']}, which the job runs in",
            _SAME,
        )
    elif wanted and found != wanted:
        yield _error(
            f"{name}: the jobs have {found}, but QIIME 2 is started with {wanted}",
            _SAME,
        )
    elif remote and os.path.realpath(facts["prefix"]) != os.path.realpath(here["prefix"]):
        yield _warning(
            f"{name}: the jobs run in {facts['prefix']}, QIIME 2 is started from {here['prefix']}:"
            " both have the same versions now, until one of them is updated",
            _SAME,
        )
    yield from _of_folders(name, facts, here)


def _of_folders(name: str, facts: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[Problem]:
    temporary = facts["temporary"]
    if temporary["trouble"]:
        where = "let `worker_init` set TMPDIR to a folder that exists on the nodes"
        if (here.get("temporary") or {}).get("trouble"):
            where = "set TMPDIR, before you start QIIME 2, to a folder that exists here and there"
        yield _error(
            f"{name}: no temporary file can be written: {temporary['trouble']}",
            f"{where}: export TMPDIR=/path/with/space",
        )
    elif temporary["free_gb"] is not None and temporary["free_gb"] < _LITTLE_GB:
        yield _warning(
            f"{name}: {temporary['path']}, for temporary files, has only"
            f" {temporary['free_gb']:g} GB free",
            "let `worker_init` set TMPDIR to a folder with more space",
        )
    if not facts["folder_writable"]:
        yield _warning(f"{name}: actions run in {facts['folder']}, where they may not write")
    # What cannot be written here cannot be seen there.
    written_here = zip(facts["marks"], here["marks"], strict=True)
    marks = [seen or not written for seen, written in written_here]
    if marks and not marks[0]:
        yield _error(
            f"{name}: the folder {here['folder']}, in which QIIME 2 is started, is not there or is"
            " another one: results could not be handed over",
            "start QIIME 2 in a folder that all nodes share",
        )
    elif len(marks) > 1 and not marks[1]:
        yield _warning(
            f"{name}: the temporary folder {here['temporary']['path']} of this machine is not"
            " shared with the nodes: QIIME 2 keeps what pipelines hand from action to action there",
            "use a cache on a shared folder (qiime tools cache-create, then --use-cache), or set"
            " TMPDIR to a shared folder before you start QIIME 2",
        )


def _stderr(label: str, run_dir: str | None) -> str:
    """The last errors of a job that died, in one line."""
    return _last_words(label, run_dir, (".stderr", ".err"))


def _stdout(label: str, run_dir: str | None) -> str:
    """What else it printed last."""
    return _last_words(label, run_dir, (".stdout", ".out"))


def _last_words(label: str, run_dir: str | None, endings: tuple[str, ...]) -> str:
    """The last lines of the newest file that has any but those of Parsl's launchers."""
    if run_dir is None:
        return ""
    folder = os.path.join(run_dir, "submit_scripts")
    found = []
    try:
        for name in os.listdir(folder):
            if name.startswith(f"parsl.{label}.block-") and name.endswith(endings):
                path = os.path.join(folder, name)
                found.append((os.path.getmtime(path), path))
        texts = [_OF_LAUNCHERS.sub("", _read(path)) for _, path in sorted(found, reverse=True)]
    except OSError:
        return ""
    return next((_first_line(text, last=True) for text in texts if text.strip()), "")


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as stream:
        stream.seek(max(os.path.getsize(path) - 4000, 0))
        return stream.read()


def _meaning(error: str) -> str:
    """What an error of Parsl says, without its own frame."""
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    told = [line for line in lines if re.match(r"(STDERR|EXIT CODE|\S*rror|sbatch|qsub)", line)]
    text = re.sub(r"\s+", " ", " ".join(told or lines))
    # Parsl tells its own part first, and then what the command that submits has said.
    return (re.sub(r"^.*\bstderr=(?=\S)", "", text) or text)[:400]


def _first_line(text: str, *, last: bool = False) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    return " / ".join(lines[-3:])[:400] if last else lines[0][:400]


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
