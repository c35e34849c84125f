"""Mutants of configuration files: what people mistype, misplace and misunderstand, by the seed.

A mutant is made on the data (then written out anew) or on the text.  ``classes`` is what
``judge.py --classes`` prints; without it no key and no class is taken from Parsl's own lists.
With it, a source that has keys of other releases is used a second time without them.
"""

from __future__ import annotations

import copy
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

from judge_oddities import COUNTED, COUNTS, KINDS, LABELS, SPECIAL, SYNONYMS
from judge_toml import Table, dump, slip

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Classes = dict[str, dict[str, Any]]


_TRIES = 30  # a mutator may find nothing to change


def mutations(
    sources: list[str], count: int, seed: int, classes: Classes | None = None
) -> Iterator[tuple[str, str]]:
    """``count`` mutants of the sources as (what was done, text); the same for the same seed."""
    randomly = random.Random(seed)
    known = classes or {}
    readable = [data for data in map(_parse, sources) if data]
    readable += [data for data in (_fitted(data, known) for data in readable) if data]
    for _ in range(count):
        if randomly.random() < 0.08:
            yield slip(randomly, randomly.choice(sources))
        else:
            yield _on_data(randomly, randomly.choice(readable), known)


def _parse(text: str) -> Table | None:
    try:
        data: Table = tomllib.loads(text)
        return data
    except (tomllib.TOMLDecodeError, TypeError):
        return None


def _fitted(source: Table, classes: Classes) -> Table | None:
    """A copy without the keys that this release does not know, if there are any."""
    data = copy.deepcopy(source)
    for kind, table, _ in _sites(data):
        known = {"class", "executor_mapping", *_parameters(classes, kind, table)}
        for key in [key for key in table if len(known) > 2 and key not in known]:
            del table[key]
    return data if data != source else None


def _on_data(randomly: random.Random, source: Table, classes: Classes) -> tuple[str, str]:
    data = copy.deepcopy(source)
    names: list[str] = []
    wanted = randomly.choices((1, 2, 3), (60, 30, 10))[0]
    for _ in range(_TRIES):
        mutate = randomly.choices([m for m, _ in _MUTATORS], [w for _, w in _MUTATORS])[0]
        before = dump(data)
        name = mutate(randomly, data, classes)
        if dump(data) != before:
            names.append(name)
        if len(names) == wanted:
            break
    text = dump(data)
    if randomly.random() < 0.12:
        name, text = slip(randomly, text)
        names.append(name)
    return "; ".join(names), text


# Where things are: the tables that stand for a class.


def _sites(data: Table, *kinds: str) -> list[tuple[str, Table, Table]]:
    """(kind, table, the table it hangs in) for every class table still in its place."""
    found: list[tuple[str, Table, Table]] = []
    parsl = data.get("parsl")
    if not isinstance(parsl, dict):
        return []
    found.append(("config", parsl, data))
    executors = parsl.get("executors")
    for executor in executors if isinstance(executors, list) else []:
        if not isinstance(executor, dict):
            continue
        found.append(("executor", executor, parsl))
        provider = executor.get("provider")
        if isinstance(provider, dict):
            found.append(("provider", provider, executor))
            launcher = provider.get("launcher")
            if isinstance(launcher, dict):
                found.append(("launcher", launcher, provider))
    return [site for site in found if not kinds or site[0] in kinds]


def _value(randomly: random.Random, key: str) -> Any:
    if key in SPECIAL and randomly.random() < 0.8:
        return copy.deepcopy(randomly.choice(SPECIAL[key]))
    if any(part in key for part in COUNTED) and randomly.random() < 0.75:
        return copy.deepcopy(randomly.choice(COUNTS))
    return copy.deepcopy(randomly.choice(KINDS))


def _parameters(classes: Classes, kind: str, table: Table) -> list[str]:
    name = "Config" if kind == "config" else table.get("class")
    return list(classes.get(name, {}).get("parameters", {})) if isinstance(name, str) else []


def _of_kind(classes: Classes, kind: str) -> list[str]:
    return [name for name, entry in classes.items() if entry["kind"] == kind]


# The mutators: each changes the data in place and says what it did.


def _set_value(randomly: random.Random, data: Table, classes: Classes) -> str:
    sites = [(s, k) for _, s, _ in _sites(data) for k in s if not isinstance(s[k], (dict, list))]
    if not sites:
        return "nothing"
    table, key = randomly.choice(sites)
    table[key] = _value(randomly, key)
    return f"set {key} = {table[key]!r}"


