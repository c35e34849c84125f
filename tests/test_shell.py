"""shell: what bash can read, without running any of it."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from q2pconf import shell
from q2pconf.shell import syntax_error


@pytest.fixture(autouse=True)
def _fresh() -> None:
    syntax_error.cache_clear()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "conda activate qiime2",
        "module load miniconda; conda activate qiime2",
        "source /opt/conda/etc/profile.d/conda.sh && conda activate qiime2",
        "#SBATCH --mem=16G\n#SBATCH --mail-type=FAIL",
        "export X='a b'\necho \"$X\"",
        'if [ -d /scratch ]; then export TMPDIR="/scratch"; fi',
        "for x in a b; do echo $x; done",
        "cat <<END\n' unbalanced (\nEND",
        "echo ü 🦠",
    ],
)
def test_readable(text: str) -> None:
    assert syntax_error(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "conda activate 'qiime2",
        'echo "x',
        "if true; then echo",
        "fi",
        "done",
        "echo (",
        "conda activate <your-environment>;",
        "a &&\n&& b",
        "echo $(date",
        "for x in a",
        "ü 'x",
    ],
)
def test_unreadable(text: str) -> None:
    said = syntax_error(text)
    assert said
    assert "\n" not in said
    assert "bash: line" not in said


def test_nul_needs_no_bash() -> None:
    assert syntax_error("echo a\0b") == "it contains a NUL character"


def test_nothing_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    assert syntax_error(f"touch '{mark}'; echo $(touch '{mark}')") is None
    assert not mark.exists()


def test_plain_commands_need_no_bash(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise AssertionError("asked for bash")

    monkeypatch.setattr(shutil, "which", fail)
    for text in PLAIN:
        assert syntax_error(text) is None
    with pytest.raises(AssertionError):
        syntax_error("echo 'a'")


def test_no_bash_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert syntax_error("echo 'a") is None


def test_environment_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "mark"
    start = tmp_path / "start.sh"
    start.write_text(f"touch '{mark}'\n")
    monkeypatch.setenv("BASH_ENV", str(start))
    assert syntax_error("echo 'a'") is None
    assert not mark.exists()


PLAIN = (
    "conda activate qiime2\n:",
    'module load miniconda\nsource "$(conda info --base)/etc/profile.d/conda.sh"\nconda activate q',
    "#SBATCH --mail-type=FAIL\n#SBATCH --export=NONE\n",
    'export TMPDIR="${SCRATCH}/tmp" && cd "$HOME"; true',
    "# don't (ask)\n#BSUB -R rusage[mem=8GB]\n:",
)


def test_what_is_judged_without_bash_is_what_bash_says() -> None:
    randomly = random.Random(5)
    plain = []
    while len(plain) < 60:
        text = "".join(randomly.choice(ATOMS) for _ in range(randomly.randrange(1, 9)))
        if text.strip() and shell._SIMPLE.fullmatch(text) and not shell._RESERVED.search(text):
            plain.append(text)
    for text in plain:
        done = subprocess.run(["bash", "-n"], input=text.encode(), capture_output=True, check=False)
        assert done.returncode == 0, text


ATOMS = (
    "conda", "activate", " ", "\t", "\n", ";", "&&", "#", "# x", '"', '"a b"', '"$(a b)/x"', '"$A"',
    "$", "$A", "${A}", "$(", "(", ")", "=", "A=1", "./x", "~/", ":", "-", "if", "then", "in", "!",
    "[", "{", "}", "|", "&", ">", "<", "\\", "`", "'", "\r", "ä", '"$"', '"$("', "$((", "<<E",
)  # fmt: skip
