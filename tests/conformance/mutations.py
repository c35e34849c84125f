"""Mutants of configuration files: what people mistype, misplace and misunderstand, by the seed.

A mutant is made on the data (then written out anew) or on the text.  ``classes`` is what
``judge.py --classes`` prints; without it no key and no class is taken from Parsl's own lists.
"""

from __future__ import annotations

import copy
import datetime
import math
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Classes = dict[str, dict[str, Any]]
Table = dict[str, Any]


class Raw(str):
    """A value written as it stands, valid TOML or not."""


_KINDS: list[Any] = [
    "", "x", "None", "none", "1", "4", "0", "2.5", "true", "96GB", "24h", "a b", "ä", "x'y", 'x"y',
    0, 1, 2, 4, -1, 1000000, 10**20, 0.0, 1.0, 4.0, 2.5, 0.5, -1.0, 1e-9, math.inf, math.nan,
    True, False, [], ["a"], ["a", 1], [0, 1], [1, 2, 3], {}, {"a": "1"}, {"class": "SimpleLauncher"},
    datetime.time(10, 0, 0), datetime.date(2026, 1, 1), Raw("None"), Raw("True"), Raw("..."),
]  # fmt: skip
_COUNTS: list[Any] = [0, 1, 2, 5, 25, -1, -5, "1", "4", "0", "", 1.0, 2.5, True, False, 10**12, [2]]
_WALLTIMES: list[Any] = [
    "24h", "1-00:00:00", "90", "01:00", "00:00:30", "01:60:00", "-1:00:00", " 01:00:00 ",
    "24:00:00", "100:00:00", "1:0:0", "UNLIMITED", "01:00:00:00", "aa:bb:cc", "1.5:00:00",
    "00:00:00", "", 90, 3600.0, datetime.time(10, 0, 0), Raw("24:00:00"), Raw("1:00:00"),
]  # fmt: skip
_AFFINITIES = ["block", "alternating", "block-reverse", "Block", "list:0:1", "list", "cores", ""]
_AFFINITIES += ["NONE", "list:0,1", "true"]
_ADDRESSES = ["127.0.0.1", "localhost", "eth0", "10.255.255.1", "::1", "", "*", "0.0.0.0", "host.a"]
_ADDRESSES += ["address_by_hostname()", "127.0.0.1,127.0.0.2", "tcp://127.0.0.1", "300.1.1.1"]
_LAUNCH_CMDS = [
    "process_worker_pool.py {debug} -a {addresses}", "{nothing}", "echo {{oops}}", "",
    "process_worker_pool.py {debug} {max_workers_per_node} -a {addresses} -p {prefetch_capacity} "
    "-c {cores_per_worker} -m {mem_per_worker} --poll {poll_period} --port={worker_port} "
    "--cert_dir {cert_dir} --logdir={logdir} --block_id={{block_id}} --cpu-affinity {cpu_affinity}",
    "process_worker_pool.py", "my_pool", "{", "process_worker_pool.py {0}",
]  # fmt: skip
_INITS = [
    "conda activate 'qiime2", 'echo "', "if true; then", "module load x; conda activate <env>", "(",
    "source ~/.bashrc", "cat << EOF", "exit 1", "export A=1 &&", "", "x\r\ny", "a \\", "`", "$(", "}",
    "# it's", "set -e", "conda activate q2\n", "{ echo", "done", "case x in", "echo 'a'\"b",
]  # fmt: skip
_OPTIONS = [
    "#SBATCH --mem-per-cpu=4G", "#PBS -l mem=4gb", "--account=lab", "module load x", "# SBATCH -A x",
    "#SBATCH -A x\n#SBATCH -q y", "#BSUB -M 4", "#$ -pe smp 8", "", "\n", "echo 'a", "#SBATCH", "-A x",
    " #SBATCH -A x", "#sbatch -A x", "RequestGPUs = 1", "request_gpus 1", "exclusive", "#SBATCH -A 'x",
]  # fmt: skip
_LABELS = [
    "a b", "a/b", "", "x" * 240, "x" * 200, "ä", "Default", "default ", "de'f", 'de"f', "$HOME", "a;b",
    "a,b", "..", "htex", "_parsl_internal", "{label}", "a\nb", "#x", "-x", "tpool", "a&b", "a(b",
]  # fmt: skip
_STRATEGIES = [
    "None", "none", "NONE", "simple", "Simple", "htex_auto_scale", "auto", "None ", "", "htex",
    True, 1, [], ["simple"], Raw("None"), Raw("null"),
]  # fmt: skip
_SPECIAL: dict[str, Sequence[Any]] = {
    "walltime": _WALLTIMES, "cpu_affinity": _AFFINITIES, "address": _ADDRESSES,
    "loopback_address": _ADDRESSES, "launch_cmd": _LAUNCH_CMDS, "worker_init": _INITS,
    "scheduler_options": _OPTIONS, "label": _LABELS, "strategy": _STRATEGIES, "prepend": _INITS,
    "overrides": ["--mpi=pmi2", "-n 3", "'", "--cpus-per-task 4", "-l", "; echo", 5],
    "regex_job_id": [r"(?P<id>\S*)", r"Submitted batch job (\d+)", "(", "", r"(?P<id>\d+)", "x"],
    "cmd_timeout": [0, -1, 1, 10, 0.001, "10", True, 1.5, math.inf, []],
    "interchange_launch_cmd": [["interchange.py"], ["nothing"], "interchange.py", [], ["true"], [1]],
    "worker_port": [54321, 0, -1, 70000, 80, "54321", True], "block_error_handler": [True, False, "x"],
    "available_accelerators": [0, 2, -1, [], ["0"], ["0", "1"], "0,1", ["a b"], ["-x"], [0]],
    "worker_logdir_root": ["/tmp/logs", "", "~/logs", "/tmp/a b", "$HOME/x", "logs"],
    "mpi_launcher": ["mpiexec", "srun", "aprun", "MPIEXEC", "mpirun", ""],
    "run_dir": ["", "~/x", "runinfo", "a b", "None", "x/y", "x" * 300, "/proc/x", ".", "x\0y"],
    "parallelism": [0, 1, 0.5, 2, -1, "1", math.inf, math.nan, True, [], 1e-12, 1e9],
    "max_idletime": [0, 0.0, 120, -1, "120", math.inf, math.nan], "exit_mode": ["cleanup", "skip", ""],
    "strategy_period": [0, 1, 0.5, -1, math.inf, math.nan, 1e12, "5", True],
    "poll_period": [0, 10, 1000, "10", True], "usage_tracking": [True, False, 0, 1, 3, 4, -1, "1"],
    "checkpoint_mode": ["task_exit", "periodic", "dfk_exit", "manual", "None", "x"],
    "checkpoint_period": ["00:30:00", "30", "", "x:y:z"], "checkpoint_files": [[], ["nowhere"], "x"],
    "heartbeat_period": [0, 1, 30, 300, -1], "heartbeat_threshold": [0, 1, 120, -1],
    "prefetch_capacity": [0, 1, -1, -64, -1000], "drain_period": [0, 1, 3600, -1, "60"],
    "bind_cmd": ["--bind-to", "", "x"], "bash_location": ["/bin/bash", "bash", "", "/nowhere/bash"],
    "environment": [{"A": "1"}, {"A": 1}, {}, "A=1", {"A": "it's"}], "requirements": ["", "x == 1"],
    "transfer_input_files": [["a"], [], "a", ["a", 1]], "select_options": ["mem=4gb", ":x", "", 5],
    "working_dir": [".", "", "/tmp/x"], "flux_path": ["/usr/bin/flux"], "launcher": ["SrunLauncher"],
    "thread_name_prefix": ["x", ""], "queue": ["q", "", "a b"], "account": ["x", "", "None", "a b"],
}  # fmt: skip
_COUNTED = (
    "_blocks _per_node _per_block _threads _workers per_worker retries slot chunk batch timeout"
).split()
_SYNONYMS = {
    "queue": ["partition"], "partition": ["queue", "qos"], "cpus_per_node": ["cores_per_node"],
    "cores_per_node": ["cpus_per_node", "cores_per_slot", "cores", "ncpus"], "account": ["project"],
    "max_workers": ["max_workers_per_node"], "max_workers_per_node": ["max_workers", "workers"],
    "mem_per_node": ["mem_per_slot", "memory", "mem"], "worker_init": ["init", "init_command"],
    "max_threads": ["threads", "max_workers"], "walltime": ["time", "wall_time"],
    "executors": ["executor"], "provider": ["providers"], "launcher": ["launchers"],
    "executor_mapping": ["mapping", "executors_mapping"], "class": ["Class", "type"],
}  # fmt: skip


