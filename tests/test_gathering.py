"""Which files a call means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from q2pconf.gathering import gather

CONFIG = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
PROJECT = '[project]\nname = "x"\n[tool.poetry.dependencies]\nparsl = "*"\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "b.toml": CONFIG,
        "a.toml": CONFIG,
        "pyproject.toml": PROJECT,
        "notes.txt": CONFIG,
        "site/qiime2_config.toml": "",
        "site/deep/er/c.toml": "[executor_mapping]\n",
        "site/mapping.toml": '[executor_mapping.dada2]\ndenoise = "x"\n',
        ".hidden/d.toml": CONFIG,
        ".e.toml": CONFIG,
        "none/pyproject.toml": PROJECT,
        "empty/README": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def files(*names: str) -> list[str]:
    found = gather(names)
    assert found.problems == []
    return found.files


def test_files_are_taken_as_they_are() -> None:
    names = ["notes.txt", "missing.toml", "-", "pyproject.toml", ".e.toml", ""]
    assert files(*names) == names


def test_folder_is_searched_in_order() -> None:
    assert files(".") == [
        "a.toml",
        "b.toml",
        "site/mapping.toml",
        "site/qiime2_config.toml",
        "site/deep/er/c.toml",
    ]
    assert gather(["."]).passed_over == ["pyproject.toml", "none/pyproject.toml"]


@pytest.mark.parametrize("name", ["site", "site/", "./site", "site/deep/.."])
def test_names_of_a_folder(name: str) -> None:
    assert [os.path.normpath(path) for path in files(name)] == [
        "site/mapping.toml",
        "site/qiime2_config.toml",
        "site/deep/er/c.toml",
    ]


def test_hidden_folder_is_searched_if_named() -> None:
    assert files(".hidden") == [".hidden/d.toml"]


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        pytest.param(b"[parsl]\n", True, id="table"),
        pytest.param(b"parsl = 1\n", True, id="not a table"),
        pytest.param(b"parsl.retries = 1\n", True, id="dotted"),
        pytest.param(b'["parsl"]\n', True, id="quoted"),
        pytest.param(b"[ parsl . executors ]\n", True, id="spaced"),
        pytest.param(b"\xef\xbb\xbf[parsl]\n", True, id="byte order mark"),
        pytest.param(b"x = 1\r\n[parsl]\r\n", True, id="CRLF"),
        pytest.param(b"[[parsl.executors]]\nclass = True\n", True, id="broken"),
        pytest.param(b"[parsl\n", True, id="broken header"),
        pytest.param(b"parsl.retries = \n", True, id="broken dotted"),
        pytest.param(b"[parsl]\n# \xff\n", True, id="no UTF-8"),
        pytest.param(b"[executor_mapping]\n", True, id="mapping alone"),
        pytest.param(b"", False, id="empty"),
        pytest.param(b"# [parsl]\n", False, id="comment"),
        pytest.param(PROJECT.encode(), False, id="dependency"),
        pytest.param(PROJECT.encode() + b"x = True\n", False, id="broken with a dependency"),
        pytest.param(b"[parslet]\n", False, id="longer name"),
        pytest.param(b"[tool.parsl]\n", False, id="of another table"),
        pytest.param(b"x = True\n", False, id="broken without"),
    ],
)
def test_what_counts_as_a_configuration(text: bytes, taken: bool, folder: Path) -> None:
    (folder / "site" / "x.toml").write_bytes(text)
    found = gather(["site"])
    assert ("site/x.toml" in found.files) is taken
    assert ("site/x.toml" in found.passed_over) is not taken


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("empty", "no file to check in this folder (no TOML file)", id="empty"),
        pytest.param("none", "(1 TOML file, which has no table [parsl])", id="others only"),
        pytest.param("*.yaml", "no file to check matches this pattern", id="pattern"),
        pytest.param("e[m]pty", "no file to check matches", id="pattern of an empty folder"),
        pytest.param("**/x.toml", "no file to check matches", id="deep pattern"),
    ],
)
def test_nothing_to_check_is_a_problem(name: str, reason: str) -> None:
    found = gather([name, "a.toml"])
    assert found.files == ["a.toml"]
    (problem,) = found.problems
    assert problem.name == name
    assert reason in str(problem)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param("?.toml", ["a.toml", "b.toml"], id="question mark"),
        pytest.param("[ab].toml", ["a.toml", "b.toml"], id="set"),
        pytest.param("*.toml", ["a.toml", "b.toml", "pyproject.toml"], id="as the shell"),
        pytest.param("**/c.toml", ["site/deep/er/c.toml"], id="deep"),
        pytest.param("s*", ["site/mapping.toml", "site/qiime2_config.toml",
                            "site/deep/er/c.toml"], id="folder"),
    ],
)  # fmt: skip
def test_pattern(pattern: str, expected: list[str]) -> None:
    assert files(pattern) == expected


def test_file_whose_name_looks_like_a_pattern(folder: Path) -> None:
    (folder / "[ab].toml").write_text(CONFIG)
    assert files("[ab].toml") == ["[ab].toml"]


def test_file_comes_once(folder: Path) -> None:
    (folder / "link.toml").symlink_to("a.toml")
    assert files("a.toml", "./a.toml", str(folder / "a.toml"), "link.toml", "?.toml") == [
        "a.toml",
        "b.toml",
    ]
    assert files("-", "-") == ["-"]
    assert files("site", "site/mapping.toml").count("site/mapping.toml") == 1


def test_links_to_folders_are_not_followed(folder: Path) -> None:
    (folder / "site" / "loop").symlink_to(folder)
    (folder / "site" / "self").symlink_to(".")
    assert len(files("site")) == 3
    (folder / "linked").symlink_to("site")
    assert len(files("linked")) == 3


def test_what_cannot_be_read_is_a_problem(folder: Path) -> None:
    (folder / "site" / "gone.toml").symlink_to("nowhere")
    os.mkfifo(folder / "site" / "pipe.toml")
    found = gather(["site"])
    assert [str(problem) for problem in found.problems] == [
        "site/gone.toml: this link leads to no file"
    ]
    assert len(found.files) == 3


def test_folder_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    (problem,) = gather(["site"]).problems
    assert str(problem) == "site/deep: this folder cannot be read (Permission denied)"
