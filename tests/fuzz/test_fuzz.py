"""Every command over texts, bytes, trees and states: an answer within the contract, always.

In the default suite a small share, the same each time. ``Q2PCONF_FUZZ_SECONDS`` gives each property
so long with new cases, and ``-m ""`` adds the slow tests of this folder.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from calling import Called, checked
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from texts import RELEASES, configs, contents, words

from q2pconf.cli.validate import FORMATS
from q2pconf.document import Document, DocumentError
from q2pconf.presets import ANSWERS

SECONDS = float(os.environ.get("Q2PCONF_FUZZ_SECONDS", "0"))
FIRST_SEED = int(os.environ.get("Q2PCONF_SEED", "0")) or int(time.time())
FEW, MANY = 25, 200

Property = Callable[..., None]


def fuzzed(**strategies: st.SearchStrategy[Any]) -> Callable[[Property], Property]:
    """Run a property on a few examples, the same each time, or on new ones for SECONDS."""
    more: dict[str, Any] = {"deadline": None, "database": None}
    more["suppress_health_check"] = tuple(HealthCheck)

    def decorate(function: Property) -> Property:
        if not SECONDS:
            few = settings(max_examples=FEW, derandomize=True, phases=[Phase.generate], **more)
            return few(given(**strategies)(function))

        def test() -> None:
            end, number = time.monotonic() + SECONDS, FIRST_SEED
            while time.monotonic() < end:
                many = settings(max_examples=MANY, print_blob=True, **more)
                seed(number)(many(given(**strategies)(function)))()
                number += 1

        test.__name__ = function.__name__
        return test

    return decorate


@contextmanager
def room(content: bytes | None = None) -> Iterator[Path]:
    """A folder of its own, with a file to judge, and with bash and nothing else to run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bin").mkdir()
        (folder / "bin" / "bash").symlink_to(shutil.which("bash") or "/bin/bash")
        if content is not None:
            (folder / "f.toml").write_bytes(content)
        yield folder


def run(folder: Path, *arguments: str, stdin: bytes = b"", terminal: bool = False) -> Called:
    """A checked call, with bash to be found."""
    env = {"PATH": str(folder / "bin")}
    return checked(arguments, folder, stdin, env, terminal=terminal)


def is_readable(content: bytes) -> bool:
    """Whether a file is text and TOML."""
    try:
        _ = Document.from_bytes(content).data
    except DocumentError:
        return False
    return True


releases = st.sampled_from(RELEASES)


@fuzzed(
    content=contents(),
    release=releases | st.just("all"),
    form=st.sampled_from(tuple(FORMATS)),
    terminal=st.booleans(),
    verbose=st.booleans(),
)
def test_validate(content: bytes, release: str, form: str, terminal: bool, verbose: bool) -> None:
    form = form if release != "all" else "json"
    more = ("-v",) if verbose else ()
    with room(content) as folder:
        named = ("validate", "f.toml", f"--release={release}", f"--format={form}", *more)
        found = run(folder, *named, terminal=terminal)
        assert (folder / "f.toml").read_bytes() == content
    if form in ("json", "gitlab", "sarif") and not terminal:
        json.loads(found.out)
    assert not (found.code == 0 and not is_readable(content))


@fuzzed(content=contents(), release=releases, unsafe=st.booleans())
def test_validate_fix(content: bytes, release: str, unsafe: bool) -> None:
    more = ("--unsafe-fixes",) if unsafe else ()
    with room(content) as folder:
        diff = run(folder, "validate", "f.toml", "--diff", f"--release={release}", *more)
        piped = run(folder, "validate", "-", "--fix", f"--release={release}", *more, stdin=content)
        run(folder, "validate", "f.toml", "--fix", f"--release={release}", *more)
        now = (folder / "f.toml").read_bytes()
        names = {entry.name for entry in folder.iterdir()} - {"bin"}
        if now == content:
            assert names == {"f.toml"}
        else:
            assert names == {"f.toml", "f.toml.bak"}
            assert (folder / "f.toml.bak").read_bytes() == content
            assert diff.out
            assert piped.out == now
            assert is_readable(now) or not is_readable(content)
        again = run(folder, "validate", "f.toml", "--fix", f"--release={release}", *more)
        assert (folder / "f.toml").read_bytes() == now, again


