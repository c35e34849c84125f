"""What a scheduler is asked for, and how much runs at a time: cases beside tests/invalid."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from q2pconf import rules, schema
from q2pconf._toml import loads
from q2pconf.findings import Finding, Severity
from q2pconf.host import CpuCount, Limit, Source
from q2pconf.model import Config
from q2pconf.releases import find

POOL = '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\n'
INIT = 'worker_init = "conda activate qiime2"'
TIME = 'walltime = "24:00:00"'


def cpus(count: int, source: Source = "psutil", whole: int = 64) -> CpuCount:
    machine = Limit(source="psutil", count=whole, detail=f"{whole} CPUs in this machine (psutil)")
    limit = Limit(source=source, count=count, detail=f"{count} CPUs by {source}")
    return CpuCount(count=count, source=source, detail=limit.detail, considered=(machine, limit))


def found(
    provider: str,
    *lines: str,
    pool: str = "max_workers_per_node = 1",
    head: str = "",
    launcher: str = "",
    release: str = "2026.4",
    here: CpuCount | None = None,
    programs: tuple[str, ...] = (),
) -> list[Finding]:
    """What the rules say of one executor with this provider; PBS's known fault left out."""
    chosen = find(release)
    text = f'[parsl]\n{head}\n{POOL}{pool}\n[parsl.executors.provider]\nclass = "{provider}"\n'
    text += "\n".join(lines)
    if launcher:
        text += f'\n[parsl.executors.provider.launcher]\nclass = "{launcher}"\n'
    config = Config.from_data(loads(text), schema.of(chosen))
    context = rules.Context(
        release=chosen,
        env={},
        find_program=lambda name: f"/bin/{name}" if name in programs else None,
        cpus=lambda: here or cpus(64),
    )
    return [one for one in rules.run(config, context) if one.code not in ("Q2P247", *OTHERS)]


OTHERS = ("Q2P262",)
"""Rules on how worker_init is written."""


def codes(findings: list[Finding]) -> list[str]:
    return sorted(one.code for one in findings)


def slurm(*lines: str, **more: str) -> list[str]:
    return codes(found("SlurmProvider", TIME, INIT, *lines, **more))  # type: ignore[arg-type]


def options(*lines: str) -> str:
    return f"scheduler_options = {chr(10).join(lines)!r}".replace("'", '"')


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["cores_per_node = 4"], ["Q2P240"], id="cores"),
        pytest.param(["mem_per_node = 8"], ["Q2P240"], id="memory"),
        pytest.param(["cores_per_node = 4", "exclusive = true"], [], id="meant"),
        pytest.param(["cores_per_node = 4", options("#SBATCH --exclusive")], [], id="asked for"),
        pytest.param(
            ["cores_per_node = 4", "exklusive = false"], [], id="misspelt, said elsewhere"
        ),
        pytest.param([], [], id="no part of a node"),
    ],
)
def test_whole_nodes(lines: list[str], expected: list[str]) -> None:
    assert slurm(*lines) == expected


@pytest.mark.parametrize(
    ("provider", "minutes"),
    [
        ("SlurmProvider", "10 minutes"),
        ("LSFProvider", "10 minutes"),
        ("GridEngineProvider", "10 minutes"),
        ("PBSProProvider", "20 minutes"),
        ("TorqueProvider", "20 minutes"),
    ],
)
def test_no_walltime(provider: str, minutes: str) -> None:
    (one,) = [f for f in found(provider, INIT) if f.code == "Q2P241"]
    assert f"after {minutes}," in one.message


