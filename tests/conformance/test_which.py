"""``which`` against the real framework, over the product of states: not one difference."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chain_contents import EXECUTORS, contents, given_contents

from q2pconf import _toml

pytestmark = pytest.mark.conformance

HERE = Path(__file__).resolve().parent
NAME = "qiime2_config.toml"
LISTED = ("absent", "present", "directory", "dangling", "unreadable")
PLACES = (*LISTED, "locked", "link", "loop", "notfolder")
PREFIXES = (*PLACES, "noetc", "readonly", "readonlypresent", "nowhere", "intoreadonly")

State = dict[str, Any]


def test_product_of_states(family: Any, tree: Path) -> None:
    states = [*listed_product(tree), *further_states(tree)]
    compare(family, tree, states)


def test_contents(family: Any, tree: Path) -> None:
    states = []
    for number, content in enumerate(contents()):
        for place in ("user", "site", "conda"):
            name = f"{place}-content{number}"
            folder = tree / name / ("etc" if place == "conda" else "qiime2")
            folder.mkdir(parents=True)
            (folder / NAME).write_bytes(content)
            where = {"user": "absent", "site": "absent", "conda": None, place: name.split("-")[1]}
            states.append(state(tree, **where))
        file = str(tree / "user-absent" / f"content{number}.toml")
        Path(file).write_bytes(content)
        states.append(state(tree, variable=file))
    compare(family, tree, states)


def test_given_file(family: Any, tree: Path) -> None:
    states = []
    for number, content in enumerate(given_contents()):
        file = tree / f"given{number}.toml"
        file.write_bytes(content)
        for user, conda, variable in itertools.product(
            ("absent", "chain", "present", "directory", "unreadable"),
            (None, "absent", "noetc"),
            (None, "", str(tree / "missing.toml")),
        ):
            chosen = state(tree, user=user, conda=conda, variable=variable)
            states += [
                {**chosen, "given": str(file)},
                {**chosen, "given": str(file), "env": {**chosen["env"], "QIIMETEST": "1"}},
            ]
    for name in ("missing.toml", "folder", "unreadable.toml", "locked/file.toml"):
        states += [{**state(tree, user=user), "given": str(tree / name)} for user in LISTED]
    compare(family, tree, states)


def test_order_of_tables(family: Any, tree: Path) -> None:
    headers = (
        "[parsl]",
        "[[parsl.executors]]",
        "[parsl.executors.provider]",
        "[parsl.executors.provider.launcher]",
        "[parsl.executor_mapping.dada2]",
        "[executor_mapping.dada2]",
        "[tool]",
    )
    states = []
    for length in range(1, 5):
        for chosen in itertools.product(headers, repeat=length):
            text = "".join(f"{header}\nk{n} = {n}\n" for n, header in enumerate(chosen))
            try:
                _toml.loads(text)
            except _toml.TOMLDecodeError:
                continue
            file = tree / "user-absent" / f"order{len(states)}.toml"
            file.write_text(text)
            states.append(state(tree, variable=str(file)))
    compare(family, tree, states)


def listed_product(tree: Path) -> Iterator[State]:
    """Every combination of the states that the chain distinguishes."""
    variables = (
        None,
        "",
        str(tree / "file.toml"),
        str(tree / "missing.toml"),
        str(tree / "folder"),
    )
    homes = ("unset", "empty", "relative", "absolute")
    users = list(itertools.product(homes, LISTED))
    sites = [("unset", "absent"), ("empty", "absent")]
    sites += itertools.product(("relative", "absolute"), LISTED)
    condas = (None, *LISTED, "noetc", "readonly")
    for variable, user, site, conda in itertools.product(variables, users, sites, condas):
        yield state(
            tree,
            variable=variable,
            user=user[1],
            xdg_home=user[0],
            site=site[1],
            xdg_dirs=site[0],
            conda=conda,
        )


def further_states(tree: Path) -> Iterator[State]:
    """States beside the listed ones: rarer kinds of files, folders and values."""
    variables = (
        None,
        "~/file.toml",
        "../file.toml",
        str(tree / "unreadable.toml"),
        str(tree / "locked" / "file.toml"),
        str(tree / "link.toml"),
        str(tree / "dangling.toml"),
        str(tree / "file.toml" / "below"),
        str(tree / ("long" * 80)),
        "/dev/null",
        " ",
    )
    for variable, user, conda in itertools.product(variables, PLACES, (None, *PREFIXES)):
        yield state(tree, variable=variable, user=user, conda=conda)
    for site, dirs, conda in itertools.product(
        PLACES, ("absolute", "slash", "first", "second", "home", "later-empty"), (None, *PREFIXES)
    ):
        yield state(tree, site=site, xdg_dirs=dirs, conda=conda)
    for prefix in ("", "../conda-present", "../conda-noetc", "../conda-absent", "~", "x" * 5000):
        yield state(tree, conda=prefix, env={"CONDA_PREFIX": prefix})
    for user, home, test in itertools.product(PLACES, (None, "", "/", "..", "HOME/"), (None, "")):
        given = str(tree / f"home-{user}") + "/" if home == "HOME/" else home
        env = {"HOME": given, "QIIMETEST": test}
        yield state(tree, user=user, xdg_home="unset", conda="absent", env=env)
        yield state(tree, user=user, variable=str(tree / "missing.toml"), env=env)


def state(
    tree: Path,
    *,
    variable: str | None = None,
    user: str = "absent",
    xdg_home: str = "absolute",
    site: str = "absent",
    xdg_dirs: str = "absolute",
    conda: str | None = None,
    env: dict[str, str | None] | None = None,
) -> State:
    """One state: what is set to what, and from which folder QIIME 2 is started."""
    start = tree / f"user-{user}"
    sites = {
        "unset": None,
        "empty": "",
        "relative": f"../site-{site}",
        "absolute": str(tree / f"site-{site}"),
        "slash": str(tree / f"site-{site}") + "//",
        "first": f"{tree}/site-{site}:{tree}/site-present",
        "second": f"{tree}/site-absent:{tree}/site-{site}",
        "home": f"~/../site-{site}",
        "later-empty": f"{tree}/site-{site}::",
    }
    values = {
        "HOME": str(tree / f"home-{user}"),
        "QIIME2_CONFIG": variable,
        "XDG_CONFIG_HOME": {
            "unset": None,
            "empty": "",
            "relative": f"../user-{user}",
            "absolute": str(start),
        }[xdg_home],
        "XDG_CONFIG_DIRS": sites[xdg_dirs],
        "CONDA_PREFIX": None if conda is None else str(tree / f"conda-{conda}"),
        **(env or {}),
    }
    kept = {name: value for name, value in values.items() if value is not None}
    return {"env": kept, "cwd": str(start)}


@pytest.fixture
def tree() -> Iterator[Path]:
    """A folder with every kind of file and folder in every place, owned by nobody if we are root.

    ``user-KIND`` holds qiime2/qiime2_config.toml of that kind, ``home-KIND`` the same as .config,
    ``site-KIND`` likewise, ``conda-KIND`` has etc/qiime2_config.toml.
    """
    root = Path(os.path.realpath(tempfile.mkdtemp(prefix="q2pconf-which-")))
    root.chmod(0o755)
    for kind in PLACES:
        for place in ("user", "site"):
            make(root / f"{place}-{kind}" / "qiime2", kind)
        (root / f"home-{kind}").mkdir()
        (root / f"home-{kind}" / ".config").symlink_to(f"../user-{kind}")
    for kind in PREFIXES:
        make(root / f"conda-{kind}" / "etc", kind)
    make(root / "user-chain" / "qiime2", "present", EXECUTORS + "[executor_mapping.q]\nb='x'\n")
    (root / "file.toml").write_text("[parsl]\n")
    (root / "unreadable.toml").write_text("[parsl]\n")
    (root / "folder").mkdir()
    (root / "locked").mkdir()
    (root / "locked" / "file.toml").write_text("[parsl]\n")
    (root / "link.toml").symlink_to("file.toml")
    (root / "dangling.toml").symlink_to("missing.toml")
    yield root
    for folder, folders, _ in os.walk(root):
        for name in folders:
            if not os.path.islink(os.path.join(folder, name)):
                os.chmod(os.path.join(folder, name), 0o755)
    shutil.rmtree(root)


def make(folder: Path, kind: str, text: str = EXECUTORS) -> None:
    """The configuration's folder with a file of this kind; rights are taken away later."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if kind == "noetc":
        return
    if kind == "notfolder":
        folder.write_text("")
        return
    folder.mkdir()
    file = folder / NAME
    if kind in ("present", "unreadable", "locked", "readonlypresent"):
        file.write_text(text)
    elif kind == "directory":
        file.mkdir()
    targets = {
        "dangling": "target.toml",
        "link": "../target.toml",
        "loop": NAME,
        "nowhere": "nowhere/target.toml",
        "intoreadonly": "../../conda-readonly/etc/target.toml",
    }
    if kind in targets:
        file.symlink_to(targets[kind])
    if kind == "link":
        (folder.parent / "target.toml").write_text(text)


