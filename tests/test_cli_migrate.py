"""``q2pconf migrate`` as it is called: what it prints, writes, asks and returns."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from q2pconf.cli import main
from q2pconf.cli import migrate as command

OLD = """\
# ours
[parsl]
strategy = "none"
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
max_workers = 4   # each 8 GB
"""
NEW = OLD.replace("max_workers ", "max_workers_per_node ")
FLAT = f'{OLD}\n[parsl.executor_mapping]\ndenoise_paired = "default"\nsummarize = "default"\n'

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "old.toml"
    file.write_text(OLD)
    return file


@pytest.fixture
def flat(old: Path) -> Path:
    old.write_text(FLAT)
    return old


def test_diff_is_the_default_and_writes_nothing(old: Path, capsys: Captured) -> None:
    assert main(["migrate", "old.toml", "--to", "2026.4"]) == 0
    out, err = capsys.readouterr()
    assert "-max_workers = 4   # each 8 GB\n+max_workers_per_node = 4   # each 8 GB\n" in out
    assert "from QIIME 2 2026.1 (Parsl 2024.4.15) to QIIME 2 2026.4 (Parsl 2026.2.23)" in err
    assert "line 7: `max_workers` is called `max_workers_per_node`" in err
    assert old.read_text() == OLD
    assert [path.name for path in old.parent.iterdir()] == ["old.toml"]


def test_diff_is_one_that_patch_takes(old: Path, capsys: Captured) -> None:
    old.write_bytes(OLD.replace("\n", "\r\n").encode().rstrip(b"\r\n"))
    main(["migrate", "old.toml", "--to", "2026.4"])
    patch = capsys.readouterr().out
    done = subprocess.run(
        ["patch", "--binary", "old.toml"], input=patch.encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert old.read_bytes() == NEW.replace("\n", "\r\n").encode().rstrip(b"\r\n")


def test_write_keeps_a_back_up(old: Path, capsys: Captured) -> None:
    assert main(["migrate", "old.toml", "--to", "2026.4", "--write"]) == 0
    assert old.read_text() == NEW
    assert (old.parent / "old.toml.bak").read_text() == OLD
    out, err = capsys.readouterr()
    assert out == ""
    assert f"wrote old.toml; the file as it was is {old.parent / 'old.toml.bak'}" in err


def test_json_names_the_back_up(old: Path, capsys: Captured) -> None:
    assert main(["migrate", "old.toml", "--to", "2026.4", "--write", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["backup"] == str(old.parent / "old.toml.bak")
    assert main(["migrate", "old.toml", "--to", "2026.4", "--write", "--format", "json"]) == 0
    assert "backup" not in json.loads(capsys.readouterr().out)


def test_nothing_is_said_to_be_changed_that_could_not_be_written(
    old: Path, capsys: Captured
) -> None:
    (old.parent / "there").mkdir()
    arguments = ["migrate", "old.toml", "--to", "2026.4", "--format", "json", "-o", "there"]
    assert main(arguments) == 2
    assert capsys.readouterr().out == ""


def test_write_never_replaces_a_back_up(old: Path) -> None:
    (old.parent / "old.toml.bak").write_text("precious")
    assert main(["migrate", "old.toml", "--to", "2026.4", "--write"]) == 0
    assert (old.parent / "old.toml.bak").read_text() == "precious"
    assert (old.parent / "old.toml.bak2").read_text() == OLD


def test_second_write_changes_nothing(old: Path, capsys: Captured) -> None:
    main(["migrate", "old.toml", "--to", "2026.4", "--write"])
    before = {path.name: path.stat().st_mtime_ns for path in old.parent.iterdir()}
    assert main(["migrate", "old.toml", "--to", "2026.4", "--write"]) == 0
    assert {path.name: path.stat().st_mtime_ns for path in old.parent.iterdir()} == before
    assert "nothing to change" in capsys.readouterr().err


def test_check_says_whether_it_would_change(old: Path, capsys: Captured) -> None:
    assert main(["migrate", "old.toml", "--to", "2026.4", "--check"]) == 1
    assert capsys.readouterr().out == ""
    assert old.read_text() == OLD
    old.write_text(NEW)
    assert main(["migrate", "old.toml", "--to", "2026.4", "--check"]) == 0


def test_output_into_another_file(old: Path) -> None:
    assert main(["migrate", "old.toml", "--to", "2026.4", "-o", "new.toml"]) == 0
    assert (old.parent / "new.toml").read_text() == NEW
    assert old.read_text() == OLD


def test_output_replaces_nothing_without_force(old: Path, capsys: Captured) -> None:
    assert main(["migrate", "old.toml", "--to", "2026.4", "-o", "old.toml"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert old.read_text() == OLD
    assert main(["migrate", "old.toml", "--to", "2026.4", "-o", "old.toml", "--force"]) == 0
    assert old.read_text() == NEW


def test_output_to_stdout_is_the_text_alone(old: Path, capsys: Captured) -> None:
    assert main(["migrate", "old.toml", "--to", "2026.4", "-o", "-", "-q"]) == 0
    assert capsys.readouterr() == (NEW, "")


def test_stdin(old: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "q2pconf", "migrate", "-", "--to", "2026.4", "-o", "-"],
        input=OLD.encode(),
        capture_output=True,
        check=False,
    )
    assert done.stdout.decode() == NEW
    assert done.returncode == 0


def test_stdin_cannot_be_written_back(capsys: Captured) -> None:
    assert main(["migrate", "-", "--to", "2026.4", "--write"]) == 2
    assert "--write needs a file" in capsys.readouterr().err


def test_json(flat: Path, capsys: Captured) -> None:
    arguments = ["--plugin", "summarize=feature-table", "--format", "json"]
    assert main(["migrate", "old.toml", "--to", "2026.4", *arguments]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["from"], found["to"], found["changed"], found["ok"]) == (
        "2024.5", "2026.4", True, False,
    )  # fmt: skip
    assert [item["key"] for item in found["left"]] == [
        ["parsl", "executor_mapping", "denoise_paired"]
    ]
    assert found["left"][0]["line"] == 10
    kinds = {(change["kind"], change["line"]) for change in found["changes"]}
    assert kinds == {("rename", 7), ("comment", 10), ("rename", 11), ("add", None)}
    assert 'feature_table.summarize = "default"' in found["text"]


def test_what_is_left_is_listed_and_makes_1(flat: Path, capsys: Captured) -> None:
    assert main(["migrate", "old.toml", "--to", "2026.4", "--write"]) == 1
    err = capsys.readouterr().err
    assert "left for you:\n  line 10: which plugin has the action denoise_paired?" in err
    assert '\n# denoise_paired = "default"\n' in flat.read_text()


def test_asks_for_plugins_at_a_terminal(flat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(action: str) -> str | None:
        asked.append(action)
        return {"denoise_paired": "dada2"}.get(action)

    monkeypatch.setattr(command, "_can_ask", lambda options: True)
    monkeypatch.setattr("q2pconf.prompts.plugin_of", answer)
    arguments = ["--plugin", "summarize=feature_table", "--write"]
    assert main(["migrate", "old.toml", "--to", "2026.4", *arguments]) == 0
    assert asked == ["denoise_paired"]
    assert 'dada2.denoise_paired = "default"\n' in flat.read_text()


def test_stopping_the_questions_writes_nothing(flat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(action: str) -> str | None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_can_ask", lambda options: True)
    monkeypatch.setattr("q2pconf.prompts.plugin_of", stop)
    assert main(["migrate", "old.toml", "--to", "2026.4", "--write"]) == 130
    assert flat.read_text() == FLAT
    assert [path.name for path in flat.parent.iterdir()] == ["old.toml"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["nowhere.toml"], "there is no such file", id="missing"),
        pytest.param(["."], "is a folder", id="folder"),
        pytest.param(["old.toml", "--to", "1999.1"], "not known here", id="unknown target"),
        pytest.param(["old.toml", "--from", "2023.1"], "not known here", id="unknown origin"),
        pytest.param(["old.toml", "--plugin", "denoise"], "ACTION=PLUGIN is needed", id="no pair"),
        pytest.param(
            ["old.toml", "--to", "2026.4", "--plugin", "x=y"], "has no line for x", id="no action"
        ),
        pytest.param(["old.toml", "--write", "--check"], "not allowed with", id="two modes"),
        pytest.param([], "required: FILE", id="no file"),
    ],
)
def test_wrong_use_is_2(old: Path, capsys: Captured, arguments: list[str], words: str) -> None:
    assert main(["migrate", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert old.read_text() == OLD


@pytest.mark.parametrize(
    "content", [b"[parsl\n", b"\xff\xfe\x00", b"\xef\xbb\xbf[parsl]\n", b"a = = 1\n"]
)
def test_no_toml_is_1_and_nothing_is_written(old: Path, capsys: Captured, content: bytes) -> None:
    old.write_bytes(content)
    assert main(["migrate", "old.toml", "--to", "2026.4", "--write"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "error[Q2P00" in err
    assert old.read_bytes() == content


@pytest.mark.parametrize("text", ["", "\n", "[parsl]\n", "x = 1\n", "parsl = 3\n", "[[parsl]]\n"])
def test_files_without_a_configuration(old: Path, text: str) -> None:
    old.write_text(text)
    for release in ("2023.7", "2024.10", "2026.7"):
        assert main(["migrate", "old.toml", "--to", release]) in (0, 1)


def test_target_is_what_is_at_hand_where_none_is_named(
    old: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    meta = old.parent / "env" / "conda-meta"
    meta.mkdir(parents=True)
    (meta / "qiime2-2024.2.0-py38_0.json").write_text("{}")
    monkeypatch.setenv("CONDA_PREFIX", str(old.parent / "env"))
    assert main(["migrate", "old.toml", "--check"]) == 0
    assert "to QIIME 2 2024.2" in capsys.readouterr().err
    monkeypatch.delenv("CONDA_PREFIX")
    assert main(["migrate", "old.toml", "--check", "--env", str(old.parent / "env")]) == 0


def test_an_action_set_aside_takes_its_plugin_later(flat: Path) -> None:
    assert main(["migrate", "old.toml", "--to", "2026.4", "--write"]) == 1
    given = ["--plugin", "denoise_paired=dada2", "--plugin", "summarize=feature_table"]
    assert main(["migrate", "old.toml", "--to", "2026.4", "--write", *given]) == 0
    text = flat.read_text()
    assert 'dada2.denoise_paired = "default"\nfeature_table.summarize = "default"\n' in text
    assert "which plugin" not in text
    assert main(["migrate", "old.toml", "--to", "2026.4", "--check", *given]) == 0


def test_what_a_person_writes_into_the_twin_mapping_stays(flat: Path, capsys: Captured) -> None:
    given = ["--plugin", "denoise_paired=dada2", "--plugin", "summarize=feature_table"]
    main(["migrate", "old.toml", "--to", "2026.4", "--write", *given])
    flat.write_text(f'{flat.read_text()}# my own\nfilter_features = "default"\n')
    before = flat.read_text()
    assert main(["migrate", "old.toml", "--from", "2026.4", "--to", "2026.7", "--write"]) == 1
    assert flat.read_text() == before
    assert "are not the same" in capsys.readouterr().err


def test_back_up_is_as_private_as_the_file(old: Path) -> None:
    old.chmod(0o600)
    main(["migrate", "old.toml", "--to", "2026.4", "--write"])
    assert (old.parent / "old.toml.bak").stat().st_mode & 0o777 == 0o600


def test_a_refused_write_leaves_no_back_up(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("os.replace", refuse)
    assert main(["migrate", "old.toml", "--to", "2026.4", "--write"]) == 2
    assert [path.name for path in old.parent.iterdir()] == ["old.toml"]


def test_right_for_its_own_release_stays_as_it_is(old: Path) -> None:
    old.write_text(f'{NEW}\n[parsl.executor_mapping.dada2]\ndenoise = "default"\n')
    assert main(["migrate", "old.toml", "--from", "2026.4", "--to", "2026.4", "--check"]) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--to", "2026.4", "--release", "2024.2"], "which is it?"),
        (["--plugin", "a=x", "--plugin", "a=y"], "x or y?"),
        (["-o", ""], "-o is empty"),
        (["--from", ""], "--from is empty"),
        (["--to", "2026.4", "--env", "nowhere"], "no such folder"),
    ],
)
def test_contradictions_are_2(
    old: Path, capsys: Captured, arguments: list[str], words: str
) -> None:
    assert main(["migrate", "old.toml", *arguments]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("redirect", "code"),
    [
        (">&-", 2),
        ("--format json >&-", 2),
        ("-o - >&-", 2),
        ("2>&-", 0),
        ("2> /dev/full", 0),
        ("--write 2> /dev/full", 0),
        ("> /dev/full", 2),
    ],
)
def test_streams_that_are_closed_or_full(old: Path, redirect: str, code: int) -> None:
    command = f"{sys.executable} -m q2pconf migrate old.toml --to 2026.4 {redirect}"
    done = subprocess.run(command, shell=True, capture_output=True, check=False)
    assert done.returncode == code, done.stderr
    assert b"a bug in q2pconf" not in done.stderr


def test_json_of_a_file_that_is_no_toml(old: Path, capsys: Captured) -> None:
    old.write_text("x = \n")
    assert main(["migrate", "old.toml", "--to", "2026.4", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["changed"], len(found["findings"])) == (False, False, 1)
