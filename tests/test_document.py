"""Document: what is no readable text is said with its place, and an edit touches nothing else."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from q2pconf import validate
from q2pconf.checks import check_document
from q2pconf.document import MAX_BYTES, Document, DocumentError
from q2pconf.errors import InputError
from q2pconf.findings import Finding, KeyPath, Span
from q2pconf.releases import newest

POOL = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'


def refusal(content: bytes) -> Finding:
    """The one finding of bytes that are no text, or of a text that is no TOML."""
    with pytest.raises(DocumentError) as caught:
        _ = Document.from_bytes(content).data
    (finding,) = caught.value.findings
    assert caught.value.exit_code == 1
    assert str(caught.value) == finding.message
    return finding


def at(line: int, column: int) -> Span:
    return Span(line=line, column=column, end_line=line, end_column=column + 1)


def test_bom_has_its_own_message() -> None:
    finding = refusal(b"\xef\xbb\xbf" + POOL.encode())
    assert finding.code == "Q2P002"
    assert finding.span == at(1, 1)
    assert "byte order mark" in finding.message


def test_bom_in_the_middle_is_a_character() -> None:
    assert Document.from_bytes('x = "\ufeff"\n'.encode()).data == {"x": "\ufeff"}


@pytest.mark.parametrize(
    ("content", "line", "column", "words"),
    [
        pytest.param(b"x = 1\n# f\xfcr", 2, 4, "byte 0xfc is not UTF-8", id="latin-1"),
        pytest.param("µ🦠".encode() + b"\xff", 1, 3, "byte 0xff", id="columns are characters"),
        pytest.param(b"a\r\nb\r\nc\xc3\r\n", 3, 2, "byte 0xc3", id="cut character, CRLF"),
        pytest.param("x = 1\n".encode("utf-16"), 1, 1, "not a text file", id="UTF-16"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", 1, 1, "not a text file", id="image"),
        pytest.param(b"\x1f\x8b\x08\x00abc\x00", 1, 2, "not a text file", id="compressed"),
    ],
)
def test_not_utf8(content: bytes, line: int, column: int, words: str) -> None:
    finding = refusal(content)
    assert finding.code == "Q2P003"
    assert finding.span == at(line, column)
    assert words in finding.message


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(b"\x00" * 100, 1, id="nothing but NUL"),
        pytest.param(b"x = 1\n\x00\n", 2, id="NUL in a line"),
        pytest.param(b'x = 1\ny = "a\x00"\n', 2, id="NUL in a string"),
        pytest.param(b"x = 1\n# \x07\n", 2, id="bell in a comment"),
    ],
)
def test_control_characters_are_no_toml(content: bytes, line: int) -> None:
    finding = refusal(content)
    assert finding.code == "Q2P001"
    assert finding.span is not None
    assert finding.span.line == line


@pytest.mark.parametrize("content", [b"", b"\n", b" \t\r\n\n", b"# only a comment"])
def test_empty_is_no_data(content: bytes) -> None:
    assert Document.from_bytes(content).data == {}


def test_largest_file_is_read() -> None:
    content = b"x = 1\n" + b"#" * (MAX_BYTES - 6)
    assert Document.from_bytes(content).data == {"x": 1}


def test_larger_file_is_refused() -> None:
    with pytest.raises(InputError, match=r"^big\.toml: larger than 2 MB") as caught:
        Document.from_bytes(b"#" * (MAX_BYTES + 1), "big.toml")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"[", id="headers"),
        pytest.param(b"x = [", id="arrays"),
        pytest.param(b"x = {a=", id="inline tables"),
    ],
)
def test_two_megabytes_of_brackets_end_soon(start: bytes) -> None:
    bracket = start.removeprefix(b"x = ")
    content = start + bracket * (2_000_000 // len(bracket))
    begin = time.monotonic()
    report = check_document(Document.from_bytes(content), newest())
    assert time.monotonic() - begin < 5
    assert [finding.code for finding in report.findings] == ["Q2P001"]


def test_deep_nesting_is_a_finding() -> None:
    finding = refusal(b"x = " + b"[" * 5000 + b"]" * 5000)
    assert finding.code == "Q2P001"
    assert finding.consequence == "QIIME 2 stops with RecursionError"


def test_lone_cr_reads_as_python_reads_it() -> None:
    document = Document.from_bytes(POOL.replace("\n", "\r").encode())
    assert document.data == Document(text=POOL).data
    assert document.place(("parsl", "executors", 0, "label")) == Span(
        line=3, column=9, end_line=3, end_column=18
    )


def test_crlf_has_the_same_data_and_places() -> None:
    crlf = Document(text=POOL.replace("\n", "\r\n"))
    assert crlf.data == Document(text=POOL).data
    assert crlf.positions == Document(text=POOL).positions


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_in_values_are_those_of_text_mode(end: str) -> None:
    text = end.join(['x = """', "one", 'two"""', ""])
    assert Document(text=text).data == {"x": "one\ntwo"}


def test_place_of_nothing() -> None:
    document = Document(text="x = 1\n")
    assert document.place(None) is None
    assert document.place(()) is None
    assert document.place(("y",)) is None


def test_load_reads_a_file(tmp_path: Path) -> None:
    file = tmp_path / "ü.toml"
    file.write_bytes(POOL.replace("\n", "\r\n").encode())
    document = Document.load(file)
    assert document.path == str(file)
    assert document.text == POOL.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("nothing.toml", "there is no such file", id="missing"),
        pytest.param("", "is a folder", id="folder"),
        pytest.param("file/below.toml", "cannot be read", id="below a file"),
        pytest.param("x" * 300, "cannot be read", id="name too long"),
        pytest.param("a\0b", "cannot be read", id="NUL in the name"),
    ],
)
def test_load_refuses(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "file").write_text("")
    path = f"{tmp_path}/{name}"
    with pytest.raises(InputError) as caught:
        Document.load(path)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")


LOADED = """\
# head  \n
[parsl]   # the one table
run_dir   =  "runinfo" # where
 retries=2\t# tab

