"""What is answered to the wizard is data: in shell text, in directives of schedulers, in TOML."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from calling import checked

from q2pconf import activation
from q2pconf._toml import loads

EVIL = (
    "x\n#SBATCH --account=evil", "x\r#PBS -A evil", "x\u2028#$ -q evil", "x --account=evil",
    "$(touch pwned)", "`touch pwned`", "x; touch pwned", "x'; touch pwned; '",
    'x"; touch pwned; "',
    "x && touch pwned", "x | touch pwned", "x > pwned", "x\\\ntouch pwned", "${IFS}touch",
    "x\ttouch",
    '"""\nlabel = "evil"\n"""', "'''\nlabel = 'evil'\n'''", "x\x1b[2J", "x #", "-x", "!touch", "*",
    "x]\n[parsl]\n", '", account = "evil', "~/x y", "/opt/it's", "/opt/$(touch pwned)/x",
)  # fmt: skip

NAMES = ("partition", "account", "qos", "queue", "environment")
SET = ("partition", "provider.account", "qos", "constraint", "reservation", "clusters")


def made(folder: Path, words: list[str]) -> tuple[int, dict[str, Any]]:
    """What ``init`` makes of these answers."""
    found = checked(["init", "--yes", "--release=2026.4", "-o", "-", *words], folder)
    return found.code, loads(found.out.decode()) if found.code == 0 else {}


def provider(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data["parsl"]["executors"][-1]["provider"]
    return found


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
@pytest.mark.parametrize("name", NAMES)
def test_an_answer_begins_no_directive(tmp_path: Path, name: str, evil: str) -> None:
    preset = "pbs" if name == "queue" else "slurm"
    code, data = made(tmp_path, [f"--preset={preset}", f"--{name}={evil}"])
    if code != 0:
        return
    _, plain = made(tmp_path, [f"--preset={preset}", f"--{name}=/plain"])
    assert provider(data).keys() == provider(plain).keys()
    if name == "environment":
        begun = [line for line in provider(data)["worker_init"].splitlines() if line[:1] == "#"]
        assert not begun
    else:
        assert provider(data)[name] == evil
        assert not set(evil) & set(" \t\r\n;$`'\"\\&|<>")


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
@pytest.mark.parametrize("key", SET)
def test_a_setting_begins_no_directive(tmp_path: Path, key: str, evil: str) -> None:
    code, data = made(tmp_path, ["--preset=slurm", f"--set={key}={evil}"])
    if code == 0:
        value = provider(data)[key.rpartition(".")[2]]
        assert value == evil
        assert not set(value) & set(" \t\r\n;$`'\"\\")
        assert len(data["parsl"]["executors"]) == 2


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_an_environment_begins_no_command(tmp_path: Path, evil: str) -> None:
    code, data = made(tmp_path, ["--preset=slurm", f"--environment={evil}"])
    if code != 0:
        return
    # Stand-ins for all that the text may call; what it does beyond that would leave a file.
    (tmp_path / "conda").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "conda").chmod(0o755)
    subprocess.run(
        ["bash", "-c", provider(data)["worker_init"]],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}{os.pathsep}/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )
    assert sorted(os.listdir(tmp_path)) == ["conda"]


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
@pytest.mark.parametrize("tool", ["CONDA_EXE", "MAMBA_EXE", None])
def test_shell_text_of_an_environment_is_one_command_a_line(
    tmp_path: Path, evil: str, tool: str | None
) -> None:
    """The variables of conda are quoted too: a folder may have any name."""
    folder = f"/opt/{evil}"
    env = {} if tool is None else {tool: f"{folder}/bin/conda"}
    text = "\n".join(activation.lines(folder, env))
    subprocess.run(
        ["bash", "-c", text], cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True,
        check=False,
    )  # fmt: skip
    assert os.listdir(tmp_path) == []


def test_nothing_of_a_file_is_run(tmp_path: Path) -> None:
    touch = "touch pwned; $(touch pwned); `touch pwned`"
    text = (
        '[parsl]\n[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\n'
        f'launch_cmd = "{touch}"\n[parsl.executors.provider]\nclass = "SlurmProvider"\n'
        f'worker_init = "{touch}"\nscheduler_options = "{touch}"\n'
        f'[parsl.executors.provider.launcher]\nclass = "SrunLauncher"\noverrides = "{touch}"\n'
    )
    (tmp_path / "f.toml").write_text(text)
    for words in (
        ["validate", "f.toml"], ["validate", "f.toml", "--fix", "--unsafe-fixes"],
        ["explain", "f.toml"], ["migrate", "f.toml", "--to=2023.7"],
        ["init", "--force", "--yes", "--cpus=2", "-o", "f.toml"],
    ):  # fmt: skip
        subprocess.run(
            [sys.executable, "-m", "q2pconf", *words],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert not (tmp_path / "pwned").exists(), words
