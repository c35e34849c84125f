"""releases: found by name, by Parsl, and by what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from q2pconf import _release_table, _resources, releases
from q2pconf.errors import UsageError
from q2pconf.releases import (
    all_releases,
    choose,
    detect,
    find,
    known_parsls,
    newest,
    numbers,
    other_parsls,
)


def conda(folder: Path, *names: str) -> dict[str, str]:
    """The environment variables of an active conda environment with these packages."""
    meta = folder / "env" / "conda-meta"
    meta.mkdir(parents=True)
    for name in names:
        (meta / name).write_text("{}")
    return {"CONDA_PREFIX": str(folder / "env")}


def site(folder: Path, *names: str) -> list[str]:
    """A search path with one folder that has these distributions."""
    packages = folder / "site-packages"
    for name in names:
        (packages / name).mkdir(parents=True)
    return [str(packages)]


def test_releases_are_in_order_of_their_numbers() -> None:
    names = [release.name for release in all_releases()]
    assert names.index("2024.5") < names.index("2024.10") < names.index("2025.4")
    assert names == sorted(names, key=numbers)


@pytest.mark.parametrize("name", [release.name for release in all_releases()])
def test_every_release_has_its_schema_and_is_found(name: str) -> None:
    release = find(name)
    assert release.name == name
    assert str(release) == f"QIIME 2 {name} (Parsl {release.parsl})"
    assert _resources.read_text("schemas", f"parsl-{release.parsl}.json")


def test_newest_is_the_release_that_is_marked() -> None:
    assert newest() in all_releases()
    assert newest().name == "2026.4"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        pytest.param("2026.4", "2026.4", id="plain"),
        pytest.param(" 2026.4 ", "2026.4", id="blanks"),
        pytest.param("2026.4.0", "2026.4", id="patch level"),
        pytest.param("2024.05", "2024.5", id="leading zero"),
        pytest.param("2024.10", "2024.10", id="ten is not one"),
        pytest.param("parsl==2026.2.23", "2026.4", id="Parsl"),
        pytest.param("parsl==2026.02.23", "2026.4", id="Parsl with leading zero"),
        pytest.param("PARSL==2024.4.15", "2026.1", id="Parsl of several: the newest"),
        pytest.param("parsl==2026.10.26", "parsl==2026.10.26", id="Parsl of no release"),
        pytest.param("parsl == 2024.4.15", None, id="Parsl with blanks"),
        pytest.param("parsl==2025.6.2", None, id="Parsl in between"),
        pytest.param("2026.3", None, id="no such release"),
        pytest.param("1999.1", None, id="before all"),
        pytest.param("2026", None, id="no month"),
        pytest.param("parsl==1.0", None, id="unknown Parsl"),
        pytest.param("parsl==", None, id="no version"),
        pytest.param("newest", None, id="word"),
        pytest.param("", None, id="empty"),
    ],
)
def test_find(name: str, wanted: str | None) -> None:
    if wanted is not None:
        assert find(name).name == wanted
        return
    with pytest.raises(UsageError, match=r"known are .*2024") as caught:
        find(name)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        pytest.param(["qiime2-2024.10.1-py310_0.json"], "2024.10", id="qiime2"),
        pytest.param(["rachis-2026.4.0-py312h1_0.json"], "2026.4", id="rachis"),
        pytest.param(
            ["q2-types-2026.4.0-0.json", "qiime2-2024.5.0-py39_0.json"], "2024.5", id="both"
        ),
        pytest.param(["qiime2-2024.05.0-py39_0.json"], "2024.5", id="leading zero"),
        pytest.param(["q2-types-2026.4.0-0.json"], None, id="plugin only"),
        pytest.param(["qiime2-metapackage-2026.4.0-0.json"], None, id="similar name"),
        pytest.param(["qiime2-2026.4.0-0.json.bak"], None, id="other file"),
        pytest.param(["history"], None, id="no packages"),
    ],
)  # fmt: skip
def test_detect_by_conda(tmp_path: Path, names: list[str], wanted: str | None) -> None:
    found = detect(conda(tmp_path, *names))
    assert (found.name if found else None) == wanted


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        pytest.param(["rachis-2026.4.0.dist-info"], "2026.4", id="wheel"),
        pytest.param(["rachis-2026.1.0+3.gabc.dist-info"], "2026.1", id="local version"),
        pytest.param(["qiime2-2024.10.1-py3.10.egg-info"], "2024.10", id="egg"),
        pytest.param(["rachis-2026.4.0.dev0.dist-info"], "2026.4", id="development"),
        pytest.param(["rachis"], None, id="sources only"),
        pytest.param(["q2cli-2026.4.0.dist-info"], None, id="another distribution"),
    ],
)
def test_detect_by_distribution(tmp_path: Path, names: list[str], wanted: str | None) -> None:
    found = detect({}, site(tmp_path, *names))
    assert (found.name if found else None) == wanted


def test_detect_takes_the_conda_environment_first(tmp_path: Path) -> None:
    env = conda(tmp_path, "qiime2-2024.5.0-py39_0.json")
    path = site(tmp_path, "rachis-2026.4.0.dist-info")
    found = detect(env, path)
    assert found is not None
    assert found.name == "2024.5"


def test_detect_goes_on_where_conda_has_none(tmp_path: Path) -> None:
    env = conda(tmp_path, "numpy-2.0-0.json")
    found = detect(env, [str(tmp_path / "nothing"), *site(tmp_path, "rachis-2026.1.0.dist-info")])
    assert found is not None
    assert found.name == "2026.1"


@pytest.mark.parametrize("prefix", ["", "/nowhere", "/dev/null"])
def test_detect_nothing(prefix: str) -> None:
    assert detect({"CONDA_PREFIX": prefix}, ["/nowhere", "/dev/null"]) is None


def test_choose_by_name_before_what_is_installed(tmp_path: Path) -> None:
    env = conda(tmp_path, "qiime2-2024.5.0-py39_0.json")
    assert choose("2026.1", env).name == "2026.1"
    assert choose(None, env).name == "2024.5"
    assert choose(" Installed ", env).name == "2024.5"


def test_choose_the_newest_where_nothing_is_installed() -> None:
    assert choose(None, {}) == newest()


def test_choose_installed_where_nothing_is() -> None:
    with pytest.raises(UsageError, match="has neither QIIME 2 nor Parsl"):
        choose("installed", {})


@pytest.mark.parametrize(
    ("name", "wanted", "instead"),
    [
        pytest.param("2027.1", "2026.10", "QIIME 2 2027.1 and judges by QIIME 2 2026.10", id="new"),
        pytest.param("2030.4.0", "2026.10", "QIIME 2 2030.4 and judges by", id="patch level"),
        pytest.param(
            "parsl==2030.1.1",
            "parsl==2026.10.26",
            "Parsl 2030.1.1 and judges by Parsl 2026.10.26",
            id="new Parsl",
        ),
    ],
)
def test_find_what_is_newer_than_all(name: str, wanted: str, instead: str) -> None:
    found = find(name)
    assert found.name == wanted
    assert instead in (found.caveat or "")


@pytest.mark.parametrize(
    ("installed", "wanted", "parsl", "caveat"),
    [
        (["qiime2-2023.5.1"], "2023.7", "2023.8.28", "does not know QIIME 2 2023.5"),
        (["rachis-2027.1.0"], "2026.10", "2026.2.23", "does not know QIIME 2 2027.1"),
        (["qiime2-2025.8.0.dev0"], "2025.7", "2024.4.15", "does not know QIIME 2 2025.8"),
        (["rachis-2026.1.0", "parsl-2024.4.15"], "2026.1", "2024.4.15", None),
        (["rachis-2026.1.0", "parsl-2026.2.23"], "2026.1", "2026.2.23", None),
        (
            ["rachis-2026.1.0", "parsl-2025.06.02"],
            "2026.1",
            "2026.2.23",
            "installed Parsl 2025.6.2",
        ),
        (["rachis-2026.4.0", "parsl-2031.1.1"], "2026.4", "2026.10.26", "installed Parsl 2031.1.1"),
        (["rachis-2026.4.0", "parsl-2020.1.1"], "2026.4", "2023.8.28", "installed Parsl 2020.1.1"),
        (["parsl-2026.10.26"], "parsl==2026.10.26", "2026.10.26", None),
        (["parsl-2026.2.23"], "2026.4", "2026.2.23", None),
        (["parsl-2026.3.9"], "2026.4", "2026.2.23", "installed Parsl 2026.3.9"),
        (["parsl-2026.9.28"], "parsl==2026.10.26", "2026.10.26", "Parsl 2026.9.28"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
@pytest.mark.parametrize("kind", ["conda", "pip"])
def test_detect_what_is_installed(
    tmp_path: Path,
    kind: str,
    installed: list[str],
    wanted: str,
    parsl: str,
    caveat: str | None,
) -> None:
    if kind == "conda":
        found = detect(conda(tmp_path, *(f"{name}-py310_0.json" for name in installed)))
    else:
        found = detect({}, site(tmp_path, *(f"{name}.dist-info" for name in installed)))
    assert found is not None
    assert (found.name, found.parsl) == (wanted, parsl)
    if caveat is None:
        assert found.caveat is None
    else:
        assert caveat in (found.caveat or "")


def test_known_parsls_all_have_a_schema() -> None:
    assert [release.parsl for release in other_parsls()] == ["2026.10.26"]
    for version in known_parsls():
        assert _resources.read_text("schemas", f"parsl-{version}.json")
    shipped = {path.name for path in _resources.folder("schemas").iterdir()}
    assert {name for name in shipped if name.startswith("parsl-")} == {
        f"parsl-{version}.json" for version in known_parsls()
    }


def test_choose_installed_reads_the_schema_off_an_unknown_parsl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def generate(python: str) -> str:
        asked.append(python)
        return "{}"

    monkeypatch.setattr("q2pconf.installed.generate", generate)
    path = site(tmp_path, "rachis-2026.4.0.dist-info", "parsl-2026.9.28.dist-info")
    found = choose("installed", {}, path, python="/some/python")
    assert asked == ["/some/python"]
    assert (found.name, found.parsl, found.generated) == ("2026.4", "2026.9.28", "{}")
    assert found.caveat is None
    known = site(tmp_path / "known", "rachis-2026.4.0.dist-info", "parsl-2026.2.23.dist-info")
    assert choose("installed", {}, known, python="/some/python").generated is None
    assert len(asked) == 1


def test_table_read_ahead_is_what_the_toml_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else: python tools/write_release_table.py."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parent.parent / "tools"))
    from write_release_table import SOURCE, TARGET, module

    assert module(SOURCE.read_text(encoding="utf-8")) == TARGET.read_text(encoding="utf-8")
    text = _resources.read_text("schemas", "releases.toml")
    assert releases._content(text) is _release_table.CONTENT
    assert releases._content(f"{text}\n# changed") == _release_table.CONTENT
    assert releases._content(text.replace('"2023.7"', '"2023.8"')) != _release_table.CONTENT
