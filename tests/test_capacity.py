"""How many actions a file comes to; tests/conformance/test_capacity_judged.py asks Parsl itself."""

from __future__ import annotations

import textwrap
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from q2pconf import _toml, schema
from q2pconf.capacity import Blocks, Capacity, Node, Requested, of_config
from q2pconf.model import Config
from q2pconf.releases import all_releases, find

BIG = Node(cores=64, memory_gb=256)
MOSHPIT = """
cores_per_node = 12
mem_per_node = 96
max_blocks = 25
"""


def capacity(text: str, release: str = "2026.4", node: Node | None = None) -> Capacity:
    """The capacity of the first executor of a file."""
    return capacities(text, release, node)[0]


def capacities(text: str, release: str, node: Node | None = None) -> tuple[Capacity, ...]:
    chosen = find(release)
    data = _toml.loads(textwrap.dedent(text))
    return of_config(Config.from_data(data, schema.of(chosen)), chosen, node)


def pool(
    keys: str = "",
    provider: str = "",
    kind: str = "SlurmProvider",
    launcher: str = "",
    top: str = "",
    **more: Any,
) -> Capacity:
    """The capacity of a HighThroughputExecutor with these lines."""
    text = f"""[parsl]
{top}
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
{keys}
[parsl.executors.provider]
class = "{kind}"
{provider}
"""
    if launcher:
        text += f'[parsl.executors.provider.launcher]\nclass = "{launcher}"\n'
    return capacity(text, **more)


def told(found: Capacity, *words: str) -> bool:
    """Whether one note has all these words."""
    return any(all(word in note for word in words) for note in found.notes)


def test_the_published_example_runs_300_actions_on_one_core_each() -> None:
    found = pool(provider=MOSHPIT + 'walltime = "24:00:00"')
    assert found.blocks == Blocks(init=1, min=0, max=25, reachable=25)
    assert (found.nodes_per_block, found.managers_per_block, found.nodes_used) == (1, 1, 1)
    assert (found.workers_per_manager, found.limited_by) == (12, "cores")
    assert found.concurrent_actions == 300
    assert (found.cores_per_action, found.memory_gb_per_action) == (1.0, 8.0)
    assert found.walltime_seconds == 86400
    assert found.requested == Requested(jobs=25, nodes=25, cores=300, memory_gb=2400)
    assert (found.label, found.class_name) == ("default", "HighThroughputExecutor")
    assert (found.provider, found.launcher) == ("SlurmProvider", "SingleNodeLauncher")
    assert told(found, "cores_per_worker = 12")
    assert told(found, "exclusive", "whole nodes")


@pytest.mark.parametrize(
    ("keys", "limit"),
    [("max_workers_per_node = 1", "max_workers"), ("cores_per_worker = 12", "cores")],
)
def test_one_action_for_each_node(keys: str, limit: str) -> None:
    found = pool(keys, MOSHPIT)
    assert (found.workers_per_manager, found.limited_by) == (1, limit)
    assert found.concurrent_actions == 25
    assert (found.cores_per_action, found.memory_gb_per_action) == (12.0, 96.0)
    assert found.requested == Requested(jobs=25, nodes=25, cores=300, memory_gb=2400)


def test_an_exclusive_node_gives_all_its_cores_but_the_memory_asked_for() -> None:
    found = pool("max_workers_per_node = 1", MOSHPIT, node=BIG)
    assert (found.cores_per_action, found.memory_gb_per_action) == (64.0, 96.0)
    shared = pool("max_workers_per_node = 1", MOSHPIT + "exclusive = false", node=BIG)
    assert (shared.cores_per_action, shared.memory_gb_per_action) == (12.0, 96.0)


def test_the_least_decides() -> None:
    found = pool("mem_per_worker = 20", MOSHPIT)
    assert (found.workers_per_manager, found.limited_by) == (4, "memory")
    assert told(found, "8 of 12 cores", "idle")
    assert pool('available_accelerators = ["0", "1"]', MOSHPIT).limited_by == "accelerators"
    assert pool("available_accelerators = 3", MOSHPIT).workers_per_manager == 3
    assert pool("available_accelerators = 0", MOSHPIT).workers_per_manager == 12
    assert pool('available_accelerators = "0,1"', MOSHPIT).workers_per_manager == 3
    assert pool("available_accelerators = 3\nmax_workers_per_node = 2", MOSHPIT).limited_by == (
        "max_workers"
    )