@pytest.mark.parametrize(
    ("provider", "line"),
    [
        ("SlurmProvider", options("#SBATCH -t 60")),
        ("GridEngineProvider", options("#$ -l h_rt=24:00:00")),
        ("SlurmProvider", 'time = "24:00:00"'),
        ("CondorProvider", ""),
        ("LocalProvider", ""),
    ],
)
def test_walltime_said_elsewhere(provider: str, line: str) -> None:
    assert "Q2P241" not in codes(found(provider, INIT, line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("--account=lab", ["Q2P242"], id="no mark"),
        pytest.param("module load x", ["Q2P242"], id="command"),
        pytest.param("echo (", ["Q2P230"], id="bash says so already"),
        pytest.param("# SBATCH --account=lab", ["Q2P243"], id="blank in the mark"),
        pytest.param(" #SBATCH --account=lab", ["Q2P243"], id="blank before the mark"),
        pytest.param("#sbatch --account=lab", ["Q2P243"], id="small letters"),
        pytest.param("#PBS -A lab", ["Q2P243"], id="of PBS"),
        pytest.param("# PBS is what we had", [], id="a comment"),
        pytest.param("#SBATCH --account=lab", [], id="right"),
        pytest.param("#SBATCH --time=24:00:00", [], id="same as the key"),
        pytest.param("#SBATCH -t 48:00:00", ["Q2P244"], id="time"),
        pytest.param("#SBATCH --nodes=2", ["Q2P244"], id="nodes"),
        pytest.param("#SBATCH -N1", [], id="one node"),
        pytest.param("#SBATCH --ntasks=4", ["Q2P244"], id="tasks"),
        pytest.param("#SBATCH --mem=8G", [], id="memory without a key"),
        pytest.param("#SBATCH --exclusive", ["Q2P244"], id="whole nodes"),
    ],
)
def test_slurm_options(line: str, expected: list[str]) -> None:
    assert slurm("cores_per_node = 4", "exclusive = false", options(line)) == expected


def test_single_line_without_mark_is_fixable() -> None:
    (one,) = found("SlurmProvider", TIME, INIT, options("--account=lab"))
    assert one.fix is not None
    assert one.fix.value == "#SBATCH --account=lab"


@pytest.mark.parametrize(
    ("text", "value", "safe"),
    [
        pytest.param(
            "#SBATCH -A lab\n -q long\n# nice\n--nice=5\n",
            "#SBATCH -A lab\n#SBATCH -q long\n# nice\n#SBATCH --nice=5\n",
            True,
            id="each line that lacks it",
        ),
        pytest.param("-q x\n#sbatch -A y", "#SBATCH -q x\n#SBATCH -A y", True, id="of both rules"),
        pytest.param("-q x\n# SBATCH -A y", "#SBATCH -q x\n#SBATCH -A y", False, id="set aside?"),
        pytest.param("-q x\n#PBS -A y", "#SBATCH -q x\n#PBS -A y", True, id="of another scheduler"),
    ],
)
def test_all_lines_without_mark_are_mended_at_once(text: str, value: str, safe: bool) -> None:
    first, *others = [
        one
        for one in found("SlurmProvider", TIME, INIT, f"scheduler_options = {json.dumps(text)}")
        if one.code in ("Q2P242", "Q2P243")
    ]
    assert first.fix is not None
    assert (first.fix.value, first.fix.safe) == (value, safe)
    assert [one.fix for one in others] in ([], [first.fix], [None])


@pytest.mark.parametrize(
    "text", ["-q x\nmodule load y", "#sbatch -q x\n#PBS -A y", "-q x \\\n-A y"]
)
def test_lines_that_need_a_thought_are_not_mended(text: str) -> None:
    line = "scheduler_options = " + json.dumps(text)
    assert [one.fix for one in found("SlurmProvider", TIME, INIT, line)] == [None]


def test_several_lines_are_told_in_one_finding() -> None:
    (one,) = found("SlurmProvider", TIME, INIT, 'scheduler_options = "-A x\\n-q y\\n-J z"')
    assert one.message == "the line `-A x` and 2 others do not begin with #SBATCH"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["mem_per_node = 8", options("#SBATCH --mem-per-cpu=2G")], ["Q2P245"]),
        ([options("#SBATCH --mem=8G --mem-per-cpu=2G")], ["Q2P245"]),
        (["mem_per_node = 8", options("#SBATCH --mem=8G")], []),
        (["mem_per_node = 8", options("#SBATCH --mem=9G")], ["Q2P244"]),
        ([options("#SBATCH --mem-per-cpu=2G")], []),
        (['partition = "a"', options("#SBATCH -p b")], ["Q2P244"]),
        (['partition = "a"', options("#SBATCH --partition a")], []),
        ([options("#SBATCH -p b")], []),
    ],
)
def test_slurm_keys_and_options(lines: list[str], expected: list[str]) -> None:
    assert slurm("exclusive = false", "cores_per_node = 1", *lines) == expected


