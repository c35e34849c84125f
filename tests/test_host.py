"""host: every limit on the CPUs, alone and together, on made-up machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from q2pconf.host import CpuCount, Limit, resolve_cpus, resolve_host

V2 = "0::/"
V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
V1_MOUNT = (
    "31 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "32 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
)

Tree = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Write files under a folder that plays ``/``."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def count(
    env: Mapping[str, str] | None = None,
    root: Path = Path("nowhere"),
    *,
    machine: int | None = 64,
    affinity: int | None = 64,
    given: int | None = None,
) -> CpuCount:
    return resolve_cpus(
        env or {},
        root=root,
        given=given,
        hostname=lambda: "node7.cluster.example",
        affinity=lambda: affinity,
        machine=lambda: machine,
    )


def test_nothing_limits() -> None:
    found = count()
    assert (found.count, found.source, found.workers) == (64, "psutil", 63)
    assert found.detail == "64 CPUs in this machine (psutil)"


@pytest.mark.parametrize(("cpus", "workers"), [(1, 1), (2, 1), (3, 2), (8, 7)])
def test_workers_as_qiime2_counts_them(cpus: int, workers: int) -> None:
    assert count(machine=cpus, affinity=cpus).workers == workers


def test_machine_unknown() -> None:
    assert count(machine=None, affinity=None).count == 1


def test_affinity() -> None:
    found = count(affinity=4)
    assert (found.count, found.source, found.workers) == (4, "affinity", 3)
    assert "4 CPUs" in found.detail


def test_no_affinity_call() -> None:
    assert count(affinity=None).source == "psutil"


def test_given_is_taken_as_it_is() -> None:
    found = count({"SLURM_CPUS_PER_TASK": "4"}, given=100)
    assert (found.count, found.source, found.workers, found.usable) == (100, "given", 100, 4)


def test_usable_without_limits() -> None:
    assert CpuCount(count=3, source="given", detail="").usable == 3


@pytest.mark.parametrize(
    ("env", "expected", "source"),
    [
        pytest.param({"SLURM_CPUS_PER_TASK": "8"}, 8, "slurm", id="per task"),
        pytest.param({"SLURM_CPUS_ON_NODE": "16"}, 16, "slurm", id="on node"),
        pytest.param(
            {"SLURM_CPUS_PER_TASK": "8", "SLURM_CPUS_ON_NODE": "16"}, 8, "slurm", id="smallest"
        ),
        pytest.param({"SLURM_JOB_CPUS_PER_NODE": "12"}, 12, "slurm", id="one node"),
        pytest.param({"SLURM_JOB_CPUS_PER_NODE": "8(x2),4"}, 4, "slurm", id="node not known"),
        pytest.param(
            {"SLURM_JOB_CPUS_PER_NODE": "8(x2),4", "SLURM_NODEID": "1"}, 8, "slurm", id="node 1"
        ),
        pytest.param(
            {"SLURM_JOB_CPUS_PER_NODE": "8(x2),4", "SLURM_NODEID": "2"}, 4, "slurm", id="node 2"
        ),
        pytest.param(
            {"SLURM_JOB_CPUS_PER_NODE": "8,4", "SLURM_NODEID": "9"}, 4, "slurm", id="no such node"
        ),
        pytest.param({"SLURM_JOB_CPUS_PER_NODE": "8(x"}, 64, "psutil", id="list not readable"),
        pytest.param({"SLURM_JOB_CPUS_PER_NODE": "0"}, 64, "psutil", id="no CPUs in list"),
        pytest.param({"SLURM_CPUS_PER_TASK": "many"}, 64, "psutil", id="not a number"),
        pytest.param({"SLURM_CPUS_PER_TASK": ""}, 64, "psutil", id="empty"),
        pytest.param({"SLURM_CPUS_PER_TASK": "0"}, 64, "psutil", id="zero"),
        pytest.param({"SLURM_CPUS_PER_TASK": "-4"}, 64, "psutil", id="negative"),
        pytest.param({"SLURM_CPUS_PER_TASK": "128"}, 64, "psutil", id="more than the machine"),
        pytest.param({"SLURM_CPUS_PER_TASK": "64"}, 64, "slurm", id="all of the machine"),
        pytest.param({"PBS_JOBID": "1.pbs", "NCPUS": "6"}, 6, "pbs", id="PBS Professional"),
        pytest.param({"NCPUS": "6"}, 64, "psutil", id="NCPUS outside PBS"),
        pytest.param({"PBS_NUM_PPN": "5"}, 5, "pbs", id="Torque"),
        pytest.param({"PBS_NUM_PPN": "5", "NCPUS": "6"}, 5, "pbs", id="PBS smallest"),
        pytest.param({"PBS_NODEFILE": "/not/there"}, 64, "psutil", id="node file missing"),
        pytest.param({"LSB_DJOB_NUMPROC": "9"}, 9, "lsf", id="LSF"),
        pytest.param({"NSLOTS": "10", "SGE_ROOT": "/opt/sge"}, 10, "sge", id="Grid Engine"),
        pytest.param({"NSLOTS": "10"}, 64, "psutil", id="NSLOTS outside Grid Engine"),
    ],
)
def test_allocation(env: dict[str, str], expected: int, source: str) -> None:
    found = count(env)
    assert (found.count, found.source) == (expected, source)


def test_allocation_names_its_variable() -> None:
    assert count({"SLURM_CPUS_PER_TASK": "1"}).detail == (
        "Slurm allocation of 1 CPU (SLURM_CPUS_PER_TASK)"
    )


def test_pbs_node_file_counts_this_machine(tree: Tree) -> None:
    root = tree({"var/nodes": "node6\nNODE7\nnode7.cluster.example\nnode8\n"})
    found = count({"PBS_NODEFILE": "/var/nodes"}, root)
    assert (found.count, found.source) == (2, "pbs")


def test_pbs_node_file_of_other_machines(tree: Tree) -> None:
    root = tree({"var/nodes": "node1\nnode2\n"})
    assert count({"PBS_NODEFILE": "/var/nodes"}, root).source == "psutil"


def test_pbs_node_file_does_not_count_mpi_processes_as_cpus(tree: Tree) -> None:
    root = tree({"var/nodes": "node7\n"})
    env = {"PBS_NODEFILE": "/var/nodes", "NCPUS": "8"}
    assert count(env, root).count == 8


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        pytest.param("200000 100000", 2, id="two"),
        pytest.param("350000 100000", 3, id="rounded down"),
        pytest.param("50000 100000", 1, id="less than one"),
        pytest.param("300000", 3, id="no period"),
        pytest.param("max 100000", 64, id="none"),
        pytest.param("", 64, id="empty"),
        pytest.param("0 0", 64, id="zeros"),
        pytest.param("nonsense", 64, id="not readable"),
    ],
)
def test_cgroup_v2(tree: Tree, quota: str, expected: int) -> None:
    root = tree(
        {
            "proc/self/cgroup": "0::/job\n",
            "proc/self/mountinfo": V2_MOUNT,
            "sys/fs/cgroup/job/cpu.max": f"{quota}\n",
        }
    )
    found = count(root=root)
    assert (found.count, found.source) == (expected, "psutil" if expected == 64 else "cgroup")


def test_cgroup_v2_ancestor_is_tighter(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "0::/a/b/c\n",
            "proc/self/mountinfo": V2_MOUNT,
            "sys/fs/cgroup/a/cpu.max": "400000 100000\n",
            "sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
            "sys/fs/cgroup/a/b/c/cpu.max": "800000 100000\n",
        }
    )
    found = count(root=root)
    assert (found.count, found.source) == (4, "cgroup")
    assert "4 CPUs" in found.detail


def test_cgroup_v2_in_a_container_with_its_own_namespace(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "0::/\n",
            "proc/self/mountinfo": V2_MOUNT,
            "sys/fs/cgroup/cpu.max": "250000 100000\n",
        }
    )
    found = count(root=root)
    assert found.count == 2
    assert "2.5 CPUs" in found.detail


@pytest.mark.parametrize("own", ["/docker/abc", "/docker/abc/inner", "/elsewhere", "/../../x"])
def test_cgroup_v2_in_a_container_that_sees_a_part(tree: Tree, own: str) -> None:
    root = tree(
        {
            "proc/self/cgroup": f"0::{own}\n",
            "proc/self/mountinfo": V2_MOUNT.replace(" / ", " /docker/abc ", 1),
            "sys/fs/cgroup/cpu.max": "300000 100000\n",
        }
    )
    assert count(root=root).count == 3


def test_cgroup_v2_mount_with_a_blank_and_other_mounts(tree: Tree) -> None:
    mounts = "broken line\n1 2 0:3 / /proc rw - proc proc rw\n" + V2_MOUNT.replace(
        "/sys/fs/cgroup", "/c\\040g"
    )
    root = tree(
        {
            "proc/self/cgroup": "0::/job\n",
            "proc/self/mountinfo": mounts,
            "c g/job/cpu.max": "300000 100000\n",
        }
    )
    assert count(root=root).count == 3


def test_cgroup_v2_mounts_not_readable(tree: Tree) -> None:
    root = tree({"proc/self/cgroup": "0::/job\n", "sys/fs/cgroup/job/cpu.max": "300000 100000\n"})
    assert count(root=root).count == 3


@pytest.mark.parametrize(("quota", "expected"), [("600000", 6), ("150000", 1), ("-1", 64)])
def test_cgroup_v1(tree: Tree, quota: str, expected: int) -> None:
    folder = "sys/fs/cgroup/cpu,cpuacct/slurm/job_1"
    root = tree(
        {
            "proc/self/cgroup": "4:cpu,cpuacct:/slurm/job_1/step_0\n3:memory:/\n0::/\n",
            "proc/self/mountinfo": V1_MOUNT,
            f"{folder}/cpu.cfs_quota_us": f"{quota}\n",
            f"{folder}/cpu.cfs_period_us": "100000\n",
        }
    )
    found = count(root=root)
    assert (found.count, found.source) == (expected, "psutil" if expected == 64 else "cgroup")


def test_smallest_of_all_decides_and_all_are_told(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "0::/job\n",
            "proc/self/mountinfo": V2_MOUNT,
            "sys/fs/cgroup/job/cpu.max": "1200000 100000\n",
        }
    )
    found = count({"SLURM_CPUS_PER_TASK": "16"}, root, affinity=32)
    assert (found.count, found.source) == (12, "cgroup")
    assert {limit.source: limit.count for limit in found.considered} == {
        "psutil": 64,
        "affinity": 32,
        "cgroup": 12,
        "slurm": 16,
    }


def test_equal_limits_name_the_one_that_tells_most() -> None:
    assert count({"SLURM_CPUS_PER_TASK": "8"}, affinity=8).source == "slurm"


def test_host_memory_within_cgroup(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "0::/job\n",
            "proc/self/mountinfo": V2_MOUNT,
            "sys/fs/cgroup/job/memory.max": f"{8 * 2**30}\n",
            "sys/fs/cgroup/memory.max": "max\n",
        }
    )
    host = resolve_host(
        {},
        root=root,
        hostname=lambda: "node7",
        affinity=lambda: 4,
        machine=lambda: 4,
        memory=lambda: (64 * 2**30, 32 * 2**30),
    )
    assert (host.name, host.memory_gb, host.available_gb) == ("node7", 8.0, 8.0)
    assert host.cpus.count == 4


def test_host_memory_v1_without_limit(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "3:memory:/\n",
            "proc/self/mountinfo": V1_MOUNT,
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        }
    )
    host = resolve_host({}, root=root, memory=lambda: (64 * 2**30, 32 * 2**30))
    assert (host.memory_gb, host.available_gb) == (64.0, 32.0)


def test_this_machine() -> None:
    host = resolve_host()
    assert host.cpus.count >= 1
    assert host.memory_gb is not None
    assert host.memory_gb > 0
    assert isinstance(host.cpus.considered[0], Limit)