@pytest.mark.parametrize(
    ("keys", "lines", "words"),
    [
        ("max_workers_per_node = 1", "", ("11 of 12 cores", "idle", "--p-threads")),
        ("max_workers_per_node = 2\ncores_per_worker = 5", "", ("2 of 12 cores", "uses 5.")),
        ("cores_per_worker = 5", "", ("2 of 12 cores", "idle")),
        ("mem_per_worker = 20", "", ("16 of 96 GB", "unused")),
        (
            "max_workers_per_node = 8\ncores_per_worker = 6",
            "nodes_per_block = 2",
            ("4 actions", "6 cores each, 24 in all", "12 of a node's cores"),
        ),
        (
            "max_workers_per_node = 4\nmem_per_worker = 20",
            "nodes_per_block = 3",
            ("12 actions", "20 GB each, 240 in all", "96 GB of a node"),
        ),
    ],
)
def test_idle_and_promised(keys: str, lines: str, words: tuple[str, ...]) -> None:
    assert told(pool(keys, f"{MOSHPIT}{lines}\nexclusive = false"), *words)


@pytest.mark.parametrize("keys", ["cores_per_worker = 12", "cores_per_worker = 4"])
def test_nothing_idle(keys: str) -> None:
    found = pool(keys, f"{MOSHPIT}exclusive = false")
    assert not told(found, "idle")
    assert not told(found, "in all")


def test_a_whole_node_for_less() -> None:
    found = pool("cores_per_worker = 12", MOSHPIT, node=BIG)
    assert told(found, "whole nodes", "not only 12", "A node has 64")
    assert told(found, "52 of 64 cores", "idle")


def test_workers_of_pbs_are_promised_more_than_the_job_has() -> None:
    lines = "cpus_per_node = 6"
    found = pool("max_workers_per_node = 2\ncores_per_worker = 4", lines, "PBSProProvider")
    assert told(found, "8 in all", "6 of a node's cores")


def test_core_hours() -> None:
    day = MOSHPIT + 'walltime = "24:00:00"'
    assert pool(provider=day + "\nexclusive = false").core_hours == 7200
    whole = pool(provider=day)
    assert (whole.core_hours, whole.least_core_hours) == (None, 7200)
    assert pool(provider=MOSHPIT + 'walltime = "24h"').core_hours is None
    assert pool(provider="max_blocks = 3").core_hours is None
    assert pool("", "", "LocalProvider").core_hours == 0


def test_more_accelerators_than_the_node_has() -> None:
    node = Node(cores=64, memory_gb=256, accelerators=2)
    assert told(pool("available_accelerators = 4", MOSHPIT, node=node), "4 accelerators", "has 2")


def test_a_worker_that_fits_no_node() -> None:
    for keys in ("cores_per_worker = 13", "mem_per_worker = 97", "cores_per_worker = inf"):
        found = pool(keys, MOSHPIT)
        assert (found.workers_per_manager, found.concurrent_actions) == (0, 0)
        assert found.blocks.reachable == 1, "Parsl divides by no workers"
        assert told(found, "waits for ever")


@pytest.mark.parametrize("keys", ["max_workers_per_node = 4.0", "cores_per_worker = 0"])
def test_what_the_workers_program_refuses(keys: str) -> None:
    found = pool(keys, "max_blocks = 2", node=BIG)
    assert found.workers_per_manager == 0
    assert told(found, "No worker starts")


def test_all_managers_of_a_block_on_its_first_node() -> None:
    found = pool(provider=MOSHPIT + "nodes_per_block = 3")
    assert (found.nodes_per_block, found.managers_per_block, found.nodes_used) == (3, 3, 1)
    assert found.concurrent_actions == 25 * 3 * 12
    assert found.cores_per_action == 12 / 36
    assert found.memory_gb_per_action == 96 / 36
    assert found.requested == Requested(jobs=25, nodes=75, cores=900, memory_gb=7200)
    assert told(found, "2 of 3 nodes", "idle")
    assert told(found, "36 actions", "12 of a node's cores")