def mutations(
    sources: list[str], count: int, seed: int, classes: Classes | None = None
) -> Iterator[tuple[str, str]]:
    """``count`` mutants of the sources as (what was done, text); the same for the same seed."""
    randomly = random.Random(seed)
    known = classes or {}
    readable = [data for data in map(_parse, sources) if data]
    for _ in range(count):
        if randomly.random() < 0.08:
            name, text = _on_text(randomly, randomly.choice(sources))
        else:
            name, text = _on_data(randomly, copy.deepcopy(randomly.choice(readable)), known)
        yield name, text


def _parse(text: str) -> Table | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, TypeError):
        return None


def _on_data(randomly: random.Random, data: Table, classes: Classes) -> tuple[str, str]:
    names = []
    for _ in range(randomly.choices((1, 2, 3), (60, 30, 10))[0]):
        mutate = randomly.choices([m for m, _ in _MUTATORS], [w for _, w in _MUTATORS])[0]
        names.append(mutate(randomly, data, classes))
    text = dump(data)
    if randomly.random() < 0.12:
        name, text = _on_text(randomly, text)
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
    if key in _SPECIAL and randomly.random() < 0.8:
        return copy.deepcopy(randomly.choice(_SPECIAL[key]))
    if any(part in key for part in _COUNTED) and randomly.random() < 0.75:
        return copy.deepcopy(randomly.choice(_COUNTS))
    return copy.deepcopy(randomly.choice(_KINDS))


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
        + _SYNONYMS.get(key, []) * 3
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
    shapes = [nested, nested, nested, {"denoise": label}, {**nested, "denoise": label}]
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
    table["label"] = randomly.choice(_LABELS)
    other = {"class": "ThreadPoolExecutor", "label": "default"}
    if randomly.random() < 0.7 and isinstance(data["parsl"].get("executors"), list):
        data["parsl"]["executors"].append(other)
    return f"label {table['label']!r}"


