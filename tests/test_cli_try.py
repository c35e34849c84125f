"""``q2pconf try`` with stand-ins for the Python that has Parsl; conformance/ and slurm/ have it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from q2pconf.cli import main

THREADS = """\
[parsl]
strategy = "none"
[[parsl.executors]]
class = "ThreadPoolExecutor"
label = "default"
max_threads = 2
"""

SPEAKS = """\
import json, os, sys, time
request = json.loads(sys.stdin.readline())
def send(**event):
    print(json.dumps(event), flush=True)
for path, text in request["marks"]:
    open(path, "w").write(text)
sys.path.insert(0, os.path.dirname(sys.argv[-1]))
import probe
look = {"marks": request["marks"]}
send(event="folder", run_dir=os.getcwd())
"""
ANSWERS = f"""{SPEAKS}
send(event="started", by="rachis 2026.4.0", here=probe.look(look))
for number in range(2):
    facts = {{**probe.look(look), "worker": f"vm:{{number}}", "started": 1.0, "ended": 2.0}}
    send(event="answer", label="default", facts={{**facts, "received": 2.0}})
sys.stdin.read()
send(event="closed")
"""


@pytest.fixture(autouse=True)
def _signals_do_what_they_do() -> Iterator[None]:
    """Tests that run in the background of a shell ignore Ctrl-C."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {each: signal.signal(each, signal.default_int_handler) for each in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with Parsl by its files' names, and a folder of its own to work in."""
    folder = tmp_path / "env"
    for name in ("parsl-2026.2.23", "rachis-2026.4.0"):
        (folder / "lib/python3.12/site-packages" / f"{name}.dist-info").mkdir(parents=True)
    (folder / "bin").mkdir()
    (tmp_path / "temporary").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    python(folder, "raise SystemExit('nothing may be started')")
    return folder


def python(prefix: Path, code: str) -> None:
    """What stands in for the environment's Python."""
    path = prefix / "bin" / "python"
    path.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
    path.chmod(0o755)


def tried(prefix: Path, *options: str, text: str | None = THREADS) -> int:
    if text is not None:
        Path("f.toml").write_text(text, encoding="utf-8")
    return main(["try", "f.toml", "--env", str(prefix), *options])