def test_one_manager_on_each_node() -> None:
    found = pool(provider=MOSHPIT + "nodes_per_block = 3", launcher="SrunLauncher")
    assert (found.managers_per_block, found.nodes_used) == (3, 3)
    assert (found.concurrent_actions, found.cores_per_action) == (900, 1.0)


@pytest.mark.parametrize(
    ("launcher", "kind", "managers", "used"),
    [
        ("SimpleLauncher", "SlurmProvider", 1, 1),
        ("SrunMPILauncher", "SlurmProvider", 3, 3),
        ("MpiRunLauncher", "SlurmProvider", 3, 3),
        ("MpiExecLauncher", "SlurmProvider", 3, 1),
        ("MpiExecLauncher", "PBSProProvider", 3, 3),
        ("MpiRunLauncher", "LSFProvider", 3, None),
        ("GnuParallelLauncher", "PBSProProvider", 3, 3),
        ("GnuParallelLauncher", "SlurmProvider", 1, 1),
        ("AprunLauncher", "TorqueProvider", 3, 3),
        ("JsrunLauncher", "LSFProvider", 3, 3),
        ("SingleNodeLauncher", "LocalProvider", 3, 1),
    ],
)
def test_launchers(launcher: str, kind: str, managers: int, used: int | None) -> None:
    found = pool("", "nodes_per_block = 3", kind, launcher)
    assert (found.managers_per_block, found.nodes_used) == (managers, used)


def test_a_launcher_that_the_file_does_not_decide() -> None:
    wrapped = pool(provider='launcher = {class = "WrappedLauncher", prepend = "srun -n 3"}')
    assert (wrapped.managers_per_block, wrapped.concurrent_actions) == (None, None)
    plain = pool(provider='launcher = {class = "WrappedLauncher", prepend = "singularity exec x"}')
    assert plain.managers_per_block == 1
    for words in ("--cpus-per-task=8", "-c 8", "-l --cpus-per-task 8"):
        handed = pool(provider=f'launcher = {{class = "SrunLauncher", overrides = "{words}"}}')
        assert handed.managers_per_block == 1
        assert not told(handed, "bound to one core")
    overridden = pool(provider='launcher = {class = "SrunLauncher", overrides = "-n 4"}')
    assert overridden.managers_per_block is None
    assert told(overridden, "overrides")
    assert pool(provider='launcher = "SrunLauncher"').managers_per_block is None


def test_a_block_without_nodes() -> None:
    found = pool(provider=MOSHPIT + "nodes_per_block = 0")
    assert (found.managers_per_block, found.concurrent_actions) == (0, 0)


def test_every_local_block_is_the_same_machine() -> None:
    found = pool("", "max_blocks = 5", "LocalProvider", node=BIG)
    assert (found.workers_per_manager, found.limited_by) == (64, "cores")
    assert (found.concurrent_actions, found.cores_per_action) == (320, 0.2)
    assert found.memory_gb_per_action == 256 / 320
    assert found.requested == Requested(jobs=0, nodes=0, cores=0, memory_gb=0)
    assert told(found, "All 5 groups", "one machine")
    capped = pool("max_workers_per_node = 1", "max_blocks = 5", "LocalProvider", node=BIG)
    assert (capped.concurrent_actions, capped.cores_per_action) == (5, 12.8)


def test_what_is_not_in_the_file() -> None:
    found = pool("", "", "LocalProvider")
    assert (found.workers_per_manager, found.limited_by, found.concurrent_actions) == (
        None, None, None,
    )  # fmt: skip
    assert told(found, "cores of this machine")
    capped = pool("max_workers_per_node = 4", "max_blocks = 2", "LocalProvider")
    assert (capped.workers_per_manager, capped.limited_by) == (4, "max_workers")
    assert told(capped, "at least 4 cores")


def test_strategy_none_never_passes_the_first_blocks() -> None:
    found = pool(provider=MOSHPIT, top='strategy = "None"')
    assert (found.blocks.max, found.blocks.reachable) == (25, 1)
    assert found.concurrent_actions == 12
    assert found.requested == Requested(jobs=1, nodes=1, cores=12, memory_gb=96)
    assert told(found, "max_blocks = 25 is without effect")
    assert pool(provider="init_blocks = 0", top='strategy = "none"').concurrent_actions == 0