def _outer(randomly: random.Random, data: Table, classes: Classes) -> str:
    """Tables above, below and beside [parsl]."""
    parsl = data.get("parsl", {})
    extra: list[Callable[[], Any]] = [
        lambda: data.pop("parsl", None), lambda: data.update(tool={"x": 1}), lambda: data.update(a=1),
        lambda: data.update(parsl=[parsl]), lambda: data.update(parsl={}),
        lambda: data.update(data.pop("parsl", {})), lambda: data.update(Parsl=data.pop("parsl", {})),
        lambda: parsl.update(monitoring={"class": "MonitoringHub"}), lambda: parsl.update(debug=True),
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


# On the text.


def _on_text(randomly: random.Random, text: str) -> tuple[str, str]:
    lines = text.split("\n")
    at = randomly.randrange(len(lines))
    keyed = [i for i, line in enumerate(lines) if "=" in line] or [at]
    heads = [i for i, line in enumerate(lines) if line.startswith("[")] or [at]
    key, head = randomly.choice(keyed), randomly.choice(heads)
    doubled = lines[head].startswith("[[")
    other = lines[head].replace("[[", "[").replace("]]", "]") if doubled else f"[{lines[head]}]"
    edits: dict[str, Callable[[], Any]] = {
        "duplicate line": lambda: lines.insert(key, lines[key]),
        "drop line": lambda: lines.pop(at),
        "swap lines": lambda: lines.insert(randomly.randrange(len(lines)), lines.pop(at)),
        "unquote": lambda: lines.__setitem__(key, lines[key].replace('"', "")),
        "quote": lambda: lines.__setitem__(key, _quote(lines[key])),
        "single quotes": lambda: lines.__setitem__(key, lines[key].replace('"', "'")),
        "curly quotes": lambda: lines.__setitem__(key, lines[key].replace('"', "\u201c")),
        "half a quote": lambda: lines.__setitem__(key, lines[key].replace('"', "", 1)),
        "colon": lambda: lines.__setitem__(key, lines[key].replace("=", ":", 1)),
        "capital": lambda: lines.__setitem__(key, lines[key].replace("true", "True")),
        "brackets": lambda: lines.__setitem__(head, other),
        "no header": lambda: lines.pop(head),
        "table between": lambda: lines.insert(head, "[tool.x]\ny = 1\n"),
        "mapping between": lambda: lines.insert(head, '[parsl.executor_mapping.a]\nb = "default"\n'),
        "key at the end": lambda: lines.append('strategy = "none"'),
        "key at the start": lambda: lines.insert(0, 'strategy = "none"'),
        "junk": lambda: lines.insert(at, randomly.choice(["...", "x", "= 1", "a = ", "[", "\u2028"])),
        "block away": lambda: lines.insert(0, lines.pop(head)),
        "byte order mark": lambda: lines.insert(0, "\ufeff" + lines.pop(0)),
    }
    name = randomly.choice([*edits, "CR", "CRLF", "indent", "trailing blanks"])
    if name in edits:
        edits[name]()
        return name, "\n".join(lines)
    whole = {"CR": "\r", "CRLF": "\r\n", "indent": "\n    ", "trailing blanks": " \t\n"}
    return name, whole[name].join(lines)


def _quote(line: str) -> str:
    key, _, value = line.partition("=")
    return f'{key}= "{value.strip()}"' if '"' not in value else line


# Writing it out.


def dump(data: Table) -> str:
    """TOML text: values first, then tables, in the order they have."""
    return "\n".join(_table((), data)) + "\n"


def _table(path: tuple[str, ...], table: Table) -> Iterator[str]:
    deep = {k: v for k, v in table.items() if isinstance(v, dict) or _is_tables(v)}
    for key, value in table.items():
        if key not in deep:
            yield f"{_key(key)} = {_inline(value)}"
    for key, value in deep.items():
        inner = (*path, _key(key))
        name = ".".join(inner)
        for part in value if isinstance(value, list) else [value]:
            yield f"\n[[{name}]]" if isinstance(value, list) else f"\n[{name}]"
            yield from _table(inner, part)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _key(key: str) -> str:
    plain = key and all(c.isascii() and (c.isalnum() or c in "_-") for c in key)
    return key if plain else _inline(key)


def _inline(value: Any) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
    if isinstance(value, (datetime.time, datetime.date)):
        return value.isoformat()
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_inline(v)}" for k, v in value.items()) + "}"
    return repr(value)
