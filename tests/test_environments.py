"""environments: versions by the names of files, whichever kind of environment it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from q2pconf.cli import main
from q2pconf.environments import activated, at_hand, at_prefix
from q2pconf.errors import UsageError


def conda(prefix: Path, *names: str) -> Path:
    (prefix / "conda-meta").mkdir(parents=True, exist_ok=True)
    for name in names:
        (prefix / "conda-meta" / f"{name}.json").write_text("{}")
    return prefix


def python(prefix: Path, *names: str) -> Path:
    for name in names:
        (prefix / "lib" / "python3.10" / "site-packages" / name).mkdir(parents=True)
    return prefix


def test_conda_packages(tmp_path: Path) -> None:
    prefix = conda(tmp_path, "qiime2-2024.10.1-py310h_0", "parsl-2024.04.15-pyhd_0", "q2cli-1-0")
    found = at_prefix(str(prefix))
    assert (found.framework, found.parsl) == ("2024.10.1", "2024.04.15")


def test_python_packages(tmp_path: Path) -> None:
    prefix = python(tmp_path, "rachis-2026.4.0.dist-info", "parsl-2026.2.23.dist-info", "parsl")
    found = at_prefix(str(prefix))
    assert (found.framework, found.parsl) == ("2026.4.0", "2026.2.23")


def test_what_python_imports_comes_before_what_conda_wrote_down(tmp_path: Path) -> None:
    prefix = conda(tmp_path, "rachis-2026.4.0-py312_0", "parsl-2026.2.23-py_0")
    python(prefix, "rachis-2026.4.0.dist-info", "parsl-2026.10.26.dist-info")
    found = at_prefix(str(prefix))
    assert (found.framework, found.parsl) == ("2026.4.0", "2026.10.26")


@pytest.mark.parametrize(
    "name",
    [
        "parsl_extras-1.dist-info",
        "parsl-x.dist-info",
        "qiime2_x-2024.5.dist-info",
        "parsl.dist-info",
    ],
)
def test_similar_names_are_others(tmp_path: Path, name: str) -> None:
    assert not at_prefix(str(python(tmp_path, name)))


def test_nothing_is_imported_or_run(tmp_path: Path) -> None:
    prefix = python(tmp_path, "rachis-2026.4.0.dist-info")
    (prefix / "bin").mkdir()
    (prefix / "bin" / "python").write_text("#!/bin/sh\ntouch $0.ran\n")
    (prefix / "bin" / "python").chmod(0o755)
    assert at_prefix(str(prefix)).framework == "2026.4.0"
    assert [path.name for path in (prefix / "bin").iterdir()] == ["python"]


def test_prefix_comes_before_the_active_one(tmp_path: Path) -> None:
    active = conda(tmp_path / "a", "qiime2-2024.5.0-py39_0")
    other = conda(tmp_path / "b", "rachis-2026.1.0-py310_0")
    env = {"CONDA_PREFIX": str(active)}
    assert at_hand(env).framework == "2024.5.0"
    assert at_hand(env, prefix=str(other)).framework == "2026.1.0"


def test_activated_is_for_conda_environments(tmp_path: Path) -> None:
    prefix, plain = str(conda(tmp_path / "c")), str(tmp_path)
    env = {"CONDA_PREFIX": "/old", "HOME": "/home"}
    assert activated(env, prefix) == {"CONDA_PREFIX": prefix, "HOME": "/home"}
    assert activated(env, plain) is activated(env, None) is env


@pytest.mark.parametrize("command", ["validate", "which", "init", "migrate"])
@pytest.mark.parametrize(
    ("prefix", "words"),
    [("nowhere", "there is no such folder"), (".", "neither QIIME 2 nor Parsl")],
)
def test_prefix_without_anything_is_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    prefix: str,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    file = {"validate": ["x.toml"], "migrate": ["x.toml"]}.get(command, [])
    assert main([command, *file, "--env", prefix]) == 2
    assert words in capsys.readouterr().err
    with pytest.raises(UsageError, match=words):
        at_hand({}, prefix=prefix)


def test_which_goes_by_the_named_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "site"))
    for name in ("CONDA_PREFIX", "XDG_CONFIG_HOME", "QIIME2_CONFIG", "QIIMETEST"):
        monkeypatch.delenv(name, raising=False)
    prefix = conda(tmp_path / "env", "qiime2-2024.5.0-py39_0")
    (prefix / "etc").mkdir()
    file = prefix / "etc" / "qiime2_config.toml"
    file.write_text("[parsl]\n")
    assert main(["which", "-q", "--env", str(prefix)]) == 0
    out, err = capsys.readouterr()
    assert out == f"{file}\n"
    assert "QIIME 2 2024.5" in err


def test_caveat_is_a_warning_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prefix = conda(tmp_path / "env", "rachis-2027.4.0-py312_0")
    (tmp_path / "x.toml").write_text(
        '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
    )
    assert (
        main(["validate", str(tmp_path / "x.toml"), "--env", str(prefix), "--format", "json"]) == 0
    )
    out, err = capsys.readouterr()
    assert err == (
        "q2pconf: warning: this q2pconf does not know QIIME 2 2027.4 and judges by QIIME 2 2026.10,"
        " the nearest that it knows\n"
    )
    assert '"release": "2026.10"' in out


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["rachis-2026.4.0-0", "qiime2-2024.5.0-0"], "2026.4.0"),
        (["qiime2-2024.10.0-0", "qiime2-2024.5.0-0"], "2024.10.0"),
        (["qiime2-1!2024.10.0-0"], "2024.10.0"),
    ],
)
def test_of_several_versions_the_latest(tmp_path: Path, names: list[str], wanted: str) -> None:
    assert at_prefix(str(conda(tmp_path, *names))).framework == wanted


@pytest.mark.parametrize("prefix", ["x" * 5000, "a\0b", "/dev/null", "/dev/null/x"])
def test_odd_prefixes(prefix: str) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        at_hand({}, prefix=prefix)