@pytest.mark.parametrize(
    ("lines", "top", "reachable"),
    [
        ("init_blocks = 0\nmax_blocks = 4", "", 4),
        ("init_blocks = 5\nmax_blocks = 2", "", 5),
        ("init_blocks = 0\nmin_blocks = 2\nmax_blocks = 4", 'strategy = "none"', 0),
        ("max_blocks = 4", 'strategy = "htex_auto_scale"', 4),
        ("max_blocks = 4", 'strategy = "Simple"', None),
        ("max_blocks = 4", "strategy = true", None),
        ("max_blocks = 0\ninit_blocks = 0", "", 0),
        ("max_blocks = 4\nparallelism = 0", "", 1),
        ("max_blocks = 4\nparallelism = 0.5", "", 4),
        ("max_blocks = 4\nparallelism = inf", "", 1),
        ("max_blocks = 4\nparallelism = nan", "", 1),
        ('max_blocks = "4"', "", None),
        ("init_blocks = -1\nmax_blocks = 4", "", 4),
    ],
)
def test_blocks(lines: str, top: str, reachable: int | None) -> None:
    found = pool(provider=lines, kind="LocalProvider", top=top)
    assert found.blocks.reachable == reachable


def test_floats_of_the_first_loaders_cannot_be_rounded() -> None:
    text = "max_blocks = 4\nparallelism = 0.5"
    assert pool(provider=text, release="2023.9").blocks.reachable == 1
    assert pool(provider=text, release="2024.2").blocks.reachable == 4


def test_integers_of_the_first_loaders_round_down() -> None:
    lines = "request_by_nodes = false\ncores_per_block = 20\ncores_per_node = 8"
    assert pool("", lines, "LSFProvider", release="2023.9").managers_per_block == 2
    assert pool("", lines, "LSFProvider", release="2024.2").managers_per_block == 3


def test_when_parsl_adds_a_block() -> None:
    assert told(pool(provider=MOSHPIT), "for every 12 actions that wait.")
    local = pool("", "max_blocks = 5", "LocalProvider", node=BIG)
    assert told(local, "each action that waits, though a group of workers runs 64")
    assert not told(pool("", "", "LocalProvider", node=BIG), "another")
    endless = pool(provider="max_blocks = 5", top="strategy_period = 1e12")
    assert endless.blocks.reachable == 0


def test_cobalt_starts_none_and_ad_hoc_one_for_each_channel() -> None:
    cobalt = pool("", "", "CobaltProvider", top='strategy = "none"', release="2024.5")
    assert (cobalt.blocks.init, cobalt.blocks.reachable) == (0, 0)
    lines = 'channels = [{class = "SSHChannel"}, {class = "SSHChannel"}]'
    ad_hoc = pool("max_workers = 3", lines, "AdHocProvider", release="2024.5", node=BIG)
    assert ad_hoc.blocks == Blocks(init=2, min=2, max=2, reachable=2)
    assert (ad_hoc.concurrent_actions, ad_hoc.launcher) == (6, None)


def test_pbs_workers_do_not_know_what_was_asked_for() -> None:
    lines = 'cpus_per_node = 8\nselect_options = "mem=64gb"\nmax_blocks = 3'
    found = pool("", lines, "PBSProProvider")
    assert found.workers_per_manager is None
    assert told(found, "depends on the number of cores of the node")
    assert told(found, "cpus_per_node = 8", "are not told")
    assert found.requested == Requested(jobs=3, nodes=3, cores=24, memory_gb=192)
    whole = pool("", lines, "PBSProProvider", node=BIG)
    assert (whole.workers_per_manager, whole.cores_per_action) == (64, 0.125)
    capped = pool("max_workers_per_node = 2", lines, "PBSProProvider")
    assert (capped.workers_per_manager, capped.cores_per_action) == (2, 4.0)
    assert capped.memory_gb_per_action == 32
    assert capped.walltime_seconds == 1200
    assert not told(capped, "at least")
    assert not told(capped, "not told")


