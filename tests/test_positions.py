"""positions: the text at each place is the key, the value or the header that was asked for."""

from __future__ import annotations

import pytest

from q2pconf.findings import KeyPath, Part, Span
from q2pconf.positions import Positions


def excerpt(text: str, span: Span) -> str:
    """What stands at a place, read by its definition: from 1, in characters, end exclusive."""
    lines = text.replace("\r\n", "\n").split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


TEXT = """\
# head
top = 1

[parsl]
run_dir   =  "runinfo" # where
retries=2

[[parsl.executors]]
label = "a"

[[parsl.executors]]
label = "b"
ports = [ 1, [2, 3], { x = 4 } ]
  [parsl.executors.provider]
  class = "LocalProvider"
  launcher = { class = "SimpleLauncher", debug = true }

[parsl.executors.provider.extra.deep]
x = 1979-05-27T07:32:00Z

[a . "b.c" . 'd']
"quo\\u0074ed" = true
x.y."z z" = [
  1,
  # two
  2,
]
"""


@pytest.mark.parametrize(
    ("path", "part", "line", "wanted"),
    [
        pytest.param(("top",), "key", 2, "top", id="key before any table"),
        pytest.param(("top",), "value", 2, "1", id="value before any table"),
        pytest.param(("parsl",), "table", 4, "[parsl]", id="header"),
        pytest.param(("parsl", "run_dir"), "key", 5, "run_dir", id="key with blanks behind"),
        pytest.param(("parsl", "run_dir"), "value", 5, '"runinfo"', id="value before a comment"),
        pytest.param(("parsl", "retries"), "key", 6, "retries", id="key without blanks"),
        pytest.param(("parsl", "retries"), "value", 6, "2", id="value without blanks"),
        pytest.param(
            ("parsl", "executors"), "table", 8, "[[parsl.executors]]", id="array of tables"
        ),
        pytest.param(
            ("parsl", "executors", 0), "table", 8, "[[parsl.executors]]", id="first element"
        ),
        pytest.param(
            ("parsl", "executors", 1), "table", 11, "[[parsl.executors]]", id="second element"
        ),
        pytest.param(("parsl", "executors", 0, "label"), "value", 9, '"a"', id="in the first"),
        pytest.param(("parsl", "executors", 1, "label"), "value", 12, '"b"', id="in the second"),
        pytest.param(
            ("parsl", "executors", 1, "ports"),
            "value", 13, "[ 1, [2, 3], { x = 4 } ]", id="array",
        ),
        pytest.param(("parsl", "executors", 1, "ports", 0), "value", 13, "1", id="element"),
        pytest.param(
            ("parsl", "executors", 1, "ports", 1, 1), "value", 13, "3", id="element of an element"
        ),
        pytest.param(
            ("parsl", "executors", 1, "ports", 2, "x"), "key", 13, "x", id="table in an array"
        ),
        pytest.param(
            ("parsl", "executors", 1, "provider"),
            "table", 14, "[parsl.executors.provider]", id="table of the latest element",
        ),
        pytest.param(
            ("parsl", "executors", 1, "provider", "class"),
            "value", 15, '"LocalProvider"', id="indented",
        ),
        pytest.param(
            ("parsl", "executors", 1, "provider", "launcher"),
            "value", 16, '{ class = "SimpleLauncher", debug = true }', id="inline table",
        ),
        pytest.param(
            ("parsl", "executors", 1, "provider", "launcher", "debug"),
            "key", 16, "debug", id="key in an inline table",
        ),
        pytest.param(
            ("parsl", "executors", 1, "provider", "launcher", "class"),
            "value", 16, '"SimpleLauncher"', id="value in an inline table",
        ),
        pytest.param(
            ("parsl", "executors", 1, "provider", "extra"),
            "table", 18, "[parsl.executors.provider.extra.deep]", id="table named by the way only",
        ),
        pytest.param(
            ("parsl", "executors", 1, "provider", "extra", "deep", "x"),
            "value", 19, "1979-05-27T07:32:00Z", id="date",
        ),
        pytest.param(
            ("a", "b.c", "d"), "table", 21, "[a . \"b.c\" . 'd']", id="header with quotes"
        ),
        pytest.param(
            ("a", "b.c", "d", "quoted"), "key", 22, '"quo\\u0074ed"', id="quoted key with escapes"
        ),
        pytest.param(("a", "b.c", "d", "x", "y", "z z"), "key", 23, 'x.y."z z"', id="dotted key"),
        pytest.param(("a", "b.c", "d", "x"), "key", 23, 'x.y."z z"', id="start of a dotted key"),
        pytest.param(
            ("a", "b.c", "d", "x", "y", "z z"),
            "value", 23, "[\n  1,\n  # two\n  2,\n]", id="value of several lines",
        ),
        pytest.param(
            ("a", "b.c", "d", "x", "y", "z z", 1), "value", 26, "2", id="element behind a comment"
        ),
    ],
)  # fmt: skip
def test_find_points_at(path: KeyPath, part: Part, line: int, wanted: str) -> None:
    span = Positions.of(TEXT).find(path, part)
    assert span is not None
    assert span.line == line
    assert excerpt(TEXT, span) == wanted


@pytest.mark.parametrize(
    ("path", "part", "wanted"),
    [
        pytest.param(("parsl", "nothing"), "value", "[parsl]", id="missing key: its table"),
        pytest.param(
            ("parsl", "executors", 0, "provider", "class"),
            "value", "[[parsl.executors]]", id="missing table: the nearest around it",
        ),
        pytest.param(("parsl", "retries"), "table", "retries", id="no table: the key"),
        pytest.param(
            ("parsl", "executors", 1, "provider", "launcher", "nothing"),
            "key", "launcher", id="missing in an inline table: its key",
        ),
        pytest.param(("parsl", "executors", 1), "value", "[[parsl.executors]]", id="no value"),
    ],
)  # fmt: skip
def test_find_falls_back_to(path: KeyPath, part: Part, wanted: str) -> None:
    span = Positions.of(TEXT).find(path, part)
    assert span is not None
    assert excerpt(TEXT, span) == wanted


