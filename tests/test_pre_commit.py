"""The hook for pre-commit, run by pre-commit itself in repositories made for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.packaging

CHECKOUT = Path(__file__).resolve().parent.parent
NEEDED = ("q2pconf", "schemas", "presets", "tools")
SINGLE = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
RIGHT = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
WRONG = RIGHT.replace("default", "mine")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pre-commit, and with a repository that has q2pconf and its hook."""
    top = tmp_path_factory.mktemp("pre-commit")
    source = top / "q2pconf"
    source.mkdir()
    for name in NEEDED:
        shutil.copytree(
            CHECKOUT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    for name in SINGLE:
        shutil.copy2(CHECKOUT / name, source / name)
    repository(source, top)
    run(top, top, sys.executable, "-m", "venv", "--without-pip", "venv")
    pip = (sys.executable, "-m", "pip", "--python", "venv/bin/python", "install", "--quiet")
    run(top, top, *pip, "pre-commit==4.7.0")
    return top


def run(home: Path, where: Path, *command: str | Path, expected: int = 0) -> str:
    """What a command prints, in a folder of its own; pre-commit and git know of no other."""
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "HOME": str(home),
        "PRE_COMMIT_HOME": str(home / "cache"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=where, env=env, capture_output=True, text=True, check=False, timeout=600,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == expected, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def repository(folder: Path, home: Path) -> str:
    """Commit everything in a folder; the commit's name."""
    git = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.org")
    run(home, folder, *git, "init", "--quiet")
    run(home, folder, *git, "add", "--all")
    run(home, folder, *git, "commit", "--quiet", "--no-verify", "--message", "all")
    return run(home, folder, *git, "rev-parse", "HEAD").strip()


def config(home: Path, addition: str = "") -> str:
    """A .pre-commit-config.yaml as the guide shows it."""
    guide = (CHECKOUT / "docs" / "guides" / "pre-commit.md").read_text(encoding="utf-8")
    text = guide.partition("```yaml\n")[2].partition("```")[0]
    commit = run(home, home / "q2pconf", "git", "rev-parse", "HEAD").strip()
    filled = text.replace("URL-OF-THIS-REPOSITORY", str(home / "q2pconf"))
    return filled.replace("rev: TAG-OR-COMMIT", f"rev: {commit}") + addition


def check(
    home: Path, folder: Path, files: dict[str, str], expected: int, addition: str = ""
) -> str:
    for name, text in {".pre-commit-config.yaml": config(home, addition), **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    repository(folder, home)
    program = home / "venv" / "bin" / "pre-commit"
    return run(home, folder, program, "run", "--all-files", "--color=never", expected=expected)


def test_only_files_of_that_name_are_checked(home: Path, tmp_path: Path) -> None:
    files = {"qiime2_config.toml": RIGHT, "lab/qiime2_config.toml": RIGHT, "other.toml": WRONG}
    out = check(home, tmp_path, files, 0)
    assert "q2pconf validate" in out
    assert "Passed" in out


def test_a_mistake_stops_the_commit(home: Path, tmp_path: Path) -> None:
    out = check(home, tmp_path, {"lab/qiime2_config.toml": WRONG}, 1)
    assert "lab/qiime2_config.toml:3:9: error[Q2P115]" in out
    assert "for QIIME 2 2026.4" in out


def test_pattern_for_other_names(home: Path, tmp_path: Path) -> None:
    guide = (CHECKOUT / "docs" / "guides" / "pre-commit.md").read_text(encoding="utf-8")
    pattern = guide.partition("```yaml\n        files:")[2].partition("\n")[0]
    addition = f"        files:{pattern}\n"
    out = check(home, tmp_path, {"configs/slurm.toml": WRONG}, 1, addition)
    assert "configs/slurm.toml:3:9: error[Q2P115]" in out


def test_without_such_a_file_nothing_is_done(home: Path, tmp_path: Path) -> None:
    assert "no files to check" in check(home, tmp_path, {"other.toml": WRONG}, 0)


def test_repository_can_be_tried(home: Path, tmp_path: Path) -> None:
    (tmp_path / "qiime2_config.toml").write_text(WRONG, encoding="utf-8")
    repository(tmp_path, home)
    program = home / "venv" / "bin" / "pre-commit"
    tried = (program, "try-repo", home / "q2pconf", "q2pconf-validate", "--all-files")
    assert "Q2P115" in run(home, tmp_path, *tried, expected=1)
