"""What the schema says against a file, in words: unknown keys, wrong types, missing parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from q2pconf import history, names
from q2pconf._dataclasses import replace
from q2pconf.findings import Finding, Fix, KeyPath, Part, Severity, show_path
from q2pconf.releases import Release
from q2pconf.rules import homes, pasts, renames
from q2pconf.rules.values import ARTICLE, breaks, tells, type_remedy
from q2pconf.schema import Problem, Schema

__all__ = ["finding"]

_FAMILY = {"executor": "1", "provider": "2", "launcher": "2", "channel": "2"}
_NUMBER = {
    "unknown-key": "01", "type": "02", "value": "03", "range": "03", "pattern": "03",
    "missing-key": "04", "unsettable": "05", "no-class": "11", "unknown-class": "12",
    "not-a-table": "13",
}  # fmt: skip
_KIND_OF_KEY = {
    "executors": "executor",
    "provider": "provider",
    "launcher": "launcher",
    "channel": "channel",
    "channels": "channel",
    "monitoring": "monitoring",
}


def code(problem: Problem) -> str:
    """The code of a problem: the family by where it stands, the number by its kind."""
    path = problem.path
    inside = [part for part in path if isinstance(part, str)]
    about_key = problem.kind in ("no-class", "missing-key", "not-a-table")
    tables = inside if about_key else inside[:-1]
    family = "0"
    for part in tables:
        family = _FAMILY.get(_KIND_OF_KEY.get(part, ""), family)
    number = _NUMBER[problem.kind]
    return f"Q2P{family}{int(number) + 20 if family == '0' else number}"


def finding(
    problem: Problem, schema: Schema, release: Release, table: Mapping[str, Any]
) -> Finding | None:
    """The finding for a problem in this table; None where the real thing takes what the schema
    does not."""
    if problem.kind == "no-class" and (finding := _other_class_key(problem, table)) is not None:
        return finding
    build = {
        "unknown-key": _unknown_key,
        "type": _type,
        "value": _value,
        "range": _range,
        "pattern": _value,
        "missing-key": _missing,
        "unsettable": _unsettable,
        "no-class": _no_class,
        "unknown-class": _unknown_class,
        "not-a-table": _not_a_table,
    }[problem.kind]
    return build(problem, schema, release)


def _make(problem: Problem, message: str, *, part: Part = "value", **more: Any) -> Finding:
    return Finding(
        code=code(problem),
        severity=more.pop("severity", Severity.ERROR),
        key=problem.path,
        part=part,
        message=message,
        **more,
    )


def _call(owner: str, release: Release) -> str:
    """How Python names the call in its error; the Pythons up to QIIME 2 2024.5 leave it out."""
    return "" if release.loader.mapping == "flat" else f"{owner}.__init__() "


def _unknown_key(problem: Problem, schema: Schema, release: Release) -> Finding:
    known = [key for key in _properties(schema, problem.owner) if key != "class"]
    past = history.of_key(problem.owner, problem.key)
    story = pasts.story(past, release, known)
    stops = f"with TypeError: {_call(problem.owner, release)}got an unexpected keyword argument"
    stops += f" '{problem.key}'"
    home = homes.home_of(problem, schema) if story is None else None
    if home is not None:
        whose, hint = home
        fix = None
        message = f"{_whose(problem)} has no key `{problem.key}`: it belongs to {whose}"
        consequence = f"QIIME 2 stops {stops}"
    elif story is None:
        others = homes.others_with(problem, schema)
        better = renames.instead(problem, schema, spelling=others is None)
        hint, fix = better or (_key_remedy(problem, known), None)
        message = f"{_whose(problem)} has no key `{problem.key}`"
        message += f" ({others} one)" if others and fix is None else ""
        consequence = f"QIIME 2 stops {stops}"
    else:
        renamed = past.instead if past.instead in known else None
        fix = replace(renames.renamed(problem, renamed), safe=True) if renamed else None
        hint = story.advice.replace("…", str(problem.value))
        message = f"`{problem.key}` of {_whose(problem)} {story.what}"
        consequence = f"{story.who} {stops}"
    return _make(problem, message, part="key", consequence=consequence, hint=hint, fix=fix)


def _key_remedy(problem: Problem, known: list[str]) -> str:
    if problem.key == "debug" and problem.owner == "Config":
        return "delete the line: no release can use it, although its loader mentions it"
    if len(known) <= 8:
        return f"delete the line; known here: {', '.join(known)}"
    return f"delete the line, or see which keys there are: q2pconf schema {problem.owner}"


def _type(problem: Problem, schema: Schema, release: Release) -> Finding | None:
    wanted = problem.rule.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else list(wanted)
    if not wanted:
        return None
    words = " or ".join(ARTICLE[kind] for kind in wanted)
    hint, fix = type_remedy(problem, wanted, words)
    message = f"`{problem.key}` must be {words}, not {tells(problem.value)}"
    if not breaks(problem, release):
        taken = (
            f"takes it for {int(problem.value)}" if problem.value in (0, 1) else "uses it as it is"
        )
        return _make(
            problem, message, severity=Severity.WARNING, hint=hint, fix=fix,
            consequence=f"Parsl does not check it here and {taken}",
        )  # fmt: skip
    checked = schema.of_class(problem.owner).get("x-checked", False)
    consequence = (
        "QIIME 2 stops while it loads the file (a type error that does not name the line)"
        if checked
        else "QIIME 2 loads the file, but no job ever starts"
    )
    return _make(problem, message, hint=hint, fix=fix, consequence=consequence)


def _value(problem: Problem, schema: Schema, release: Release) -> Finding | None:
    allowed = [str(value) for value in problem.rule.get("enum", [])]
    if not allowed or problem.key == "strategy":
        return None  # walltime and strategy have rules of their own
    suggestion = names.meant(str(problem.value), allowed)
    listed = ", ".join(f'"{value}"' for value in allowed)
    return _make(
        problem,
        f"`{problem.key}` cannot be {tells(problem.value)}",
        consequence="QIIME 2 stops while it loads the file",
        hint=f'write `{problem.key} = "{suggestion}"`' if suggestion else f"write one of: {listed}",
    )


def _range(problem: Problem, schema: Schema, release: Release) -> Finding:
    low = problem.rule.get("minimum")
    above = problem.rule.get("exclusiveMinimum")
    high = problem.rule.get("maximum")
    limits = [
        f"at least {low}" if low is not None else "",
        f"more than {above}" if above is not None else "",
        f"at most {high}" if high is not None else "",
    ]
    words = " and ".join(limit for limit in limits if limit)
    return _make(
        problem,
        f"`{problem.key} = {problem.value}` is surely not meant: it should be {words}",
        severity=Severity.WARNING,
        hint=f"write a number that is {words}, or delete the line for Parsl's own default",
    )


def _missing(problem: Problem, schema: Schema, release: Release) -> Finding | None:
    if not problem.owner:
        return None
    return _make(
        problem,
        f"{problem.owner} needs a key `{problem.key}`",
        part="table",
        consequence=f"QIIME 2 stops with TypeError: {_call(problem.owner, release)}missing 1"
        f" required positional argument: '{problem.key}'",
        hint=f"add a line `{problem.key} = …` to this table",
    )


def _unsettable(problem: Problem, schema: Schema, release: Release) -> Finding:
    pair = problem.key.endswith(("_range", "_ports"))
    what = "a pair of numbers" if pair else "an object of Python's"
    hint = "delete the line"
    if pair and "worker_port" in _properties(schema, problem.owner):
        hint = "delete the line; `worker_port = 54321` sets one fixed port"
    return _make(
        problem,
        f"`{problem.key}` must be {what}, which no TOML file can express",
        part="key",
        consequence="QIIME 2 stops while it loads the file (a type error), whatever is written",
        hint=hint,
    )


def _other_class_key(problem: Problem, table: Mapping[str, Any]) -> Finding | None:
    """The finding for a table whose `class` is called otherwise."""
    name = next((key for key in table if key == "type" or names.surely(key, ["class"])), None)
    if name is None:
        return None
    key = (*problem.path, name)
    return replace(
        _make(
            problem,
            f"`{name}` does not say which {_kind(problem.path)} is meant: the key is `class`",
            part="key",
            consequence="QIIME 2 stops with KeyError: 'class'",
            hint="write `class` instead",
            fix=Fix(kind="rename", key=key, value="class", safe=True),
        ),
        key=key,
    )


def _no_class(problem: Problem, schema: Schema, release: Release) -> Finding:
    kind = _kind(problem.path)
    example = {
        "executor": "HighThroughputExecutor",
        "provider": "SlurmProvider",
        "launcher": "SrunLauncher",
        "channel": "LocalChannel",
    }.get(kind, "MonitoringHub")
    return _make(
        problem,
        f"this {kind} does not say which one it is: it has no `class`",
        part="table",
        consequence="QIIME 2 stops with KeyError: 'class'",
        hint=f'add a line such as `class = "{example}"`',
    )


def _unknown_class(problem: Problem, schema: Schema, release: Release) -> Finding:
    kind = _kind(problem.path[:-1])
    known = schema.classes(kind)
    shown = problem.value if isinstance(problem.value, str) else tells(problem.value)
    message = f"Parsl {schema.parsl} has no {kind} called `{shown}`"
    consequence = "QIIME 2 stops while it loads the file"
    fix = None
    hint = f"write one of: {', '.join(known)}"
    if isinstance(problem.value, str):
        module = release.loader.objects.get(kind, "parsl")
        consequence = (
            f"QIIME 2 stops with AttributeError: module '{module}' has no attribute '{shown}'"
        )
        past = history.of_class(problem.value)
        story = pasts.story(past, release)
        suggestion = None if story else names.meant(problem.value, known)
        if suggestion:
            hint = f'write `class = "{suggestion}"`'
            safe = names.same(problem.value, suggestion)
            fix = Fix(kind="set", key=problem.path, value=suggestion, safe=safe)
        if story:
            message = f"{problem.value} {story.what}"
            consequence = consequence.replace("QIIME 2 stops", story.who)
            hint = past.why or hint
    return _make(problem, message, consequence=consequence, hint=hint, fix=fix)


def _not_a_table(problem: Problem, schema: Schema, release: Release) -> Finding:
    kind = _kind(problem.path)
    parent = [part for part in problem.path if isinstance(part, str)]
    header = ".".join(parent)
    header = f"[[{header}]]" if kind == "executor" else f"[{header}]"
    known = schema.classes(kind)
    written = names.meant(problem.value, known) if isinstance(problem.value, str) else None
    usual = {"executor": "HighThroughputExecutor", "provider": "LocalProvider"}.get(kind, known[0])
    hint = f'write a table: {header} and below it `class = "{written or usual}"`'
    if isinstance(problem.value, list):
        message = f"`{problem.key}` is a single table; double brackets make a list of it"
        if problem.value and isinstance(problem.value[0], Mapping):
            hint = f"write the header in single brackets: {header}"
    else:
        message = f"`{problem.key}` is a table of its own, not {tells(problem.value)}"
    return _make(
        problem,
        message,
        consequence="QIIME 2 stops with a TypeError that does not name the key",
        hint=hint,
    )


def _kind(path: KeyPath) -> str:
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    return _KIND_OF_KEY.get(key, key)


def _whose(problem: Problem) -> str:
    return "[parsl]" if problem.owner == "Config" else problem.owner or show_path(problem.path[:-1])


def _properties(schema: Schema, owner: str) -> list[str]:
    return list(schema.of_class(owner).get("properties", {}))
