"""Measure which kinds of value each key survives that its type does not name.

Parsl checks the types of some classes only, and takes true and false for numbers everywhere. What
then happens is found by trying: one file per class, key and kind of value goes through the judge
of tests/conformance (load, start, scale, submit, worker) in an environment with that Parsl:

    python tools/measure_tolerances.py PYTHON-OF-THAT-ENVIRONMENT

The kinds that survive are written to tools/tolerances.toml, from where the generator of the
schemas takes them.
"""

from __future__ import annotations

import copy
import datetime
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomlkit

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "tools" / "tolerances.toml"
JUDGE = ROOT / "tests" / "conformance" / "judge.py"
SKIPPED = {"class", "label", "executors", "provider", "launcher", "channel", "channels"}
KINDS: dict[str, list[Any]] = {
    "integer": [1],
    "number": [1.0, 1.5],
    "whole": [1.0],
    "boolean": [True],
    "array": [["x"]],
    "object": [{"a": "x"}],
    "datetime": [datetime.time(10, 0, 0)],
}
NAMED_BY = {"integer": {"integer", "number"}, "whole": {"number"}}
LAUNCHER = {"class": "SimpleLauncher"}
OLD_LOADER = "2024.2"  # for Parsls that the installed loader is too new for; it reads every table
JOBS = 2


def main(python: str) -> int:
    """Try every key, and write what survives."""
    with tempfile.TemporaryDirectory() as folder:
        parsl, verdicts = judge(python, Path(folder))
    known = tomlkit.parse(TARGET.read_text(encoding="utf-8")).unwrap() if TARGET.exists() else {}
    known[parsl] = survivors(verdicts)
    oldest_first = sorted(known, key=lambda version: [int(part) for part in version.split(".")])
    table = _empty()
    for version in reversed(oldest_first):
        table[version] = known[version]
    TARGET.write_text(tomlkit.dumps(table), encoding="utf-8")
    print(f"Parsl {parsl}: {len(verdicts)} files tried")
    return 0


def judge(python: str, folder: Path) -> tuple[str, dict[str, bool]]:
    """The Parsl of an environment, and whether each trial file works there."""
    asked = subprocess.run(
        [python, "-c", "import parsl; print(parsl.__version__)"],
        capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    parsl = ".".join(str(int(part)) for part in asked.stdout.split()[-1].split("."))
    schema = json.loads((ROOT / "schemas" / f"parsl-{parsl}.json").read_text(encoding="utf-8"))
    request: dict[str, Any] = {"files": [], "jobs": JOBS}
    if parsl < "2024":
        request["release"] = OLD_LOADER
    good = base("Config", "retries", 1, schema["definitions"]) or {}
    for name, data in (("good", good), *trials(schema["definitions"])):
        (folder / f"{name}.toml").write_text(tomlkit.dumps(data), encoding="utf-8")
        request["files"].append(str(folder / f"{name}.toml"))
    done = subprocess.run(
        [python, str(JUDGE)], input=json.dumps(request),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)["verdicts"]
    works = {Path(one["file"]).stem: one["stage"] == "ok" for one in found}
    if not works.pop("good"):
        raise SystemExit(f"the judge finds fault with a good file: {found[0]}")
    return parsl, works


def trials(definitions: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A file for each class, key, kind and value that the key's type does not name."""
    for owner, spec in definitions.items():
        if "properties" not in spec or owner == "MonitoringHub" or spec.get("x-requires"):
            continue
        for key, rule in spec["properties"].items():
            types = rule.get("type", [])
            named = {types} if isinstance(types, str) else set(types)
            if key in SKIPPED or not named:
                continue
            values = {"string": ["x" if named == {"boolean"} else "1"], **KINDS}
            for kind, samples in values.items():
                if named & (NAMED_BY.get(kind, set()) | {kind}):
                    continue
                for index, sample in enumerate(samples):
                    data = base(owner, key, sample, definitions)
                    if data:
                        yield f"{owner}.{key}.{kind}.{index}", data


def base(owner: str, key: str, value: Any, definitions: dict[str, Any]) -> dict[str, Any] | None:
    """A file that works, with this value in it; None for a class that no trial can reach."""
    workers = definitions["HighThroughputExecutor"]["properties"]
    cap = "max_workers_per_node" if "max_workers_per_node" in workers else "max_workers"
    executor: dict[str, Any] = {"class": "HighThroughputExecutor", "label": "default"}
    provider: dict[str, Any] = {"class": "SlurmProvider"}
    parsl: dict[str, Any] = {}
    if owner == "Config":
        parsl[key] = value
    elif owner in ("HighThroughputExecutor", "MPIExecutor"):
        executor["class"] = owner
        executor[key] = value
        provider["launcher"] = LAUNCHER
    elif owner.endswith("Provider"):
        blocks = {"max_blocks": 2} if "max_blocks" in definitions[owner]["properties"] else {}
        provider = {"class": owner, **blocks, key: value, "launcher": LAUNCHER}
    elif owner.endswith("Launcher"):
        prefix = {"prepend": "time"} if owner == "WrappedLauncher" else {}
        provider["launcher"] = {"class": owner, **prefix, key: value}
    elif owner == "ThreadPoolExecutor":
        return {"parsl": {"executors": [{"class": owner, "label": "default", key: value}]}}
    else:
        return None
    if "max_workers" not in key and executor["class"] == "HighThroughputExecutor":
        executor[cap] = 2
    parsl["executors"] = [{"address": "127.0.0.1", **executor, "provider": provider}]
    return copy.deepcopy({"parsl": parsl})


def survivors(verdicts: dict[str, bool]) -> dict[str, list[str]]:
    """Per ``Class.key`` the kinds all of whose values work."""
    found: dict[str, dict[str, bool]] = {}
    for name, works in verdicts.items():
        owner, key, kind, _ = name.split(".")
        kinds = found.setdefault(f"{owner}.{key}", {})
        kinds[kind] = kinds.get(kind, True) and works
    kept = {name: sorted(k for k, works in kinds.items() if works) for name, kinds in found.items()}
    return {name: kinds for name, kinds in sorted(kept.items()) if kinds}


def _empty() -> tomlkit.TOMLDocument:
    return tomlkit.parse(
        "# Written by tools/measure_tolerances.py: the kinds of value that each key survives,\n"
        "# though its type does not name them. Per version of Parsl, then per class and key.\n"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