def _add_key(randomly: random.Random, data: Table, classes: Classes) -> str:
    sites = [(t, k) for kind, t, _ in _sites(data) for k in _parameters(classes, kind, t)]
    sites = [(t, k) for t, k in sites if k not in ("executors", "provider")]
    if not sites:
        return "nothing"
    table, key = randomly.choice(sites)
    table[key] = _value(randomly, key)
    return f"add {key} = {table[key]!r}"


def _blocks(randomly: random.Random, data: Table, classes: Classes) -> str:
    for _, provider, _ in _sites(data, "provider"):
        for key in ("init_blocks", "min_blocks", "max_blocks"):
            if randomly.random() < 0.8:
                provider[key] = randomly.choice([0, 0, 1, 2, 5, -1, "2"])
    return "blocks"


def _resources(randomly: random.Random, data: Table, classes: Classes) -> str:
    for kind, table, _ in _sites(data, "executor", "provider"):
        known = _parameters(classes, kind, table)
        wanted = ["cores_per_worker", "mem_per_worker", "max_workers_per_node", "cores_per_node"]
        wanted += ["mem_per_node", "cores_per_slot", "mem_per_slot", "cpus_per_node"]
        for key in wanted:
            if key in known and randomly.random() < 0.5:
                table[key] = randomly.choice([0, 1, 2, 4, 12, 16, 64, 96, 128, 300, 0.5, 1.5, -1])
    return "resources"


def _rename(randomly: random.Random, data: Table, classes: Classes) -> str:
    sites = [(t, k, kind) for kind, t, _ in _sites(data) for k in t]
    if not sites:
        return "nothing"
    table, key, kind = randomly.choice(sites)
    others = [p for n in _of_kind(classes, kind) for p in classes[n]["parameters"]]
    new = randomly.choice(
        [_typo(randomly, key), key.replace("_", "-"), key.upper(), key.replace("_", ""), key + "s"]
        + SYNONYMS.get(key, []) * 3
        + ([randomly.choice(others)] if others else [])
    )
    items = [(new if k == key else k, v) for k, v in table.items()]
    table.clear()
    table.update(items)
    return f"rename {key} to {new}"


def _typo(randomly: random.Random, word: str) -> str:
    at = randomly.randrange(len(word)) if word else 0
    how = randomly.randrange(3)
    if how == 0:
        return word[:at] + word[at + 1 :]
    if how == 1:
        return word[:at] + word[at : at + 1] * 2 + word[at + 1 :]
    return word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]


def _drop(randomly: random.Random, data: Table, classes: Classes) -> str:
    sites = [(t, k) for _, t, _ in _sites(data) for k in t]
    if not sites:
        return "nothing"
    table, key = randomly.choice(sites)
    del table[key]
    return f"drop {key}"


def _change_class(randomly: random.Random, data: Table, classes: Classes) -> str:
    sites = [(kind, t) for kind, t, _ in _sites(data) if isinstance(t.get("class"), str)]
    if not sites:
        return "nothing"
    kind, table = randomly.choice(sites)
    old = table["class"]
    anything = [_typo(randomly, old), old.lower(), old.upper(), old.removesuffix("Provider"), "x"]
    anything += [*classes, "SGEProvider", "PBSProvider", "threads", "Slurm", "_TEST_EXECUTOR_"]
    same = _of_kind(classes, kind)
    table["class"] = randomly.choice(same if same and randomly.random() < 0.8 else anything)
    return f"class {old} to {table['class']}"


def _swap_provider(randomly: random.Random, data: Table, classes: Classes) -> str:
    sites = _sites(data, "provider")
    names = _of_kind(classes, "provider")
    if not sites or not names:
        return "nothing"
    _, table, _ = randomly.choice(sites)
    table["class"] = randomly.choice(names)
    known = _parameters(classes, "provider", table)
    for key in [k for k in table if k != "class" and k not in known]:
        del table[key]
    for key in randomly.sample(known, min(len(known), randomly.randrange(4))):
        if key not in ("launcher", "channel"):
            table[key] = _value(randomly, key)
    return f"provider {table['class']}"