@fuzzed(
    content=contents(),
    release=releases,
    wanted=st.none() | words() | st.just("25 actions, 12 cpus, 96GB, 3h"),
    picture=st.booleans(),
    terminal=st.booleans(),
)
def test_explain(
    content: bytes, release: str, wanted: str | None, picture: bool, terminal: bool
) -> None:
    more = [] if wanted is None else [f"--for={wanted}"]
    more += ["--svg=-"] if picture else []
    with room(content) as folder:
        run(folder, "explain", "f.toml", f"--release={release}", *more, terminal=terminal)
        named = ("explain", "f.toml", "--format=json", f"--release={release}")
        found = run(folder, *named)
    if found.out:
        json.loads(found.out)


@fuzzed(content=contents(), origin=releases | st.none(), target=releases, plugin=words())
def test_migrate(content: bytes, origin: str | None, target: str, plugin: str) -> None:
    where = [f"--to={target}"] + ([f"--from={origin}"] if origin else [])
    with room(content) as folder:
        shown = run(folder, "migrate", "f.toml", *where, "-o", "-")
        told = run(folder, "migrate", "f.toml", *where, "--format=json")
        run(folder, "migrate", "f.toml", *where, terminal=True)
        run(folder, "migrate", "f.toml", *where, f"--plugin=x={plugin}", "--check")
        assert (folder / "f.toml").read_bytes() == content
        run(folder, "migrate", "f.toml", *where, "--write")
        now = (folder / "f.toml").read_bytes()
        again = run(folder, "migrate", "f.toml", *where, "--write")
        names = {entry.name for entry in folder.iterdir()} - {"bin"}
        assert names == ({"f.toml"} if now == content else {"f.toml", "f.toml.bak"}), again
    if told.out:
        json.loads(told.out)
    if is_readable(content):
        assert shown.out == now
        assert is_readable(now)


OPTIONS = tuple(f"--{name.replace('_', '-')}" for name in ANSWERS if name != "exclusive")


@fuzzed(
    preset=st.sampled_from(("local", "slurm", "pbs")),
    given_options=st.lists(st.tuples(st.sampled_from((*OPTIONS, "--set")), words()), max_size=4),
    release=releases,
    start=st.none() | contents(),
)
def test_init(
    preset: str, given_options: list[tuple[str, str]], release: str, start: bytes | None
) -> None:
    named = [f"{option}={value}" for option, value in given_options]
    how = [f"--preset={preset}"] if start is None else ["--force"]
    with room(start) as folder:
        call = ("init", *how, "--yes", *named, f"--release={release}", "-o", "f.toml")
        found = run(folder, *call)
        path = folder / "f.toml"
        if found.code == 0:
            text = path.read_bytes()
            assert is_readable(text)
            report = run(folder, "validate", "f.toml", f"--release={release}")
            assert report.code == 0, (found, report, text)
        elif start is None:
            assert not path.exists()
        else:
            assert path.read_bytes() == start


@fuzzed(
    answers=st.dictionaries(st.sampled_from((*ANSWERS, "set", "x")), words() | st.integers()),
    raw=st.none() | contents(),
)
def test_answers_file(answers: dict[str, str | int], raw: bytes | None) -> None:
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in answers.items()]
    written = "".join(lines).encode("utf-8", "surrogatepass")
    with room(written if raw is None else raw) as folder:
        run(folder, "init", "--preset=slurm", "--yes", "--answers=f.toml", "-o", "-")


