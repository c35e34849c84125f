"""Files carried over, with the expected result and words beside each; ``--write`` renews them.

The first comments of a file say ``# from: REL`` (else it is detected), ``# to: REL`` and
``# plugins: ACTION=PLUGIN …``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import q2pconf
from q2pconf.checks import check_document
from q2pconf.document import Document
from q2pconf.migrating import Migration, migrate
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
