"""What a block asks of Slurm: the provider's keys, and what stands in scheduler_options."""

from __future__ import annotations

from q2pconf.capacity import options
from q2pconf.capacity.job import NO_MEMORY, Job, Node, minutes
from q2pconf.capacity.options import Directives
from q2pconf.model import Table

__all__ = ["slurm"]


def slurm(job: Job, provider: Table, node: Node) -> None:
    """Fill in what a block of SlurmProvider asks for and tells its workers."""
    job.scheduler = "Slurm"
    cores, memory = provider.integer("cores_per_node"), provider.integer("mem_per_node")
    job.tell(cores, memory)
    job.walltime = minutes(job, provider)
    given = options.of_slurm(provider.text("scheduler_options") or "")
    if given.stops:
        job.notes.append(
            "A line of `scheduler_options` does not begin with #SBATCH: Slurm reads none of the"
            " options after it, cores, memory and exclusive among them."
        )
        return
    exclusive = provider.flag("exclusive") or "exclusive" in given.values
    job.asked_cores = float(cores) if cores is not None else _cpus(job, given, exclusive, node)
    job.asked_memory = float(memory) if memory is not None else _mem(job, given, exclusive, node)
    job.given_cores, job.given_memory = job.asked_cores, job.asked_memory
    if exclusive:
        _exclusive(job, node, cores)
    if memory == 0:
        job.asked_memory, job.given_memory = node.memory_gb, node.memory_gb
    _slurm_rest(job, given)


def _cpus(job: Job, given: Directives, exclusive: bool, node: Node) -> float | None:
    """The cores that are asked for without cores_per_node."""
    if "cpus-per-task" in given.values:
        count = given.whole("cpus-per-task")
        if count is None:
            job.unsure("how many cores a job gets")
        else:
            job.untold = f"`--cpus-per-task={count}` in `scheduler_options`"
        return count
    if exclusive:
        return node.cores
    job.notes.append(
        "Without `cores_per_node`, and with `exclusive = false`, Slurm gives a job 1 core."
    )
    job.untold = "Its 1 core"
    return 1.0


def _mem(job: Job, given: Directives, exclusive: bool, node: Node) -> float | None:
    """The memory that is asked for without mem_per_node."""
    if "mem" in given.values:
        size = options.gigabytes(given.values["mem"], "m")
        if not size:
            job.unsure("how much memory a job gets")
        return size or None
    if "mem-per-cpu" in given.values:
        return _mem_per_cpu(job, given.values["mem-per-cpu"], exclusive, node)
    job.notes.append(NO_MEMORY)
    return None


def _mem_per_cpu(job: Job, text: str, exclusive: bool, node: Node) -> float | None:
    """Slurm multiplies it with all the cores that the job gets, which are those of whole nodes."""
    each = options.gigabytes(text, "m")
    cores = node.cores if exclusive else job.asked_cores
    if not each or (cores is None and not exclusive):
        job.unsure("how much memory a job gets")
        return None
    if exclusive:
        job.notes.append(
            f"`--mem-per-cpu={text}` is for every core of a whole node, as `exclusive` is true: a"
            " node with less memory than that never gets the job. `mem_per_node` says how much a"
            " node must have."
        )
    return None if cores is None else each * cores


def _exclusive(job: Job, node: Node, cores: int | None) -> None:
    """The whole node; memory is what is asked for all the same."""
    job.whole_nodes = True
    if node.cores is not None:
        job.given_cores = max(float(node.cores), job.asked_cores or 0.0)
    if cores is not None:
        job.notes.append(
            f"`exclusive` is true: each job takes whole nodes, all their cores, not only {cores}."
            + ("" if node.cores is None else f" A node has {node.cores}.")
        )


def _slurm_rest(job: Job, given: Directives) -> None:
    """Options that change what Parsl's own lines say."""
    if "time" in given.values:
        job.walltime = None
        job.unsure("the walltime")
    if "mem-per-gpu" in given.values:
        job.asked_memory = job.given_memory = None
        job.unsure("how much memory a job gets")
    if {"nodes", "ntasks", "ntasks-per-node", "array"} & set(given.values):
        job.asked_nodes = job.asked_cores = job.asked_memory = None
        job.given_cores = job.given_memory = None
        job.unsure("how many nodes and tasks a job gets")
