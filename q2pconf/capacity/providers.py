"""What a block of each provider is: asked of its scheduler, really had, and told its workers."""

from __future__ import annotations

import math
from collections.abc import Callable

from q2pconf.capacity import options
from q2pconf.capacity.job import Job, Node, clock, minutes
from q2pconf.capacity.options import Directives
from q2pconf.capacity.slurm import slurm
from q2pconf.model import Table
from q2pconf.releases import Release

__all__ = ["job_of"]


def job_of(provider: Table, node: Node, release: Release) -> Job:
    """What a block of this provider is."""
    job = Job(
        nodes=provider.integer("nodes_per_block") if provider.knows("nodes_per_block") else 1,
        seen_cores=node.cores,
        seen_memory=node.memory_gb,
    )
    job.asked_nodes = job.nodes
    _PROVIDERS.get(provider.class_name, _unknown)(job, provider, node)
    if provider.class_name == "LSFProvider" and provider.flag("request_by_nodes") is False:
        _lsf_by_cores(job, provider, release)
    _by_hand(job, provider)
    return job


def _by_hand(job: Job, provider: Table) -> None:
    """What worker_init tells the workers, where Parsl does not tell them afterwards."""
    init = provider.text("worker_init") or ""
    cores, memory = (options.exported(name, init) for name in ("PARSL_CORES", "PARSL_MEMORY_GB"))
    if cores is not None and job.cores_from:
        job.cores_from = "PARSL_CORES in `worker_init`"
        job.seen_cores = int(cores) if cores.isdigit() else None
    if memory is not None and job.memory_from:
        job.memory_from = "PARSL_MEMORY_GB in `worker_init`"
        job.seen_memory = float(memory) if memory.replace(".", "", 1).isdigit() else None


def _pbspro(job: Job, provider: Table, node: Node) -> None:
    job.scheduler = "PBS"
    cores = provider.integer("cpus_per_node")
    job.asked_cores = job.given_cores = None if cores is None else float(cores)
    given = options.of_pbs(provider.text("scheduler_options") or "")
    select = provider.text("select_options") or ""
    memory = options.of_pbs(f"#PBS -l {select}").values.get("mem")
    job.asked_memory = options.gigabytes(memory, "b") if memory is not None else None
    job.given_memory = job.asked_memory
    job.walltime = clock(job, provider, given)
    if "ncpus" in options.of_pbs(f"#PBS -l {select}").values:
        job.asked_cores = job.given_cores = None
        job.notes.append("`select_options` and `cpus_per_node` both ask for cores.")
    if "excl" in given.values.get("place", ""):
        job.given_cores, job.given_memory = node.cores, node.memory_gb
        job.notes.append("`place=excl` gives a job whole nodes, with all their cores and memory.")
    job.untold = None if cores is None else f"`cpus_per_node = {cores}`"


def _torque(job: Job, provider: Table, node: Node) -> None:
    job.scheduler = "Torque"
    given = options.of_pbs(provider.text("scheduler_options") or "")
    job.asked_cores = job.given_cores = 1.0
    job.walltime = clock(job, provider, given)
    if {"nodes", "select", "ncpus", "ppn", "procs"} & set(given.values):
        job.asked_nodes = job.asked_cores = job.given_cores = None
        job.unsure("how many cores a job gets")
    else:
        job.notes.append("TorqueProvider asks for 1 core on each node (ppn=1), and has no key.")
    if "mem" in given.values:
        job.unsure("how much memory a job gets")


def _grid_engine(job: Job, provider: Table, node: Node) -> None:
    job.scheduler = "Grid Engine"
    text = provider.text("scheduler_options") or ""
    job.walltime = clock(job, provider, Directives(values={}))
    job.asked_nodes, job.asked_cores = 1, 1.0
    slots = [
        line.split() for line in text.splitlines() if line.startswith("#$ ") and " -pe" in line
    ]
    if slots:
        count = slots[-1][-1] if len(slots[-1]) == 4 else ""
        job.asked_cores = float(count) if count.isdigit() else None
        job.asked_nodes = None
        job.notes.append("On how many nodes the slots of -pe lie depends on that environment.")
    if "h_rt" in text:
        job.walltime = None
        job.unsure("the walltime")
    job.given_cores = job.asked_cores
    if not slots:
        job.notes.append(
            "GridEngineProvider asks for 1 slot, which is 1 core; `scheduler_options` may ask for"
            ' more, as in "#$ -pe smp 8".'
        )