def test_what_worker_init_tells_the_workers() -> None:
    lines = "cpus_per_node = 8\nworker_init = 'export PARSL_CORES=8'"
    assert pool("", lines, "PBSProProvider", node=BIG).workers_per_manager == 8
    lines = "cpus_per_node = 8\nworker_init = 'export PARSL_CORES=$NCPUS'"
    found = pool("", lines, "PBSProProvider", node=BIG)
    assert found.workers_per_manager is None
    assert told(found, "PARSL_CORES in `worker_init`")
    lines = MOSHPIT + "worker_init = 'export PARSL_CORES=4'"
    assert pool(provider=lines).workers_per_manager == 12, "Parsl's own comes after"


def test_slurm_without_cores_per_node() -> None:
    shared = pool(provider="exclusive = false", node=BIG)
    assert (shared.workers_per_manager, shared.cores_per_action) == (64, 1 / 64)
    assert shared.requested.cores == 1
    assert told(shared, "1 core")
    whole = pool(provider="", node=BIG)
    assert (whole.requested.cores, whole.cores_per_action) == (64, 1.0)
    assert pool().requested.cores is None


@pytest.mark.parametrize(
    ("options", "cores", "memory"),
    [
        ("#SBATCH --cpus-per-task=8 --mem=32G", 8, 32.0),
        ("#SBATCH -c 8\n#SBATCH --mem 2048", 8, 2.0),
        ("#SBATCH -c8 # some\n#SBATCH --mem-per-cpu=4G", 8, 32.0),
        ("# SBATCH -c 8\n#PBS -l mem=1gb", 1, None),
        ("#SBATCH --cpus-per-task=$N", None, None),
        ("#SBATCH --nodes=4", None, None),
        ("--mem=3G", None, None),
    ],
)
def test_scheduler_options_of_slurm(options: str, cores: int | None, memory: float | None) -> None:
    found = pool(provider=f"exclusive = false\nscheduler_options = '''{options}'''")
    assert (found.requested.cores, found.requested.memory_gb) == (cores, memory)


def test_memory_for_each_core_of_whole_nodes() -> None:
    """Slurm 22.05 gives a job with --exclusive, -c 4 and --mem-per-cpu=2G 32 GB of 16 cores."""
    lines = 'cores_per_node = 4\nscheduler_options = "#SBATCH --mem-per-cpu=2G"'
    whole = pool(provider=lines, node=Node(cores=16))
    assert whole.requested.memory_gb == 32
    assert pool(provider=lines).requested.memory_gb is None
    assert told(pool(provider=lines), "for every core of a whole node")
    assert pool(provider=f"{lines}\nexclusive = false").requested.memory_gb == 8
    assert not told(pool(provider=lines), "asks for no memory")


def test_other_schedulers() -> None:
    torque = pool("", "nodes_per_block = 2", "TorqueProvider")
    assert torque.requested == Requested(jobs=1, nodes=2, cores=2, memory_gb=None)
    engine = pool("", 'scheduler_options = "#$ -pe smp 8"', "GridEngineProvider")
    assert engine.requested == Requested(jobs=1, nodes=None, cores=8, memory_gb=None)
    assert pool("", "", "GridEngineProvider").requested.cores == 1
    lsf = pool(
        "max_workers_per_node = 2",
        "request_by_nodes = false\ncores_per_block = 16\ncores_per_node = 8",
        "LSFProvider",
    )
    assert (lsf.nodes_per_block, lsf.requested.cores) == (2, 16)
    condor = pool(
        "mem_per_worker = 1.5", "cores_per_slot = 4\nmem_per_slot = 4.5", "CondorProvider"
    )
    assert (condor.workers_per_manager, condor.limited_by) == (3, "memory")
    assert condor.requested == Requested(jobs=1, nodes=1, cores=4, memory_gb=4.5)
    pods = pool("", 'image = "x"', "KubernetesProvider", node=BIG)
    assert pods.requested.jobs == 10
    assert pods.cores_per_action == 2 / 64


@pytest.mark.parametrize(
    ("kind", "walltime", "seconds"),
    [
        ("SlurmProvider", "01:30:45", 5400),
        ("SlurmProvider", "24h", None),
        ("SlurmProvider", "00:00:30", None),
        ("PBSProProvider", "01:30:45", 5445),
        ("TorqueProvider", "90", 90),
        ("LSFProvider", "100:00:00", 360000),
        ("CondorProvider", "01:00:00", None),
    ],
)
def test_walltime(kind: str, walltime: str, seconds: int | None) -> None:
    assert pool("", f'walltime = "{walltime}"', kind).walltime_seconds == seconds


