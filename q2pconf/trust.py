"""Who can change a file: its ``worker_init`` runs as the person on every node.

Whoever can write the file, one of the folders on its path, or a link on the way, decides which
commands run in that person's name. Root and the owner of QIIME 2's environment can do that anyway.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Callable, Iterable, Iterator

from q2pconf._dataclasses import dataclass
from q2pconf.findings import Finding, Severity

__all__ = ["Step", "doubts", "owners", "steps"]

_MOST_LINKS = 40
_MOST_STEPS = 1000
_WHY = (
    "what the file says in worker_init and scheduler_options runs in your name on this machine and"
    " on every node"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing on the way to a file, the file itself included, with its own status."""

    path: str
    mode: int
    owner: int
    group: int

    @property
    def kind(self) -> str:
        """What it is, in one word."""
        if stat.S_ISLNK(self.mode):
            return "link"
        return "folder" if stat.S_ISDIR(self.mode) else "file"


def steps(path: str, *, lstat: Callable[[str], os.stat_result] = os.lstat) -> Iterator[Step]:
    """Every folder, link and file that is looked at on the way to this path, links followed.

    Ends where something is not there or cannot be looked at.
    """
    looked = 0
    todo = [part for part in reversed(os.path.abspath(path).split(os.sep)) if part]
    here, links = os.sep, 0
    yield from _step(here, lstat)
    while todo:
        part = todo.pop()
        looked += 1
        if looked > _MOST_STEPS:
            return
        if part in (".", ""):
            continue
        if part == "..":
            here = os.path.dirname(here)
            continue
        found = next(_step(os.path.join(here, part), lstat), None)
        if found is None:
            return
        yield found
        if found.kind != "link":
            here = found.path
            continue
        links += 1
        try:
            target = os.readlink(found.path)
        except OSError:
            return
        if links > _MOST_LINKS:
            return
        if os.path.isabs(target):
            here = os.sep
        todo += reversed(target.split(os.sep))


def _step(path: str, lstat: Callable[[str], os.stat_result]) -> Iterator[Step]:
    try:
        status = lstat(path)
    except (OSError, ValueError):
        return
    yield Step(path=path, mode=status.st_mode, owner=status.st_uid, group=status.st_gid)


def owners(paths: Iterable[str]) -> frozenset[int]:
    """The ids of the users that these folders belong to, as far as they can be told."""
    return frozenset(step.owner for path in paths for step in _step(path, os.stat))


def doubts(
    path: str,
    *,
    user: int | None = None,
    trusted: Iterable[int] = (),
    own_group: Callable[[int], bool] | None = None,
    lstat: Callable[[str], os.stat_result] = os.lstat,
) -> Iterator[Finding]:
    """Warnings for what others than the user, root and the ``trusted`` can change.

    ``user`` is a user id (default: the one q2pconf runs as); ``own_group`` says of a group id that
    nobody else is in it.
    """
    me = os.getuid() if user is None else user
    good = {0, me, *trusted}
    is_own = own_group or _is_private
    seen: set[str] = set()
    for step in steps(path, lstat=lstat):
        if step.path in seen:
            continue
        seen.add(step.path)
        yield from _of_step(step, good, is_own)


def _of_step(step: Step, good: set[int], is_own: Callable[[int], bool]) -> Iterator[Finding]:
    if step.owner not in good:
        yield _finding(
            "Q2P702",
            f"the {step.kind} {step.path} belongs to {_name(step.owner)}, who can change it at any"
            " time",
            "use a file of your own (q2pconf init -o FILE), or one that belongs to root",
        )
    if step.kind == "link":
        return  # a link's own mode says nothing; who may replace it, its folder says
    if step.kind == "folder" and step.mode & stat.S_ISVTX:
        return  # others may add files here, but not replace those of somebody else
    who = None
    if step.mode & stat.S_IWOTH:
        who = "everybody on this machine"
    elif step.mode & stat.S_IWGRP and not is_own(step.group):
        who = f"everybody in the group {_group_name(step.group)}"
    if who is None:
        return
    how = "change it" if step.kind == "file" else "put another file in its place"
    letter = "o" if step.mode & stat.S_IWOTH else "g"
    yield _finding(
        "Q2P701",
        f"{who} can write to the {step.kind} {step.path}, and {how}",
        f"take that right away: chmod {letter}-w {shlex.quote(step.path)}",
    )


def _finding(code: str, message: str, hint: str) -> Finding:
    return Finding(
        code=code, severity=Severity.WARNING, message=message, consequence=_WHY, hint=hint
    )


def _is_private(group: int) -> bool:
    """Whether this is a group that has nobody but this user in it, as many systems make them."""
    import grp
    import pwd

    try:
        user, found = pwd.getpwuid(os.getuid()), grp.getgrgid(group)
    except KeyError:
        return False
    alone = set(found.gr_mem) <= {user.pw_name}
    return group == 0 or (alone and found.gr_name == user.pw_name)


def _name(user: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def _group_name(group: int) -> str:
    import grp

    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return str(group)
