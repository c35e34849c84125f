"""``try`` on a real Slurm: what jobs give, why they do not, and that none is left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

import q2pconf
from q2pconf.cli import main

from .cluster import Slurm
from .families import python_of
from .test_slurm import until

pytestmark = pytest.mark.slurm

CONFIG = """\
[parsl]
strategy = "{strategy}"

[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
max_workers_per_node = {workers}

[parsl.executors.provider]
class = "SlurmProvider"
partition = "{partition}"
nodes_per_block = {nodes}
cores_per_node = 4
mem_per_node = 8
exclusive = false
init_blocks = 1
max_blocks = {blocks}
walltime = "{walltime}"
worker_init = '''{worker_init}'''

[parsl.executors.provider.launcher]
class = "{launcher}"
"""


def activated(release: str = "2026.4") -> str:
    return f'export PATH="{python_of(release).parent}:$PATH"'


class Place:
    """A folder to run ``try`` in, with its own folder for temporary files."""

    def __init__(self, slurm: Slurm, folder: Path) -> None:
        self.slurm, self.folder, self.temporary = slurm, folder, folder / "temporary"
        self.temporary.mkdir()

    @property
    def env(self) -> dict[str, str]:
        return {**self.slurm.env, "TMPDIR": str(self.temporary), "PYTHONUNBUFFERED": "1"}

    def write(self, **changes: Any) -> None:
        settings = {
            "strategy": "simple",
            "workers": 2,
            "partition": "short",
            "nodes": 1,
            "blocks": 1,
            "walltime": "00:10:00",
            "worker_init": activated(),
            "launcher": "SingleNodeLauncher",
        }
        self.write_text(CONFIG.format(**{**settings, **changes}))

    def write_text(self, text: str) -> None:
        (self.folder / "f.toml").write_text(text, encoding="utf-8")

    def start(
        self, *options: str, release: str = "2026.4", env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        prefix = str(python_of(release).parent.parent)
        return subprocess.Popen(
            [sys.executable, "-m", "q2pconf", "try", "f.toml", "--env", prefix, *options],
            cwd=self.folder,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def result(
        self,
        *options: str,
        release: str = "2026.4",
        code: int | None = 0,
        env: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """What it says as JSON; nothing is left when it has said it."""
        with self.start("--format", "json", *options, release=release, env=env) as process:
            out, err = process.communicate(timeout=240)
        assert code is None or process.returncode == code, out + err
        self.check_nothing_is_left()
        told: dict[str, Any] = json.loads(out)
        return told

    def processes(self) -> list[str]:
        """What runs with this folder for temporary files."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get("TMPDIR") == str(self.temporary):
                    found.append(" ".join(process.cmdline()))
        return found

    def check_nothing_is_left(self) -> None:
        assert self.slurm.queue() == []
        # Slurm itself needs a moment to end what runs in a job that is cancelled.
        until(lambda: not self.processes())
        assert list(self.temporary.glob("*q2pconf*")) == []
        assert list(self.folder.glob(".q2pconf*")) == []

    def scripts(self) -> list[Path]:
        return list(self.folder.glob("runinfo/*/submit_scripts/parsl.*"))


@pytest.fixture
def place(slurm: Slurm, tmp_path: Path) -> Iterator[Place]:
    """Tests that run in the background of a shell, or with nohup, ignore Ctrl-C or the end of the
    terminal; what they start must not."""
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
        signal.SIGHUP: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    }
    yield Place(slurm, tmp_path)
    for number, handler in before.items():
        signal.signal(number, handler)


def messages(told: dict[str, Any]) -> str:
    found = [*told["problems"], *(each for one in told["executors"] for each in one["problems"])]
    return "\n".join(f"{each['severity']}: {each['message']} ({each['hint']})" for each in found)


