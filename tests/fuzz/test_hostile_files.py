"""Odd kinds of files, names that steer terminals, sizes that exhaust: one message each."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from calling import checked

from q2pconf.document import MAX_BYTES, Document

READING = (
    ["validate", "{}"], ["validate", "{}", "--format=json"], ["validate", "{}", "--release=all"],
    ["validate", "{}", "--fix"], ["explain", "{}"], ["explain", "{}", "--format=json"],
    ["migrate", "{}", "--to=2026.4"], ["migrate", "{}", "--to=2026.4", "--write"],
    ["init", "--preset=local", "--yes", "--answers={}", "-o", "-"],
    ["init", "--preset=local", "--yes", "--force", "-o", "{}"],
    ["try", "{}"], ["explain", "--script", "{}"],
)  # fmt: skip
"""Every command that reads a file."""

each_command = pytest.mark.parametrize("words", READING, ids=" ".join)

GOOD = '[parsl]\n[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'


def named(words: list[str], name: str) -> list[str]:
    return [word.format(name) for word in words]


@each_command
@pytest.mark.parametrize("kind", ["fifo", "circle", "dangling", "null", "zero", "socket", "folder"])
def test_no_ordinary_file(tmp_path: Path, words: list[str], kind: str) -> None:
    path = tmp_path / "x.toml"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        import socket

        with socket.socket(socket.AF_UNIX) as one:
            one.bind(os.path.relpath(path))
    else:
        targets = {"circle": path, "dangling": tmp_path / "no"}
        path.symlink_to(targets.get(kind, Path("/dev", kind)))
    before = os.lstat(path)
    found = checked(named(words, "x.toml"), tmp_path)
    if kind == "null" and "--answers={}" in words:
        assert found.code == 0  # no answers
    elif kind == "dangling" and words[0] == "init" and "-o" in words and "{}" in words:
        assert (tmp_path / "no").is_file()  # what the link names is made
    else:
        assert found.code in (1, 2), found
    now = os.lstat(path)
    assert (now.st_mode, now.st_ino) == (before.st_mode, before.st_ino)


@each_command
@pytest.mark.parametrize(
    "name", ["a\nb.toml", "\x1b[2J.toml", "\u2028.toml", "\x9b.toml", "é.toml"]
)
def test_names_do_not_steer_terminals(tmp_path: Path, words: list[str], name: str) -> None:
    for content in (None, GOOD, "=", GOOD.replace("label", "max_treads")):
        if content is not None:
            (tmp_path / name).write_text(content)
        checked(named(words, name), tmp_path, terminal="-" not in words)


@each_command
def test_a_name_that_is_no_text(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "\udcff.toml").write_text("=")
    checked(named(words, "\udcff.toml"), tmp_path, terminal="-" not in words)


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    script = f"'{sys.executable}' -m q2pconf validate --format json <(sleep 0.3; cat f.toml)"
    (tmp_path / "f.toml").write_text(GOOD)
    for text in (script, script.replace("sleep 0.3; ", ""), script.replace("sleep 0.3; ", ":; ")):
        done = subprocess.run(
            ["bash", "-c", text], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done
        assert '"ok": true' in done.stdout


def test_a_named_pipe_that_somebody_writes_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = subprocess.Popen(["sh", "-c", "sleep 0.2; cat >pipe"], cwd=tmp_path, stdin=-1)
    assert writer.stdin is not None
    writer.stdin.write(GOOD.encode())
    writer.stdin.close()
    assert Document.load(tmp_path / "pipe").text == GOOD
    assert writer.wait() == 0


@pytest.mark.parametrize("words", [["{}"], ["schema", "x", "{}"], ["schema", "--format={}"]])
def test_unknown_words_do_not_steer_terminals(tmp_path: Path, words: list[str]) -> None:
    found = checked(named(words, "\x1b[2J"), tmp_path)
    assert found.code == 2
    assert found.err
    assert "\x1b" not in found.err


LIMIT = 1_500_000_000
"""Bytes of memory that a call gets."""

BOMBS = {
    "brackets": lambda: b"x = " + b"[" * 1_000_000,
    "closed brackets": lambda: b"x = " + b"[" * 20_000 + b"]" * 20_000,
    "braces": lambda: b"x = " + b"{a=" * 300_000,
    "dots": lambda: b".".join([b"a"] * 200_000) + b" = 1\n",
    "dots in a header": lambda: b"[" + b".".join([b"a"] * 200_000) + b"]\n",
    "quotes": lambda: b'x = """' + b'"' * 1_900_000,
    "one long line": lambda: b"# " + b"x" * (MAX_BYTES - 10),
    "digits": lambda: b"x = " + b"9" * 1_900_000,
    "a date": lambda: b"x = 1979-05-27T07:32:00." + b"9" * 1_000_000,
    "nothing but lines": lambda: b"\n" * MAX_BYTES,
    "control characters": lambda: b"\x01" * MAX_BYTES,
    "too large": lambda: b"x" * (MAX_BYTES + 1),
    "comments": lambda: b"# q2pconf: ignore\n" * 10_000,
    "keys": lambda: b"[x]\n" + b"".join(b"k%d=1\n" % n for n in range(190_000)),
    "a million keys": lambda: b"".join(b"k%d=1\n" % n for n in range(1_000_000)),
}


@pytest.mark.fuzz
@pytest.mark.parametrize("command", ["validate", "explain", "migrate", "init"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs(tmp_path: Path, bomb: str, command: str) -> None:
    (tmp_path / "f.toml").write_bytes(BOMBS[bomb]())
    bounded(command, tmp_path)


def bounded(command: str, folder: Path, most_seconds: float = 60) -> float:
    """Run a command on ``f.toml`` with little memory; the seconds it takes."""
    more = {"migrate": ["f.toml", "--to=2026.4"], "init": ["--yes", "--force", "-o", "f.toml"]}
    words = [sys.executable, "-m", "q2pconf", command, *more.get(command, ["f.toml"])]
    began = time.monotonic()
    done = subprocess.run(
        [*words, "--release=2026.4"],
        cwd=folder,
        capture_output=True,
        timeout=most_seconds,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT)),
    )
    seconds = time.monotonic() - began
    err = done.stderr.decode()
    assert done.returncode in (0, 1, 2), (done.returncode, err[-500:])
    assert "Traceback" not in err
    assert len(done.stdout) + len(err) < 30_000_000
    return seconds
