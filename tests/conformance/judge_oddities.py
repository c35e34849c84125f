"""The values that mutants of configuration files try: odd, wrong, and a few right ones."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from typing import Any


class Raw(str):
    """A value written as it stands, valid TOML or not."""


KINDS: list[Any] = [
    "", "x", "None", "none", "1", "4", "0", "2.5", "true", "96GB", "24h", "a b", "ä", "x'y", 'x"y',
    0, 1, 2, 4, -1, 1000000, 10**20, 0.0, 1.0, 4.0, 2.5, 0.5, -1.0, 1e-9, math.inf, math.nan,
    True, False, [], ["a"], ["a", 1], [0, 1], [1, 2, 3], {}, {"a": "1"},
    {"class": "SimpleLauncher"},
    datetime.time(10, 0, 0), datetime.date(2026, 1, 1), Raw("None"), Raw("True"), Raw("..."),
]  # fmt: skip
COUNTS: list[Any] = [0, 1, 2, 5, 25, -1, -5, "1", "4", "0", "", 1.0, 2.5, True, False, 10**12, [2]]
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
    "source ~/.bashrc", "cat << EOF", "exit 1", "export A=1 &&", "", "x\r\ny", "a \\", "`", "$(",
    "}",
    "# it's", "set -e", "conda activate q2\n", "{ echo", "done", "case x in", "echo 'a'\"b",
]  # fmt: skip
_OPTIONS = [
    "#SBATCH --mem-per-cpu=4G", "#PBS -l mem=4gb", "--account=lab", "module load x",
    "# SBATCH -A x",
    "#SBATCH -A x\n#SBATCH -q y", "#BSUB -M 4", "#$ -pe smp 8", "", "\n", "echo 'a", "#SBATCH",
    "-A x",
    " #SBATCH -A x", "#sbatch -A x", "RequestGPUs = 1", "request_gpus 1", "exclusive",
    "#SBATCH -A 'x",
]  # fmt: skip
LABELS = [
    "a b", "a/b", "", "x" * 240, "x" * 200, "ä", "Default", "default ", "de'f", 'de"f', "$HOME",
    "a;b",
    "a,b", "..", "htex", "_parsl_internal", "{label}", "a\nb", "#x", "-x", "tpool", "a&b", "a(b",
]  # fmt: skip
_STRATEGIES = [
    "None", "none", "NONE", "simple", "Simple", "htex_auto_scale", "auto", "None ", "", "htex",
    True, 1, [], ["simple"], Raw("None"), Raw("null"),
]  # fmt: skip
SPECIAL: dict[str, Sequence[Any]] = {
    "walltime": _WALLTIMES, "cpu_affinity": _AFFINITIES, "address": _ADDRESSES,
    "loopback_address": _ADDRESSES, "launch_cmd": _LAUNCH_CMDS, "worker_init": _INITS,
    "scheduler_options": _OPTIONS, "label": LABELS, "strategy": _STRATEGIES, "prepend": _INITS,
    "overrides": ["--mpi=pmi2", "-n 3", "'", "--cpus-per-task 4", "-l", "; echo", 5],
    "regex_job_id": [r"(?P<id>\S*)", r"Submitted batch job (\d+)", "(", "", r"(?P<id>\d+)", "x"],
    "cmd_timeout": [0, -1, 1, 10, 0.001, "10", True, 1.5, math.inf, []],
    "interchange_launch_cmd": [["interchange.py"], ["nothing"], "interchange.py", [], ["true"],
    [1]],
    "worker_port": [54321, 0, -1, 70000, 80, "54321", True], "block_error_handler": [True, False,
    "x"],
    "available_accelerators": [0, 2, -1, [], ["0"], ["0", "1"], "0,1", ["a b"], ["-x"], [0]],
    "worker_logdir_root": ["/tmp/logs", "", "~/logs", "/tmp/a b", "$HOME/x", "logs"],
    "mpi_launcher": ["mpiexec", "srun", "aprun", "MPIEXEC", "mpirun", ""],
    "run_dir": ["", "~/x", "runinfo", "a b", "None", "x/y", "x" * 300, "/proc/x", ".", "x\0y"],
    "parallelism": [0, 1, 0.5, 2, -1, "1", math.inf, math.nan, True, [], 1e-12, 1e9],
    "max_idletime": [0, 0.0, 120, -1, "120", math.inf, math.nan], "exit_mode": ["cleanup", "skip",
    ""],
    "strategy_period": [0, 1, 0.5, -1, math.inf, math.nan, 1e12, "5", True],
    "poll_period": [0, 10, 1000, "10", True], "usage_tracking": [True, False, 0, 1, 3, 4, -1, "1"],
    "checkpoint_mode": ["task_exit", "periodic", "dfk_exit", "manual", "None", "x"],
    "checkpoint_period": ["00:30:00", "30", "", "x:y:z"], "checkpoint_files": [[], ["nowhere"],
    "x"],
    "heartbeat_period": [0, 1, 30, 300, -1], "heartbeat_threshold": [0, 1, 120, -1],
    "prefetch_capacity": [0, 1, -1, -64, -1000], "drain_period": [0, 1, 3600, -1, "60"],
    "bind_cmd": ["--bind-to", "", "x"], "bash_location": ["/bin/bash", "bash", "", "/nowhere/bash"],
    "environment": [{"A": "1"}, {"A": 1}, {}, "A=1", {"A": "it's"}], "requirements": ["", "x == 1"],
    "transfer_input_files": [["a"], [], "a", ["a", 1]], "select_options": ["mem=4gb", ":x", "", 5],
    "working_dir": [".", "", "/tmp/x"], "flux_path": ["/usr/bin/flux"],
    "launcher": ["SrunLauncher"],
    "thread_name_prefix": ["x", ""], "queue": ["q", "", "a b"], "account": ["x", "", "None", "a b"],
}  # fmt: skip
COUNTED = ("_blocks", "_per_node", "_per_block", "_threads", "_workers", "per_worker", "retries")
COUNTED += ("slot", "chunk", "batch", "timeout")
SYNONYMS = {
    "queue": ["partition"], "partition": ["queue", "qos"], "cpus_per_node": ["cores_per_node"],
    "cores_per_node": ["cpus_per_node", "cores_per_slot", "cores", "ncpus"], "account": ["project"],
    "max_workers": ["max_workers_per_node"], "max_workers_per_node": ["max_workers", "workers"],
    "mem_per_node": ["mem_per_slot", "memory", "mem"], "worker_init": ["init", "init_command"],
    "max_threads": ["threads", "max_workers"], "walltime": ["time", "wall_time"],
    "executors": ["executor"], "provider": ["providers"], "launcher": ["launchers"],
    "executor_mapping": ["mapping", "executors_mapping"], "class": ["Class", "type"],
}  # fmt: skip
