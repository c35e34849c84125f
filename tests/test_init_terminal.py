"""The whole of init as a person meets it: a process in a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import q2pconf
from q2pconf import capacity, schema
from q2pconf.document import Document
from q2pconf.model import Config
from q2pconf.releases import find

ENTER, DOWN, UP, CTRL_C = "\r", "\x1b[B", "\x1b[A", "\x03"
PATIENCE = 60
RELEASE = find("2026.4")

# The terminal becomes the one that Ctrl-C reaches this process through, as with a real shell.
START = (
    "import fcntl, runpy, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "sys.argv[0] = 'q2pconf'\n"
    "runpy.run_module('q2pconf', run_name='__main__', alter_sys=False)\n"
)
ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[=>()][0-9A-B]?)")
COLOUR = re.compile(rb"\x1b\[[0-9;]*3[0-7][0-9;]*m")

SINFO = (
    "short|short*|up|1:00:00|idle|2|16|65536|(null)\n"
    "long|long|up|2-00:00:00|idle|2|16|65536|(null)\n"
    "closed|closed|down|infinite|idle|2|16|65536|(null)\n"
)


class Terminal:
    """A process with a terminal of its own."""

    def __init__(self, arguments: list[str], env: dict[str, str], columns: int, rows: int) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=env,
            start_new_session=True,
        )
        os.close(slave)
        self.raw = b""
        self.seen = 0

    @property
    def words(self) -> str:
        """All that was printed so far, without steering and without blanks."""
        text = ESCAPES.sub(b"", self.raw).decode("utf-8", "replace")
        return "".join(text.split())

    def wait_for(self, text: str) -> None:
        """Wait until this appears after all that was waited for before."""
        wanted = "".join(text.split())
        end = time.monotonic() + PATIENCE
        while (at := self.words.find(wanted, self.seen)) < 0:
            assert self._read(end), f"no {text!r} in {self.words[self.seen :]!r}"
        self.seen = at + len(wanted)

    def answer(self, question: str, keys: str = ENTER) -> None:
        """Wait for a question, then type."""
        self.wait_for(question)
        os.write(self.master, keys.encode())

    def end(self) -> int:
        """Wait until the process has ended."""
        end = time.monotonic() + PATIENCE
        while self._read(end):
            pass
        return self.process.wait(PATIENCE)

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], max(end - time.monotonic(), 0))
        try:
            found = os.read(self.master, 65536) if ready else b""
        except OSError:
            found = b""
        self.raw += found
        return bool(found)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start init in an empty folder, on a machine with Slurm or with no scheduler at all."""
    home, commands, empty = tmp_path / "home", tmp_path / "bin", tmp_path / "empty"
    for folder in (home, commands, empty, tmp_path / "work"):
        folder.mkdir()
    for name, prints in (("sinfo", SINFO), ("sbatch", ""), ("scontrol", ""), ("sacctmgr", "")):
        (commands / name).write_text(f"#!/bin/sh\nprintf '%s' '{prints}'\n")
        (commands / name).chmod(0o755)
    monkeypatch.chdir(tmp_path / "work")
    started: list[Terminal] = []

    def begin(
        *more: str, slurm: bool = True, columns: int = 80, rows: int = 24, **env: str
    ) -> Terminal:
        variables = {
            "PATH": str(commands if slurm else empty),
            "HOME": str(home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(Path(q2pconf.__file__).parent.parent),
            "PROMPT_TOOLKIT_NO_CPR": "1",
            **env,
        }
        arguments = ["init", "--release", RELEASE.name, *more]
        started.append(Terminal(arguments, variables, columns, rows))
        return started[-1]

    yield begin
    for one in started:
        one.close()


FILE = "qiime2_config.toml"


def comes_to(path: str = FILE) -> capacity.Capacity:
    """What a file comes to, after it was found to be right."""
    report = q2pconf.validate(path, release=RELEASE)
    assert (report.errors, report.warnings) == ((), ())
    config = Config.from_data(Document.load(path).data, schema.of(RELEASE))
    return next(one for one in capacity.of_config(config, RELEASE) if one.label == "default")


def test_slurm_from_the_first_question_to_the_file(start: Start) -> None:
    seat = start()
    seat.answer("Where shall the work be done?")
    seat.wait_for("A Slurm cluster (found here)")
    seat.wait_for("long: 2 days, 16 CPUs, 64 GB")
    seat.answer("closed (it is down", DOWN + ENTER)
    seat.answer("CPUs for each action?", "12" + ENTER)
    seat.answer("memory for each action?", "96GB" + ENTER)
    seat.wait_for("96 GB are more than the 64 GB of any node of long")
    seat.answer("all the same? (y/N)")
    seat.answer("memory for each action?", "48GB" + ENTER)
    seat.answer("at most?", "3 days" + ENTER)
    seat.answer("allows", ENTER)
    seat.answer("at most?", "1-12:00" + ENTER)
    seat.answer("actions at a time?", "25" + ENTER)
    for question in ("account", "environment", "special?"):
        seat.answer(question)
    seat.wait_for("up to 25 actions at a time")
    assert not Path(FILE).exists()
    seat.answer("Write qiime2_config.toml?", DOWN + ENTER)
    seat.wait_for("# Written by q2pconf")
    seat.answer("Write qiime2_config.toml?")
    seat.wait_for("next:")
    assert seat.end() == 0
    found = comes_to()
    assert (found.concurrent_actions, found.cores_per_action) == (25, 12)
    assert (found.memory_gb_per_action, found.walltime_seconds) == (48, 36 * 3600)
    assert (found.requested.cores, found.requested.memory_gb) == (25 * 12, 25 * 48)


@pytest.mark.parametrize(
    ("columns", "env", "colour", "steering"),
    [
        pytest.param(40, {}, True, True, id="narrow"),
        pytest.param(80, {"NO_COLOR": "1"}, False, True, id="NO_COLOR"),
        pytest.param(80, {"TERM": "dumb"}, False, False, id="TERM=dumb"),
    ],
)
def test_any_terminal(
    start: Start, columns: int, env: dict[str, str], colour: bool, steering: bool
) -> None:
    seat = start(slurm=False, columns=columns, **env)
    seat.answer("Where shall the work be done?")
    seat.answer("may be used in all?", "4" + ENTER)
    seat.answer("CPUs for each action?", "2" + ENTER)
    seat.answer("memory for each action?")
    seat.answer("actions at a time?")
    seat.answer("special?")
    seat.answer("Write qiime2_config.toml?")
    assert seat.end() == 0
    assert comes_to().concurrent_actions == 2
    assert bool(COLOUR.search(seat.raw)) is colour
    assert (b"\x1b" in seat.raw) is steering
    lines = ESCAPES.sub(b"", seat.raw).decode().splitlines()
    help_ = next(line for line in lines if "--p-threads" in line)
    assert len(help_) < columns


@pytest.mark.parametrize("term", ["xterm", "dumb"])
@pytest.mark.parametrize("question", ["Where", "CPUs for each action?", "Write q"])
def test_ctrl_c_at_a_question(start: Start, question: str, term: str) -> None:
    seat = start("--preset", "local", TERM=term) if question != "Where" else start(TERM=term)
    if question == "Write q":
        for before in ("in all?", "for each action?", "memory for", "at a time?", "special?"):
            seat.answer(before)
    elif question != "Where":
        seat.answer("in all?")
    seat.answer(question, "")
    # In a terminal of lines the key comes as a signal, which must find the question waiting.
    time.sleep(0.1)
    os.write(seat.master, CTRL_C.encode())
    assert seat.end() == 130
    assert seat.words.endswith("q2pconf:stopped;nothingwaswritten")
    assert "Traceback" not in seat.words
    assert os.listdir() == []


OLD = """\
# mine
[parsl]
strategy = "simple" # keep this

[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
max_workers_per_node = 1
cores_per_worker = 4

[parsl.executors.provider]
class = "SlurmProvider"
partition = "long" # and this
walltime = "24:00:00"
nodes_per_block = 1
cores_per_node = 4
mem_per_node = 16
exclusive = true
init_blocks = 1
max_blocks = 4
"""


def test_a_file_that_exists_is_changed_and_kept(start: Start) -> None:
    Path(FILE).write_text(OLD)
    seat = start("--cpus", "4", "--memory", "16GB", "--walltime", "24h")
    seat.answer("exists.")
    seat.answer("Which partition?")
    seat.answer("actions at a time?", "9" + ENTER)
    for question in ("account", "environment", "special?"):
        seat.answer(question)
    seat.wait_for("-max_blocks = 4 +max_blocks = 9")
    assert Path(FILE).read_text() == OLD
    seat.answer("Write")
    seat.wait_for(f"the file as it was is {FILE}.bak")
    assert seat.end() == 0
    assert Path(FILE).read_text() == OLD.replace("max_blocks = 4", "max_blocks = 9")
    assert Path(f"{FILE}.bak").read_text() == OLD
    assert comes_to().concurrent_actions == 9


@pytest.mark.parametrize(("keys", "code"), [(CTRL_C, 130), (UP + ENTER, 130), (None, -9)])
def test_a_file_that_exists_stays_until_the_last_answer(
    start: Start, keys: str | None, code: int
) -> None:
    Path(FILE).write_text(OLD)
    seat = start("--preset", "slurm", "--yes", "--dry-run")
    assert seat.end() == 0
    seat = start("--preset", "local", "--max-cpus", "1", "--cpus", "1", "--memory", "1GB")
    seat.answer("at a time?")
    seat.answer("special?")
    seat.wait_for("Write")
    if keys is None:
        seat.process.send_signal(signal.SIGKILL)
    else:
        os.write(seat.master, keys.encode())
    assert seat.end() == code
    assert os.listdir() == [FILE]
    assert Path(FILE).read_text() == OLD


def test_a_file_with_an_error_of_its_own_is_replaced(start: Start) -> None:
    wrong = OLD.replace("init_blocks = 1", "no_such_key = 1")
    Path(FILE).write_text(wrong)
    seat = start("--cpus", "4", "--memory", "16GB", "--walltime", "24h", "--actions", "2")
    seat.answer("exists.")
    seat.wait_for("The file has an error")
    seat.answer("Which partition?", DOWN + ENTER)
    for question in ("account", "environment", "special?", "Write"):
        seat.answer(question)
    assert seat.end() == 0
    assert Path(f"{FILE}.bak").read_text() == wrong
    assert comes_to().concurrent_actions == 2


def test_limits_of_another_cluster_do_not_count(start: Start) -> None:
    seat = start("--preset", "pbs", "--cpus", "64", "--memory", "1GB", "--actions", "2")
    seat.answer("Which queue? [none]", "batch" + ENTER)
    seat.answer("at most?", "100h" + ENTER)
    seat.wait_for("account")
    assert "short" not in seat.words


def test_text_that_is_no_toml_is_kept_too(start: Start) -> None:
    Path(FILE).write_text("not = = toml\n")
    seat = start("--preset", "local", "--max-cpus", "1", "--cpus", "1", "--memory", "1GB")
    seat.wait_for("exists. A new file replaces it")
    seat.answer("at a time?")
    seat.answer("special?")
    seat.answer("Write")
    assert seat.end() == 0
    assert Path(f"{FILE}.bak").read_text() == "not = = toml\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-o", "none/f.toml"], "thereisnofolder"),
        (["-o", "."], "itisafolder"),
        (["--cpus", "0"], "--cpus"),
        (["--set", "no_such=1", "--preset", "local"], "no_such"),
    ],
)
def test_what_cannot_work_is_said_before_the_first_answer(
    start: Start, arguments: list[str], reason: str
) -> None:
    seat = start(*arguments, slurm=False)
    assert seat.end() == 2
    assert reason in seat.words
    assert "?" not in seat.words.replace(reason, "")


KILLED = """
import os, signal, sys
from pathlib import Path
from q2pconf.cli.destination import Destination
CALLS = ("open", "fstat", "fchmod", "fsync", "link", "replace", "unlink", "close")

def killed_at(number):
    left = [number]
    def counted(call):
        def instead(*args, **more):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **more)
        return instead
    for name in CALLS:
        setattr(os, name, counted(getattr(os, name)))
    Destination(path="f", content=b"old", text="old").write("new", replace=True)
    os._exit(0)

number = 1
while True:
    Path("f").write_text("old")
    Path("f.bak").unlink(missing_ok=True)
    child = os.fork() or killed_at(number)
    status = os.waitpid(child, 0)[1]
    now = Path("f").read_text()
    kept = Path("f.bak").read_text() if Path("f.bak").exists() else None
    assert now in ("old", "new"), (number, now)
    assert kept in (None, "old"), (number, kept)
    assert now == "old" or kept == "old", number
    number += 1
    if os.WIFEXITED(status):
        break
print(number, now)
"""


def test_killed_at_any_call_while_writing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(q2pconf.__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    number, now = done.stdout.split()
    assert now == "new"
    assert int(number) > 8
