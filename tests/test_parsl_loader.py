"""to_parsl and what it asks, with a stand-in for Parsl; conformance/ has the real ones."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import q2pconf
from q2pconf import releases
from q2pconf.agent import loading
from q2pconf.document import Document, DocumentError
from q2pconf.errors import InputError, UsageError
from q2pconf.parsl_loader import LoaderError, own_framework, request, to_parsl

AGENT = Path(loading.__file__).parent

STAND_IN = """
class Made:
    def __init__(self, **given):
        if "wrong" in given:
            raise TypeError("one line\\nand another")
        self.given = given
"""
MODULES = {
    "": "Config = Made",
    "executors": "ThreadPoolExecutor = HighThroughputExecutor = Made",
    "providers": "LocalProvider = SlurmProvider = Made",
    "launchers": "SrunLauncher = Made",
}
FRAMEWORK = """
import parsl

def {name}_config_from_file(path):
    with open(path) as stream:
        return parsl.Config(text=stream.read()), {{"read": "by itself"}}

def {name}_config_from_dict(data):
    return parsl.Config(data=data), {{}}
"""
POOLS = """
[parsl]
strategy = "None"
[[parsl.executors]]
class = "ThreadPoolExecutor"
label = "default"
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "None"
[parsl.executors.provider]
class = "SlurmProvider"
launcher = { class = "SrunLauncher", debug = true }
"""
MAPPING = '[parsl.executor_mapping.dada2]\ndenoise = "x"\n'


def package(folder: Path, name: str, version: str, modules: dict[str, str]) -> None:
    """Write a package with its metadata."""
    (folder / f"{name}-{version}.dist-info").mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (folder / f"{name}-{version}.dist-info" / "METADATA").write_text(metadata, encoding="utf-8")
    for module, text in modules.items():
        file = folder / name / module / "__init__.py"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")


def forget() -> dict[str, Any]:
    """Take Parsl and the framework out of what is imported."""
    gone = [name for name in sys.modules if name.partition(".")[0] in ("parsl", "rachis", "qiime2")]
    return {name: sys.modules.pop(name) for name in gone}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packages, where this Python looks first."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = forget()
    yield folder
    forget()
    sys.modules.update(before)


@pytest.fixture
def with_parsl(site: Path) -> Path:
    """The same with a Parsl as QIIME 2 2026.4 has it."""
    package(site, "parsl", "2026.2.23", {m: STAND_IN + text for m, text in MODULES.items()})
    return site


def built(source: Any, site: Path, release: str | None = None, **env: str) -> tuple[Any, Any]:
    """What to_parsl makes of a source, the configuration as the arguments it was given."""
    config, mapping = to_parsl(source, release, env=env, search_path=[str(site)])
    return given(config), mapping


def given(value: Any) -> Any:
    if isinstance(value, list):
        return [given(each) for each in value]
    inside = getattr(value, "given", None)
    return value if inside is None else {key: given(each) for key, each in inside.items()}


EXECUTORS = [
    {"label": "default"},
    {"label": "None", "provider": {"launcher": {"debug": True}}},
]


def test_objects_are_built_from_the_inside_out(with_parsl: Path) -> None:
    config, mapping = built(POOLS + MAPPING, with_parsl)
    assert config == {"strategy": "none", "executors": EXECUTORS}
    assert mapping == {"dada2": {"denoise": "x"}}


@pytest.mark.parametrize("kind", ["str", "path", "text", "document", "dict"])
def test_every_kind_of_source(kind: str, with_parsl: Path, tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_text(POOLS, encoding="utf-8")
    document = Document.load(path)
    sources = {"str": str(path), "path": path, "text": POOLS, "document": document}
    source = document.data if kind == "dict" else sources[kind]
    assert built(source, with_parsl)[0]["executors"] == EXECUTORS


def test_data_are_left_as_they_are(with_parsl: Path) -> None:
    data = Document(text=POOLS + MAPPING).data
    before = json.dumps(data)
    built(data, with_parsl)
    assert json.dumps(data) == before


def test_no_parsl(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Parsl cannot be imported here: .*q2pconf\[try\]"):
        to_parsl(POOLS, search_path=[str(tmp_path)])


def test_parsl_that_cannot_be_imported(site: Path) -> None:
    package(site, "parsl", "2026.2.23", {"": "import something_that_is_not_there"})
    with pytest.raises(UsageError, match=r"\(No module named 'something_that_is_not_there'\)"):
        to_parsl(POOLS, search_path=[str(site)])


def test_parsl_of_another_release(with_parsl: Path) -> None:
    with pytest.raises(UsageError) as caught:
        built(POOLS, with_parsl, "2024.5")
    assert str(caught.value) == (
        "QIIME 2 2024.5 (Parsl 2024.4.15) is asked for, but Parsl 2026.2.23 is installed here: run"
        " this in the environment of that release, or pip install parsl==2024.4.15"
    )


@pytest.mark.parametrize("release", ["2026.4", "2026.7", "parsl==2026.2.23", "installed"])
def test_every_release_of_the_parsl_that_is_here(release: str, with_parsl: Path) -> None:
    assert built(POOLS, with_parsl, release)[0]["executors"] == EXECUTORS


def test_unknown_parsl_without_a_release(site: Path) -> None:
    package(site, "parsl", "2199.1.5", {m: STAND_IN + text for m, text in MODULES.items()})
    assert built(POOLS, site)[0]["executors"] == EXECUTORS
    with pytest.raises(UsageError, match=r"but Parsl 2199\.1\.5 is installed here"):
        built(POOLS, site, "2026.4")


def test_unknown_release(with_parsl: Path) -> None:
    with pytest.raises(UsageError, match="known are 2023"):
        built(POOLS, with_parsl, "1999.1")


def test_no_toml_and_no_file(with_parsl: Path, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="this is not TOML"):
        built("[parsl\n", with_parsl)
    with pytest.raises(InputError, match="there is no such file"):
        built(tmp_path / "missing.toml", with_parsl)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[parsl]\nwrong = 1\n", "TypeError: one line and another"),
        ("[tool]\n", "AttributeError: 'NoneType' object has no attribute 'pop'"),
        ('[parsl.executor_mapping]\na = "b"\n', "TypeError: The provided mapping: {'a': 'b'}"),
        ("[[parsl.executors]]\nlabel = 1\n", "KeyError: 'class'"),
        ('[[parsl.executors]]\nclass = "No"\n', "has no attribute 'No'"),
    ],
)
def test_refused_in_the_words_of_the_loader(text: str, words: str, with_parsl: Path) -> None:
    with pytest.raises(LoaderError) as caught:
        built(text, with_parsl)
    told = str(caught.value)
    assert told.startswith("QIIME 2 refuses this text: ")
    assert words in told
    assert told.endswith("(`q2pconf validate` says where, and what to write instead)")
    assert "\n" not in told
    assert caught.value.__cause__ is not None
    assert caught.value.exit_code == 1


def test_executor_of_the_framework_s_own_tests(
    with_parsl: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '[[parsl.executors]]\nclass = "_TEST_EXECUTOR_"\nlabel = "x"\n'
    monkeypatch.delenv("QIIMETEST", raising=False)
    with pytest.raises(LoaderError, match=r"'rachis\.sdk\.parallel_config\._TEST_EXECUTOR_'"):
        built(text, with_parsl)
    monkeypatch.setenv("QIIMETEST", "")
    assert built(text, with_parsl)[0] == {"executors": [{"label": "x"}]}


class TestOnlyAMapping:
    def test_executors_of_the_file_that_is_found(self, with_parsl: Path, tmp_path: Path) -> None:
        found = tmp_path / "found.toml"
        found.write_text(f'{POOLS}[executor_mapping.other]\na = "b"\n', encoding="utf-8")
        config, mapping = built(MAPPING, with_parsl, QIIME2_CONFIG=str(found))
        assert config["executors"] == EXECUTORS
        assert mapping == {"dada2": {"denoise": "x"}}

    def test_no_mapping_either(self, with_parsl: Path, tmp_path: Path) -> None:
        found = tmp_path / "found.toml"
        found.write_text(f'{POOLS}[executor_mapping.other]\na = "b"\n', encoding="utf-8")
        _, mapping = built("[parsl]\n\n", with_parsl, QIIME2_CONFIG=str(found))
        assert mapping == {"other": {"a": "b"}}

    def test_found_file_has_none_either(self, with_parsl: Path, tmp_path: Path) -> None:
        found = tmp_path / "found.toml"
        found.write_text(MAPPING, encoding="utf-8")
        assert built(MAPPING, with_parsl, QIIME2_CONFIG=str(found))[0] == {}

    def test_built_in_default(self, with_parsl: Path) -> None:
        config, _ = built(MAPPING, with_parsl, QIIME2_CONFIG="")
        threads, processes = config["executors"]
        assert (threads["label"], processes["label"]) == ("tpool", "default")
        assert threads["max_threads"] == processes["max_workers_per_node"] >= 1
        assert (config["strategy"], processes["provider"]) == ("none", {})

    def test_default_is_not_written(self, with_parsl: Path, tmp_path: Path) -> None:
        (tmp_path / "etc").mkdir()
        config, _ = built(MAPPING, with_parsl, CONDA_PREFIX=str(tmp_path), HOME=str(tmp_path))
        assert len(config["executors"]) == 2
        assert list((tmp_path / "etc").iterdir()) == []

    def test_file_that_is_not_there(self, with_parsl: Path, tmp_path: Path) -> None:
        with pytest.raises(LoaderError, match="for the executors: FileNotFoundError"):
            built(MAPPING, with_parsl, QIIME2_CONFIG=str(tmp_path / "none.toml"))

    def test_tests_of_the_framework(self, with_parsl: Path) -> None:
        with pytest.raises(UsageError, match="unset QIIMETEST"):
            built(MAPPING, with_parsl, QIIMETEST="")


class TestFramework:
    def test_of_that_release_builds_itself(self, with_parsl: Path) -> None:
        modules = {"": "", "sdk": "", "sdk/parallel_config": FRAMEWORK.format(name="load")}
        package(with_parsl, "rachis", "2026.4.0", modules)
        config, mapping = built("[parsl]\na = 1\n", with_parsl)
        assert (config, mapping) == ({"text": "[parsl]\na = 1\n"}, {"read": "by itself"})
        assert built({"parsl": {}}, with_parsl)[0] == {"data": {"parsl": {}}}
        asked = {**request(releases.find("2026.4"), data={}), "framework": "rachis"}
        assert loading.load(asked).by == "rachis 2026.4.0"

    def test_of_another_release_is_not_asked(self, with_parsl: Path) -> None:
        modules = {"": "", "sdk": "", "sdk/parallel_config": FRAMEWORK.format(name="load")}
        package(with_parsl, "rachis", "2026.2.0", modules)
        for release in ("2026.4", "2026.7", "parsl==2026.2.23"):
            assert built(POOLS, with_parsl, release)[0]["executors"] == EXECUTORS

    @pytest.mark.parametrize(
        ("release", "version", "package"),
        [
            ("2026.4", "2026.4.0", "rachis"),
            ("2026.4", "2026.4.0.dev0+3.g1", "rachis"),
            ("2024.10", "2024.10.1", "qiime2"),
            ("2024.10", "2026.1.0", None),
            ("2026.4", None, None),
            ("2099.1", "2099.1.0", "rachis"),  # a release stands in for it
            ("2099.1", None, None),
        ],
    )
    def test_whose_it_is(self, release: str, version: str | None, package: str | None) -> None:
        assert own_framework(releases.find(release), version) == package

    def test_of_the_month_of_a_parsl_is_not_asked(self, site: Path) -> None:
        package(site, "parsl", "2026.10.26", {m: STAND_IN + text for m, text in MODULES.items()})
        modules = {"": "", "sdk": "", "sdk/parallel_config": FRAMEWORK.format(name="load")}
        package(site, "rachis", "2026.10.0", modules)
        assert built(POOLS, site, "parsl==2026.10.26")[0]["executors"] == EXECUTORS

    def test_by_the_names_of_the_first_releases(self, with_parsl: Path, tmp_path: Path) -> None:
        modules = {"": "", "sdk": "", "sdk/parallel_config": FRAMEWORK.format(name="get")}
        package(with_parsl, "qiime2", "2023.7.0", modules)
        path = tmp_path / "file.toml"
        path.write_text("[parsl]\n", encoding="utf-8")
        asked = request(releases.find("2023.7"), path=str(path), framework="qiime2")
        loaded = loading.load(asked)
        assert (given(loaded.config), loaded.by) == ({"text": "[parsl]\n"}, "qiime2 2023.7.0")

    def test_that_is_not_there(self, with_parsl: Path) -> None:
        asked = request(releases.find("2026.4"), data={"parsl": {}}, framework="rachis")
        assert loading.load(asked) == (None, {}, "q2pconf, as QIIME 2 2026.4 does")


class TestTraits:
    """What the agent does for releases whose Parsl is not here."""

    def test_flat_mapping_is_taken_as_it_is(self, with_parsl: Path) -> None:
        asked = request(releases.find("2024.5"), data={"parsl": {"executor_mapping": {"a": "b"}}})
        assert loading.load(asked).mapping == {"a": "b"}

    def test_first_loaders_hand_on_the_values_of_tomlkit(self, with_parsl: Path) -> None:
        data = {"parsl": {"retries": 1, "executor_mapping": {"a": "b"}}}
        loaded = loading.load(request(releases.find("2023.7"), data=data))
        assert type(given(loaded.config)["retries"]).__module__ == "tomlkit.items"
        assert type(loaded.mapping) is dict

    def test_first_loaders_misspell_the_launchers(self, with_parsl: Path) -> None:
        data = Document(text=POOLS).data
        with pytest.raises(ModuleNotFoundError, match=r"No module named 'parsl\.launcher'"):
            loading.load(request(releases.find("2023.9"), data=data))

    def test_parsl_without_a_release(self, with_parsl: Path) -> None:
        asked = request(releases.find("parsl==2026.10.26"), data={"parsl": {}})
        assert loading.load(asked).by == "q2pconf, as QIIME 2 with Parsl 2026.10.26 does"

    def test_without_tomlkit(self, with_parsl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "tomlkit", None)
        asked = request(releases.find("2023.7"), path="not looked at", data={"parsl": {"a": 1}})
        assert type(given(loading.load(asked).config)["a"]) is int
        with pytest.raises(ModuleNotFoundError):
            loading.load({**asked, "data": None})

    def test_request_is_json(self) -> None:
        for release in (*releases.all_releases(), *releases.other_parsls()):
            asked = request(release, data={"parsl": {}})
            assert json.loads(json.dumps(asked)) == asked
            assert asked["per_plugin"] is (release.loader.mapping == "per-plugin")


def python(code: str, *options: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, *options, "-c", code], cwd=cwd, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_parsl_is_not_imported_before_it_is_needed(tmp_path: Path) -> None:
    code = (
        "import sys, q2pconf; assert 'q2pconf.parsl_loader' not in sys.modules; q2pconf.to_parsl;"
        "print(sorted({'parsl', 'tomlkit', 'rachis', 'qiime2', 'jsonschema'} & set(sys.modules)))"
    )
    assert python(code, cwd=tmp_path) == "[]"


def test_agent_works_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "loading.py").write_bytes((AGENT / "loading.py").read_bytes())
    code = (
        "import sys; sys.path.insert(0, '.'); import loading; print(loading.Loaded._fields,"
        " {'parsl', 'tomlkit', 'q2pconf'} & set(sys.modules))"
    )
    assert python(code, "-I", "-S", "-B", cwd=tmp_path) == "('config', 'mapping', 'by') set()"


@pytest.mark.parametrize("path", sorted(AGENT.glob("*.py")), ids=lambda path: path.name)
def test_agent_is_for_python_3_8(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    future = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert len(tree.body) == 1 or future[0].module == "__future__"
    named = {"slots", "kw_only", "strict"}  # arguments of calls that came later
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not [k.arg for call in calls for k in call.keywords if k.arg in named]


def test_public_name() -> None:
    assert q2pconf.to_parsl is to_parsl
