"""Submitting a block for real: Parsl's own code against stand-in schedulers."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judge_model import StageError, describe
from judge_standins import read_note

_SUBMITTERS = {"sbatch", "qsub", "cqsub", "bsub", "condor_submit", "bash"}
_MARKS = {"sbatch": "#SBATCH", "qsub": "#PBS", "bsub": "#BSUB"}
_BACKGROUND_SECONDS = 5.0
_MEMORY = re.compile(r"--(mem|mem-per-cpu|mem-per-gpu)\b(?!-)")


@dataclass
class Job:
    """What one executor submitted."""

    label: str
    provider: Any
    command: str  # the scheduler's command
    words: list[str]  # its arguments
    job_id: str
    script: Path | None  # the file that the node's shell runs
    text: str
    seen: list[str] = field(default_factory=list)  # directives that the scheduler reads
    lost: list[str] = field(default_factory=list)  # directives after the first command

    def summary(self) -> dict[str, Any]:
        """The part that goes into the verdict."""
        shown = {"job_id": self.job_id, "command": [self.command, *self.words]}
        return {**shown, "directives": self.seen, "lost_directives": self.lost}


def submit(executor: Any, box: Path) -> Job:
    """Launch one block of this executor and find what was submitted."""
    notes = box / "notes"
    notes.mkdir(exist_ok=True)
    for note in notes.iterdir():
        note.unlink()
    _point_to(executor.provider, notes)
    where = {"executor": executor.label}
    try:
        job_id = executor._launch_block("0")
    except Exception as error:
        raise StageError(describe(error), where) from error
    command, words, folder = _read_submission(notes)
    script = _script_of(command, words, folder, notes)
    text = _read(script)
    job = Job(executor.label, executor.provider, command, words, str(job_id), script, text)
    job.seen, job.lost = directives(text, _mark(command, words))
    return job


def check_script(job: Job) -> None:
    """The shell must be able to read the script to its end, and sbatch agree to its options."""
    ways = {found[1] for line in job.seen for found in _MEMORY.finditer(line)}
    if job.command == "sbatch" and len(ways) > 1:
        fatal = "sbatch: fatal: --mem, --mem-per-cpu, and --mem-per-gpu are mutually exclusive."
        raise StageError(fatal, {"executor": job.label})
    if job.script is None or not job.text:
        return
    checked = subprocess.run(
        ["/bin/bash", "-n", str(job.script)], capture_output=True, stdin=subprocess.DEVNULL
    )
    if checked.returncode != 0:
        message = checked.stderr.decode(errors="replace").replace(str(job.script), "script")
        where = {"executor": job.label, "reason": "bash -n"}
        raise StageError(f"SyntaxError: {message.strip()}", where)


def check_status(job: Job) -> None:
    """The poller asks after its jobs; if it cannot, it does nothing else either."""
    try:
        job.provider.status([job.job_id])
    except Exception as error:
        where = {"executor": job.label, "reason": "status"}
        raise StageError(describe(error), where) from error


def directives(text: str, mark: str) -> tuple[list[str], list[str]]:
    """The lines with the mark that the scheduler reads, and those that it does not.

    sbatch and PBS's qsub stop at the first line that is neither blank nor a comment; Grid Engine
    and LSF read them all.
    """
    seen: list[str] = []
    lost: list[str] = []
    stopped = False
    for line in text.split("\n"):
        if line.startswith(mark):
            (lost if stopped else seen).append(line[len(mark) :].strip())
        elif line.strip() and not line.lstrip().startswith("#") and mark in ("#SBATCH", "#PBS"):
            stopped = True
    return seen, lost


def _mark(command: str, words: list[str]) -> str:
    if command == "qsub" and "-terse" in words:
        return "#$ "
    return _MARKS.get(command, "#judge-has-no-mark")


def _point_to(provider: Any, notes: Path) -> None:
    """Tell the stand-ins where to write; Parsl's old channels keep an environment of their own."""
    os.environ["JUDGE_NOTES"] = str(notes)
    for channel in (getattr(provider, "channel", None), *getattr(provider, "channels", ())):
        environment = getattr(channel, "_envs", None)
        if environment is not None:
            environment["JUDGE_NOTES"] = str(notes)


def _read_submission(notes: Path) -> tuple[str, list[str], Path]:
    """The note of the submission; LocalProvider's comes from the background, a little later."""
    limit = time.monotonic() + _BACKGROUND_SECONDS
    while time.monotonic() < limit:
        for path in notes.glob("note.*"):
            if not path.read_bytes().endswith(b"\0"):
                continue
            command, folder, *words = read_note(path)
            if command in _SUBMITTERS:
                return command, words, Path(folder)
        time.sleep(0.002)
    raise StageError("nothing was submitted", {"reason": "no stand-in was called"})


def _script_of(command: str, words: list[str], folder: Path, notes: Path) -> Path | None:
    """The file that the job runs."""
    if command == "bsub" and not words:
        return notes / "stdin"
    if command == "condor_submit":
        return _condor_script(folder / words[0])
    plain = words[-1:] if command != "bash" else words[:1]
    return folder / plain[0] if plain else None


def _condor_script(description: Path) -> Path | None:
    """/bin/bash with the description's arguments, among the files transferred."""
    values = dict(re.findall(r"(?m)^(\w+)[ \t]*=[ \t]*(.*)$", _read(description)))
    transferred = [Path(name.strip()) for name in values.get("transfer_input_files", "").split(",")]
    arguments = values.get("arguments", "").split()
    for path in transferred:
        if arguments and path.name == arguments[0]:
            return path
    return description.with_name(arguments[0]) if arguments else None


def _read(path: Path | None) -> str:
    try:
        return path.read_bytes().decode(errors="replace") if path is not None else ""
    except OSError:
        return ""


def user_part(provider: Any) -> str:
    """The worker_init that stands in the script, as far as it is the user's."""
    return str(getattr(provider, "worker_init", ""))
