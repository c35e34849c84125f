"""presets of a site and of a user: found, built upon, and never a trouble for the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from q2pconf import presets, wizard
from q2pconf.checks import check_document
from q2pconf.errors import UsageError
from q2pconf.host import CpuCount
from q2pconf.presets import Origin, Preset
from q2pconf.releases import all_releases
from q2pconf.wizard import Surroundings

HERE = Surroundings(env={}, cpus=CpuCount(count=8, source="psutil", detail="8 CPUs"))

CENTER = """\
[q2pconf]
title = "My center"
extends = "slurm"
asks = ["actions", "cpus", "memory", "partition"]
[q2pconf.defaults]
memory = "8GB"
[q2pconf.fixed]
account = "lab"
walltime = "12h"
exclusive = false
[q2pconf.choices]
partition = ["short", "long"]
cpus = [2, 4, 8]
[q2pconf.set]
retries = 1
"provider.scheduler_options" = "#SBATCH -C x"
"""
WHOLE = """\
# Ours.
[q2pconf]
title = "Whole"
asks = ["actions"]

[parsl]
retries = 2
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
max_workers_per_node = 1
provider = { class = "LocalProvider" }
"""


@pytest.fixture
def folders(tmp_path: Path) -> dict[Origin, str]:
    """The folders of site and user, made and empty."""
    found: dict[Origin, str] = {
        "site": str(tmp_path / "site"),
        "user": str(tmp_path / "user"),
    }
    for folder in found.values():
        Path(folder).mkdir()
    return found


def put(folder: str, name: str, text: str) -> Path:
    path = Path(folder) / name
    path.write_text(text, encoding="utf-8")
    return path


def find(folders: dict[Origin, str], name: str) -> Preset:
    found, broken = presets.load_all(folders)
    assert broken == ()
    return found[name]


def test_none(folders: dict[Origin, str]) -> None:
    assert list(presets.load_all(folders)[0]) == ["local", "pbs", "slurm"]
    nowhere: dict[Origin, str] = {"site": "/nonexistent/x", "user": ""}
    assert list(presets.load_all(nowhere)[0]) == ["local", "pbs", "slurm"]


def test_a_site_builds_upon_a_shipped_one(folders: dict[Origin, str]) -> None:
    path = put(folders["site"], "mycenter.toml", CENTER)
    found = find(folders, "mycenter")
    base = presets.find("slurm")
    assert (found.origin, found.path, found.title) == ("site", str(path), "My center")
    assert found.description == base.description
    assert found.document.text == base.document.text
    assert found.asks == ("actions", "cpus", "memory", "partition")
    assert found.defaults == {**base.defaults, "memory": "8GB"}
    assert found.choices == {"partition": ("short", "long"), "cpus": (2, 4, 8)}


@pytest.mark.parametrize("release", all_releases(), ids=lambda release: release.name)
def test_its_file_is_right_in(release: object, folders: dict[Origin, str]) -> None:
    put(folders["site"], "mycenter.toml", CENTER)
    given = {"actions": 3, "cpus": 8, "partition": "long"}
    draft = wizard.build(find(folders, "mycenter"), given, release, HERE)  # type: ignore[arg-type]
    assert check_document(draft.document, draft.release).errors == ()
    parsl = draft.document.data["parsl"]
    provider = parsl["executors"][1]["provider"]
    wanted = {
        "partition": "long", "account": "lab", "walltime": "12:00:00", "cores_per_node": 8,
        "mem_per_node": 8, "max_blocks": 3, "scheduler_options": "#SBATCH -C x",
    }  # fmt: skip
    assert {key: provider[key] for key in wanted} == wanted
    assert parsl["retries"] == 1
    assert "q2pconf" not in draft.document.data


def test_its_settings_give_way_to_the_persons(folders: dict[Origin, str]) -> None:
    put(folders["site"], "mycenter.toml", CENTER)
    given = {"set": {"retries": 5}}
    data = wizard.build(find(folders, "mycenter"), given, all_releases()[-1], HERE).document.data
    assert data["parsl"]["retries"] == 5
    provider = data["parsl"]["executors"][1]["provider"]
    assert provider["scheduler_options"] == "#SBATCH -C x"


def test_a_whole_one(folders: dict[Origin, str]) -> None:
    put(folders["user"], "whole.toml", WHOLE)
    document = find(folders, "whole").document
    assert document.text.startswith("# Ours.\n")
    assert set(document.data) == {"parsl"}
    assert document.data["parsl"]["retries"] == 2


def test_a_whole_one_that_builds_upon_another_has_its_own_file(folders: dict[Origin, str]) -> None:
    put(folders["user"], "whole.toml", WHOLE.replace("[q2pconf]", '[q2pconf]\nextends = "slurm"'))
    found = find(folders, "whole")
    assert found.defaults == presets.find("slurm").defaults
    assert found.document.data["parsl"]["retries"] == 2


def test_a_bare_file_without_a_word_for_q2pconf(folders: dict[Origin, str]) -> None:
    text = WHOLE[WHOLE.index("[parsl]") :]
    put(folders["user"], "bare.toml", text)
    found = find(folders, "bare")
    assert (found.title, found.description, found.asks) == ("bare", "", ())
    assert found.document.text == text


def test_the_users_comes_before_the_sites_and_the_shipped(folders: dict[Origin, str]) -> None:
    put(folders["site"], "slurm.toml", CENTER)
    assert find(folders, "slurm").origin == "site"
    put(folders["user"], "slurm.toml", '[q2pconf]\nextends = "slurm"\ntitle = "Mine"\n')
    found = find(folders, "slurm")
    assert (found.origin, found.title) == ("user", "Mine")
    assert found.fixed["account"] == "lab", "the user's builds upon the site's"


def test_hidden_and_other_files_are_left_alone(folders: dict[Origin, str]) -> None:
    for name in (".hidden.toml", ".toml", "x.toml~", "x.TOML", "#x.toml#", "README"):
        put(folders["site"], name, "nonsense")
    found, broken = presets.load_all(folders)
    assert list(found) == ["local", "pbs", "slurm"]
    assert [one.name for one in broken] == [], "editors leave such files"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense", "line 1: "),
        ("", "it has no table [parsl], and extends no other preset"),
        ("q2pconf = 3", "[q2pconf] must be a table"),
        ('[q2pconf]\ntitel = "x"', "line 2: [q2pconf] has no 'titel'; known are title, descr"),
        ("[q2pconf]\n\ntitle = 3", "line 3: 'title' must be text in quotes"),
        ('[q2pconf]\nasks = "cpus"', "line 2: 'asks' must be a list"),
        ('[q2pconf]\nasks = ["cpus", "colour"]', "line 2: there is no question 'colour'; known"),
        ("[q2pconf]\nasks = [3]", "line 2: there is no question 3"),
        ("[q2pconf]\nfixed = 3", "line 2: 'fixed' must be a table"),
        ("[q2pconf.fixed]\ncpus = 1\ncolour = 2", "line 3: there is no question 'colour'"),
        ('[q2pconf]\nextends = "nothing"', "line 2: there is no preset 'nothing' to extend"),
        ('[q2pconf]\nextends = "bad"', "line 2: there is no preset 'bad' to extend"),
        ("[q2pconf.choices]\ncpus = 4", "line 2: the choices of 'cpus' are a list"),
        ("[q2pconf.choices]\ncpus = []", "line 2: the choices of 'cpus' are a list"),
        ("[q2pconf.choices]\ncpus = [1, 0]", "line 2: cpus in [q2pconf.choices]: a whole number"),
        ('[q2pconf.fixed]\n\nmemory = "lots"', "line 3: memory in [q2pconf.fixed]: 'lots' is not"),
        ("[q2pconf.defaults]\nwalltime = 24", "line 2: walltime in [q2pconf.defaults]: 24 is a"),
        ('[q2pconf.fixed]\nmap = ["x"]', "line 2: map in [q2pconf.fixed]: PLUGIN.ACTION=LABEL"),
        ("[parsl]\nretries = 1", "no executor is labelled default"),
        ("parsl = 3", "no executor is labelled default"),
    ],
)
def test_a_broken_one_is_reported_and_the_others_work(
    text: str, reason: str, folders: dict[Origin, str]
) -> None:
    path = put(folders["site"], "bad.toml", text)
    put(folders["site"], "good.toml", CENTER)
    put(folders["user"], "better.toml", CENTER.replace("slurm", "good", 1))
    found, broken = presets.load_all(folders)
    assert list(found) == ["better", "good", "local", "pbs", "slurm"]
    assert [(one.name, one.path) for one in broken] == [("bad", str(path))]
    assert broken[0].reason.startswith(reason), broken[0].reason


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\xef\xbb\xbf[q2pconf", b"a\0b", None])
def test_what_is_no_text_is_broken_too(content: bytes | None, folders: dict[Origin, str]) -> None:
    path = Path(folders["user"]) / "bad.toml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    found, broken = presets.load_all(folders)
    assert list(found) == ["local", "pbs", "slurm"]
    assert [one.name for one in broken] == ["bad"]
    assert broken[0].reason


def test_a_broken_one_never_hides_a_shipped_one(folders: dict[Origin, str]) -> None:
    put(folders["site"], "local.toml", "nonsense")
    found, broken = presets.load_all(folders)
    assert found["local"].origin == "built-in"
    assert [one.name for one in broken] == ["local"]
    assert presets.find("local", folders).origin == "built-in"


def test_a_fixed_answer_beats_the_default_and_stays(folders: dict[Origin, str]) -> None:
    put(folders["site"], "c.toml", CENTER)
    center = find(folders, "c")
    release = all_releases()[-1]
    with pytest.raises(UsageError, match="--account: the preset c fixes it to 'lab'"):
        wizard.build(center, {"account": "mine"}, release, HERE)
    with pytest.raises(UsageError, match="--exclusive: the preset c fixes it to False"):
        wizard.build(center, {"exclusive": True}, release, HERE)
    wizard.build(center, {"walltime": "720 min", "exclusive": False}, release, HERE)


def test_a_setting_that_no_release_has_is_refused(folders: dict[Origin, str]) -> None:
    put(folders["site"], "c.toml", CENTER.replace("retries", "nothing"))
    with pytest.raises(UsageError, match=r"nothing: Parsl .* has no such key"):
        wizard.build(find(folders, "c"), {}, all_releases()[-1], HERE)