def test_caps_of_the_releases() -> None:
    def workers(keys: str, release: str) -> int | None:
        return pool(keys, MOSHPIT, release=release).workers_per_manager

    assert workers("max_workers = 5", "2023.7") == 5
    assert workers("max_workers = 0", "2024.2") == 0
    assert workers("max_workers = 0", "2024.5") == 12
    assert workers("max_workers = 5\nmax_workers_per_node = 3", "2024.10") == 3
    assert workers("max_workers = 5", "2026.4") == 12, "no such key any more"
    assert workers("max_workers_per_node = 5", "2023.7") == 12, "no such key yet"
    assert workers("max_workers_per_node = -2", "2026.4") == 0
    assert workers("max_workers_per_node = inf", "2026.4") == 12


def test_threads() -> None:
    text = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\n'
    found = capacity(text, node=BIG)
    assert (found.label, found.workers_per_manager, found.limited_by) == ("threads", 2, "threads")
    assert (found.concurrent_actions, found.cores_per_action) == (2, 32.0)
    assert found.blocks == Blocks(init=None, min=None, max=None, reachable=None)
    assert capacity(text + "max_threads = 7").concurrent_actions == 7
    assert capacity(text + 'max_threads = "7"').concurrent_actions is None


def test_other_executors() -> None:
    provider = '[parsl.executors.provider]\nclass = "SlurmProvider"\nmax_blocks = 3\n'
    simple = 'launcher = {class = "SimpleLauncher"}\n'

    def executor(name: str, keys: str = "") -> Capacity:
        text = f'[[parsl.executors]]\nclass = "{name}"\nlabel = "x"\n{keys}\n{provider}{simple}'
        return capacity(text)

    mpi = executor("MPIExecutor", "max_workers_per_block = 4")
    assert (mpi.workers_per_manager, mpi.limited_by, mpi.concurrent_actions) == (
        4, "max_workers", 12,
    )  # fmt: skip
    assert told(mpi, "every action fails")
    queue = executor("WorkQueueExecutor")
    assert (queue.concurrent_actions, queue.limited_by) == (3, None)
    flux = executor("FluxExecutor")
    assert (flux.blocks.reachable, flux.concurrent_actions) == (1, None)
    assert executor("GlobusComputeExecutor").concurrent_actions is None
    unknown = executor("HTEX")
    assert unknown.workers_per_manager is None
    assert told(unknown, "no executor", "HTEX")


def test_a_command_of_the_files_own() -> None:
    found = pool('launch_cmd = "my_pool {addresses}"', MOSHPIT)
    assert (found.workers_per_manager, found.concurrent_actions) == (None, None)


HUGE = "9" * 400


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nprovider = {class = "SlurmProvider"'
        f", cores_per_node = {HUGE}, nodes_per_block = {HUGE}, max_blocks = {HUGE}}}",
        f'[[parsl.executors]]\nclass = "HighThroughputExecutor"\nmax_workers_per_node = {HUGE}',
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\ncores_per_worker = -inf\n'
        'mem_per_worker = inf\nprovider = {class = "PBSProProvider", parallelism = -inf}',
        "parsl = 3",
        "[parsl]\nexecutors = 5",
        '[parsl]\nexecutors = [1, {}, {class = 3}, {class = "HighThroughputExecutor"}]',
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nprovider = "SlurmProvider"',
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nprovider = {class = "X"}',
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\navailable_accelerators = [1, {}]\n'
        "cores_per_worker = nan\nmem_per_worker = -inf\nmax_workers_per_node = nan",
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nprovider = {class = "SlurmProvider"'
        ", nodes_per_block = true, mem_per_node = 1.5, cores_per_node = [1], launcher = 4}",
    ],
)
def test_nothing_raises(text: str) -> None:
    for release in all_releases():
        for found in capacities(text, release.name):
            assert found.notes


def test_results_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        pool().notes = ()  # type: ignore[misc]
