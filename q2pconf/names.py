"""What a misspelt or outdated key or class was meant to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

__all__ = ["alike", "meant", "same", "surely", "synonym"]

_SAME_MEANING = (
    (
        "max_workers", "max_workers_per_node", "max_workers_per_block", "workers", "num_workers",
        "n_workers", "nworkers", "workers_per_node", "tasks_per_node", "ntasks_per_node",
    ),
    (
        "cores_per_worker", "cores_per_task", "cpus_per_task", "cpus_per_worker",
        "threads_per_task", "threads_per_worker",
    ),
    ("mem_per_worker", "mem_per_task", "memory_per_task", "memory_per_worker"),
    ("available_accelerators", "accelerators", "gpus", "num_gpus", "n_gpus"),
    (
        "worker_logdir_root", "worker_logdir", "worker_log_dir", "logdir", "log_dir",
        "log_directory",
    ),
    ("retries", "max_retries", "num_retries", "n_retries"),
    ("mem_per_cpu", "mem_per_core"),
    ("max_threads", "threads", "num_threads", "max_workers", "max_workers_per_node"),
    ("partition", "queue", "queue_name", "partition_name"),
    ("account", "project", "account_name", "project_name"),
    ("qos", "qos_name", "quality_of_service"),
    (
        "cores_per_node", "cpus_per_node", "cpus", "cores", "ntasks", "cores_per_slot", "ncpus",
        "cpus_per_task", "cores_per_task", "cores_per_job", "num_cores", "num_cpus", "n_cores",
        "n_cpus",
    ),
    ("gpus_per_node", "gpus", "num_gpus", "n_gpus", "gpus_per_task"),
    ("mem_per_node", "memory_per_node", "memory", "mem", "ram", "mem_per_slot"),
    ("select_options", "mem_per_node", "memory_per_node", "memory", "mem", "ram", "mem_per_slot"),
    ("walltime", "time", "time_limit", "runtime"),
    (
        "worker_init", "init", "setup", "environment", "init_command", "env", "conda_env",
        "setup_commands", "modules", "module", "prologue",
    ),
    (
        "scheduler_options", "options", "sbatch_options", "extra_options", "sbatch_args",
        "slurm_options", "pbs_options", "qsub_options", "extra_args", "directives",
    ),
    ("nodes_per_block", "nodes", "num_nodes", "node", "n_nodes"),
    ("max_blocks", "blocks", "jobs", "max_jobs"),
    ("worker_port", "worker_ports", "worker_port_range", "port", "ports"),
    ("address", "host", "hostname", "ip", "ip_address"),
    ("class", "type", "name"),
    ("executors", "executor"),
    ("executor_mapping", "mapping", "executors_mapping", "action_mapping"),
    ("label", "name"),
)  # fmt: skip
_SAME_VALUE = (
    {"max_workers", "max_workers_per_node"},
    {"max_workers", "max_threads"},
    {"partition", "queue"},
    {"account", "project"},
    {"cores_per_node", "cpus_per_node", "cores_per_slot"},
    {"mem_per_node", "mem_per_slot"},
)
"""Keys of Parsl's that mean the same in the same unit; the others above only mean much the same."""

_SAME_CLASS = {
    "slurm": "SlurmProvider",
    "pbs": "PBSProProvider",
    "pbspro": "PBSProProvider",
    "openpbs": "PBSProProvider",
    "sge": "GridEngineProvider",
    "uge": "GridEngineProvider",
    "gridengine": "GridEngineProvider",
    "htcondor": "CondorProvider",
    "condor": "CondorProvider",
    "lsf": "LSFProvider",
    "torque": "TorqueProvider",
    "local": "LocalProvider",
    "htex": "HighThroughputExecutor",
    "threads": "ThreadPoolExecutor",
    "threadpool": "ThreadPoolExecutor",
    "processpool": "HighThroughputExecutor",
}
_GUESSED = ("pbs", "processpool")
"""Torque's jobs are PBS jobs too, and processes may be wanted on this machine only."""

_WORDS = tuple(dict.fromkeys(word for group in _SAME_MEANING for word in group))


def meant(written: str, known: Iterable[str]) -> str | None:
    """The known name that was most likely meant, None where nothing is near."""
    names = list(known)
    slip = (
        _by_simple(tuple(names)).get(_simple(written))
        or synonym(written, names)
        or _class(written, names)
    )
    slip = slip or _slip_of_synonym(written, names)
    return slip or (surely if written.lower() in _WORDS else alike)(written, names)


def same(written: str, name: str) -> bool:
    """Whether nothing but this name can have been meant, and it takes the value as it is."""
    stem = _stem(written)
    return (
        surely(written, [name]) is not None
        or any(written.lower() in group and name in group for group in _SAME_VALUE)
        or ((_SAME_CLASS.get(stem) == name or _is_short(stem, name)) and stem not in _GUESSED)
    )


def synonym(written: str, known: Iterable[str]) -> str | None:
    """The known name that says the same in other words."""
    names = list(known)
    for group in _SAME_MEANING:
        if written.lower() in group and written.lower() != "select_options":
            for name in group:
                if name != written and name in names:
                    return name
    return None


def _slip_of_synonym(written: str, names: list[str]) -> str | None:
    """The known name for a word that is all but written here: an older key, misspelt."""
    word = None if written.lower() in _WORDS else surely(written, (*_WORDS, *names))
    return word if word is None or word in names else synonym(word, names)


def surely(written: str, known: Iterable[str]) -> str | None:
    """The known name that this one can only be a slip of; a module in front does not count."""
    names = tuple(known)
    short = written.rpartition(".")[2]
    if short in names:
        return short
    return _by_simple(names).get(_simple(written)) or _closest(written, names, 0.9)


def alike(written: str, known: Iterable[str]) -> str | None:
    """The known name that is spelt most like this one."""
    return _closest(written, known, 0.6)


def _closest(written: str, known: Iterable[str], least: float) -> str | None:
    """The name that is most like this one, at least to this part. Lengths alone rule out most."""
    own, play = len(written), 1e-9
    shortest, longest = own * least / (2 - least) - play, own * (2 - least) / least + play
    near = [name for name in known if shortest <= len(name) <= longest]
    if not near:
        return None
    import difflib

    found = difflib.get_close_matches(written, near, n=1, cutoff=least)
    return found[0] if found else None


def _class(written: str, names: list[str]) -> str | None:
    stem = _stem(written)
    name = _SAME_CLASS.get(stem)
    return name if name in names else next((n for n in names if _is_short(stem, n)), None)


def _is_short(stem: str, name: str) -> bool:
    """Whether this is the name of a class without what it is."""
    return bool(stem) and stem != _simple(name) and stem == _stem(name)


@lru_cache(maxsize=64)
def _by_simple(names: tuple[str, ...]) -> Mapping[str, str]:
    return {_simple(name): name for name in names}


def _simple(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def _stem(written: str) -> str:
    """The name of a class in small letters, without what it is."""
    stem = _simple(written)
    for ending in ("provider", "executor", "launcher"):
        stem = stem.removesuffix(ending)
    return stem
