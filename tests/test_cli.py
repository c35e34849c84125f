"""What every command does alike."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from q2pconf.cli import main

BAD = Path(__file__).parent / "invalid"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--help"], 0),
        (["which"], 0),
        (["which", "-q"], 0),
        (["which", "--parallel-config", "nowhere.toml"], 1),
        (["presets", "--format", "json"], 0),
        (["rule"], 0),
        (["schema"], 0),
        (["validate", *sorted(map(str, BAD.glob("Q2P10*.toml")))], 1),
        (["explain", "nowhere.toml"], 2),
        (["init", "--preset", "local", "--yes", "-o", "-"], 0),
    ],
    ids=lambda each: " ".join(each)[:40] if isinstance(each, list) else "",
)
def test_verdict_stays_where_the_reader_has_gone(
    tmp_path: Path, words: list[str], code: int
) -> None:
    """As in ``q2pconf … | head -1`` with the shell's pipefail."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "q2pconf", *words],
        stdout=writing, stderr=subprocess.PIPE, cwd=tmp_path, text=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    os.close(writing)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "a bug" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize("words", [["rule", "Q2P101"], ["presets"], ["completion", "bash"]])
def test_release_that_there_is_not(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--release", "1999.1"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "1999.1" in err