@pytest.mark.parametrize(
    ("provider", "lines", "expected"),
    [
        ("PBSProProvider", [options("#PBS -l select=1:ncpus=4")], ["Q2P244"]),
        ("PBSProProvider", [options("#PBS -l mem=8gb")], ["Q2P244"]),
        ("PBSProProvider", [options("#PBS -l place=excl")], []),
        ("PBSProProvider", ['queue = "a"', options("#PBS -q b")], ["Q2P244"]),
        ("PBSProProvider", ['select_options = "ncpus=8:mem=8gb"'], ["Q2P244"]),
        ("PBSProProvider", [options("#PBS -l walltime=24:00:00")], []),
        ("TorqueProvider", [options("#PBS -l nodes=1:ppn=8")], []),
        ("LSFProvider", ['queue = "a"', options("#BSUB -q b")], ["Q2P244"]),
        ("GridEngineProvider", [options("#$ -pe smp 8")], []),
        ("GridEngineProvider", [options("#$ -l h_rt=1:00:00")], ["Q2P244"]),
        ("CondorProvider", [options("request_disk = 10GB")], []),
    ],
)
def test_options_of_others(provider: str, lines: list[str], expected: list[str]) -> None:
    single = "" if provider in ("CondorProvider", "PBSProProvider") else "SingleNodeLauncher"
    time = TIME if provider != "CondorProvider" else ""
    assert codes(found(provider, time, INIT, *lines, launcher=single)) == expected


@pytest.mark.parametrize(
    ("pool", "head", "expected"),
    [
        ("drain_period = 3600", "", []),
        ("drain_period = 86400", "", ["Q2P246"]),
        ("drain_period = 3600", 'strategy = "none"', ["Q2P246"]),
    ],
)
def test_drain_period(pool: str, head: str, expected: list[str]) -> None:
    assert slurm(pool=f"max_workers_per_node = 1\n{pool}", head=head) == expected


@pytest.mark.parametrize(
    ("release", "noticed"), [("2026.1", True), ("2026.4", False), ("parsl==2026.10.26", True)]
)
def test_end_of_pbs_jobs(release: str, noticed: bool) -> None:
    chosen = find(release)
    data = loads(f'{POOL}[parsl.executors.provider]\nclass = "PBSProProvider"\n')
    config = Config.from_data(data, schema.of(chosen))
    told = [f for f in rules.run(config, rules.Context(release=chosen)) if f.code == "Q2P247"]
    assert (told == []) is noticed
    assert all(one.severity is Severity.INFO for one in told)


SHARED = ("cores_per_node = 12", "mem_per_node = 96", "exclusive = false", "max_blocks = 25")


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        pytest.param("", ["Q2P510"], id="nothing said"),
        pytest.param("cores_per_worker = 1", [], id="meant"),
        pytest.param("cores_per_worker = 12", [], id="one action"),
        pytest.param("max_workers_per_node = 12", [], id="capped"),
        pytest.param("max_workers = 1", [], id="capped by a key that is gone"),
        pytest.param("max_workers_per_node = 0", ["Q2P510"], id="a cap that is none"),
        pytest.param("mem_per_worker = 8", [], id="by memory"),
        pytest.param("available_accelerators = 2", [], id="by accelerators"),
    ],
)
def test_worker_for_each_core(pool: str, expected: list[str]) -> None:
    assert [code for code in slurm(*SHARED, pool=pool) if code != "Q2P103"] == expected


def test_crowd_in_numbers() -> None:
    (one,) = found("SlurmProvider", TIME, INIT, *SHARED, pool="")
    assert one.consequence == (
        "up to 300 actions run at a time in 25 jobs, each with 1 core and 8 GB of memory"
    )


@pytest.mark.parametrize(
    ("provider", "lines", "pool", "expected"),
    [
        ("PBSProProvider", ["cpus_per_node = 4"], "", ["Q2P511"]),
        ("PBSProProvider", ["cpus_per_node = 4"], "cores_per_worker = 4", ["Q2P511"]),
        ("PBSProProvider", ["cpus_per_node = 4"], "max_workers_per_node = 4", []),
        ("PBSProProvider", [], "max_workers_per_node = 4", ["Q2P514"]),
        ("PBSProProvider", [], "max_workers_per_node = 4\ncores_per_worker = 0.25", []),
        ("PBSProProvider", [options("#PBS -l place=excl")], "", []),
        ("SlurmProvider", ["exclusive = false"], "", ["Q2P511"]),
        ("SlurmProvider", ["exclusive = false"], "max_workers_per_node = 4", ["Q2P514"]),
        ("SlurmProvider", [], "", []),
        ("SlurmProvider", [options("#SBATCH -c 4")], "max_workers_per_node = 8", []),
        ("GridEngineProvider", [], "", ["Q2P511"]),
        ("GridEngineProvider", [options("#$ -pe smp 8")], "max_workers_per_node = 8", []),
        ("GridEngineProvider", [options("#$ -pe smp 4")], "max_workers_per_node = 8", ["Q2P514"]),
        ("LSFProvider", [], "", []),
    ],
)
def test_workers_beyond_the_job(
    provider: str, lines: list[str], pool: str, expected: list[str]
) -> None:
    assert codes(found(provider, TIME, INIT, *lines, pool=pool)) == expected


