"""rules.environments: whether worker_init gets a job into the environment of QIIME 2."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from q2pconf import schema
from q2pconf.findings import Finding
from q2pconf.model import Config
from q2pconf.releases import Release, detect, find
from q2pconf.rules import Context, all_rules

DEBIAN = """
# If not running interactively, don't do anything
case $- in
    *i*) ;;
      *) return;;
esac
"""
REDHAT = "if [ -f /etc/bashrc ]; then\n    . /etc/bashrc\nfi\n"
CONDA = '__conda_setup="$(/opt/conda/bin/conda shell.bash hook)"\n'


def found(
    code: str,
    script: str,
    release: Release | None = None,
    *,
    home: Path | None = None,
    provider: str = "SlurmProvider",
) -> list[Finding]:
    """What the rule says of this worker_init."""
    chosen = release or find("2026.4")
    executor = {
        "class": "HighThroughputExecutor",
        "provider": {"class": provider, "worker_init": script},
    }
    config = Config.from_data({"parsl": {"executors": [executor]}}, schema.of(chosen))
    env = {"HOME": str(home)} if home else {}
    return list(all_rules()[code].check(config, Context(release=chosen, env=env)))


SCRIPT = "source ~/.bashrc && conda activate qiime2"


@pytest.mark.parametrize(
    ("bashrc", "count"),
    [
        pytest.param(None, 1, id="not here"),
        pytest.param(DEBIAN, 1, id="returns at once"),
        pytest.param(DEBIAN + CONDA, 1, id="returns before conda"),
        pytest.param(CONDA + DEBIAN, 0, id="returns after conda"),
        pytest.param(REDHAT, 0, id="reads the system's"),
        pytest.param(REDHAT + CONDA, 0, id="never returns"),
        pytest.param("# conda.sh\nalias ll='ls -l'\n", 1, id="knows no conda"),
        pytest.param('[ -z "$PS1" ] && return\n' + CONDA, 1, id="asks for the prompt"),
        pytest.param("[[ $- != *i* ]] && return\n" + CONDA, 1, id="asks in double brackets"),
    ],
)
def test_start_up_file(tmp_path: Path, bashrc: str | None, count: int) -> None:
    if bashrc is not None:
        (tmp_path / ".bashrc").write_text(bashrc, encoding="utf-8")
    assert len(found("Q2P261", SCRIPT, home=tmp_path)) == count
    in_variable = SCRIPT.replace("~", "${HOME}")
    assert len(found("Q2P261", in_variable, home=tmp_path)) == count


@pytest.mark.parametrize(
    "script",
    [
        "source ~/.bashrc; source /opt/conda/etc/profile.d/conda.sh; conda activate q",
        "source ~/.bashrc; module load x",
        "# source ~/.bashrc\nsource /opt/c/conda.sh; conda activate q",
        "source /opt/c/conda.sh; conda activate q; source ~/.bashrc",
    ],
)
def test_start_up_file_that_conda_does_not_need(script: str) -> None:
    assert found("Q2P261", script) == []


def test_only_jobs_have_another_shell() -> None:
    assert found("Q2P261", SCRIPT, provider="LocalProvider") == []
    assert found("Q2P262", "conda activate q", provider="LocalProvider") == []


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("conda activate q", 1),
        ("export A=1; mamba activate q", 1),
        ("echo source; conda activate q", 1),
        ("module load conda\nconda activate q", 0),
        ("ml conda; conda activate q", 0),
        ("source /opt/c/conda.sh && conda activate q", 0),
        (". /opt/c/conda.sh; conda activate q", 0),
        ('eval "$(conda shell.bash hook)"\nconda activate q', 0),
        ("source ~/.bashrc && conda activate q", 0),
        ("source activate q", 0),
        ("conda run -n q true", 0),
    ],
)
def test_conda_that_nothing_loads(script: str, count: int) -> None:
    assert len(found("Q2P262", script)) == count


@pytest.mark.parametrize(
    ("script", "fixed"),
    [
        ('source "~/c.sh"', 'source "$HOME/c.sh"'),
        ("source '~/c.sh'", None),
        ('. "~/c.sh" # mine', None),
    ],
)
def test_home_in_quotes(script: str, fixed: str | None) -> None:
    (finding,) = found("Q2P263", script)
    assert (finding.fix.value if finding.fix else None) == fixed


@pytest.mark.parametrize(
    "script", ["source ~/c.sh", 'source "$HOME/c.sh"', 'echo "~/ is home"', '# source "~/c.sh"']
)
def test_home_outside_of_quotes(script: str) -> None:
    assert found("Q2P263", script) == []


def environment(folder: Path, parsl: str | None) -> str:
    """An environment with QIIME 2 2026.4, or with no Parsl."""
    names = ["rachis-2026.4.0.dist-info"] if parsl else []
    names += [f"parsl-{parsl}.dist-info"] if parsl else []
    for name in names or ["pip-1.0.dist-info"]:
        (folder / "lib" / "python3.12" / "site-packages" / name).mkdir(parents=True)
    return str(folder)


@pytest.fixture
def installed(tmp_path: Path) -> Release:
    """The release of an environment called q2, beside three others."""
    envs = tmp_path / "envs"
    environment(envs / "q2-2024.5", "2026.2.23")
    environment(envs / "old", "2024.4.15")
    environment(envs / "plain", None)
    here = environment(envs / "q2", "2026.2.23")
    release = detect({}, prefix=here)
    assert release is not None
    assert release.prefix == here
    return release


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("q2", None),
        ("q2-2024.5", None),
        ("old", "jobs activate old, which has Parsl 2024.4.15"),
        ("plain", "jobs activate plain, which has no Parsl"),
        ("q3", "jobs activate q3, and there is no such environment here"),
        ("$MY_ENV", None),
    ],
)
def test_what_is_installed_there(installed: Release, name: str, said: str | None) -> None:
    script = f"source /opt/c/conda.sh; conda activate {name}"
    findings = found("Q2P604", script, installed)
    assert [finding.message.startswith(said or "") for finding in findings] == [True] * bool(said)


def test_the_folder_of_an_environment(installed: Release, tmp_path: Path) -> None:
    prefix = f"{tmp_path}/envs"
    assert found("Q2P604", f"source {prefix}/q2/bin/activate", installed) == []
    assert len(found("Q2P604", f"source {prefix}/old/bin/activate", installed)) == 1
    assert len(found("Q2P604", f"conda activate {prefix}/none", installed)) == 1


def test_a_name_says_nothing_where_there_is_no_conda(tmp_path: Path) -> None:
    release = detect({}, prefix=environment(tmp_path / "venv", "2026.2.23"))
    assert found("Q2P604", "conda activate q3", release) == []
    assert len(found("Q2P604", "conda activate q2-2025.4", release)) == 1
    assert len(found("Q2P604", "conda activate /nowhere/q3", release)) == 1


def test_a_name_alone_is_judged_where_nothing_is_installed(installed: Release) -> None:
    script = "conda activate q2-2024.5"
    assert len(found("Q2P604", script)) == 1
    assert len(found("Q2P604", script, replace(installed, prefix=None))) == 1
    assert found("Q2P604", "conda activate q3") == []