# first
[[parsl.executors]]
label = 'a'
ports = [
  1, # one
  2,
]

[[parsl.executors]]   # second
"label" = "µ🦠" # wide
provider = { class = "LocalProvider", max_blocks = 1 } # inline
# no line end at the end"""

EDITS: list[Any] = [
    pytest.param(("parsl", "run_dir"), "x", '"runinfo"', '"x"', id="string"),
    pytest.param(("parsl", "retries"), 30, "=2\t", "=30\t", id="number"),
    pytest.param(("parsl", "executors", 0, "label"), "b", "'a'", '"b"', id="other quotes"),
    pytest.param(("parsl", "executors", 0, "ports", 1), 3, "  2,", "  3,", id="element"),
    pytest.param(
        ("parsl", "executors", 1, "label"), "default", '"µ🦠"', '"default"', id="in an array"
    ),
    pytest.param(
        ("parsl", "executors", 1, "provider", "max_blocks"),
        9, "max_blocks = 1 ", "max_blocks = 9 ", id="in an inline table",
    ),
]  # fmt: skip
RENAMES: list[Any] = [
    pytest.param(("parsl", "run_dir"), "dir", "run_dir   =", "dir   =", id="blanks behind"),
    pytest.param(("parsl", "retries"), "r", " retries=", " r=", id="no blanks"),
    pytest.param(("parsl", "executors", 0, "ports"), "p", "ports = [", "p = [", id="of lines"),
    pytest.param(("parsl", "executors", 1, "label"), "name", '"label" =', "name =", id="quoted"),
    pytest.param(
        ("parsl", "executors", 1, "provider", "max_blocks"),
        "min_blocks", "max_blocks", "min_blocks", id="in an inline table",
    ),
]  # fmt: skip
REMOVALS: list[Any] = [
    pytest.param(
        ("parsl", "run_dir"), 'run_dir   =  "runinfo" # where\n', id="line with its comment"
    ),
    pytest.param(("parsl", "retries"), " retries=2\t# tab\n", id="indented line"),
    pytest.param(
        ("parsl", "executors", 0, "ports"), "ports = [\n  1, # one\n  2,\n]\n", id="several lines"
    ),
    pytest.param(("parsl", "executors", 1, "label"), '"label" = "µ🦠" # wide\n', id="quoted key"),
    pytest.param(
        ("parsl", "executors", 1, "provider"),
        'provider = { class = "LocalProvider", max_blocks = 1 } # inline\n',
        id="inline table",
    ),
]

line_ends = pytest.mark.parametrize(
    "end", [pytest.param("\n", id="LF"), pytest.param("\r\n", id="CRLF")]
)


@line_ends
@pytest.mark.parametrize(("path", "value", "old", "new"), EDITS)
def test_set_changes_the_value_only(
    end: str, path: KeyPath, value: object, old: str, new: str
) -> None:
    assert LOADED.count(old) == 1
    before = Document(text=LOADED.replace("\n", end))
    after = before.set(path, value)
    assert after.text == LOADED.replace(old, new).replace("\n", end)
    assert before.text == LOADED.replace("\n", end)
    assert after.set(path, value).text == after.text


