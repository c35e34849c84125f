"""The options of ``q2pconf init``, and the answers that they give."""

from __future__ import annotations

import argparse
from typing import Any

from q2pconf import chain, presets
from q2pconf.answers import read_one, under_one_name
from q2pconf.document import Document, DocumentError
from q2pconf.errors import InputError, UsageError
from q2pconf.filling import value_of

__all__ = ["add_arguments", "given_answers"]


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options of ``init``."""
    command.add_argument("--preset", metavar="NAME", help="what to start from (q2pconf presets)")
    group = command.add_argument_group("answers (what is not given is asked for at a terminal)")
    for option, metavar, purpose in (
        ("--actions", "N", "how many actions at a time"),
        ("--cpus", "N", "CPUs for each action"),
        ("--memory", "SIZE", "memory for each action: 16GB, 98304M"),
        ("--walltime", "TIME", "for how long: 24h, 90 min, 36:00:00, 1-12:00"),
        ("--partition", "NAME", "partition (Slurm)"),
        ("--queue", "NAME", "queue (PBS)"),
        ("--account", "NAME", "account that is charged"),
        ("--qos", "NAME", "quality of service (Slurm)"),
        ("--environment", "ENV", "conda environment of the jobs, by name or folder"),
        ("--worker-init", "TEXT", "shell commands that a job runs first"),
        ("--max-cpus", "N", "how many CPUs of this machine to use (local)"),
    ):
        group.add_argument(option, metavar=metavar, help=purpose)
    whole = group.add_mutually_exclusive_group()
    whole.add_argument("--exclusive", action="store_true", default=None, help="take whole nodes")
    whole.add_argument(
        "--shared", dest="exclusive", action="store_false", default=None, help="jobs share nodes"
    )
    for option, metavar, purpose in (
        ("--map", "PLUGIN.ACTION=LABEL", "run an action on another executor"),
        ("--set", "KEY=VALUE", "any other key, such as retries=1 or provider.cmd_timeout=30"),
    ):
        group.add_argument(option, metavar=metavar, action="append", default=[], help=purpose)
    group.add_argument("--answers", metavar="FILE", help="a TOML file with these, as max_cpus = 4")
    group.add_argument("--yes", action="store_true", help="take the suggested answers, ask nothing")
    place = command.add_mutually_exclusive_group()
    place.add_argument(
        "-o", "--output", metavar="FILE", help=f"the file to write; - prints it ({chain.FILE_NAME})"
    )
    place.add_argument(
        "--to", metavar="PLACE", help="user, site or conda: where QIIME 2 finds it; or a file"
    )
    command.add_argument("--force", action="store_true", help="replace the file if it exists")
    command.add_argument("--dry-run", action="store_true", help="print the file, write nothing")


def given_answers(options: argparse.Namespace) -> dict[str, Any]:
    """The answers of --answers, and over them those of the options."""
    names = [*presets.ANSWERS, "set"]
    found = _from_file(options.answers, names) if options.answers else {}
    for name in presets.ANSWERS:
        value = getattr(options, name, None)
        if value is not None and value != []:
            found[name] = value
    if options.set:
        read_one("set", found.get("set", {}))
        found["set"] = {**dict(found.get("set", {})), **dict(map(_setting, options.set))}
    return found


def _from_file(name: str, known: list[str]) -> dict[str, Any]:
    try:
        data = Document.load(name).data
    except DocumentError as error:
        raise InputError(f"{name}: {error.told}") from None
    found = under_one_name(data)
    strangers = [key for key in found if key not in known]
    if strangers:
        raise UsageError(f"{name}: there is no answer {strangers[0]!r}; known: {', '.join(known)}")
    return found


def _setting(text: str) -> tuple[str, Any]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise UsageError(f"--set: KEY=VALUE is needed, such as retries=1, not {text!r}")
    return key.strip(), value_of(value.strip())
