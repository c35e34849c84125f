"""shell: what bash can read, without running any of it."""

from __future__ import annotations

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

    monkeypatch.setattr(shell.shutil, "which", fail)
    assert syntax_error("module load x; conda activate qiime2") is None
    with pytest.raises(AssertionError):
        syntax_error("echo 'a'")


def test_no_bash_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell.shutil, "which", lambda _: None)
    assert syntax_error("echo 'a") is None


def test_environment_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "mark"
    start = tmp_path / "start.sh"
    start.write_text(f"touch '{mark}'\n")
    monkeypatch.setenv("BASH_ENV", str(start))
    assert syntax_error("echo 'a'") is None
    assert not mark.exists()
