"""The page on how to read explain shows what explain says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from q2pconf.cli import main

PAGE = (Path(__file__).parents[1] / "docs" / "guides" / "explain.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [0, 1])
def test_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    file = re.search(r"<!-- file: (\S+) -->\n```toml\n(.*?)```", PAGE, re.DOTALL)
    assert file is not None
    (tmp_path / file[1]).write_text(file[2])
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```console\n\$ q2pconf (.*?)\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 2
    command, shown = blocks[number]
    main(shlex.split(command))
    assert shown in capsys.readouterr().out