@pytest.mark.parametrize("release", ["2026.1", "2026.4"])
def test_file_of_init_gives_what_explain_says(
    place: Place, release: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_CONF", str(place.slurm.conf))
    prefix, file = str(python_of(release).parent.parent), place.folder / "f.toml"
    wanted = ["--actions", "3", "--cpus", "4", "--memory", "8GB", "--walltime", "30 min"]
    chosen = ["--preset", "slurm", *wanted, "--environment", prefix, "--release", release]
    assert main(["init", *chosen, "-o", str(file)]) == 0
    told: dict[str, Any] = {}
    # Parsl 2024.4.15's pool may overlook that it is connected, where that is fast, and hang.
    for _ in range(1 if release == "2026.4" else 6):
        told = place.result("--timeout", "45s", release=release, code=None)
        if all(one["seen"] == one["promised"] for one in told["executors"]):
            break
    assert told["ok"]
    assert messages(told) == ""
    assert told["release"] == release
    explained = {one.label: one for one in q2pconf.explain(file, release).executors}
    for one in told["executors"]:
        assert one["seen"] == one["promised"] == explained[one["label"]].concurrent_actions
    (default,) = (one for one in told["executors"] if one["label"] == "default")
    assert len(default["jobs"]) == 3
    assert {node["parsl"] for node in default["nodes"]} == {told["parsl"]}
    assert {node["told_cores"] for node in default["nodes"]} == {4}
    assert all(all(node["shared"].values()) for node in default["nodes"])


def test_fewer_jobs(place: Place) -> None:
    place.write(blocks=4)
    told = place.result("--jobs", "1")
    (one,) = told["executors"]
    assert (one["promised"], one["seen"], len(one["jobs"])) == (2, 2, 1)


@pytest.mark.parametrize(("launcher", "nodes"), [("SingleNodeLauncher", 1), ("SrunLauncher", 2)])
def test_two_nodes_in_a_job(place: Place, launcher: str, nodes: int) -> None:
    place.write(nodes=2, launcher=launcher)
    told = place.result("--anyway")
    (one,) = told["executors"]
    assert one["seen"] == one["promised"] == 4
    assert len(one["nodes"]) == nodes


def test_parsl_with_other_options(place: Place) -> None:
    place.write(worker_init=activated("2026.1"))
    told = place.result(code=1)
    assert "error: the jobs run Parsl 2024.4.15 on Python" in messages(told)
    assert "QIIME 2 is started with Parsl 2026.2.23" in messages(told)
    assert "let `worker_init` activate the environment" in messages(told)


def test_parsl_of_another_version_only(place: Place) -> None:
    """Its workers understand all options, connect, and are turned away."""
    own = python_of("2026.4")
    where = [own, "-c", "import parsl; print(parsl.__path__[0])"]
    package = Path(subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip())
    shutil.copytree(package, place.folder / "other" / "parsl")
    version = place.folder / "other" / "parsl" / "version.py"
    version.write_text('VERSION = "2026.03.02"\n', encoding="utf-8")
    place.write(worker_init=f'{activated()}\nexport PYTHONPATH="{place.folder / "other"}"')
    told = place.result(code=1)
    assert "the jobs run Parsl 2026.3.2 on Python" in messages(told)
    assert "QIIME 2 is started with Parsl 2026.2.23" in messages(told)


@pytest.mark.parametrize(
    ("worker_init", "said"),
    [
        ("echo no such module >&2; exit 1", "no such module"),
        ("exit 1", "(the job printed nothing"),
        ("echo no licence; exit 3", "no licence (the job printed no error: see whether"),
        ("export PATH=/usr/bin:/bin", "(the job does not get into the environment of QIIME 2"),
        ("if", "syntax error"),
    ],
)
def test_dead_workers(place: Place, worker_init: str, said: str) -> None:
    place.write(worker_init=worker_init)
    told = place.result("--anyway", code=1)
    assert "ended before a worker could take an action" in messages(told)
    assert said in messages(told)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"partition": "closed"}, "the partition is closed (`partition`)"),
        ({"walltime": "05:00:00"}, "more time than the partition allows (`walltime`)"),
        ({"partition": "none"}, "does not take the jobs: sbatch: error: "),
    ],
)
def test_jobs_that_never_start(place: Place, changes: dict[str, Any], said: str) -> None:
    place.write(**changes)
    assert said in messages(place.result("--anyway", code=1))


def test_waiting_in_the_queue(place: Place) -> None:
    for _ in place.slurm.nodes:
        place.slurm.wait(place.slurm.submit("sleep 600", "--exclusive"), "RUNNING")
    others = set(place.slurm.queue())
    place.write()
    with place.start("--timeout", "20s") as process:
        out, err = process.communicate(timeout=240)
    assert process.returncode == 1
    assert "0 of 2 at a time, 1 job waits (Resources, for " in err
    assert "no worker answered within 20 seconds: 1 job is still waiting in the queue" in out
    assert set(place.slurm.queue()) == others


TOOLS = (
    "bash", "sh", "env", "cat", "ls", "sleep", "mkdir", "rm", "touch", "chmod", "hostname", "seq",
    "getconf", "uname",
)  # fmt: skip


def with_commands(place: Place, *names: str) -> str:
    """A PATH where of Slurm's commands only these are."""
    folder = place.folder / "programs"
    folder.mkdir()
    for name in (*names, *TOOLS):
        program = shutil.which(name)
        assert program is not None, name
        (folder / name).symlink_to(program)
    return str(folder)


def test_without_squeue(place: Place) -> None:
    """What sbatch alone can do works; what cannot be seen is said not to be known."""
    place.write()
    path = with_commands(place, "sbatch", "scancel")
    told = place.result(env={"PATH": path})
    assert told["executors"][0]["seen"] == 2
    assert messages(told).startswith(
        "warning: 1 job was cancelled, but not seen to end: squeue cannot be started"
    )
    place.write(worker_init="echo no such module >&2; exit 1")
    told = place.result("--anyway", "--timeout", "25s", env={"PATH": path}, code=1)
    assert "what became of 1 job is not known: squeue cannot be started" in messages(told)
    assert "printed was: no such module" in messages(told)


