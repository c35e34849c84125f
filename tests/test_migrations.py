"""Files carried over, with the expected result and words beside each; ``--write`` renews them.

The first comments of a file say ``# from: REL`` (else it is detected), ``# to: REL`` and
``# plugins: ACTION=PLUGIN …``.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import q2pconf
from q2pconf.checks import check_document
from q2pconf.document import Document
from q2pconf.migrating import Migration, migrate
from q2pconf.migrating.work import Work
from q2pconf.releases import find
from q2pconf.render.migration import as_words
from q2pconf.render.terminal import Style

FOLDER = Path(__file__).with_name("migrations")
FILES = sorted(path for path in FOLDER.glob("*.toml") if not path.stem.endswith(".out"))

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def read(path: Path) -> Document:
    """The document of a file, line ends included."""
    return Document(text=path.read_bytes().decode(), path=path.name)


def migrated(document: Document) -> Migration:
    """What the first comments of the file ask for."""
    asked = dict(re.findall(r"^# (from|to|plugins): (.*?)\r?$", document.text, re.M))
    plugins = dict(pair.split("=") for pair in asked.get("plugins", "").split())
    return migrate(document, to=asked["to"], from_=asked.get("from"), plugins=plugins)


def result_of(path: Path) -> tuple[str, str]:
    found = migrated(read(path))
    return found.document.text, as_words(found, Style())


@each_file
def test_result_and_words(path: Path) -> None:
    text, words = result_of(path)
    assert text == path.with_suffix(".out.toml").read_bytes().decode()
    assert words == path.with_suffix(".txt").read_text(encoding="utf-8")


@each_file
def test_target_takes_it_or_something_is_left(path: Path) -> None:
    found = migrated(read(path))
    assert found.left or check_document(found.document, found.target).ok


@each_file
def test_second_run_changes_nothing(path: Path) -> None:
    found = migrated(read(path))
    again = migrate(found.document, to=found.target)
    assert again.document.text == found.document.text
    assert not again.changes


@each_file
def test_comments_and_line_ends_stay(path: Path) -> None:
    before, after = read(path).text, migrated(read(path)).document.text
    for comment in re.findall(r"(?<!\S)# (?!q2pconf)[^\r\n]*", before):
        assert comment in after
    assert ("\r\n" in before) == ("\r\n" in after)
    assert before.count("\n") == before.count("\r\n") or "\r" not in before
    assert after.count("\n") == after.count("\r\n") or "\r" not in after


@each_file
def test_what_is_added_is_ascii(path: Path) -> None:
    assert migrated(read(path)).document.text.isascii()


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    for file in FILES:
        new_text, new_words = result_of(file)
        file.with_suffix(".out.toml").write_bytes(new_text.encode())
        file.with_suffix(".txt").write_text(new_words, encoding="utf-8")


@pytest.mark.parametrize("origin", ["2023.7", "2024.5"])
def test_a_mapping_given_plugins_is_known_as_carried_over(origin: str) -> None:
    flat = '[parsl.executor_mapping]\nsome_action = "htex"\n'
    plugins = {"some_action": "dada2"}
    found = q2pconf.migrate(Document(text=flat), to="2024.10", from_=origin, plugins=plugins)
    assert "dada2.some_action" in found.document.text
    again = q2pconf.migrate(found.document, to="2024.10")
    assert again.origin.name == "2024.10"
    assert again.document.text == found.document.text


HTEX = """
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "e{0}"
max_workers = 4
{1}
"""
CHANNEL = """
[parsl.executors.provider]
class = "LocalProvider"

[parsl.executors.provider.channel]
class = "LocalChannel"
"""
PLUGIN = "\n[parsl.executor_mapping.plugin{0}]\n"


def test_what_cannot_be_done_is_left_and_the_rest_is_done() -> None:
    document = Document(text="".join(f"[t{n}]\na = {n}\n" for n in range(5)))
    work = Work(document, find("2024.5"), find("2026.4"), {})
    for number in range(5):
        work.set((f"t{number}", "a"), "=" if number in (1, 4) else '"new"', f"of {number}")
    work.leave(("t4", "a"), "said last")
    assert work.document.data == {f"t{n}": {"a": n if n in (1, 4) else "new"} for n in range(5)}
    assert [change.key[0] for change in work.changes] == ["t0", "t2", "t3"]
    assert [(one.key[0], one.message.split()[-1]) for one in work.left] == [
        ("t1", "1"), ("t4", "4"), ("t4", "last")
    ]  # fmt: skip


def test_edits_of_one_line_are_made_one_after_the_other() -> None:
    work = Work(Document(text="t = { a = 1, b = 2, c = 3 }\n"), find("2024.5"), find("2026.4"), {})
    work.remove(("t", "b"), "no b")
    work.comment_out(("t", "c"), "no c")
    work.rename(("t", "a"), "d", "called d", ("t", "d"))
    work.annotate(("t", "d"), "look")
    work.annotate(("t", "d"), "look")
    assert work.document.text == ("# q2pconf: no c\n# c = 3\n# q2pconf: look\nt = { d = 1 }\n")
    assert [change.kind for change in work.changes] == ["remove", "comment", "rename", "comment"]


@pytest.mark.parametrize(
    ("part", "to"),
    [
        pytest.param(lambda n: HTEX.format(n, ""), "2026.4", id="renames"),
        pytest.param(lambda n: HTEX.format(n, CHANNEL), "2026.4", id="tables that go"),
        pytest.param(lambda n: f'action{n} = "default"\n', "2026.4", id="undecided actions"),
        pytest.param(
            lambda n: f'{PLUGIN.format(n)}same = "default"\nother = "{n}"\n', "2023.7", id="mapping"
        ),
    ],
)
def test_time_grows_with_the_file(part: Callable[[int], str], to: str) -> None:
    head = "[parsl.executor_mapping]\n" if part(0).startswith("action") else ""

    def seconds(count: int) -> float:
        document = Document(text=head + "".join(map(part, range(count))))
        begin = time.process_time()
        found = migrate(document, to=to, from_="2023.7" if to == "2026.4" else "2026.4")
        assert len(found.changes) >= count
        return time.process_time() - begin

    seconds(20)
    assert seconds(800) < 20 * seconds(100)
