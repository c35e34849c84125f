"""The schemas in the engines that editors use: tombi and taplo, as they are on PyPI."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from conftest import CHECKOUT, ready
from language_server import LanguageServer

from q2pconf import newer_toml, schema
from q2pconf.cli import main
from q2pconf.document import Document, DocumentError
from q2pconf.releases import Release, all_releases, find

pytestmark = pytest.mark.conformance

ENGINES = (("tombi==1.9.6", "taplo==0.9.3"),)
LINT = {
    "tombi": ("lint", "--offline"),
    "taplo": ("lint", "--no-auto-config", "--colors", "never"),
}
NAME = "qiime2_config.schema.json"
HEAD = f"#:schema ./{NAME}\n"
UNREADABLE = {"taplo": {"dotted_and_quoted_keys"}, "tombi": set()}
"""Examples that an engine takes for no TOML at all: taplo does not know ``a."b" = 1``."""


@pytest.fixture(scope="session")
def engines() -> Path:
    """The folder of the engines' programs."""
    return ready("editors", ENGINES).parent


@pytest.fixture(scope="session")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each release, with its schema as `q2pconf schema` prints it."""
    top = tmp_path_factory.mktemp("editors")
    for release in all_releases():
        folder = folder_of(top, release)
        folder.mkdir()
        text = json.dumps(schema.of(release).content, indent=1, ensure_ascii=False)
        (folder / NAME).write_text(text, encoding="utf-8")
    return top


def folder_of(top: Path, release: Release) -> Path:
    return top / release.name


def releases_of(path: Path) -> list[Release]:
    """The releases that the head of a file names."""
    text = path.read_bytes().decode("utf-8", "replace")
    found = re.search(r"\A(?:#.*\n)*?# release: (.*)\n", text)
    return [find(name) for name in (found.group(1).split(", ") if found else ["2026.4"])]


def refused(
    engines: Path, engine: str, top: Path, files: Iterable[tuple[Path, Release]]
) -> set[str]:
    """The names of the files that an engine does not take."""
    found = set()
    for path, release in files:
        folder = folder_of(top, release)
        (folder / path.name).write_bytes(HEAD.encode() + path.read_bytes())
        done = subprocess.run(
            [engines / engine, *LINT[engine], path.name],
            cwd=folder, capture_output=True, check=False, stdin=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(top)},
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        if done.returncode:
            found.add(path.stem)
    return found


@pytest.mark.parametrize("engine", LINT)
def test_every_example_is_taken(engines: Path, schemas: Path, engine: str) -> None:
    examples = sorted((CHECKOUT / "tests" / "examples").glob("*.toml"))
    files = [(path, release) for path in examples for release in releases_of(path)]
    assert len(files) > 50
    assert refused(engines, engine, schemas, files) == UNREADABLE[engine]


def is_right(path: Path, release: Release) -> bool:
    """Whether this is TOML as editors and the release read it, and the schema has nothing
    against it."""
    try:
        document = Document.load(path)
        data = document.data
    except DocumentError:
        return False
    wrong = [*newer_toml.findings(document.text, release), *schema.check(data, schema.of(release))]
    return not wrong


@pytest.mark.parametrize("engine", LINT)
def test_every_mistake_that_the_schema_knows_is_marked(
    engines: Path, schemas: Path, engine: str
) -> None:
    """Neither more nor less than what q2pconf takes from the schema."""
    files = [
        (path, releases_of(path)[0])
        for path in sorted((CHECKOUT / "tests" / "invalid").glob("Q2P???.toml"))
    ]
    wrong = {path.stem for path, release in files if not is_right(path, release)}
    assert {"Q2P001", "Q2P013", "Q2P022", "Q2P101", "Q2P112", "Q2P204", "Q2P220"} <= wrong
    assert refused(engines, engine, schemas, files) == wrong


EXECUTOR = f"""{HEAD}[parsl]
strategy = "simple"