def take_rights_away(tree: Path) -> None:
    """Give the tree to nobody (as root) and make the unreadable unreadable."""
    if os.getuid() == 0:
        for path in (tree, *tree.rglob("*")):
            os.chown(path, 65534, 65534, follow_symlinks=False)
    modes = {"unreadable": (0o755, 0o000), "locked": (0o000, 0o644)}
    modes.update(readonly=(0o555, None), readonlypresent=(0o555, 0o444))  # type: ignore[arg-type]
    for kind, (folder_mode, file_mode) in modes.items():
        for folder in (*tree.glob(f"*-{kind}/qiime2"), *tree.glob(f"*-{kind}/etc")):
            if file_mode is not None:
                (folder / NAME).chmod(file_mode)
            folder.chmod(folder_mode)
    (tree / "unreadable.toml").chmod(0)
    (tree / "locked").chmod(0)


def compare(family: Any, tree: Path, states: list[State]) -> None:
    """Fail with the first differences between the framework and q2pconf."""
    take_rights_away(tree)
    before = inventory(tree)
    ours = answers(sys.executable, "ours", family.release, states)
    assert inventory(tree) == before, "q2pconf changed something"
    real = answers(family.python, "real", family.release, states)
    pairs = list(zip(states, real, ours, strict=True))
    different = [pair for pair in pairs if differ(pair[1], pair[2])]
    failing = sum(not answer["ok"] for answer in real)
    print(f"\n{family.release}: {len(states)} states ({failing} failing), {len(different)} differ")
    assert not different, "\n".join(json.dumps(pair) for pair in different[:10])
    assert failing not in (0, len(real))


def differ(real: State, ours: State) -> bool:
    """Whether path, outcome, kind of error, source or mapping are not the same."""
    if real["ok"] != ours["ok"]:
        return True
    if not real["ok"]:
        kinds = {"ParseError" if kind == "TOMLKitError" else kind for kind in real["kinds"]}
        lost = real["path"] is None and (ours["writes"] or ours["path"] is None)
        return not (kinds & set(ours["kinds"]) and (lost or real["path"] == ours["path"]))
    return any(real[key] != ours[key] for key in ("path", "source", "mapping"))


def answers(python: str | Path, side: str, release: str, states: Iterable[State]) -> list[State]:
    """What one side says of all states, from one process."""
    done = subprocess.run(
        [python, HERE / "judge_chain.py", side, release],
        input=json.dumps(list(states)),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONPATH": str(HERE.parents[1])}
        if side == "ours"
        else {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr
    found: list[State] = json.loads(done.stdout)
    return found


def inventory(tree: Path) -> list[tuple[str, int, int]]:
    """Every path with its kind and the time it was changed."""
    stats = [(str(path), path.lstat()) for path in (tree, *sorted(tree.rglob("*")))]
    return [(path, stat.st_mode, stat.st_mtime_ns) for path, stat in stats]
