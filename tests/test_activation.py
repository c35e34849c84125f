"""activation: bash takes the lines, and really gets into the environment with them."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from q2pconf import activation
from q2pconf.errors import UsageError

PLAIN = {"PATH": os.environ.get("PATH", os.defpath)}
NAMES = [
    "plain",
    "a b",
    "it's",
    'say "x"',
    "$HOME",
    "a;b",
    "back\\slash",
    "`id`",
    "é",
    "(x)",
    "a&b",
]
CONDA = """\
conda() {
    [ "$1" = activate ] || return 1
    [ -d "$2" ] || { echo "EnvironmentNameNotFound: $2" >&2; return 1; }
    export PATH="$2/bin:$PATH" CONDA_PREFIX="$2"
}
"""


def bash(lines: list[str], env: Mapping[str, str] = PLAIN) -> subprocess.CompletedProcess[str]:
    """A job: a shell that is not interactive, with these lines and then its work."""
    script = "\n".join([*lines, 'echo "at work: $(command -v process_worker_pool.py)"'])
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", script],
        capture_output=True, text=True, check=False, env=dict(env), timeout=20,
    )  # fmt: skip


def environment(folder: Path, *, parsl: bool = True) -> Path:
    """A folder with the one program that matters, and things that environments have."""
    (folder / "bin").mkdir(parents=True)
    if parsl:
        program = folder / "bin" / "process_worker_pool.py"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return folder


def conda(root: Path) -> dict[str, str]:
    """Variables of a conda that is installed at this place."""
    script = root / "etc" / "profile.d" / "conda.sh"
    script.parent.mkdir(parents=True)
    script.write_text(CONDA)
    return {**PLAIN, "CONDA_EXE": str(root / "bin" / "conda")}


def mamba(root: Path, name: str = "micromamba") -> dict[str, str]:
    """Variables of a mamba that is installed at this place."""
    program = root / name
    hook = CONDA.replace("conda()", f"{name}()")
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\n[ "$*" = "shell hook --shell bash" ] && cat <<"E"\n{hook}E\n')
    program.chmod(0o755)
    return {**PLAIN, "MAMBA_EXE": str(program)}


def check_entered(place: Path, env: Mapping[str, str]) -> None:
    done = bash(activation.lines(str(place), env))
    assert done.stdout == f"at work: {place}/bin/process_worker_pool.py\n", done.stderr
    assert (done.stderr, done.returncode) == ("", 0)


each_name = pytest.mark.parametrize("name", NAMES)


@each_name
@pytest.mark.parametrize(
    "env",
    [
        {},
        {"CONDA_EXE": "/opt/mini conda's/bin/conda"},
        {"MAMBA_EXE": '/opt/"m"/micromamba'},
        {"MAMBA_EXE": "/opt/mamba"},
    ],
    ids=["nothing", "conda", "micromamba", "mamba"],
)
def test_bash_takes_the_lines(name: str, env: dict[str, str]) -> None:
    for wanted in (name, f"/envs/{name}"):
        script = "\n".join(activation.lines(wanted, env))
        done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


@each_name
def test_conda(tmp_path: Path, name: str) -> None:
    check_entered(environment(tmp_path / "envs" / name), conda(tmp_path / f"root {name}"))


@each_name
def test_micromamba(tmp_path: Path, name: str) -> None:
    check_entered(environment(tmp_path / "envs" / name), mamba(tmp_path / f"root {name}"))


def test_mamba_goes_by_its_own_name(tmp_path: Path) -> None:
    check_entered(environment(tmp_path / "q2"), mamba(tmp_path / "bin", "mamba"))


def test_conda_comes_before_mamba(tmp_path: Path) -> None:
    env = {**mamba(tmp_path / "m"), **conda(tmp_path / "c")}
    assert activation.lines("q2", env)[0] == f"source {tmp_path}/c/etc/profile.d/conda.sh"


@each_name
def test_venv(tmp_path: Path, name: str) -> None:
    place = environment(tmp_path / name)
    (place / "pyvenv.cfg").touch()
    (place / "bin" / "activate").write_text(f"export PATH={shlex.quote(str(place))}/bin:$PATH\n")
    check_entered(place, conda(tmp_path / "root"))


@each_name
def test_plain_folder(tmp_path: Path, name: str) -> None:
    check_entered(environment(tmp_path / name), PLAIN)


def test_conda_that_is_on_path_only(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "conda"
    program.parent.mkdir()
    text = CONDA.replace('-d "$2"', f'-d "{tmp_path}/$2"').replace('"$2', f'"{tmp_path}/$2')
    program.write_text(f'#!/bin/sh\n[ "$*" = "shell.bash hook" ] && cat <<"E"\n{text}E\n')
    program.chmod(0o755)
    environment(tmp_path / "q2")
    lines = activation.lines("q2", PLAIN)
    done = bash(lines, {"PATH": f"{program.parent}:{PLAIN['PATH']}"})
    assert done.stdout == f"at work: {tmp_path}/q2/bin/process_worker_pool.py\n", done.stderr


@each_name
def test_without_parsl_the_job_ends_with_a_message(tmp_path: Path, name: str) -> None:
    place = environment(tmp_path / name, parsl=False)
    for env in (PLAIN, conda(tmp_path / "root"), mamba(tmp_path / "m")):
        done = bash(activation.lines(str(place), env))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"no Parsl in the environment {place}: the job ends here\n"


def test_an_environment_that_is_not_there_ends_the_job(tmp_path: Path) -> None:
    done = bash(activation.lines("nothing", conda(tmp_path)))
    assert (done.returncode, done.stdout) == (1, "")
    assert "EnvironmentNameNotFound: nothing" in done.stderr
    assert done.stderr.endswith("no Parsl in the environment nothing: the job ends here\n")


def test_a_folder_is_found_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = environment(tmp_path / "envs" / "q2")
    monkeypatch.chdir(tmp_path)
    for written in ("envs/q2", "./envs/q2", "~/envs/q2", str(place)):
        lines = activation.lines(written, {**PLAIN, "HOME": str(tmp_path)})
        assert lines[0] == f"export PATH={place}/bin:$PATH"


@pytest.mark.parametrize(
    ("env", "wanted"),
    [
        ({}, None),
        ({"CONDA_PREFIX": ""}, None),
        ({"CONDA_PREFIX": "/a"}, "/a"),
        ({"VIRTUAL_ENV": "/b"}, "/b"),
        ({"CONDA_PREFIX": "/a", "VIRTUAL_ENV": "/b"}, "/a"),
    ],
)
def test_active(env: dict[str, str], wanted: str | None) -> None:
    assert activation.active(env) == wanted


def test_doubt(tmp_path: Path) -> None:
    environment(tmp_path / "q2")
    environment(tmp_path / "base", parsl=False)
    env = {"HOME": str(tmp_path), "CONDA_EXE": "/opt/conda/bin/conda"}
    for name in (str(tmp_path / "q2"), "~/q2", "q2", "base"):
        assert activation.doubt(name, env) is None
    assert "there is no folder" in (activation.doubt(str(tmp_path / "nothing"), env) or "")
    assert "no conda was found" in (activation.doubt("q2", {"PATH": str(tmp_path)}) or "")
    with pytest.raises(UsageError, match=f"did you mean the folder {tmp_path}/q2"):
        activation.doubt(str(tmp_path / "q2" / "bin" / "process_worker_pool.py"), env)
    for name in (str(tmp_path / "base"), "~/base"):
        said = f"the environment {tmp_path}/base has no Parsl, so its jobs would end at once"
        assert (activation.doubt(name, env) or "").startswith(said)


@each_name
def test_others_are_what_is_not_about_the_environment(tmp_path: Path, name: str) -> None:
    for env in ({}, {"CONDA_EXE": "/c d/bin/conda"}, {"MAMBA_EXE": "/m/micromamba"}):
        for place in (name, f"/envs/{name}"):
            entering = activation.lines(place, env)
            own = ["module load miniconda3", "export PATH=/opt/bin:$PATH"]
            text = "\n".join([*own, *entering, "export X=1", ""])
            assert activation.others(text).splitlines() == [*own, "export X=1"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("module load anaconda && conda activate q2", "module load anaconda"),
        ("source x; conda activate q2; export TMPDIR=/scratch", "source x; export TMPDIR=/scratch"),
        ('conda activate "a;b" && export FOO="1; 2"', 'export FOO="1; 2"'),
        ("# conda activate is for later\necho hi", "# conda activate is for later\necho hi"),
        (
            "if [ -d /x ]; then\n  conda activate x\nfi",
            "if [ -d /x ]; then\n  conda activate x\nfi",
        ),
    ],
)
def test_other_commands_of_a_line_stay(before: str, after: str) -> None:
    assert activation.others(before) == after