[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
"""
PROVIDER = f'{EXECUTOR}\n[parsl.executors.provider]\nclass = "SlurmProvider"\n'
LAUNCHER = f'{PROVIDER}\n[parsl.executors.provider.launcher]\nclass = "SrunLauncher"\n'


@pytest.fixture
def server(engines: Path, schemas: Path) -> Iterator[LanguageServer]:
    """tombi's language server, as the editors' extensions start it."""
    folder = folder_of(schemas, find("2026.4"))
    started = LanguageServer([engines / "tombi", "lsp", "--offline"], folder)
    yield started
    started.close()


def offered(server: LanguageServer, text: str, typed: str) -> set[str]:
    """What is offered at the end of a text, where this has been typed."""
    whole = text + typed
    server.open("open.toml", f"{whole}\n")
    lines = whole.split("\n")
    found = server.at("completion", "open.toml", len(lines) - 1, len(lines[-1])) or []
    items = found if isinstance(found, list) else found["items"]
    return {item["label"] for item in items}


def keys_of(name: str, *given: str) -> set[str]:
    return set(schema.of(find("2026.4")).of_class(name)["properties"]) - {"class", *given}


@pytest.mark.parametrize(
    ("text", "name", "given"),
    [
        pytest.param(EXECUTOR, "HighThroughputExecutor", ["label"], id="executor"),
        pytest.param(PROVIDER, "SlurmProvider", [], id="provider"),
        pytest.param(LAUNCHER, "SrunLauncher", [], id="launcher"),
    ],
)
def test_keys_of_the_class_at_hand(
    server: LanguageServer, text: str, name: str, given: list[str]
) -> None:
    assert offered(server, text, "") == keys_of(name, *given)


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        pytest.param(PROVIDER, "wall", {"walltime"}, id="half-a-key"),
        pytest.param(PROVIDER, "exclusive = ", {"true", "false"}, id="value"),
        pytest.param(f"{HEAD}[parsl]\n", "retri", {"retries"}, id="main-table"),
    ],
)
def test_what_is_typed_counts(
    server: LanguageServer, text: str, typed: str, expected: set[str]
) -> None:
    assert offered(server, text, typed) == expected


def test_classes_to_choose_from(server: LanguageServer) -> None:
    text = PROVIDER.replace('"SlurmProvider"\n', "")
    known = schema.of(find("2026.4"))
    whole = f'{text}""\n'
    server.open("open.toml", whole)
    line = text.count("\n")
    items = server.at("completion", "open.toml", line, len('class = "'))
    labels = {item["label"] for item in (items if isinstance(items, list) else items["items"])}
    assert labels == {f'"{name}"' for name in known.classes("provider")}


def test_a_key_is_explained_where_the_mouse_is(server: LanguageServer) -> None:
    text = f'{PROVIDER}walltime = "24:00:00"\n'
    assert server.open("open.toml", text) == []
    said = server.at("hover", "open.toml", text.count("\n") - 1, 3)["contents"]["value"]
    rule = schema.of(find("2026.4")).of_class("SlurmProvider")["properties"]["walltime"]
    assert rule["description"] in said
    assert '"00:10:00"' in said


def test_mistakes_are_marked_while_typing(server: LanguageServer) -> None:
    assert server.open("open.toml", f"{EXECUTOR}max_workers = 4\n") == [
        '"max_workers" is not allowed'
    ]


@pytest.mark.parametrize("engine", LINT)
def test_path_of_the_installed_schema(
    engines: Path, tmp_path: Path, engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """``#:schema`` with what `q2pconf schema --path` prints."""
    assert main(["schema", "--path", "--release", "2026.4"]) == 0
    head = f"#:schema {capsys.readouterr().out}"
    for name, text, expected in (("a", EXECUTOR, 0), ("b", f"{EXECUTOR}max_workers = 4\n", 1)):
        (tmp_path / f"{name}.toml").write_text(text.replace(HEAD, head), encoding="utf-8")
        command = [engines / engine, *LINT[engine], f"{name}.toml"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == expected, done.stderr


CONFIGURED = {
    "tombi": ("tombi.toml", f'[[schemas]]\npath = "{NAME}"\ninclude = ["qiime2_config.toml"]\n'),
    "taplo": (
        ".taplo.toml",
        f'[[rule]]\ninclude = ["**/qiime2_config.toml"]\n\n[rule.schema]\npath = "./{NAME}"\n',
    ),
}


@pytest.mark.parametrize("engine", CONFIGURED)
def test_engine_is_told_of_the_schema_in_its_own_file(
    engines: Path, tmp_path: Path, engine: str
) -> None:
    """As docs/guides/editors.md says it, without a line in the configuration."""
    name, content = CONFIGURED[engine]
    guide = (CHECKOUT / "docs" / "guides" / "editors.md").read_text(encoding="utf-8")
    assert f"```toml\n{content}```" in guide
    (tmp_path / name).write_text(content, encoding="utf-8")
    shipped = json.dumps(schema.of(find("2026.4")).content)
    (tmp_path / NAME).write_text(shipped, encoding="utf-8")
    options = ("--offline",) if engine == "tombi" else ("--colors", "never")
    for addition, expected in (("", 0), ("max_workers = 4\n", 1)):
        text = f"{EXECUTOR.removeprefix(HEAD)}{addition}"
        (tmp_path / "qiime2_config.toml").write_text(text, encoding="utf-8")
        command = [engines / engine, "lint", *options, "qiime2_config.toml"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == expected, done.stderr