@line_ends
@pytest.mark.parametrize(("path", "key", "old", "new"), RENAMES)
def test_rename_changes_the_key_only(end: str, path: KeyPath, key: str, old: str, new: str) -> None:
    assert LOADED.count(old) == 1
    after = Document(text=LOADED.replace("\n", end)).rename(path, key)
    assert after.text == LOADED.replace(old, new).replace("\n", end)


@line_ends
@pytest.mark.parametrize(("path", "gone"), REMOVALS)
def test_remove_takes_the_line_only(end: str, path: KeyPath, gone: str) -> None:
    assert LOADED.count(gone) == 1
    after = Document(text=LOADED.replace("\n", end)).remove(path)
    assert after.text == LOADED.replace(gone, "").replace("\n", end)


def test_rename_of_a_dotted_key_keeps_what_is_before() -> None:
    assert Document(text="a.b.c = 1 # x\n").rename(("a", "b", "c"), "d").text == "a.b.d = 1 # x\n"


def test_set_adds_a_key_at_the_end_of_its_table() -> None:
    text = "[a]\nx = 1 # one\n\n[b]\ny = 2\n"
    assert Document(text=text).set(("a", "z"), True).text == (
        "[a]\nx = 1 # one\nz = true\n\n[b]\ny = 2\n"
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param('a "b" \\', '"a \\"b\\" \\\\"', id="quotes"),
        pytest.param("a\nb\x1b", '"a\\nb\\u001b"', id="control characters"),
        pytest.param(True, "true", id="boolean"),
        pytest.param(1.5, "1.5", id="float"),
    ],
)
def test_set_writes_what_reads_back(value: object, written: str) -> None:
    after = Document(text="x = 1\n").set(("x",), value)
    assert after.text == f"x = {written}\n"
    assert after.data == {"x": value}


@pytest.mark.parametrize(
    "path", [pytest.param(("b",), id="key"), pytest.param(("t", "b"), id="table")]
)
def test_edits_of_what_is_not_there_raise(path: KeyPath) -> None:
    document = Document(text="a = 1\n")
    with pytest.raises(KeyError):
        document.remove(path)
    with pytest.raises(KeyError):
        document.rename(path, "c")


def test_edit_keeps_the_path() -> None:
    document = Document(text="a = 1\n", path="f.toml")
    assert document.set(("a",), 2).path == "f.toml"
    assert document.remove(("a",)).path == "f.toml"
    assert document.rename(("a",), "b").path == "f.toml"


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        pytest.param('"a.b" = 1\n', ("a.b",), "c = 1\n", id="quoted"),
        pytest.param('x."y.z" = 2\n', ("x", "y.z"), "x.c = 2\n", id="quoted-part"),
        pytest.param("x.y = 1\nx.z = 2\n", ("x",), "c.y = 1\nc.z = 2\n", id="first-part"),
        pytest.param("[t.x]\n[t.x.y]\n", ("t", "x"), "[t.c]\n[t.c.y]\n", id="table-in-two-headers"),
        pytest.param(
            "a = 1\rx = 2\nd = 3\n", ("x",), "a = 1\rc = 2\nd = 3\n", id="mixed-line-ends"
        ),
    ],
)
def test_rename_changes_the_name_alone(before: str, path: tuple[str, ...], after: str) -> None:
    assert Document(text=before).rename(path, "c").text == after


def test_rename_refuses_a_name_that_is_taken() -> None:
    with pytest.raises(ValueError, match="already"):
        Document(text="a = 1\nb = 2\n").rename(("a",), "b")


def test_set_keeps_crlf() -> None:
    assert Document(text="[a]\r\nb = 1\r\n").set(("a", "c"), 2).text == "[a]\r\nb = 1\r\nc = 2\r\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(".".join(["a"] * 1500) + " = 1", id="long-dotted-key"),
        pytest.param(f"[{'.'.join(['parsl'] * 1500)}]\n", id="long-header"),
        pytest.param(f"[parsl]\nretries = {'9' * 5000}\n", id="long-number"),
        pytest.param(f"[parsl]\nx = {'[' * 3000}{']' * 3000}\n", id="deep-array"),
        pytest.param(f"[parsl]\nx = {'{a=' * 300}1{'}' * 300}\n", id="deep-table"),
    ],
)
def test_monsters_are_findings(text: str) -> None:
    assert validate(text, release="2026.4").errors


def test_data_nested_too_deep_are_a_finding() -> None:
    data: dict[str, Any] = {}
    for _ in range(5000):
        data = {"parsl": data}
    assert validate(data, release="2026.4").errors