def _lsf(job: Job, provider: Table, node: Node) -> None:
    job.scheduler = "LSF"
    job.walltime = minutes(job, provider)
    job.asked_cores = job.given_cores = node.cores
    job.given_memory = node.memory_gb
    if provider.flag("request_by_nodes") is not False:
        job.notes.append(
            "LSF is asked for whole nodes (-nnodes) with all their cores and memory, whatever"
            " cores_per_node says."
        )
    text = provider.text("scheduler_options") or ""
    if "#BSUB -n" in text or "#BSUB -R" in text:
        job.asked_cores = job.given_cores = None
        job.unsure("how many cores a job gets")


def _lsf_by_cores(job: Job, provider: Table, release: Release) -> None:
    """So many cores, so many of them on a node: Parsl counts the nodes by itself."""
    block, cores = provider.integer("cores_per_block"), provider.integer("cores_per_node")
    job.nodes = job.asked_nodes = job.asked_cores = job.given_cores = job.given_memory = None
    if block is None or not cores:
        return
    nodes = math.ceil(block / cores)
    job.nodes = nodes if release.loader.plain_values else int(block / cores)
    if job.nodes != nodes:
        job.notes.append(
            f"The loader of {release} rounds {block}/{cores} down: Parsl starts workers for"
            f" {job.nodes} of {nodes} nodes."
        )
    if block > 0 and cores > 0:
        job.asked_nodes, job.asked_cores = nodes, block / nodes
        job.given_cores = float(min(block, cores))
    job.untold = f"`cores_per_node = {cores}`"


def _condor(job: Job, provider: Table, node: Node) -> None:
    job.scheduler = "HTCondor"
    cores, memory = provider.integer("cores_per_slot"), provider.number("mem_per_slot")
    job.tell(cores, memory)
    given = options.of_condor(provider.text("scheduler_options") or "")
    job.asked_nodes = 1
    job.asked_cores = 1.0 if cores is None else float(cores)
    job.asked_memory = memory
    if cores is None and "cpus" in given.values:
        count = given.whole("cpus")
        job.asked_cores = None if count is None else float(count)
    elif cores is None:
        job.notes.append("Without `cores_per_slot` HTCondor gives a job 1 core.")
        job.untold = "Its 1 core"
    if memory is None and "memory" in given.values:
        job.asked_memory = options.gigabytes(given.values["memory"], "m")
    job.given_cores, job.given_memory = job.asked_cores, job.asked_memory
    job.notes.append("CondorProvider asks for no walltime.")


def _cobalt(job: Job, provider: Table, node: Node) -> None:
    job.scheduler = "Cobalt"
    job.notes.append("Cobalt gives whole nodes, with all their cores and memory.")
    job.walltime = minutes(job, provider)
    job.asked_cores = job.given_cores = node.cores
    job.given_memory = node.memory_gb


def _kubernetes(job: Job, provider: Table, node: Node) -> None:
    job.scheduler = "Kubernetes"
    job.asked_nodes = None
    job.nodes = 1
    job.asked_cores = provider.number("init_cpu")
    job.asked_memory = options.gigabytes(provider.text("init_mem") or "", "b")
    job.given_cores = provider.number("max_cpu")
    job.given_memory = options.gigabytes(provider.text("max_mem") or "", "b")
    job.notes.append(
        "Each job is a pod; on which nodes they run is decided by Kubernetes. Workers count the"
        " cores of the whole node, whatever max_cpu says."
    )


def _local(job: Job, provider: Table, node: Node) -> None:
    job.batch, job.one_place, job.scheduler = False, True, "this machine"
    job.given_cores, job.given_memory = node.cores, node.memory_gb
    job.cores_from = "the number of cores of this machine"
    job.memory_from = "the memory that is free on this machine"


def _ad_hoc(job: Job, provider: Table, node: Node) -> None:
    job.batch = False
    job.given_cores, job.given_memory = node.cores, node.memory_gb
    channels = provider.get("channels")
    entries = channels if isinstance(channels, list) else []
    kinds = [channel.get("class") for channel in entries if isinstance(channel, dict)]
    job.one_place = bool(kinds) and all(kind == "LocalChannel" for kind in kinds)


def _unknown(job: Job, provider: Table, node: Node) -> None:
    """A provider that rents machines, and any that is not known."""
    job.nodes = job.asked_nodes = 1 if provider.spec else None
    job.seen_cores = job.seen_memory = None
    job.cores_from = "the kind of machine that is rented"


_PROVIDERS: dict[str, Callable[[Job, Table, Node], None]] = {
    "SlurmProvider": slurm,
    "PBSProProvider": _pbspro,
    "TorqueProvider": _torque,
    "GridEngineProvider": _grid_engine,
    "LSFProvider": _lsf,
    "CondorProvider": _condor,
    "CobaltProvider": _cobalt,
    "KubernetesProvider": _kubernetes,
    "LocalProvider": _local,
    "AdHocProvider": _ad_hoc,
}
