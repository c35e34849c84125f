"""Edits: what is asked for, and not one byte more."""

from __future__ import annotations

import pytest

from q2pconf import edits
from q2pconf.document import Document
from q2pconf.layout import Layout

TEXT = """\
# top
[parsl]
strategy = "none"  # why

  # about it
  [[parsl.executors]]
  class = "X"
  note = \"\"\"one
two\"\"\"
  provider = { class = "P", move_files = true, a = 1 }

[parsl.executor_mapping.dada2]
denoise = "x"
"""
X = ("parsl", "executors", 0)

both_ends = pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])


def document(text: str, end: str = "\n") -> Document:
    return Document(text=text.replace("\n", end))


def changed(before: Document, after: Document) -> tuple[list[str], list[str]]:
    """The lines that went and the lines that came."""
    old, new = edits.lines(before.text), edits.lines(after.text)
    return [line for line in old if line not in new], [line for line in new if line not in old]


@both_ends
def test_drop_a_line(end: str) -> None:
    before = document(TEXT, end)
    after = edits.drop(before, ("parsl", "strategy"))
    assert changed(before, after) == ([f'strategy = "none"  # why{end}'], [])


@both_ends
def test_drop_a_value_of_several_lines(end: str) -> None:
    before = document(TEXT, end)
    after = edits.drop(before, (*X, "note"))
    assert changed(before, after) == ([f'  note = """one{end}', f'two"""{end}'], [])


@both_ends
def test_comment_out(end: str) -> None:
    before = document(TEXT, end)
    after = edits.drop(before, (*X, "note"), "no more")
    went, came = changed(before, after)
    assert came == [f"  # q2pconf: no more{end}", f'#   note = """one{end}', f'# two"""{end}']
    assert len(went) == 2


@pytest.mark.parametrize(
    ("key", "left"),
    [
        ("class", "{ move_files = true, a = 1 }"),
        ("move_files", '{ class = "P", a = 1 }'),
        ("a", '{ class = "P", move_files = true }'),
    ],
)
def test_drop_in_an_inline_table(key: str, left: str) -> None:
    before = document(TEXT)
    after = edits.drop(before, (*X, "provider", key))
    assert changed(before, after)[1] == [f"  provider = {left}\n"]


def test_comment_out_in_an_inline_table() -> None:
    before = document(TEXT)
    after = edits.drop(before, (*X, "provider", "move_files"), "gone")
    assert changed(before, after)[1] == [
        "  # q2pconf: gone\n",
        "  # move_files = true\n",
        '  provider = { class = "P", a = 1 }\n',
    ]


@both_ends
@pytest.mark.parametrize(
    "value", ["[1, { b = 'x' }]", "{ b = '\\f', \"c d\" = [] }", "'''x\n  y'''"]
)
def test_what_is_commented_out_in_an_inline_table_can_be_taken_back(value: str, end: str) -> None:
    before = document(f"  t = {{ 'a b' = {value}, z = 1 }}\n", end)
    after = edits.drop(before, ("t", "a b"), "gone")
    mark, *kept = edits.lines(after.text)[:-1]
    assert mark == f"  # q2pconf: gone{end}"
    taken_back = "".join(line.replace("# ", "", 1) for line in kept)
    assert document(taken_back).data == {"a b": before.data["t"]["a b"]}
    assert edits.lines(after.text)[-1] == f"  t = {{ z = 1 }}{end}"


def test_drop_a_table_with_our_comment_and_the_empty_line_before_it() -> None:
    before = document(TEXT)
    grown = edits.append(
        before, "# q2pconf: a\n#   b\n[executor_mapping.dada2]\nx = 1\n[executor_mapping.b]\n"
    )
    assert grown.text.startswith(before.text + "\n# q2pconf: a\n")
    assert edits.drop(grown, ("executor_mapping",)).text == before.text


def test_drop_what_is_not_there() -> None:
    before = document(TEXT)
    assert edits.drop(before, ("parsl", "nothing")).text == before.text


@both_ends
def test_annotate_once(end: str) -> None:
    before = document(TEXT, end)
    path = (*X, "provider", "class")
    once = edits.spliced(before, edits.annotating(Layout(before), path, "look"))
    assert changed(before, once) == ([], [f"  # q2pconf: look{end}"])
    assert edits.annotating(Layout(once), path, "look") == []


def test_set_and_rename() -> None:
    before = document(TEXT)
    after = edits.set_value(before, ("parsl", "strategy"), '"simple"')
    after = edits.replace_key(after, (*X, "provider", "move_files"), "b.c")
    assert changed(before, after)[1] == [
        'strategy = "simple"  # why\n',
        '  provider = { class = "P", b.c = true, a = 1 }\n',
    ]


def test_planned_for_what_is_not_there_is_nothing() -> None:
    layout = Layout(document(TEXT))
    assert edits.setting(layout, ("parsl", "nothing"), "1") == []
    assert edits.naming(layout, ("parsl", "nothing"), "a") == []


@pytest.mark.parametrize("end", ["\n", "\r\n", ""], ids=["unix", "windows", "no end of line"])
def test_append(end: str) -> None:
    before = Document(text=f"[a]{end}")
    after = edits.append(before, "[b]\nx = 1\n")
    wanted = end or "\n"
    assert after.text == f"[a]{wanted}{wanted}[b]{wanted}x = 1{wanted}"


def test_move_above_takes_the_comments_above_both() -> None:
    before = document("[a]\n\n# of c\n[c]\nz = 1\n\n# of b\n[b]\nx = 1 # y")
    _, target, header = before.positions.headers
    after = edits.move_above(before, [header], target)
    assert after.text == "[a]\n\n# of b\n[b]\nx = 1 # y\n\n# of c\n[c]\nz = 1\n\n"


def test_insert_after_the_last_value() -> None:
    before = document("[a]\nx = 1\n\n# of c\n[c]")
    first, last = before.positions.headers
    assert edits.insert_after(before, first, "y = 2").text == "[a]\nx = 1\ny = 2\n\n# of c\n[c]"
    assert edits.insert_after(before, last, "y = 2").text == "[a]\nx = 1\n\n# of c\n[c]\ny = 2\n"


def test_remarks_are_ascii_and_not_wide() -> None:
    rows = edits.remark("“quoted” … " + "word " * 40 + 'class = "X"')
    assert all(row.isascii() and len(row) <= 88 for row in rows)
    assert rows[0].startswith("# q2pconf: ")
    assert all(row.startswith("#   ") for row in rows[1:])


@pytest.mark.parametrize("text", ["", "a", "a\n", "a\r\nb\rc\n\nd", "\n\n", "\r"])
def test_lines_are_those_of_text_mode(text: str) -> None:
    found = edits.lines(text)
    assert "".join(found) == text
    plain = Document(text=text).lines_as_read
    assert len(found) == plain.count("\n") + (not plain.endswith("\n") and bool(plain))
