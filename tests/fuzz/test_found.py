"""Files that the fuzzers found something with; each is answered within the contract now."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import checked

FOUND = {
    "a class that comes later, with a worker command": (
        '[parsl]\n[[parsl.executors]]\nclass = "MPIExecutor"\nlaunch_cmd = "x"\nprovider = []\n',
        ["validate", "f.toml", "--release=all"],
    ),
    "the same, explained": (
        '[parsl]\n[[parsl.executors]]\nclass = "MPIExecutor"\nlaunch_cmd = "x"\n',
        ["explain", "f.toml", "--release=2023.7"],
    ),
    "the same, carried back": (
        '[parsl]\n[[parsl.executors]]\nclass = "MPIExecutor"\nlaunch_cmd = "x"\n',
        ["migrate", "f.toml", "--to=2023.7"],
    ),
    "a line end of Unicode's own in a diff": (
        '[[parsl.executors]]\n#\u2028 x\nclass = "HighThroughputExecutor"\nlabel = "default"\n'
        "max_workers_per_node = 4\nlabl = 1\n",
        ["validate", "f.toml", "--diff", "--release=2023.7"],
    ),
    "lines that end as on old Macs, in a diff": (
        "\r[parsl]\rmax_workers = 1\r[[parsl.executors]]\r"
        'class = "HighThroughputExecutor"\rmax_workers = 4\r',
        ["migrate", "f.toml", "--to=2026.10"],
    ),
    "a channel whose class is a table": (
        '[[parsl.executors]]\nclass = "FluxExecutor"\n[parsl.executors.provider]\n'
        'class = "AdHocProvider"\n[parsl.executors.provider.channels.class]\n'
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\n'
        'provider = {class = "AdHocProvider", channels = [{class = {a = []}}]}\n',
        ["explain", "f.toml", "--release=2023.7"],
    ),
    "a number of hundreds of digits": (
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\n'
        f"max_workers = 4\ncores_per_worker = 1{'0' * 400}\nmem_per_worker = -1{'0' * 400}\n",
        ["explain", "f.toml", "--release=2023.7"],
    ),
}


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("name", FOUND)
def test_found(tmp_path: Path, name: str, terminal: bool) -> None:
    text, words = FOUND[name]
    (tmp_path / "f.toml").write_text(text)
    assert checked(words, tmp_path, terminal=terminal).code == 1


def test_an_answer_for_a_provider_that_the_file_leaves_to_parsl(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_text('[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\n')
    found = checked(["init", "--force", "--yes", "--worker-init=x", "-o", "f.toml"], tmp_path)
    assert found.code == 0
    assert 'provider = { class = "LocalProvider", worker_init = "x" }' in path.read_text()


TWICE = {
    "a mapping of two shapes": (
        "[parsl]\nexecutorsparsl = 1\nusage_tracking = 3\n[parsl.monitoring]\n"
        'class = "MonitoringHub"\nhub_address = inf\n'
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\n'
        '[parsl.executor_mapping]\nlauncher = "default"\n'
        '[parsl.executor_mapping.channel]\nexecutors = "x"\nSrunLauncher = "24:00:00"\n',
        "2024.10",
    ),
    "what no release takes, and a key that one has dropped": (
        '\n[parsl]\nexecutors = ["1"]\ncheckpoint_period = "x"\nretries = "SrunLauncher"\n'
        ' class = "SlurmProvider"\n',
        "2026.4",
    ),
}


@pytest.mark.parametrize("name", TWICE)
def test_a_second_run_changes_nothing(tmp_path: Path, name: str) -> None:
    """After the first one another release may look like the one that the file was written for."""
    text, release = TWICE[name]
    (tmp_path / "f.toml").write_text(text)
    for _ in range(2):
        checked(["migrate", "f.toml", f"--to={release}", "--write"], tmp_path)
    assert {each.name for each in tmp_path.iterdir()} - {"bin"} == {"f.toml", "f.toml.bak"}
