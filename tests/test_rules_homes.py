"""rules.homes: a key in the wrong table is told once, with where it belongs."""

from __future__ import annotations

import pytest

from q2pconf import validate
from q2pconf.findings import Finding

FILE = """
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
max_workers_per_node = 1
{executor}
[parsl.executors.provider]
class = "SlurmProvider"
exclusive = false
walltime = "24:00:00"
worker_init = "source /opt/conda/etc/profile.d/conda.sh; conda activate qiime2"
{provider}
"""
THREADS = """
[parsl]
{top}
[[parsl.executors]]
class = "ThreadPoolExecutor"
label = "default"
{executor}
"""


def only(text: str) -> Finding:
    """The one finding of a file."""
    (finding,) = validate(text, "2026.4").findings
    return finding


@pytest.mark.parametrize(
    ("line", "home", "advice"),
    [
        ('strategy = "none"', "[parsl]", "up, right below the line [parsl]"),
        ('run_dir = "x"', "[parsl]", "up, right below the line [parsl]"),
        ("max_blocks = 4", "the provider", "below the line [parsl.executors.provider]"),
        ("cores_per_node = 4", "the provider", "below the line [parsl.executors.provider]"),
        ("[parsl.executors.launcher]", "a provider", "[parsl.executors.provider.launcher]"),
        ("[parsl.executors.executor_mapping]", "[parsl]", "[parsl.executor_mapping.PLUGIN]"),
    ],
)
def test_in_an_executor(line: str, home: str, advice: str) -> None:
    finding = only(FILE.format(executor=line, provider=""))
    assert finding.code == "Q2P101"
    assert finding.message.endswith(f": it belongs to {home}")
    assert advice in (finding.hint or "")


@pytest.mark.parametrize(
    ("line", "home", "advice"),
    [
        ("retries = 1", "[parsl]", "up, right below the line [parsl]"),
        ("cores_per_worker = 4", "the executor", "above the line [parsl.executors.provider]"),
        ("max_workers = 4", "the executor", "above the line [parsl.executors.provider]"),
        ('label = "x"', "the executor", "above the line [parsl.executors.provider]"),
        ('overrides = "-n 1"', "the launcher", "[parsl.executors.provider.launcher]"),
    ],
)
def test_in_a_provider(line: str, home: str, advice: str) -> None:
    finding = only(FILE.format(executor="", provider=line))
    assert finding.code == "Q2P201"
    assert finding.message.endswith(f": it belongs to {home}")
    assert advice in (finding.hint or "")


@pytest.mark.parametrize(
    ("line", "home"),
    [
        ('label = "x"', "the executor"),
        ('worker_init = "true"', "the provider"),
        ('provider = { class = "LocalProvider" }', "an executor"),
        ('launcher = { class = "SrunLauncher" }', "a provider"),
    ],
)
def test_in_parsl_itself(line: str, home: str) -> None:
    finding = only(THREADS.format(top=line, executor=""))
    assert finding.code == "Q2P021"
    assert finding.message.endswith(f": it belongs to {home}")


@pytest.mark.parametrize(
    ("line", "home"),
    [
        ('provider = { class = "LocalProvider" }', "another executor"),
        ('worker_init = "true"', "a provider"),
        ("retries = 1", "[parsl]"),
    ],
)
def test_in_a_thread_pool(line: str, home: str) -> None:
    finding = only(THREADS.format(top="", executor=line))
    assert finding.message.endswith(f": it belongs to {home}")


def test_a_key_of_another_class_is_not_taken_for_a_slip() -> None:
    text = FILE.format(executor="", provider="").replace("SlurmProvider", "LocalProvider")
    text = text.replace('exclusive = false\nwalltime = "24:00:00"', "cores_per_node = 4")
    finding = only(text)
    assert finding.message == (
        "LocalProvider has no key `cores_per_node` (LSFProvider and SlurmProvider have one)"
    )
    assert finding.fix is None


def test_a_slip_is_still_taken_for_one() -> None:
    finding = only(FILE.format(executor="cores_per_workers = 4", provider=""))
    assert finding.fix is not None
    assert finding.fix.value == "cores_per_worker"


PBS = """
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
max_workers_per_node = 1
[parsl.executors.provider]
class = "{provider}"
{line}
"""


def key_finding(provider: str, line: str) -> Finding:
    text = PBS.format(provider=provider, line=line)
    (finding,) = (f for f in validate(text, "2026.4").findings if f.code == "Q2P201")
    return finding


@pytest.mark.parametrize(
    ("line", "memory"),
    [
        ("mem_per_node = 64", "64gb"),
        ('mem = "1.5TB"', "1536gb"),
        ("mem = 64000", "96gb"),
        ('memory = "plenty"', "96gb"),
    ],
)
def test_memory_of_pbs_is_said_in_full(line: str, memory: str) -> None:
    finding = key_finding("PBSProProvider", line)
    assert finding.hint == f'write `select_options = "mem={memory}"` instead'
    assert finding.fix is None


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ('queue = "long"', ("partition", True)),
        ('time = "24:00:00"', ("walltime", False)),
        ("mem = 16", ("mem_per_node", False)),
        ('environment = "qiime2"', None),
        ("max_block = [1]", None),
    ],
)
def test_a_rename_is_safe_only_where_the_value_fits(
    line: str, fix: tuple[str, bool] | None
) -> None:
    found = key_finding("SlurmProvider", line).fix
    assert (found and (found.value, found.safe)) == fix


def test_executor_in_the_singular() -> None:
    table = 'class = "ThreadPoolExecutor"\nlabel = "default"\n'
    for header, fixable in (("[parsl.executor]", False), ("[[parsl.executor]]", True)):
        found = [f for f in validate(f"{header}\n{table}", "2026.4").findings if f.code == "Q2P021"]
        assert [f.fix is not None for f in found] == [fixable]
