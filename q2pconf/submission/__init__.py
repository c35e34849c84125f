"""What Parsl would submit for a file, to the byte, and what Slurm says of it; nothing is submitted.

The agent in the environment of QIIME 2 has Parsl write each script; then the scheduler is asked
what it makes of it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from q2pconf import cluster, interpreters, schema
from q2pconf._dataclasses import replace
from q2pconf.checks import check_data
from q2pconf.cluster import Cluster, Run
from q2pconf.cluster.asking import ask, plain_environment
from q2pconf.document import Document
from q2pconf.errors import UsageError
from q2pconf.explanation import without_executors
from q2pconf.findings import Severity
from q2pconf.interpreters import Interpreter
from q2pconf.model import Config
from q2pconf.releases import Release, numbers
from q2pconf.submission.agent import rendered
from q2pconf.submission.facts import Script, Submission, SubmissionError, Verdict
from q2pconf.submission.slurm import judged

__all__ = ["Script", "Submission", "SubmissionError", "Verdict", "interpreter_for", "prepare"]

_SECONDS = 60.0
_SECONDS_OF_SBATCH = 20.0


def interpreter_for(
    release: Release,
    env: Mapping[str, str],
    search_path: Sequence[str],
    *,
    prefix: str | None = None,
    python: str | None = None,
    must_match: bool = True,
) -> Interpreter:
    """The Python whose Parsl writes the scripts.

    Raises UsageError where none has Parsl, or where it ``must_match`` the release and does not.
    """
    found = interpreters.find(env, search_path, prefix=prefix, python=python)
    if must_match and numbers(found.parsl) != release.parsl_order:
        raise UsageError(
            f"only Parsl {release.parsl} writes the scripts of {release}, and {found.program} has"
            f" Parsl {found.parsl}: leave --release away, or name the environment of that release"
            " with --env"
        )
    return found


def prepare(
    document: Document,
    release: Release,
    interpreter: Interpreter,
    *,
    label: str | None = None,
    cwd: str | None = None,
    seconds: float = _SECONDS,
    run: Run | None = None,
    detect: Callable[[], Cluster | None] | None = None,
) -> Submission:
    """The scripts of a file's executors, or of the one with this label.

    ``cwd`` is the folder that QIIME 2 would be started in, ``run`` asks sbatch and ``detect`` the
    cluster. Nothing is submitted, and nothing is left behind: Parsl's part takes ``seconds`` at
    most. Raises DocumentError where the file is not TOML, UsageError for a label that is not there,
    SubmissionError where the environment's Python cannot be asked.
    """
    found = check_data(document.data, release)
    told = Submission(
        path=document.path,
        release=release,
        parsl=interpreter.parsl,
        errors=sum(one.severity is Severity.ERROR for one in found),
    )
    answer = rendered(document, release, interpreter, cwd or interpreters.working_folder(), seconds)
    if "error" in answer:
        return replace(told, error=answer["error"])
    scripts = [_script(one, answer["run_dir"]) for one in answer["scripts"]]
    config = Config.from_data(document.data, schema.of(release))
    if not config.executors():
        return replace(told, nothing=without_executors(config))
    if label is not None:
        labels = ", ".join(one.label for one in scripts) or "none"
        scripts = [one for one in scripts if one.label == label]
        if not scripts:
            raise UsageError(f"no executor is labelled {label!r}; the file has: {labels}")
    return replace(told, scripts=tuple(_asked(scripts, interpreter.env, run, detect)))


def _asked(
    scripts: list[Script],
    env: Mapping[str, str],
    run: Run | None,
    detect: Callable[[], Cluster | None] | None,
) -> list[Script]:
    """The scripts, those for Slurm with what it says of them, where there is one to ask."""
    sbatch = shutil.which("sbatch", path=env.get("PATH", os.defpath))
    if sbatch is None or not any(_for_slurm(one) for one in scripts):
        return scripts
    asking = run or partial(ask, env=plain_environment(env), seconds=_SECONDS_OF_SBATCH)
    here = (detect or partial(cluster.detect, env))()
    return [judged(one, asking, here, env) if _for_slurm(one) else one for one in scripts]


def _for_slurm(one: Script) -> bool:
    return one.text is not None and (one.command or "").startswith("sbatch ")


def _script(told: Mapping[str, Any], run_dir: str | None) -> Script:
    error, text = told.get("error"), told.get("script")
    notes = list(told.get("notes", ()))
    if text is not None:
        notes.append(f"different in each run: {', '.join(_varying(told, run_dir))}")
    if text is not None and error:
        notes.append(f"Parsl could make nothing of the answer of a stand-in for it: {error}")
        error = None
    return Script(
        label=told["label"],
        class_name=told["class"],
        provider=told["provider"],
        command=told.get("command"),
        path=told.get("path"),
        text=text,
        files=told.get("files", {}),
        notes=tuple(notes),
        error=error,
    )


def _varying(told: Mapping[str, Any], run_dir: str | None) -> Iterator[str]:
    """The parts of a script that are different in each run, as they stand in it."""
    text, values = told["script"], told["varying"]
    if run_dir is not None and run_dir in text:
        yield f"the run's number ({run_dir}: the next that is free)"
    if ".block-0." in text:
        yield "the job's number (block-0)"
    yield "the time in its name"
    ports = [str(value) for value in values.values() if isinstance(value, int)]
    if told["class"] == "FluxExecutor":
        ports = re.findall(r"\btcp \S+ (\d+)\b", text)
    if ports:
        yield f"the port{'s' if len(ports) > 1 else ''} ({', '.join(ports)})"
    addresses = values.get("all_addresses")
    if addresses:
        shown = addresses if isinstance(addresses, str) else ",".join(addresses)
        yield f"the addresses of this machine ({shown})"
