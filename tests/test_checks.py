"""Files as people write them: each mistake is told once, at its place, with the right remedy."""

from __future__ import annotations

import pytest

from q2pconf.checks import check_data, check_document
from q2pconf.document import Document
from q2pconf.findings import Finding, Severity
from q2pconf.releases import find

POOL = '[parsl]\n[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
HTEX = '[parsl]\n[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\n'
ONE = HTEX + "max_workers_per_node = 1\n"
SLURM = ONE + (
    '[parsl.executors.provider]\nclass = "SlurmProvider"\nexclusive = false\n'
    'walltime = "24:00:00"\nworker_init = "module load qiime2"\n'
)
LOCAL = ONE + '[parsl.executors.provider]\nclass = "LocalProvider"\n'
PBS = SLURM.replace("SlurmProvider", "PBSProProvider").replace("exclusive = false\n", "")


def told(text: str, release: str = "2026.4") -> list[Finding]:
    """What is said, but for what depends on the machine or is only worth knowing."""
    found = check_document(Document(text=text), find(release)).findings
    return [each for each in found if each.severity is not Severity.INFO]


CASES = [
    # names of tables
    ("[Parsl]\nretries = 1\n", [("Q2P010", 1, 1, "write [parsl] instead of [Parsl]")]),
    ("[Parsl]\nretries = 1\n" + POOL[8:], [("Q2P143", 1, 1, "write [parsl]")]),
    ("[Parsl]\n" + POOL[8:], []),
    (POOL[8:].replace("parsl.", ""), [("Q2P010", 1, 1, "`parsl.` before the names")]),
    (POOL.replace("executors", "executor"), [("Q2P021", 2, 1, "write `executors` instead")]),
    (POOL.replace("executors", "Executors"), [("Q2P021", 2, 1, "write `executors` instead")]),
    (POOL.replace("[[", "[").replace("]]", "]"), [("Q2P114", 2, 1, "double brackets")]),
    (
        '[parsl]\n[parsl.executors.provider]\nclass = "LocalProvider"\n',
        [("Q2P114", 2, 1, "begin each executor with a line [[parsl.executors]]")],
    ),
    (
        LOCAL.replace("[parsl.executors.provider]", "[[parsl.executors.provider]]"),
        [("Q2P213", 6, 1, "in single brackets: [parsl.executors.provider]")],
    ),
    (LOCAL.replace("executors.", ""), [("Q2P021", 6, 1, "as [parsl.executors.provider]")]),
    # classes
    (POOL.replace("ThreadPoolExecutor", "ThreadPool"), [("Q2P112", 3, 9, "ThreadPoolExecutor")]),
    (
        HTEX.replace('"High', '"parsl.executors.High') + "max_worker = 1\n",
        [("Q2P112", 3, 9, "HighThroughputExecutor"), ("Q2P101", 5, 1, "max_workers_per_node")],
    ),
    (
        LOCAL + '[parsl.executors.provider.launcher]\nclass = "srun"\n',
        [("Q2P212", 9, 9, 'write `class = "SrunLauncher"`')],
    ),
    (POOL.replace("class", "Class"), [("Q2P111", 3, 1, "write `class` instead")]),
    (POOL.replace("class", "type"), [("Q2P111", 3, 1, "write `class` instead")]),
    (
        "[parsl]\nretries = 1\n[[parsl.executors]]\nmax_threads = 1\n",
        [("Q2P111", 3, 1, "add a line such as"), ("Q2P115", 3, 1, 'write `label = "default"`')],
    ),
    # labels
    (POOL.replace("label", "Label"), [("Q2P101", 4, 1, "write `label` instead")]),
    (POOL.replace("label", "name"), [("Q2P101", 4, 1, "write `label` instead")]),
    (POOL.replace('"default"', '"Default"'), [("Q2P115", 4, 9, 'write `label = "default"`')]),
    # a table written as text
    (
        HTEX + 'provider = "SlurmProvider"\nwalltime = "24:00:00"\npartition = "long"\n',
        [("Q2P213", 5, 12, '[parsl.executors.provider] and below it `class = "SlurmProvider"`')],
    ),
    (
        HTEX + 'walltime = "24:00:00"\nprovider = "SlurmProvider"\n',
        [("Q2P101", 5, 1, "move `walltime`"), ("Q2P213", 6, 12, "write a table")],
    ),
    # keys in other words
    (HTEX + "max_threads = 4\n", [("Q2P101", 5, 1, "write `max_workers_per_node` instead")]),
    (ONE + "cores_per_task = 4\n", [("Q2P101", 6, 1, "write `cores_per_worker` instead")]),
    (ONE + 'log_dir = "logs"\n', [("Q2P101", 6, 1, "write `worker_logdir_root` instead")]),
    (SLURM + "cpus_per_task = 4\n", [("Q2P201", 11, 1, "write `cores_per_node` instead")]),
    (SLURM + "gpus_per_task = 4\n", [("Q2P201", 11, 1, "write `gpus_per_node` instead")]),
    (SLURM + "tasks_per_node = 4\n", [("Q2P201", 11, 1, "delete the line")]),
    (
        SLURM + 'env = "q2"\n',
        [("Q2P201", 11, 1, "stands in the `worker_init` that is already given in line 10")],
    ),
    (
        SLURM + 'scheduler_options = "#SBATCH --nice=1"\nexclude = "n1"\n',
        [("Q2P201", 12, 1, "add `#SBATCH --exclude=n1` to the `scheduler_options` that is")],
    ),
    (SLURM + 'queue_name = "x"\n', [("Q2P201", 11, 1, "write `partition` instead")]),
    (
        SLURM + 'mail_user = "me@uni.edu"\n',
        [("Q2P201", 11, 1, '`scheduler_options = "#SBATCH --mail-user=me@uni.edu"`')],
    ),
    (LOCAL + "cores = 4\n", [("Q2P201", 8, 1, "`max_workers_per_node` says how many")]),
    (PBS + "mem = 64\n", [("Q2P201", 10, 1, '`select_options = "mem=64gb"`')]),
    (PBS + 'select = "x"\n', [("Q2P201", 10, 1, "write `select_options` instead")]),
    (
        "[parsl]\nmax_retries = 3\n" + POOL[8:],
        [("Q2P021", 2, 1, "write `retries` instead")],
    ),
    (
        SLURM.replace('walltime = "24:00:00"\n', "") + "[parsl.executors.provider.launcher]\n"
        'class = "SrunLauncher"\nwalltime = "24:00:00"\n',
        [("Q2P201", 12, 1, "above the line [parsl.executors.provider.launcher]")],
    ),
    (
        POOL + "[parsl.executor_mapping.dada2]\nretries = 2\n"
        "[executor_mapping.dada2]\nretries = 2\n",
        [
            ("Q2P302", 6, 11, "move `retries` up, right below the line [parsl]"),
            ("Q2P302", 8, 11, "move `retries` up, right below the line [parsl]"),
        ],
    ),
    # executors in tables of their own
    (
        '[parsl]\n[parsl.default]\nclass = "ThreadPoolExecutor"\n',
        [("Q2P021", 2, 1, 'write [[parsl.executors]], and `label = "default"` below it')],
    ),
    (
        '[parsl]\n[parsl.executors.default]\nclass = "ThreadPoolExecutor"\n',
        [("Q2P114", 2, 1, "write [[parsl.executors]] for each, and its name below it")],
    ),
    (
        POOL + ONE[8:].replace('label = "default"\n', "") * 2,
        [("Q2P118", 5, 1, "give it a name"), ("Q2P116", 8, 1, "give each executor a label")],
    ),
    # values
    (
        SLURM + 'scheduler_options = "#SBATCH --nice=1 #SBATCH --comment=x"\n',
        [("Q2P243", 11, 21, "begin a new line before each #SBATCH")],
    ),
    (
        SLURM + 'scheduler_options = "SBATCH --nice=1"\n',
        [("Q2P242", 11, 21, "write `#SBATCH --nice=1`")],
    ),
    (SLURM + 'partition = ["a", "b"]\n', [("Q2P202", 11, 13, '`partition = "a,b"`')]),
    (SLURM.replace('"24:00:00"', "86400"), [("Q2P202", 9, 12, '`walltime = "24:00:00"`')]),
    (SLURM + 'mem_per_node = "128000M"\n', [("Q2P202", 11, 16, "`mem_per_node = 125`")]),
    (SLURM + 'scheduler_options = ["--qos=x"]\n', [("Q2P202", 11, 21, 'between `"""`')]),
    (ONE + 'drain_period = "5 min"\n', [("Q2P102", 6, 16, "`drain_period = 300`")]),
    ("[parsl]\ngarbage_collect = 1\n" + POOL[8:], [("Q2P022", 2, 19, "= true`")]),
    # mappings
    (
        POOL + "[[parsl.executor_mapping.dada2]]\nx = 'default'\n",
        [
            ("Q2P301", 5, 1, "in single brackets: [parsl.executor_mapping.dada2]"),
            ("Q2P303", 5, 1, "repeat the mapping"),
        ],
    ),
    (
        POOL + "[executor_mapping.dada2]\nx = 'default'\n[parsl.executor_mapping]\n"
        "'dada2.x' = 'default'\n",
        [
            ("Q2P303", 5, 1, "write the same lines in both"),
            ("Q2P301", 8, 1, "table for the plugin, [parsl.executor_mapping.dada2], and the line"),
        ],
    ),
    ('[parsl]\nexecutor_mapping = "x"\n' + POOL[8:], [("Q2P301", 2, 20, "write [parsl.exec")]),
    (
        POOL + "[parsl.mapping.dada2]\nx = 'default'\n",
        [("Q2P021", 5, 1, "write `executor_mapping` instead")],
    ),
]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_one_finding_for_each_mistake(
    text: str, wanted: list[tuple[str, int, int, str]], end: str
) -> None:
    found = told(text.replace("\n", end))
    places = [(each.code, each.span.line, each.span.column) for each in found if each.span]
    assert places == [case[:3] for case in wanted]
    for finding, (_, _, _, hint) in zip(found, wanted, strict=True):
        assert hint in (finding.hint or "")


@pytest.mark.parametrize("text", [POOL, SLURM, PBS, LOCAL])
def test_what_the_cases_begin_with_is_right(text: str) -> None:
    assert told(text) == []


def test_an_option_of_a_later_key_is_written_with_its_value() -> None:
    text = SLURM.replace("max_workers_per_node", "max_workers") + 'qos = "long"\n'
    (finding,) = told(text, "2024.2")
    assert finding.hint == 'write `scheduler_options = "#SBATCH --qos=long"` instead'


def test_plain_data_have_no_lines() -> None:
    executor = {"class": "ThreadPoolExecutor", "label": "default", "max_thread": 1}
    data = {"parsl": {"executors": [{**executor, "max_threads": 1}]}}
    (finding,) = check_data(data, find("2026.4"))
    assert finding.hint == "delete the line: `max_threads` is already given"
    assert finding.span is None