def told(prefix: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    tried(prefix, "--format", "json", *options)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert list((prefix.parent / "temporary").iterdir()) == []
    assert not list(Path.cwd().glob(".q2pconf*"))
    return found


def test_table(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python(prefix, ANSWERS)
    assert tried(prefix) == 0
    out, err = capsys.readouterr()
    assert out.startswith("f.toml for QIIME 2 2026.4 (Parsl 2026.2.23), loaded by rachis 2026.4.0")
    assert "actions at a time   2 of 2" in out
    assert f"Parsl's logs: {os.getcwd()}" in out
    assert "ok: 1 executor answered" in out
    assert err.splitlines()[0].startswith("starting for real: default on this machine; Ctrl-C")
    assert "\x1b" not in out + err


WORKERS = """\
[parsl]
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
address = "127.0.0.1"
max_workers_per_node = 1
[parsl.executors.provider]
class = "SlurmProvider"
walltime = "01:00:00"
worker_init = "touch pwned"
scheduler_options = "#SBATCH --nice"
[parsl.executors.provider.launcher]
class = "WrappedLauncher"
prepend = "time"
"""


def test_it_says_first_whose_commands_it_runs(
    prefix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    python(prefix, f"{SPEAKS}\nopen('started', 'w')\nsys.exit('gone')")

    class Err(io.StringIO):
        def write(self, text: str) -> int:
            said.append(f"{Path('started').exists()} {text}")
            return len(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", Err())
        tried(prefix, "--quiet", "--anyway", text=WORKERS)
    assert said[:2] == [
        "False starting for real: default with up to 1 job (SlurmProvider); Ctrl-C stops it and"
        " cancels the jobs\n",
        "False this runs the file's own commands (worker_init, prepend); where a job dies,"
        " worker_init runs on this machine as well, to find out why\n",
    ]
    assert Path("started").exists()


def test_nothing_is_said_of_commands_where_there_are_none(
    prefix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python(prefix, ANSWERS)
    assert tried(prefix) == 0
    assert "commands" not in capsys.readouterr().err


def test_warnings_of_the_check_are_told_where_it_does_not_work(
    prefix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warned = WORKERS.replace('"127.0.0.1"', '"10.255.255.1"')
    python(
        prefix, f"{SPEAKS}\nprint('zmq.error.ZMQError: no address', file=sys.stderr)\nsys.exit(1)"
    )
    assert tried(prefix, text=warned) == 1
    assert "line 5: warning[Q2P603]: this machine does not have" in capsys.readouterr().err
    python(prefix, ANSWERS)
    assert tried(prefix, text=THREADS) == 0
    assert "warning[" not in capsys.readouterr().err


def test_quiet(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python(prefix, ANSWERS)
    assert tried(prefix, "--quiet") == 0
    assert "at a time;" not in capsys.readouterr().err


def test_json(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python(prefix, ANSWERS)
    found = told(prefix, capsys)
    assert (found["version"], found["ok"], found["stopped"]) == (1, True, False)
    assert (found["release"], found["parsl"]) == ("2026.4", "2026.2.23")
    assert (found["loaded_by"], found["run_dir"]) == ("rachis 2026.4.0", os.getcwd())
    (one,) = found["executors"]
    assert (one["label"], one["promised"], one["seen"], one["ok"]) == ("default", 2, 2, True)
    assert one["nodes"][0]["shared"] == {"working_folder": True, "temporary_folder": True}


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (None, 2, "f.toml: there is no such file"),
        ("[parsl", 1, "nothing was started: mend the file first"),
        (THREADS.replace("max_threads", "max_treads"), 1, "or try it all the same with --anyway"),
        ('[parsl.executor_mapping.dada2]\ndenoise = "x"\n', 2, "nothing to try"),
    ],
)
def test_files_that_are_not_tried(
    prefix: Path, capsys: pytest.CaptureFixture[str], text: str | None, code: int, said: str
) -> None:
    assert tried(prefix, text=text) == code
    out, err = capsys.readouterr()
    assert (out, said in err) == ("", True), err
    assert list((prefix.parent / "temporary").iterdir()) == []


def test_what_cannot_be_read_cannot_be_tried_anyway(
    prefix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tried(prefix, "--anyway", text="[parsl") == 1
    assert "--anyway" not in capsys.readouterr().err


def test_errors_as_json(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tried(prefix, "--format", "json", text=THREADS.replace("max_t", "maxt")) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["executors"]) == (False, [])
    assert found["problems"][0]["message"].startswith("Q2P")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--timeout", "soon"], "--timeout soon: write a time such as 90s, 15m or 2h"),
        (["--timeout", "0"], "--timeout 0: write a time"),
        (["--timeout", "-5m"], "--timeout"),
        (["--jobs", "0"], "a whole number from 1 on is needed"),
        (["--jobs", "many"], "a whole number from 1 on is needed"),
        (["--executor", "none"], "the file has no executor labelled 'none'"),
        (["--release", "2024.5"], "has Parsl 2026.2.23; leave --release away"),
    ],
)
def test_options(
    prefix: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    try:
        code = tried(prefix, *options)
    except SystemExit as stop:
        code = int(stop.code or 0)
    assert code == 2
    assert said in capsys.readouterr().err
    assert list((prefix.parent / "temporary").iterdir()) == []


@pytest.mark.parametrize("command", ["try", "explain"])
def test_no_folder_for_temporary_files(
    prefix: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("tempfile.gettempdir", none)
    Path("f.toml").write_text(THREADS, encoding="utf-8")
    options = ["--script"] if command == "explain" else []
    assert main([command, "f.toml", "--env", str(prefix), *options]) == 2
    assert "no folder for temporary files can be written" in capsys.readouterr().err


def test_environment_without_parsl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "f.toml").write_text(THREADS, encoding="utf-8")
    empty = tmp_path / "empty"
    (empty / "bin").mkdir(parents=True)
    assert main(["try", str(tmp_path / "f.toml"), "--env", str(empty)]) == 2
    assert f"--env {empty}" in capsys.readouterr().err


def test_file_on_standard_input(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python(prefix, ANSWERS)
    command = [sys.executable, "-m", "q2pconf", "try", "-", "--env", str(prefix)]
    done = subprocess.run(command, input=THREADS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 of 2" in done.stdout


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys; sys.exit('no such module')", "Parsl's process ended: no such module"),
        (f"{SPEAKS}\nprint('rubbish\\n[1]\\nnull\\n{{}}'); sys.exit('gone')", "ended: gone"),
        (
            f"{SPEAKS}\nsend(event='refused', stage='load', error='TypeError: no')",
            "QIIME 2 does not load the file: TypeError: no",
        ),
        (
            f"{SPEAKS}\nsend(event='refused', stage='start', error='OSError: no')",
            "Parsl does not start: OSError: no",
        ),
        (f"{SPEAKS}\ntime.sleep(60)", "Parsl did not start within 1 second"),
        (
            f"{SPEAKS}\nprint('zmq.error.ZMQError: no address', file=sys.stderr, flush=True)"
            "\ntime.sleep(60)",
            "Parsl did not start within 1 second; printed was: zmq.error.ZMQError: no address",
        ),
    ],
)
def test_environments_that_fail(
    prefix: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    said: str,
) -> None:
    monkeypatch.setattr("q2pconf.probe.session.Session.end.__defaults__", (0.5,))
    python(prefix, code)
    found = told(prefix, capsys, "--timeout", "1s")
    assert not found["ok"]
    assert said in found["problems"][0]["message"]


@pytest.mark.parametrize("words", [["try"], ["explain", "--script"]])
def test_in_a_folder_that_is_gone(
    prefix: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    python(prefix, ANSWERS)
    file = prefix.parent / "f.toml"
    file.write_text(THREADS)
    (prefix.parent / "gone").mkdir()
    monkeypatch.chdir(prefix.parent / "gone")
    (prefix.parent / "gone").rmdir()
    assert main([*words, str(file), "--env", str(prefix)]) == 2
    assert "the folder that you are in is not there any more" in capsys.readouterr().err


def test_no_folder_for_logs(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = "PermissionError: [Errno 13] Permission denied: 'runinfo'"
    python(prefix, f"{SPEAKS}\nsend(event='refused', stage='start', error={error!r})")
    (problem,) = told(prefix, capsys)["problems"]
    assert "Parsl cannot make its folder runinfo here: start QIIME 2 in a" in problem["hint"]


def test_python_that_cannot_be_run(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (prefix / "bin" / "python").chmod(0o644)
    assert tried(prefix) == 2
    assert "cannot be run: Permission denied" in capsys.readouterr().err
    assert list((prefix.parent / "temporary").iterdir()) == []


def test_silence_of_an_executor(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    started = 'send(event="started", by=None, here=probe.look(look))\nsys.stdin.read()'
    python(prefix, f"{SPEAKS}\n{started}")
    found = told(prefix, capsys, "--timeout", "2s")
    (problem,) = found["executors"][0]["problems"]
    assert problem["message"] == "no worker answered within 2 seconds"


STUBBORN = """
import signal, subprocess
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(["sleep", "600"], start_new_session=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped(
    prefix: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    """Also an agent that does not end by itself, with what it has started."""
    monkeypatch.setattr("q2pconf.probe.session.Session.end.__defaults__", (0.5,))
    python(prefix, f"{SPEAKS}\n{STUBBORN}")
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)}

    def stop() -> None:
        while not list(Path.cwd().glob(".q2pconf*")):
            time.sleep(0.02)
        os.kill(os.getpid(), number)

    threading.Thread(target=stop).start()
    found = told(prefix, capsys)
    assert found["stopped"]
    assert {each: signal.getsignal(each) for each in before} == before


@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143), (1, 129)])
def test_stopped_is_told_by_the_exit_code(
    prefix: Path, capsys: pytest.CaptureFixture[str], number: int, code: int
) -> None:
    """As a shell says it of a program that a signal ended."""
    python(prefix, f"{SPEAKS}\nos.kill(request['parent'], {number})\nsys.stdin.read()")
    assert tried(prefix) == code
    assert "stopped after" in capsys.readouterr().out