@pytest.mark.parametrize("path", [(), ("nowhere",), ("nowhere", 0, "label")])
def test_find_nothing(path: KeyPath) -> None:
    assert Positions.of(TEXT).find(path) is None


@pytest.mark.parametrize(
    ("text", "path", "column", "end_column"),
    [
        pytest.param('x = "µ🦠ü" # é', ("x",), 5, 10, id="two and four bytes inside"),
        pytest.param('"größe" = 1', ("größe",), 11, 12, id="in the key"),
        pytest.param('x = ["🦠🦠", 7]', ("x", 1), 12, 13, id="before it on the line"),
        pytest.param('x = "e\u0301"', ("x",), 5, 9, id="combining accent is a character"),
        pytest.param("\tx\t=\t1", ("x",), 6, 7, id="a tab is one character"),
        pytest.param('x = "a\u2028b"', ("x",), 5, 10, id="line separator is no line end"),
    ],
)
def test_columns_count_characters(text: str, path: KeyPath, column: int, end_column: int) -> None:
    span = Positions.of(text).find(path)
    assert span == Span(line=1, column=column, end_line=1, end_column=end_column)


def test_lines_after_wide_characters() -> None:
    found = Positions.of('# 🦠\nü = "\n[🦠]\nx = 1\n').find(("🦠", "x"))
    assert found is None  # bare keys are ASCII: what is no TOML has no promised place
    text = '# 🦠\nx = """µ\n🦠"""\ny = 1\n'
    assert Positions.of(text).find(("x",)) == Span(line=2, column=5, end_line=3, end_column=5)
    assert Positions.of(text).find(("y",)) == Span(line=4, column=5, end_line=4, end_column=6)


def test_crlf_has_the_places_of_lf() -> None:
    assert Positions.of(TEXT.replace("\n", "\r\n")) == Positions.of(TEXT)


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_multi_line_string_hides_what_looks_like_keys(quotes: str) -> None:
    text = f"[a]\nx = {quotes}\n[b]\ny = 1\n{quotes}\nz = 2\n"
    found = Positions.of(text)
    assert set(found.keys) == {("a", "x"), ("a", "z")}
    assert set(found.tables) == {("a",)}
    assert found.values["a", "x"] == Span(line=2, column=5, end_line=5, end_column=4)
    assert found.keys["a", "z"].line == 6


def test_header_order_and_kind() -> None:
    headers = Positions.of(TEXT).headers
    assert [(header.names, header.array) for header in headers] == [
        (("parsl",), False),
        (("parsl", "executors"), True),
        (("parsl", "executors"), True),
        (("parsl", "executors", "provider"), False),
        (("parsl", "executors", "provider", "extra", "deep"), False),
        (("a", "b.c", "d"), False),
    ]
    assert headers[3].path == ("parsl", "executors", 1, "provider")


def test_header_says_its_names_and_keys() -> None:
    found = Positions.of(TEXT)
    assert found.top_keys == [("top",)]
    assert [str(header) for header in found.headers[:2]] == ["[parsl]", "[[parsl.executors]]"]
    assert found.headers[0].keys == (("run_dir",), ("retries",))
    assert found.headers[-1].keys == (("quoted",), ("x", "y", "z z"))


def test_arrays_of_tables_in_arrays_of_tables_count_anew() -> None:
    text = "[[a]]\n[[a.b]]\n[[a.b]]\n[[a]]\n[[a.b]]\nx = 1\n"
    found = Positions.of(text)
    assert found.keys[("a", 1, "b", 0, "x")].line == 6
    assert [header.path for header in found.headers] == [
        ("a", 0),
        ("a", 0, "b", 0),
        ("a", 0, "b", 1),
        ("a", 1),
        ("a", 1, "b", 0),
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("\n\n", id="line ends"),
        pytest.param("[", id="open bracket"),
        pytest.param("[[a]", id="half a header"),
        pytest.param("x =", id="no value"),
        pytest.param("= 1", id="no key"),
        pytest.param('x = "', id="open quotes"),
        pytest.param("x = {", id="open inline table"),
        pytest.param('"\\q" = 1', id="bad escape in a key"),
        pytest.param('["\\q"]\nx = 1', id="bad escape in a header"),
        pytest.param("\x00", id="NUL"),
        pytest.param("\ud800 = 1", id="lone surrogate"),
        pytest.param("x = 1\ry = 2", id="lone CR"),
    ],
)
def test_no_toml_is_no_crash(text: str) -> None:
    found = Positions.of(text)
    last = text.count("\n") + 1
    assert all(span.line <= last for span in found.values.values())


def test_what_follows_an_error_still_has_places() -> None:
    found = Positions.of("[a]\nx = True\ny = 2\n[b]\nz = 3\n")
    assert found.keys["b", "z"] == Span(line=5, column=1, end_line=5, end_column=2)


def test_columns_of_a_long_line_count_characters() -> None:
    positions = Positions.of('x = ["ä", "ö", "ab"]\ny = {a = "ü", b = 1}\n')
    columns = {path: (span.column, span.end_column) for path, span in positions.values.items()}
    assert columns["x", 0] == (6, 9)
    assert columns["x", 1] == (11, 14)
    assert columns["x", 2] == (16, 20)
    assert columns["x",] == (5, 21)
    assert columns["y", "a"] == (10, 13)
    assert columns["y", "b"] == (19, 20)