def test_cores_told_by_hand_are_told() -> None:
    init = 'worker_init = "conda activate q; export PARSL_CORES=4"'
    assert codes(found("PBSProProvider", TIME, init, "cpus_per_node = 4", pool="")) == []


def test_cap_of_an_older_release() -> None:
    (one,) = found("PBSProProvider", TIME, INIT, "cpus_per_node = 4", pool="", release="2023.9")
    assert one.fix is not None
    assert one.fix.key[-1] == "max_workers"
    assert one.fix.value == 4


@pytest.mark.parametrize(
    ("pool", "lines", "expected"),
    [
        ("cores_per_worker = 8", ["cores_per_node = 4"], ["Q2P504"]),
        ("cores_per_worker = 8\nmax_workers_per_node = 2", ["cores_per_node = 4"], ["Q2P504"]),
        ("mem_per_worker = 8", ["mem_per_node = 4", "cores_per_node = 1"], ["Q2P504"]),
        ("cores_per_worker = 8", [], []),
        ("cores_per_worker = 4", ["cores_per_node = 4"], []),
    ],
)
def test_workers_that_never_start(pool: str, lines: list[str], expected: list[str]) -> None:
    assert slurm("exclusive = true", *lines, pool=pool) == expected


def test_cores_told_by_hand_may_be_too_few() -> None:
    init = 'worker_init = "conda activate q; export PARSL_CORES=4"'
    (one,) = found("PBSProProvider", TIME, init, "cpus_per_node = 4", pool="cores_per_worker = 8")
    assert one.code == "Q2P504"
    assert "PARSL_CORES" in one.message


@pytest.mark.parametrize(
    ("blocks", "pool", "head", "expected"),
    [
        ("max_blocks = 5", "", "", ["Q2P512"]),
        ("nodes_per_block = 2", "", "", ["Q2P512"]),
        ("max_blocks = 5", "", 'strategy = "none"', []),
        ("max_blocks = 5", "max_workers_per_node = 1", "", []),
        ("", "", "", []),
    ],
)
def test_blocks_of_one_machine(blocks: str, pool: str, head: str, expected: list[str]) -> None:
    assert codes(found("LocalProvider", blocks, pool=pool, head=head)) == expected


@pytest.mark.parametrize(
    ("pool", "here", "severity"),
    [
        pytest.param("max_workers_per_node = 64", cpus(64), None, id="just fits"),
        pytest.param("max_workers_per_node = 65", cpus(64), Severity.INFO, id="one too many"),
        pytest.param("max_workers_per_node = 9", cpus(8, "slurm"), Severity.WARNING, id="in a job"),
        pytest.param("", cpus(8, "slurm"), Severity.WARNING, id="no cap in a job"),
        pytest.param("", cpus(8, "cgroup"), Severity.INFO, id="no cap in a container"),
        pytest.param("cores_per_worker = 8", cpus(8, "slurm"), None, id="few enough"),
        pytest.param("", cpus(64), None, id="the whole machine"),
    ],
)
def test_more_than_this_machine(pool: str, here: CpuCount, severity: Severity | None) -> None:
    told = found("LocalProvider", pool=pool, here=here)
    assert [one.severity for one in told] == ([] if severity is None else [severity])


def test_machine_is_asked_only_where_it_matters() -> None:
    chosen = find("2026.4")

    def never() -> CpuCount:
        raise AssertionError("asked")

    for text in (f'{POOL}[parsl.executors.provider]\nclass = "SlurmProvider"\n', ""):
        config = Config.from_data(loads(text), schema.of(chosen))
        assert list(rules.run(config, rules.Context(release=chosen, cpus=never)))


@pytest.mark.parametrize(
    ("provider", "lines", "launcher", "expected"),
    [
        ("SlurmProvider", ["nodes_per_block = 3"], "", ["Q2P250"]),
        ("SlurmProvider", ["nodes_per_block = 3"], "SimpleLauncher", ["Q2P250"]),
        ("SlurmProvider", ["nodes_per_block = 3"], "SrunLauncher", []),
        ("SlurmProvider", ["nodes_per_block = 1"], "", []),
        ("PBSProProvider", ["nodes_per_block = 2"], "MpiExecLauncher", []),
        (
            "LSFProvider",
            ["request_by_nodes = false", "cores_per_block = 24", "cores_per_node = 12"],
            "",
            ["Q2P250"],
        ),
        ("TorqueProvider", [], "", ["Q2P251"]),
        ("TorqueProvider", [], "SingleNodeLauncher", []),
    ],
)
def test_nodes_and_launchers(
    provider: str, lines: list[str], launcher: str, expected: list[str]
) -> None:
    assert codes(found(provider, TIME, INIT, *lines, launcher=launcher)) == expected


