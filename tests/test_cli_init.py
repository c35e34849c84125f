"""init: the file, the words on stderr, the exit codes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from q2pconf.cli import init, main, print_result, say
from q2pconf.document import Document
from q2pconf.findings import Finding, Report, Severity
from q2pconf.host import CpuCount, Limit
from q2pconf.releases import find

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EIGHT = (
    Limit(source="psutil", count=8, detail="8 CPUs in this machine"),
    Limit(source="slurm", count=4, detail="Slurm allocation of 4 CPUs (SLURM_CPUS_PER_TASK)"),
)


def four_of_eight(_: object, *, given: int | None) -> CpuCount:
    if given:
        return CpuCount(count=given, source="given", detail="given", considered=EIGHT)
    return CpuCount(count=4, source="slurm", detail=EIGHT[1].detail, considered=EIGHT)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, a machine of 8 CPUs of which 4 are ours, no cluster, no QIIME 2."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    monkeypatch.setattr(init, "resolve_cpus", four_of_eight)
    monkeypatch.setattr("q2pconf.cluster.detect", lambda env: None)
    for name in ("CONDA_PREFIX", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return empty


Captured = pytest.CaptureFixture[str]


def counts(text: str) -> list[int]:
    threads, processes = tomllib.loads(text)["parsl"]["executors"]
    return [threads["max_threads"], processes["max_workers_per_node"]]


def test_writes_the_default_file_and_says_why(capsys: Captured) -> None:
    assert main(["init"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert counts(Path("qiime2_config.toml").read_text()) == [3, 3]
    assert err.splitlines() == [
        "up to 3 actions at a time",
        f"wrote qiime2_config.toml for {find('2026.4')}",
        "next:",
        "  q2pconf explain qiime2_config.toml",
        "  q2pconf try qiime2_config.toml   (where QIIME 2 is active: starts it for real)",
        "  qiime PLUGIN PIPELINE ... --parallel-config qiime2_config.toml",
    ]
    text = Path("qiime2_config.toml").read_text()
    assert text.count(f"# 3: {EIGHT[1].detail}, less one that stays free\n") == 2


def test_prints(capsys: Captured, place: Path) -> None:
    assert main(["init", "--preset", "local", "-o", "-"]) == 0
    out, err = capsys.readouterr()
    assert counts(out) == [3, 3]
    assert err == "up to 3 actions at a time\n"
    assert os.listdir(place) == []


def test_printed_and_written_are_the_same(capsys: Captured) -> None:
    main(["init", "-o", "-"])
    main(["init", "-o", "f.toml"])
    assert capsys.readouterr().out == Path("f.toml").read_bytes().decode()


def test_quiet(capsys: Captured) -> None:
    assert main(["init", "-q"]) == 0
    assert capsys.readouterr() == ("", "")


def test_verbose_tells_every_limit(capsys: Captured) -> None:
    assert main(["init", "-v", "-o", "-"]) == 0
    err = capsys.readouterr().err
    assert "psutil: 8 CPUs in this machine" in err
    assert "slurm: Slurm allocation of 4 CPUs" in err


@pytest.mark.parametrize(("given", "note"), [("4", False), ("5", True), ("100", True)])
def test_max_cpus(capsys: Captured, given: str, note: bool) -> None:
    assert main(["init", "-o", "-", "--max-cpus", given]) == 0
    out, err = capsys.readouterr()
    assert counts(out) == [int(given)] * 2
    assert f"# {given}: as given; this process may use 4 CPUs\n" in out
    assert ("more than the 4 that this process may use" in err) is note


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "many", "", "1_0", "٣"])
def test_max_cpus_that_makes_no_sense(capsys: Captured, place: Path, given: str) -> None:
    assert main(["init", f"--max-cpus={given}"]) == 2
    assert "whole number" in capsys.readouterr().err
    assert os.listdir(place) == []


def test_dry_run(capsys: Captured, place: Path) -> None:
    assert main(["init", "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert counts(out) == [3, 3]
    assert "exists" not in err
    assert os.listdir(place) == []


def test_dry_run_tells_of_an_existing_file(capsys: Captured) -> None:
    Path("qiime2_config.toml").write_text("mine")
    assert main(["init", "--dry-run"]) == 0
    assert "exists already; only with --force" in capsys.readouterr().err
    assert Path("qiime2_config.toml").read_text() == "mine"


def test_existing_file_stays(capsys: Captured) -> None:
    Path("f").write_text("mine")
    assert main(["init", "-o", "f"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "q2pconf: f exists already; nothing was changed (--force" in err
    assert "wrote" not in err
    assert Path("f").read_text() == "mine"


def test_force(capsys: Captured) -> None:
    Path("f").write_text("mine")
    assert main(["init", "-o", "f", "--force"]) == 0
    assert counts(Path("f").read_text()) == [3, 3]
    assert "\nreplaced f for" in capsys.readouterr().err
    assert Path("f.bak").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--preset", "nothing"], "there are: local, pbs, slurm"),
        (["--preset", ""], "there are: local, pbs, slurm"),
        (["--release", "1999.1"], "1999.1"),
        (["-o", ""], "-o needs"),
        (["-o", "no/f"], "no folder"),
        (["--to", ""], "needs the name of a file"),
        (["--to", "user", "-o", "f"], "not allowed with argument"),
        (["--exclusive", "--shared"], "not allowed with argument"),
        (["--walltime", "1h"], "--walltime: LocalProvider has no such key; leave it out"),
        (["--partition", "x"], "--partition: LocalProvider has no such key"),
        (["--answers", "nothing.toml"], "nothing.toml"),
        (["--answers", "."], "folder"),
        (["-o", "."], "it is a folder"),
        (["more"], "unrecognized arguments: more"),
    ],
)
def test_usage(capsys: Captured, place: Path, arguments: list[str], message: str) -> None:
    assert main(["init", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert os.listdir(place) == []


def test_release(capsys: Captured) -> None:
    assert main(["init", "--release", "2024.5"]) == 0
    data = tomllib.loads(Path("qiime2_config.toml").read_text())
    assert [executor["label"] for executor in data["parsl"]["executors"]] == ["default", "htex"]
    err = capsys.readouterr().err
    assert "QIIME 2 2024.5" in err
    assert "q2pconf explain --release 2024.5 qiime2_config.toml" in err


@pytest.mark.parametrize(
    ("name", "shown"), [("a b", "'a b'"), ("-f", "./-f"), ("$HOME", "'$HOME'"), ("\x1b[1m", None)]
)
def test_next_commands_can_be_typed(capsys: Captured, name: str, shown: str | None) -> None:
    assert main(["init", f"--output={name}"]) == 0
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert shown is None or f"q2pconf explain {shown}\n" in err
    assert Path(name).is_file()


def test_wrong_preset_is_a_bug(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    found = Finding(code="Q2P999", severity=Severity.ERROR, message="all wrong")
    monkeypatch.setattr(
        init,
        "check_document",
        lambda _, release: Report(path=None, release=release, findings=(found,)),
    )
    assert main(["init"]) == 3
    assert "all wrong" in capsys.readouterr().err
    assert os.listdir(place) == []


class FullDisk(io.StringIO):
    def flush(self) -> None:
        raise OSError(28, "No space left on device")


class NoReader(io.StringIO):
    def flush(self) -> None:
        raise BrokenPipeError


def test_print_to_a_full_disk(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(sys, "stdout", FullDisk())
    with pytest.raises(Exception, match="standard output: No space left"):
        print_result("x")


def test_print_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", NoReader())
    print_result("x")


def test_print_with_stdout_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(Exception, match="standard output is closed"):
        print_result("x")


def test_nothing_is_said_with_stderr_closed(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    say("x")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("redirect", "code", "message"),
    [
        ("> /dev/full", 2, "No space left"),
        (">&-", 2, "standard output is closed"),
        ("2>&-", 0, ""),
        ("< /dev/null", 0, ""),
        ("<&-", 0, ""),
    ],
)
def test_as_a_process(redirect: str, code: int, message: str, place: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m q2pconf init --preset local -o - {redirect}', sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if code == 0:
        assert Document(text=done.stdout).data["parsl"]["strategy"] == "None"
    assert os.listdir(place) == []


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="not on this system")
def test_affinity_of_a_real_process() -> None:
    code = (
        "import os\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from q2pconf.cli import main\n"
        "raise SystemExit(main(['init', '--preset', 'local', '-o', '-', '-v']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert counts(done.stdout) == [1, 1]
    assert "bound to 1 CPU" in done.stderr