def _swap_launcher(randomly: random.Random, data: Table, classes: Classes) -> str:
    sites = _sites(data, "provider")
    names = _of_kind(classes, "launcher")
    if not sites or not names:
        return "nothing"
    table = randomly.choice(sites)[1]
    table["launcher"] = {"class": randomly.choice(names)}
    for key in _parameters(classes, "launcher", table["launcher"]):
        if key == "prepend" or randomly.random() < 0.3:
            table["launcher"][key] = _value(randomly, key)
    return f"launcher {table['launcher']}"


def _reshape(randomly: random.Random, data: Table, classes: Classes) -> str:
    """A table where a list belongs, a string where a table belongs, and so on."""
    wanted = ("executors", "provider", "launcher")
    sites = [(t, k) for _, t, _ in _sites(data) for k in t if k in wanted]
    if not sites:
        return "nothing"
    table, key = randomly.choice(sites)
    old = table[key]
    name = old.get("class", "x") if isinstance(old, dict) else "x"
    shapes: list[Any] = [name, False, True, [], {}, {"class": 1}, [old], {name: old}, "none", 1]
    if isinstance(old, list) and old:
        shapes = [old[0], {"a": old[0]}, [], {}, [*old, old[0]], ["x"], "none", [[old[0]]], old[:1]]
    table[key] = copy.deepcopy(randomly.choice(shapes))
    return f"reshape {key}"


def _mapping(randomly: random.Random, data: Table, classes: Classes) -> str:
    parsl = data.get("parsl")
    if not isinstance(parsl, dict):
        return "nothing"
    labels = [t.get("label", "default") for _, t, _ in _sites(data, "executor")] or ["default"]
    label = randomly.choice([*labels, *labels, "nope", "Default", 1, [labels[0]], "", True])
    nested = {"dada2": {"denoise_paired": label}, "feature-table": {"summarize": label}}
    shapes: list[Any] = [nested, nested, nested, {"denoise": label}, {**nested, "denoise": label}]
    shapes += [{"a": {"b": {"c": label}}}, {}, {"dada2": {}}, "x", [], [nested], 5, True]
    value = copy.deepcopy(randomly.choice(shapes))
    where = randomly.choice([parsl, parsl, parsl, parsl, data])
    where["executor_mapping"] = value
    if randomly.random() < 0.15:
        data["parsl"] = {"executor_mapping": value}
    return f"mapping {value!r}"


def _labels(randomly: random.Random, data: Table, classes: Classes) -> str:
    executors = [t for _, t, _ in _sites(data, "executor")]
    if not executors:
        return "nothing"
    if randomly.random() < 0.3:
        for table in executors:
            table["label"] = "default"
        return "same labels"
    table = randomly.choice(executors)
    table["label"] = randomly.choice(LABELS)
    other = {"class": "ThreadPoolExecutor", "label": "default"}
    if randomly.random() < 0.7 and isinstance(data["parsl"].get("executors"), list):
        data["parsl"]["executors"].append(other)
    return f"label {table['label']!r}"


def _outer(randomly: random.Random, data: Table, classes: Classes) -> str:
    """Tables above, below and beside [parsl]."""
    parsl = data.get("parsl", {})
    extra: list[Callable[[], Any]] = [
        lambda: data.pop("parsl", None), lambda: data.update(tool={"x": 1}),
    lambda: data.update(a=1),
        lambda: data.update(parsl=[parsl]), lambda: data.update(parsl={}),
        lambda: data.update(data.pop("parsl", {})), lambda: data.update(Parsl=data.pop("parsl",
    {})),
        lambda: parsl.update(monitoring={"class": "MonitoringHub"}),
    lambda: parsl.update(debug=True),
        lambda: parsl.update(channel={"class": "LocalChannel"}), lambda: parsl.update(x="None"),
        lambda: parsl.update(monitoring="none"), lambda: parsl.pop("executors", None),
        lambda: data.clear(),
    ]  # fmt: skip
    number = randomly.randrange(len(extra))
    if isinstance(parsl, dict):
        extra[number]()
    return f"outer {number}"


_MUTATORS: list[tuple[Callable[[random.Random, Table, Classes], str], int]] = [
    (_set_value, 16), (_add_key, 30), (_blocks, 5), (_resources, 8), (_rename, 10), (_drop, 6),
    (_change_class, 4), (_swap_provider, 10), (_swap_launcher, 8), (_reshape, 4), (_mapping, 6),
    (_labels, 5), (_outer, 2),
]  # fmt: skip
