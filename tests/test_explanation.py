"""explain: what a file comes to, and what to change for what is wanted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import q2pconf
from q2pconf.cli import main
from q2pconf.explanation import explain
from q2pconf.render.explanation import as_text
from q2pconf.render.terminal import Style

Captured = pytest.CaptureFixture[str]

PUBLISHED = """\
[parsl]
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
[parsl.executors.provider]
class = "SlurmProvider"
cores_per_node = 12
mem_per_node = 96
max_blocks = 25
walltime = "24:00:00"
exclusive = false
"""
RIGHT = PUBLISHED.replace('label = "default"', 'label = "default"\ncores_per_worker = 12')


def test_published_example_runs_300_actions_of_one_core() -> None:
    found = explain(PUBLISHED, "2026.4")
    (one,) = found.executors
    assert (found.concurrent_actions, one.workers_per_manager, one.limited_by) == (300, 12, "cores")
    assert (one.cores_per_action, one.memory_gb_per_action) == (1, 8)


def test_mapped_executors_count_and_others_do_not() -> None:
    threads = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "t"\nmax_threads = 7\n'
    mapped = f'{RIGHT}{threads}[parsl.executor_mapping.dada2]\ndenoise = "t"\n'
    assert explain(f"{RIGHT}{threads}", "2026.4").concurrent_actions == 25
    assert explain(mapped, "2026.4").concurrent_actions == 32


@pytest.mark.parametrize(
    "data",
    [
        {}, {"parsl": 3}, {"parsl": {}}, {"parsl": {"executors": 3}},
        {"parsl": {"executors": [3, {}, {"class": 4}, {"class": "X", "provider": []}]}},
        {"parsl": {"executors": [{"class": "HighThroughputExecutor", "label": ["x"]}]}},
        {"parsl": {"executor_mapping": 3}}, {"parsl": {"executor_mapping": {"a": {"b": [1]}}}},
    ],
)  # fmt: skip
def test_any_data_are_explained(data: dict[str, Any]) -> None:
    for release in ("2023.7", "2026.4", "parsl==2026.10.26"):
        assert explain(data, release).release.name == release


def test_json_is_the_contract(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "f.toml"
    file.write_text(PUBLISHED)
    assert main(["explain", str(file), "--release", "2026.4", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (one,) = found.pop("executors")
    assert found == {
        "version": 1, "release": "2026.4", "path": str(file), "mapping": {},
        "concurrent_actions": 300,
    }  # fmt: skip
    assert one.pop("notes")
    assert one.pop("core_hours") == 7200
    assert one == {
        "label": "default", "class": "HighThroughputExecutor", "provider": "SlurmProvider",
        "blocks": {"init": 1, "min": 0, "max": 25, "reachable": 25}, "nodes_per_block": 1,
        "managers_per_block": 1, "workers_per_manager": 12, "limited_by": "cores",
        "concurrent_actions": 300, "cores_per_action": 1.0, "memory_gb_per_action": 8.0,
        "walltime_seconds": 86400,
        "requested": {"jobs": 25, "nodes": 25, "cores": 300, "memory_gb": 2400.0},
    }  # fmt: skip


def test_text(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "f.toml"
    file.write_text(PUBLISHED.replace("max_blocks", "nodes_per_block = 3\nmax_blocks"))
    assert main(["explain", str(file), "--release", "2026.4", "--for", "25 actions, 12 cpus"]) == 1
    out = capsys.readouterr().out
    assert "  actions at a time   900  (25 jobs x 3 groups x 12 workers)\n" in out
    assert "  asked for in all    25 jobs, 75 nodes, 900 CPUs, 7200 GB\n" in out
    assert "  which costs         21,600 core-hours, if all jobs run to their end\n" in out
    assert f"    node 1 [{'o' * 36}]\n    node 2 [] idle\n    node 3 [] idle\n" in out
    assert "you asked for 25 actions at a time, 12 CPUs each; change, all of it together:\n" in out
    assert "what this file cannot decide" not in out
    assert "\x1b" not in out


def test_default_is_the_file_that_qiime_2_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    for name in ("CONDA_PREFIX", "XDG_CONFIG_HOME", "QIIMETEST"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "mine.toml"
    file.write_text(RIGHT)
    monkeypatch.setenv("QIIME2_CONFIG", str(file))
    assert main(["explain", "--release", "2026.4"]) == 0
    assert capsys.readouterr().out.startswith(f"{file} for QIIME 2 2026.4")
    monkeypatch.setenv("QIIME2_CONFIG", "")
    assert main(["explain"]) == 2
    assert "built-in default" in capsys.readouterr().err


@pytest.mark.parametrize("shape", ["text", "json"])
def test_a_broken_file_is_told_of_alike_however_it_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, shape: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[parsl]\nretries = = 1\n")
    assert main(["explain", str(file), "--format", shape]) == 1
    named = capsys.readouterr()
    monkeypatch.setenv("QIIME2_CONFIG", str(file))
    assert main(["explain", "--format", shape]) == 1
    assert capsys.readouterr() == named
    if shape == "json":
        assert json.loads(named.out)["findings"][0]["line"] == 2
    else:
        assert "  2 | retries = = 1\n" in named.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[parsl]\n", "where that is this very file, the first action stops with KeyError"),
        ('[parsl.executor_mapping]\nx = "y"\n', "QIIME 2 takes those of the file that it finds"),
        ("[parsl]\nretries = 1\n", "the first action stops with KeyError: 'default'"),
        ("x = 1\n", "has no table [parsl]: QIIME 2 stops"),
    ],
)
def test_what_becomes_of_a_file_without_executors(text: str, said: str) -> None:
    assert said in explain(text, "2026.4").notes[0]


def test_a_string_means_what_it_means_for_validate(tmp_path: Path) -> None:
    (tmp_path / "f").write_text(RIGHT)
    found = explain(str(tmp_path / "f"), "2026.4")
    assert found.executors == explain(RIGHT, "2026.4").executors
    assert explain("parsl = {}", "2026.4").path is None
    assert q2pconf.migrate("parsl = {}", to="2026.4").original.text == "parsl = {}"
    for name in ("no such file", "missing.toml", str(tmp_path)):
        with pytest.raises(q2pconf.InputError):
            explain(name, "2026.4")
        with pytest.raises(q2pconf.InputError):
            q2pconf.migrate(name, to="2026.4")


def test_large_numbers_are_not_rounded() -> None:
    found = explain(RIGHT.replace("max_blocks = 25", "max_blocks = 123456"), "2026.4")
    assert "1481472 CPUs, 11851776 GB" in as_text(found, Style())


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [(b"x = \n", 1, "error[Q2P00"), (b"\xff", 1, "Q2P003"), (None, 2, "no such file")],
)
def test_bad_input(
    tmp_path: Path, capsys: Captured, content: bytes | None, code: int, words: str
) -> None:
    file = tmp_path / "f.toml"
    if content is not None:
        file.write_bytes(content)
    assert main(["explain", str(file)]) == code
    assert words in capsys.readouterr().err


def test_face() -> None:
    assert q2pconf.explain is explain
    assert isinstance(explain(RIGHT, "2026.4"), q2pconf.Explanation)


def test_a_file_with_errors_is_said_to_do_nothing(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "old.toml"
    file.write_text(RIGHT.replace("cores_per_worker = 12", "max_workers = 1"))
    assert main(["explain", str(file), "--release", "2026.4"]) == 1
    assert "nothing of this happens yet: the file has 1 error" in capsys.readouterr().out
    assert main(["explain", str(file), "--release", "2024.5"]) == 0


def test_where_the_jobs_go(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "f.toml"
    file.write_text(f'{RIGHT}partition = "long"\naccount = "lab"\n')
    assert main(["explain", str(file), "--release", "2026.4"]) == 0
    assert "  jobs go to          partition long, account lab\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("300 actions", "this is what you asked for: 300 actions at a time\n"),
        ("12 cpus", "change:\n  each action has 1 CPU"),
    ],
)
def test_text_of_advice(tmp_path: Path, capsys: Captured, wanted: str, words: str) -> None:
    file = tmp_path / "f.toml"
    file.write_text(PUBLISHED)
    main(["explain", str(file), "--release", "2026.4", "--for", wanted])
    assert words in capsys.readouterr().out


def test_text_of_what_the_file_cannot_decide(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "f.toml"
    file.write_text('[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n')
    assert main(["explain", str(file), "--release", "2026.4", "--for", "2 actions, 2 cpus"]) == 1
    assert "what this file cannot decide:\n  threads share" in capsys.readouterr().out


def test_a_mapping_that_the_release_does_not_read() -> None:
    threads = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "t"\nmax_threads = 7\n'
    nested = f'{RIGHT}{threads}[parsl.executor_mapping.dada2]\ndenoise = "t"\n'
    assert explain(nested, "2024.5").concurrent_actions == 25
    flat = f'{RIGHT}{threads}[parsl.executor_mapping]\ndenoise = "t"\n'
    assert explain(flat, "2024.5").concurrent_actions == 32
    told = as_text(explain(nested, "2024.5"), Style())
    assert "dada2.denoise runs on t? this release does not read that line\nevery action" in told


@pytest.mark.parametrize("folder", ["/scratch/runs", "runs"])
def test_where_logs_go(folder: str) -> None:
    told = as_text(explain(RIGHT.replace("[parsl]\n", f'[parsl]\nrun_dir = "{folder}"\n')), Style())
    here = "" if folder.startswith("/") else ", in the folder where QIIME 2 is started"
    assert f"logs and job scripts: {folder}{here}\n" in told


@pytest.mark.parametrize("option", ["--svg=p.svg", "--for=2 actions"])
def test_the_job_script_comes_alone(tmp_path: Path, capsys: Captured, option: str) -> None:
    file = tmp_path / "f.toml"
    file.write_text(RIGHT)
    assert main(["explain", str(file), "--script", option]) == 2
    assert "--script" in capsys.readouterr().err


def test_only_what_is_asked_for_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "f.toml"
    file.write_text(RIGHT)
    code = "import sys; from q2pconf.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    command = [sys.executable, "-c", code, "explain", str(file), "--release", "2026.4"]

    def imported(*more: str) -> set[str]:
        done = subprocess.run([*command, *more], capture_output=True, text=True, check=True)
        return set(done.stdout.splitlines()[-1].split())

    extra = {"q2pconf.advising", "q2pconf.render.svg", "tomlkit", "tree_sitter", "psutil", "parsl"}
    assert imported() & extra == set()
    assert "q2pconf.advising" in imported("--for", "25 actions")
    assert "q2pconf.render.svg" in imported("--svg", str(tmp_path / "p.svg"))


def test_json_has_no_numbers_that_json_has_not(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "f.toml"
    file.write_text("[parsl]\nexecutor_mapping = { x = nan, y = inf }\n")
    main(["explain", str(file), "--release", "2024.5", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["mapping"] == {"x": "nan", "y": "inf"}