@pytest.mark.parametrize(
    ("provider", "programs", "init", "expected"),
    [
        pytest.param("SlurmProvider", ("sbatch",), "", ["Q2P605"], id="a cluster without it"),
        pytest.param("SlurmProvider", ("sbatch", "mpirun"), "", [], id="a cluster with it"),
        pytest.param("SlurmProvider", (), "", [], id="no cluster here"),
        pytest.param("SlurmProvider", ("sbatch",), "module load openmpi", [], id="loaded later"),
        pytest.param("LocalProvider", (), "", ["Q2P605"], id="here"),
    ],
)
def test_program_of_the_launcher(
    provider: str, programs: tuple[str, ...], init: str, expected: list[str]
) -> None:
    lines = ["exclusive = true", TIME] if provider == "SlurmProvider" else []
    told = found(
        provider, *lines, f'worker_init = "{init}"', launcher="MpiRunLauncher", programs=programs
    )
    assert [code for code in codes(told) if code != "Q2P606"] == expected


@pytest.mark.parametrize(
    ("provider", "lines", "severity"),
    [
        pytest.param("PBSProProvider", [], Severity.WARNING, id="PBS"),
        pytest.param("SlurmProvider", [], Severity.INFO, id="Slurm hands it on"),
        pytest.param(
            "SlurmProvider", [options("#SBATCH --export=NONE")], Severity.WARNING, id="not then"
        ),
        pytest.param("PBSProProvider", [options("#PBS -V")], Severity.INFO, id="PBS told to"),
        pytest.param(
            "PBSProProvider", ['worker_init = "export TMPDIR=/tmp"'], Severity.WARNING, id="none"
        ),
        pytest.param("PBSProProvider", ['worker_init = "module load q2"'], None, id="module"),
        pytest.param("PBSProProvider", ['worker_init = ". /sw/q2.sh"'], None, id="sourced"),
        pytest.param(
            "PBSProProvider", ['worker_init = "export PATH=/q/bin:$PATH"'], None, id="PATH"
        ),
        pytest.param("CondorProvider", [options("getenv = True")], Severity.INFO, id="HTCondor"),
        pytest.param("LocalProvider", [], None, id="this machine"),
    ],
)
def test_environment_of_jobs(provider: str, lines: list[str], severity: Severity | None) -> None:
    time = TIME if provider in ("PBSProProvider", "SlurmProvider") else ""
    told = [one for one in found(provider, time, *lines) if one.code == "Q2P606"]
    assert [one.severity for one in told] == ([] if severity is None else [severity])


def of_mpi(label: str, launcher: str, mapped: str) -> Iterator[str]:
    """The codes for an MPIExecutor of this label."""
    chosen = find("2026.4")
    text = (
        f"{POOL.replace('default', 'other' if label == 'default' else 'default')}\n"
        f'[[parsl.executors]]\nclass = "MPIExecutor"\nlabel = "{label}"\n'
        f'[parsl.executors.provider]\nclass = "SlurmProvider"\n{TIME}\n{INIT}\n'
        f'launcher = {{ class = "{launcher}" }}\n[parsl.executor_mapping.dada2]\n'
        f'denoise_paired = "{mapped}"\n'
    )
    config = Config.from_data(loads(text), schema.of(chosen))
    for one in rules.run(config, rules.Context(release=chosen, cpus=lambda: cpus(64))):
        if one.code in ("Q2P226", "Q2P513"):
            yield one.code


@pytest.mark.parametrize(
    ("label", "launcher", "mapped", "expected"),
    [
        ("default", "SimpleLauncher", "other", ["Q2P513"]),
        ("mpi", "SimpleLauncher", "mpi", ["Q2P513"]),
        ("mpi", "SimpleLauncher", "default", []),
        ("default", "SrunLauncher", "other", ["Q2P226"]),
    ],
)
def test_actions_on_mpi(label: str, launcher: str, mapped: str, expected: list[str]) -> None:
    assert list(of_mpi(label, launcher, mapped)) == expected
