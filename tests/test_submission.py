"""explain --script around the agent: what is asked, printed and said; Parsl's part is judged with
the real one in tests/conformance and tests/slurm."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from q2pconf import submission
from q2pconf.cli import main
from q2pconf.cluster import Answer, Cluster, Queue, Shape
from q2pconf.document import Document
from q2pconf.releases import find
from q2pconf.submission import Submission, SubmissionError

RIGHT = """\
[parsl]
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
max_workers_per_node = 1
[parsl.executors.provider]
class = "LocalProvider"
"""

SCRIPT = "#!/bin/bash\n#SBATCH --time=60\n#SBATCH --partition=short\necho 'Grüße'\t \n"
ODD = f"{SCRIPT}# \udcff\r\n"  # bytes that are no text stay as they are
VARYING = {"all_addresses": ["10.0.0.1", "login"], "worker_port": 54321, "_chosen_port": None}

Captured = pytest.CaptureFixture[str]


def one(label: str = "default", script: str | None = SCRIPT, **more: Any) -> dict[str, Any]:
    """What the agent tells of one executor."""
    told = {"label": label, "class": "HighThroughputExecutor", "provider": "SlurmProvider"}
    if script is not None:
        path = f"/home/me/runinfo/007/submit_scripts/parsl.{label}.block-0.1.5"
        told |= {"command": f"sbatch {path}", "path": path, "script": script, "files": {}}
        told |= {"varying": VARYING}
    return {**told, **more}


def answer(*scripts: dict[str, Any]) -> str:
    return json.dumps({"run_dir": "/home/me/runinfo/007", "scripts": scripts, "by": "rachis"})


def programs(folder: Path) -> Path:
    """A folder with these programs and no scheduler's."""
    folder.mkdir()
    for name in ("cat", "mv", "ps", "sleep"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes an environment whose Python keeps the request and then does what is wanted."""
    folder = tmp_path / "work"
    folder.mkdir()
    (tmp_path / "tmp").mkdir()
    (folder / "f.toml").write_text(RIGHT, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("PATH", str(programs(tmp_path / "bin")))
    monkeypatch.delenv("CONDA_PREFIX", raising=False)

    def make(does: str, parsl: str = "2026.2.23") -> str:
        prefix = tmp_path / "env"
        info = prefix / f"lib/python3.11/site-packages/parsl-{parsl}.dist-info"
        info.mkdir(parents=True)
        (prefix / "bin").mkdir()
        (prefix / "answer").write_text(does + "\n", encoding="utf-8")
        run = f'cat "{prefix}/answer"' if does.startswith("{") else does
        python = prefix / "bin/python"
        python.write_text(f"#!/bin/sh\nread -r request\n{run}\n", encoding="utf-8")
        python.chmod(0o755)
        return str(prefix)

    yield make
    assert os.listdir(folder) == ["f.toml"]
    assert os.listdir(tmp_path / "tmp") == []


def prepare(prefix: str, **options: Any) -> Submission:
    release = find("2026.4")
    interpreter = submission.interpreter_for(release, os.environ, [], prefix=prefix)
    document = Document(text=RIGHT)
    return submission.prepare(document, release, interpreter, **options)


def test_one_script_is_printed_to_the_byte(
    environment: Any, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    quiet = one("tpool", None, provider=None, notes=["it has no jobs"])
    prefix = environment(answer(quiet, one(script=ODD)))
    assert main(["explain", "f.toml", "--script", "--env", prefix]) == 0
    said = capfdbinary.readouterr()
    assert said.out == ODD.encode("utf-8", "surrogateescape")
    assert said.err.decode().splitlines() == [
        "tpool: it has no jobs",
        "default: submitted with: sbatch"
        " /home/me/runinfo/007/submit_scripts/parsl.default.block-0.1.5",
        "default: different in each run: the time in its name, the port (54321),"
        " the addresses of this machine (10.0.0.1,login)",
    ]


def test_several_scripts_have_titles(environment: Any, capsys: Captured) -> None:
    condor = one("big", "queue", provider="CondorProvider", command="condor_submit /r/s.submit")
    prefix = environment(answer(one("default", "a\n"), {**condor, "files": {"/r/s.script": "b"}}))
    command = ["explain", "f.toml", "--script", "--env", prefix]
    assert main(command) == 0
    titles = [line for line in capsys.readouterr().out.splitlines() if len(line) > 5]
    assert titles == [
        "# ---- executor default: SlurmProvider, submitted with: sbatch"
        " /home/me/runinfo/007/submit_scripts/parsl.default.block-0.1.5",
        "# ---- executor big: CondorProvider, submitted with: condor_submit /r/s.submit",
        "# ---- beside it: /r/s.script",
    ]
    assert main([*command, "--executor", "default", "-q"]) == 0
    assert capsys.readouterr() == ("a\n", "")
    assert main([*command, "--executor", "none"]) == 2
    assert "no executor is labelled 'none'; the file has: default, big" in capsys.readouterr().err


def test_json_by_the_contract(environment: Any, capsys: Captured) -> None:
    prefix = environment(answer(one()))
    assert main(["explain", "f.toml", "--script", "--env", prefix, "--format", "json"]) == 0
    out, err = capsys.readouterr()
    content = json.loads(out)
    (script,) = content.pop("scripts")
    assert content == {
        "version": 1, "release": "parsl==2026.2.23", "parsl": "2026.2.23", "path": "f.toml",
        "error": None,
    } | {"release": content["release"]}  # fmt: skip
    assert script["script"] == SCRIPT
    assert (script["label"], script["test_only"], script["limits"]) == ("default", None, [])
    assert script["command"].startswith("sbatch /home/me/runinfo/007/")
    assert err == ""


def test_what_cannot_be_submitted(environment: Any, capsys: Captured) -> None:
    prefix = environment(answer(one("default", None, error="ValueError: walltime")))
    assert main(["explain", "f.toml", "--script", "--env", prefix]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == (
        "",
        "default: there is no script, for Parsl cannot submit it: ValueError: walltime\n",
    )


def test_answer_that_parsl_cannot_read_is_a_note(environment: Any) -> None:
    (script,) = prepare(environment(answer(one(error="SubmitException: regex")))).scripts
    assert script.text == SCRIPT
    assert script.error is None
    assert script.notes[-1].endswith("of a stand-in for it: SubmitException: regex")


def test_file_that_stops_qiime2(environment: Any, capsys: Captured) -> None:
    prefix = environment('{"error": "KeyError: class"}')
    assert main(["explain", "f.toml", "--script", "--env", prefix]) == 1
    assert "QIIME 2 stops with this file: KeyError: class" in capsys.readouterr().err


def test_file_with_errors_is_shown_and_is_1(
    environment: Any, capsys: Captured, tmp_path: Path
) -> None:
    prefix = environment(answer(one()))
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(RIGHT.replace('"default"', '"other"'), encoding="utf-8")
    assert main(["explain", str(wrong), "--script", "--env", prefix]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("#!/bin/bash")
    assert "the file has 1 error for " in err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--script", "--release", "2024.5"], "only Parsl 2024.4.15 writes the scripts of"),
        (["--executor", "default"], "--executor is for --script"),
        (["--script", "--for", "3 actions"], "--script shows the jobs' scripts and nothing else"),
    ],
)
def test_wrong_usage(environment: Any, capsys: Captured, options: list[str], told: str) -> None:
    prefix = environment(answer(one()))
    assert main(["explain", "f.toml", "--env", prefix, *options]) == 2
    assert told in capsys.readouterr().err


def test_without_parsl(environment: Any, capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "lib/python3.11/site-packages/qiime2-2026.4.0.dist-info").mkdir(parents=True)
    assert main(["explain", "f.toml", "--script", "--env", str(tmp_path)]) == 2
    assert "there is no Parsl there" in capsys.readouterr().err


def test_python_that_fails(environment: Any) -> None:
    with pytest.raises(SubmissionError, match="could not be asked: No module named parsl"):
        prepare(environment("echo 'No module named parsl' >&2"))


def test_late_agent_ends_with_all_it_started(environment: Any, tmp_path: Path) -> None:
    started = time.monotonic()
    prefix = environment(f"sleep 300 & echo $! > {tmp_path}/pid; wait")
    with pytest.raises(SubmissionError, match=r"within 0\.5 seconds"):
        prepare(prefix, seconds=0.5)
    assert time.monotonic() - started < 5
    assert over(int((tmp_path / "pid").read_text()))


def test_ctrl_c_ends_everything(environment: Any, tmp_path: Path) -> None:
    prefix = environment(f"sleep 300 & echo $! > {tmp_path}/pid.new; mv {tmp_path}/pid.new"
                         f" {tmp_path}/pid; wait")  # fmt: skip
    command = [sys.executable, "-m", "q2pconf", "explain", "f.toml", "--script", "--env", prefix]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 20
        while not (tmp_path / "pid").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (130, "q2pconf: stopped\n")
    assert over(int((tmp_path / "pid").read_text()))


def over(pid: int) -> bool:
    """Whether a process has ended; nobody may have waited for it yet."""
    for _ in range(100):
        done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
        if done.stdout.strip()[:1] in ("", "Z"):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def sbatch(environment: Any, tmp_path: Path) -> None:
    """A command sbatch is on PATH; the tests answer for it."""
    (tmp_path / "bin/sbatch").write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    (tmp_path / "bin/sbatch").chmod(0o755)


@pytest.mark.usefixtures("sbatch")
@pytest.mark.parametrize(
    ("said", "trouble", "ok", "message"),
    [
        ("sbatch: Job 5 to start at NOW on nodes n1\n", None, True,
         "Job 5 to start at NOW on nodes n1"),
        ("sbatch: error: Batch job submission failed: Invalid account\n",
         "stopped with exit code 1: sbatch: error: …", False,
         "Batch job submission failed: Invalid account"),
        ("allocation failure: Requested node configuration is not available\n",
         "stopped with exit code 1: …", False, "Requested node configuration is not available"),
    ],
)  # fmt: skip
def test_verdict_of_sbatch(
    environment: Any, said: str, trouble: str | None, ok: bool, message: str
) -> None:
    asked: list[bytes] = []

    def run(command: Sequence[str]) -> Answer:
        name, option, path = command
        assert (name, option) == ("sbatch", "--test-only")
        asked.append(Path(path).read_bytes())
        return Answer(err=said, trouble=trouble)

    prefix = environment(answer(one(script=ODD)))
    found = prepare(prefix, run=run, detect=lambda: None)
    (script,) = found.scripts
    assert script.test_only is not None
    assert (script.test_only.ok, script.test_only.message, found.ok) == (ok, message, ok)
    assert asked == [ODD.encode("utf-8", "surrogateescape")]


@pytest.mark.usefixtures("sbatch")
@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ("", "did not answer within 20 seconds"),
        ("sbatch: fatal: Could not establish a configuration source\n", "stopped with exit code 1"),
        ("sbatch: error: Unable to contact slurm controller (connect failure)\n",
         "stopped with exit code 1"),
    ],
)  # fmt: skip
def test_sbatch_without_an_answer(environment: Any, said: str, trouble: str) -> None:
    nothing = Answer(err=said, trouble=trouble)
    prefix = environment(answer(one()))
    found = prepare(prefix, run=lambda _: nothing, detect=lambda: None)
    (script,) = found.scripts
    assert (script.test_only, found.ok) == (None, True)
    assert script.notes[-1] == f"sbatch --test-only {trouble}"


NODES = (Shape(cores=16, memory_gb=64, gpus=0, count=2),)
HERE = Cluster(
    scheduler="slurm",
    queues=(
        Queue(name="short", default=True, max_walltime_seconds=3600, nodes=2, shapes=NODES),
        Queue(name="long", max_walltime_seconds=172800, nodes=2, shapes=NODES),
        Queue(name="down", trouble="it is down", nodes=2, shapes=NODES),
    ),
)
TOO_LONG = "a walltime of 2 hours is more than the 1 hour that short allows"


@pytest.mark.usefixtures("sbatch")
@pytest.mark.parametrize(
    ("lines", "limits"),
    [
        (["--time=60"], ()),
        (["--time=120"], (TOO_LONG,)),
        (["-t 2:00:00"], (TOO_LONG,)),
        (["-t120 -p short  # a remark"], (TOO_LONG,)),
        (["--time=60", "--time 120"], (TOO_LONG,)),
        (["--time=120", "--partition=long"], ()),
        (["--time=120", "--partition=short,long"], ()),
        (["--time=120", "--partition=elsewhere"], ()),
        (["--time=120", "--clusters=other"], ()),
        (["--time=0"], ("the job asks for no limit of time, and short has one",)),
        (["--partition=down"], ("down: it is down",)),
        (["--nodes=3"], ("3 nodes are more than the 2 that short has",)),
        (["--cpus-per-task=9", "--ntasks-per-node=2"],
         ("18 cores are more than the 16 of any node of short",)),
        (["--mem=96g"], ("96 GB are more than the 64 GB of any node of short",)),
        (["--time=60", "hostname", "--time=120"], ()),
    ],
)  # fmt: skip
def test_limits(environment: Any, lines: list[str], limits: tuple[str, ...]) -> None:
    written = "".join(f"#SBATCH {line}\n" if line[0] == "-" else f"{line}\n" for line in lines)
    fine = Answer(err="sbatch: Job 5 to start\n")
    prefix = environment(answer(one(script=f"#!/bin/bash\n\n{written}")))
    (script,) = prepare(prefix, run=lambda _: fine, detect=lambda: HERE).scripts
    assert script.limits == limits


@pytest.mark.usefixtures("sbatch")
def test_variables_count_before_the_script(
    environment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SBATCH_TIMELIMIT", "120")
    monkeypatch.setenv("SBATCH_PARTITION", "short")
    script = "#!/bin/bash\n#SBATCH --time=60\n#SBATCH --partition=long\n"
    fine = Answer(err="sbatch: Job 5 to start\n")
    prefix = environment(answer(one(script=script)))
    (found,) = prepare(prefix, run=lambda _: fine, detect=lambda: HERE).scripts
    assert found.limits == (TOO_LONG,)
