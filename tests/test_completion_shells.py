"""The completion scripts in the shells that they are for."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shlex
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from q2pconf.completions.scripts import SCRIPTS
from q2pconf.releases import all_releases

SHAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r(?!\n)")
"""How a terminal is told to show text, which is no text."""

PATIENCE = 30.0
"""Seconds that a shell may take to say something."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a file, one with a blank in its name, and a folder. q2pconf is on the
    PATH."""
    program = tmp_path / "bin" / "q2pconf"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m q2pconf "$@"\n')
    program.chmod(0o755)
    work = tmp_path / "work"
    (work / "configs").mkdir(parents=True)
    (work / "lab one.toml").touch()
    (work / "slurm.toml").touch()
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.chdir(work)
    return work


def said(shell: str, *lines: str) -> list[str]:
    """What a shell prints for a script."""
    assert shutil.which(shell), f"{shell} is not installed"
    done = subprocess.run(
        [shell, "-c", "\n".join(lines)],
        capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


class Terminal:
    """A shell at a terminal of its own."""

    def __init__(self, *command: str) -> None:
        assert shutil.which(command[0]), f"{command[0]} is not installed"
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 150, 0, 0))
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.shown = ""

    def type(self, text: str) -> None:
        """Type this; what was shown before counts no longer."""
        self.shown = ""
        os.write(self.ours, text.encode())

    def wait_for(self, text: str) -> None:
        """Read on until the terminal has shown this."""
        deadline = time.monotonic() + PATIENCE
        while text not in SHAPE.sub("", self.shown):
            ready, _, _ = select.select([self.ours], [], [], deadline - time.monotonic())
            assert ready, f"{text!r} never came: {self.shown!r}"
            self.shown += os.read(self.ours, 65536).decode("utf-8", "replace")

    def close(self) -> None:
        """End the shell."""
        self.process.kill()
        self.process.wait()
        os.close(self.ours)


@pytest.fixture
def terminal(request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """The shell that the test names, ready and with the script loaded in the way it names."""
    shell, *setup = request.param
    here = Terminal(*shell)
    try:
        here.type(f"PS1='> '; {'; '.join(setup)}; echo rea'dy'\r")
        here.wait_for("ready\r\n")
        yield here
    finally:
        here.close()


BASH = (("bash", "--norc", "--noprofile", "-i"), 'eval "$(q2pconf completion bash)"')
ZSH = ("zsh", "-f", "-i")
EVALUATED = (ZSH, "autoload -U compinit", "compinit -D", 'eval "$(q2pconf completion zsh)"')
IN_FPATH = (
    ZSH, "mkdir ../f", "q2pconf completion zsh > ../f/_q2pconf", "fpath=(${PWD:h}/f $fpath)",
    "autoload -U compinit", "compinit -D",
)  # fmt: skip
IN_ANY = [
    ("q2pconf va\t", "q2pconf validate "),
    ("q2pconf schema --format=j\t", "q2pconf schema --format=json "),
    ("q2pconf which --release 2023.7\t", "--release 2023.7 "),
    ("q2pconf validate sl\t", "q2pconf validate slurm.toml"),
    ("q2pconf validate la\t", "q2pconf validate lab\\ one.toml"),
    ("q2pconf init --answers=sl\t", "--answers=slurm.toml"),
    ("q2pconf which --env con\t", "q2pconf which --env configs/"),
]


@pytest.mark.parametrize("terminal", [pytest.param(BASH, id="bash")], indirect=True)
@pytest.mark.parametrize(
    ("typed", "expected"), [*IN_ANY, ("q2pconf init --preset \t\t", "local  pbs    slurm")]
)
def test_bash(terminal: Terminal, typed: str, expected: str) -> None:
    terminal.type(typed)
    terminal.wait_for(expected)


def test_bash_without_a_terminal() -> None:
    # bash hands over the end of the word behind a =, and the line as far as it is typed.
    asked = ["COMP_LINE='q2pconf which --release=2026.4x'", "COMP_POINT=28"]
    found = said("bash", SCRIPTS["bash"], *asked, "_q2pconf q2pconf 2026", 'echo "${COMPREPLY[*]}"')
    releases = [one.name for one in reversed(all_releases()) if one.name.startswith("2026")]
    assert found == [" ".join(releases)]


@pytest.mark.packaging
@pytest.mark.parametrize(
    "terminal",
    [pytest.param(EVALUATED, id="evaluated"), pytest.param(IN_FPATH, id="in-fpath")],
    indirect=True,
)
@pytest.mark.parametrize(
    ("typed", "expected"), [*IN_ANY, ("q2pconf init --preset \t\t", "slurm  -- A Slurm cluster")]
)
def test_zsh(terminal: Terminal, typed: str, expected: str) -> None:
    terminal.type(typed)
    terminal.wait_for(expected)


@pytest.mark.packaging
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("q2pconf va", ["validate\tcheck configuration files"]),
        ("q2pconf schema --format=j", ["--format=json"]),
        ("q2pconf init --preset slu", ["slurm\tA Slurm cluster"]),
        ("q2pconf validate -- s", ["slurm.toml"]),
        ("q2pconf validate la", ["lab one.toml"]),
        ("q2pconf validate ", ["configs/", "lab one.toml", "slurm.toml"]),
        ("q2pconf init --answers=sl", ["--answers=slurm.toml"]),
        ("q2pconf which --env conf", ["configs/"]),
        ("q2pconf init --actions ", []),
    ],
)
def test_fish(line: str, expected: list[str]) -> None:
    found = said("fish", "q2pconf completion fish | source", f"complete -C '{line}'")
    assert [one.replace("\\ ", " ") for one in found] == expected