def test_without_squeue_and_scancel(place: Place) -> None:
    """A job that nobody can cancel is named, with the command that does it."""
    place.write()
    path = with_commands(place, "sbatch")
    with place.start(env={"PATH": path}) as process:
        out, err = process.communicate(timeout=240)
    assert process.returncode == 1, err
    assert "error: 1 job may be left: " in out
    assert "squeue cannot be started: No such file" in out
    assert re.search(r"cancel by hand: scancel \d+\n", out)
    # Its workers end by themselves where Parsl is gone.
    until(lambda: not place.slurm.queue())
    place.check_nothing_is_left()


def test_folders_of_the_job(place: Place) -> None:
    place.write(worker_init=f"{activated()}\nexport TMPDIR=/nonexistent")
    told = place.result(code=1)
    assert told["executors"][0]["seen"] == 2
    assert "no temporary file can be written: TMPDIR is /nonexistent" in messages(told)


def queued(place: Place) -> bool:
    return bool(place.slurm.queue())


def running(place: Place) -> bool:
    return any(place.slurm.job(job).state == "RUNNING" for job in place.slurm.queue())


def answering(place: Place) -> bool:
    return bool(list(place.folder.glob("runinfo/*/default/block-0/*/worker_*.log")))


MOMENTS: dict[str, Callable[[Place], bool]] = {
    "at once": lambda place: True,
    "loading": lambda place: any("running.py" in one for one in place.processes()),
    "starting": lambda place: bool(list(place.folder.glob("runinfo/*"))),
    "submitting": lambda place: bool(place.scripts()),
    "queued": queued,
    "running": running,
    "answering": answering,
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", MOMENTS)
def test_stopped(place: Place, moment: str, number: int) -> None:
    place.write(workers=30, blocks=2)
    with place.start("--format", "json", "--anyway") as process:
        assert process.stderr is not None
        process.stderr.readline()
        until(lambda: MOMENTS[moment](place))
        process.send_signal(number)
        out, err = process.communicate(timeout=240)
    code = 128 + number
    assert process.returncode in ((code, -number) if moment == "at once" else (code,)), err
    place.check_nothing_is_left()
    assert "Traceback" not in err
    if moment != "at once":
        assert json.loads(out)["stopped"]


def test_impatient(place: Place) -> None:
    """Ctrl-C again and again, and at last the terminal is closed."""
    place.write(workers=30, blocks=2)
    with place.start("--anyway") as process:
        until(lambda: running(place))
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process.send_signal(number)
            time.sleep(0.02)
        out, err = process.communicate(timeout=240)
    assert process.returncode == 130, err
    assert "all jobs are cancelled" in out
    place.check_nothing_is_left()


@pytest.mark.parametrize("moment", ["loading", "starting", "submitting", "queued", "running"])
def test_killed(place: Place, moment: str) -> None:
    """Nobody is left to tell the agent, which sees to everything by itself."""
    place.write(workers=30, blocks=2)
    with place.start("--anyway") as process:
        until(lambda: MOMENTS[moment](place))
        process.kill()
        process.communicate(timeout=240)
    until(lambda: not place.slurm.queue() and not place.processes())
    place.check_nothing_is_left()


@pytest.mark.parametrize("moment", ["loading", "starting", "submitting", "queued", "running"])
def test_agent_is_killed(place: Place, moment: str) -> None:
    place.write(workers=30, blocks=2)
    with place.start("--anyway") as process:
        until(lambda: MOMENTS[moment](place))
        (agent,) = psutil.Process(process.pid).children()
        agent.kill()
        out, err = process.communicate(timeout=240)
    assert process.returncode == 1, err
    assert "Parsl's process ended" in out
    place.check_nothing_is_left()


def test_in_the_background_of_a_script(place: Place) -> None:
    """A shell that is no terminal has what it starts with & ignore Ctrl-C; SIGTERM still ends it,
    and cancels the jobs."""
    place.write(workers=30, blocks=2)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = place.start("--format", "json", "--anyway")
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        until(lambda: running(place))
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=240)
    assert process.returncode == 143, err
    assert json.loads(out)["stopped"]
    place.check_nothing_is_left()


def test_nohup_lives_on(place: Place) -> None:
    """What was told to ignore that its terminal goes is not stopped by it."""
    place.write()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = place.start()
    finally:
        signal.signal(signal.SIGHUP, before)
    with process:
        until(lambda: running(place))
        process.send_signal(signal.SIGHUP)
        out, err = process.communicate(timeout=240)
    assert process.returncode == 0, out + err
    place.check_nothing_is_left()


def test_slow_sbatch_is_waited_for_or_its_job_is_cancelled(place: Place) -> None:
    """A submission that is under way when Ctrl-C comes leaves no job."""
    programs = place.folder / "programs"
    programs.mkdir()
    real = shutil.which("sbatch")
    stand_in = programs / "sbatch"
    stand_in.write_text(f'#!/bin/sh\nsleep 3\nexec {real} "$@"\n', encoding="utf-8")
    stand_in.chmod(0o755)
    place.write()
    path = f"{programs}:{os.environ['PATH']}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path)
        process = place.start()
    with process:
        until(lambda: bool(place.scripts()))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=240)
    assert process.returncode == 130, err
    time.sleep(4)
    place.check_nothing_is_left()