@fuzzed(
    content=contents(),
    head=st.lists(st.tuples(st.sampled_from((*ANSWERS, "extends", "asks")), words()), max_size=3),
    table=st.sampled_from(("", ".fixed", ".defaults", ".choices", ".set")),
    name=st.sampled_from(("slurm", "mine", "a b", "\x1b[31m", "\n", "é", "-o")),
)
def test_presets(content: bytes, head: list[tuple[str, str]], table: str, name: str) -> None:
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in dict(head).items()]
    own = f'[q2pconf]\nextends = "slurm"\n[q2pconf{table}]\n{"".join(lines)}'
    with room() as folder:
        place = folder / ".config" / "q2pconf" / "presets"
        place.mkdir(parents=True)
        (place / f"{name}.toml").write_bytes(own.encode("utf-8", "surrogatepass"))
        (place / "other.toml").write_bytes(content)
        run(folder, "presets", terminal=True)
        json.loads(run(folder, "presets", "--format=json").out)
        run(folder, "init", f"--preset={name}", "--yes", "-o", "-")
        run(folder, "init", "--preset=other", "--yes", "-o", "-")


@fuzzed(
    content=contents(),
    release=releases,
    states=st.lists(
        st.tuples(
            st.sampled_from(("env", "user", "site", "conda", "option")),
            st.sampled_from(("file", "folder", "circle", "dangling", "fifo", "null", "word")),
            words(),
        ),
        max_size=4,
    ),
)
def test_which(content: bytes, release: str, states: list[tuple[str, str, str]]) -> None:
    with room(content) as folder:
        env = {"HOME": str(folder), "CONDA_PREFIX": str(folder / "conda")}
        env["XDG_CONFIG_DIRS"] = str(folder / "site")
        more: list[str] = []
        places = {
            "env": folder / "named.toml",
            "user": folder / ".config" / "qiime2" / "qiime2_config.toml",
            "site": folder / "site" / "qiime2" / "qiime2_config.toml",
            "conda": folder / "conda" / "etc" / "qiime2_config.toml",
            "option": folder / "option.toml",
        }
        for where, state, word in states:
            path = places[where]
            path.parent.mkdir(parents=True, exist_ok=True)
            named = word.replace("\0", "") if state == "word" else str(path)
            if where == "env":
                env["QIIME2_CONFIG"] = named.encode("utf-8", "replace").decode()
            if where == "option":
                more.append(f"--parallel-config={named}")
            if not os.path.lexists(path):
                stand(path, state, folder)
        for form in ("text", "json"):
            call = ("which", f"--release={release}", f"--format={form}", "-v", *more)
            found = checked(call, folder, b"", env, terminal=form == "text")
        json.loads(found.out)
        checked(("explain", f"--release={release}"), folder, b"", env)


def stand(path: Path, state: str, folder: Path) -> None:
    """Put something of this kind at a path."""
    if state == "file":
        path.write_bytes((folder / "f.toml").read_bytes())
    elif state == "folder":
        path.mkdir()
    elif state == "fifo":
        os.mkfifo(path)
    elif state != "word":
        path.symlink_to({"circle": path, "dangling": folder / "no", "null": "/dev/null"}[state])


@fuzzed(
    command=st.sampled_from(("schema", "rule", "completion", "validate", "explain", "migrate")),
    arguments=st.lists(words() | st.sampled_from(("--path", "--format=json", "-v")), max_size=3),
    release=releases | words(),
)
def test_words(command: str, arguments: list[str], release: str) -> None:
    # argparse takes a word that begins with a dash for an option; stdin is empty here.
    with room() as folder:
        run(folder, command, *arguments, f"--release={release}", terminal=True)


@fuzzed(typed=st.lists(words(), max_size=4), shell=st.sampled_from(("bash", "zsh", "fish")))
def test_completion(typed: list[str], shell: str) -> None:
    with room() as folder:
        run(folder, "completion", "--answer", shell, "\n".join(("q2pconf", *typed)))


@fuzzed(text=configs(), script=st.booleans())
def test_broken_files_are_not_started(text: str, script: bool) -> None:
    broken = f"[parsl]\nexecutors = 1\n= \n{text}".encode("utf-8", "surrogateescape")
    command = ("explain", "--script") if script else ("try",)
    with room(broken) as folder:
        assert run(folder, *command, "f.toml").code != 0
