"""The mark stands below what is meant, whatever the line holds."""

from __future__ import annotations

import pytest
from wcwidth import wcswidth

from q2pconf.findings import Span
from q2pconf.render.excerpt import excerpt, width
from q2pconf.render.terminal import Style

ROOM = 60


def columns(text: str) -> int:
    """How many columns a terminal shows, by an independent count."""
    return int(wcswidth(text))


def shown(line: str, column: int, end: int, room: int = ROOM) -> tuple[str, str]:
    """The text behind the bar, and its mark."""
    span = Span(line=7, column=column, end_line=7, end_column=end)
    text, mark = excerpt(line, span, Style(columns=room + 6), "red")
    assert text.startswith("  7 | ")
    assert mark.startswith("    | ")
    return text[6:], mark[6:]


def marked(text: str, mark: str) -> str:
    """What stands above the mark, by columns."""
    start, end = len(mark) - len(mark.lstrip()), len(mark)
    at, found = 0, ""
    for character in text:
        wide = columns(character)
        if (start <= at < end) if wide else (found and at <= end):
            found += character
        at += wide
    return found


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        pytest.param("retries = 12 # x", "12", id="plain"),
        pytest.param('"日本語" = 12', "12", id="wide"),
        pytest.param('"x" = "日本語" # x', '"日本語"', id="wide itself"),
        pytest.param('"cafe\u0301" = 12', "12", id="combining"),
        pytest.param('"e\u0301\u0302\u0323" = 12', "12", id="several combining"),
        pytest.param('"🦠🧬" = 12', "12", id="emoji"),
        pytest.param('"ｱｲｳ" = 12', "12", id="half width"),
        pytest.param('"ＡＢ" = 12', "12", id="full width"),
        pytest.param('"한국어" = 12', "12", id="hangul"),
        pytest.param('"µ±" = 12', "12", id="Latin 1"),
        pytest.param('"ar: العربية" = 12', "12", id="right to left letters"),
    ],
)
def test_mark_is_below(line: str, meant: str) -> None:
    start = line.index(meant) + 1
    text, mark = shown(line, start, start + len(meant))
    assert text == line
    assert marked(text, mark) == meant
    assert mark.strip() == "^" * columns(meant)


@pytest.mark.parametrize(
    ("line", "text", "mark"),
    [
        pytest.param("\tx = 12", "    x = 12", "        ^^", id="tab at the start"),
        pytest.param("ab\tx = 12", "ab  x = 12", "        ^^", id="tab to the next stop"),
        pytest.param("日\tx = 12", "日  x = 12", "        ^^", id="tab behind a wide one"),
        pytest.param("a\u200bb=12", "a\\u200bb=12", " " * 9 + "^^", id="zero width"),
        pytest.param("\u202ea=12", "\\u202ea=12", " " * 8 + "^^", id="right to left mark"),
        pytest.param("\x1b[31m=12", "\\x1b[31m=12", " " * 9 + "^^", id="escape"),
        pytest.param("👨\u200d👩=12", "👨\\u200d👩=12", " " * 11 + "^^", id="joined emoji"),
        pytest.param("\xa0=12", "\\xa0=12", " " * 5 + "^^", id="no-break space"),
    ],
)
def test_what_has_no_width_of_its_own_is_written_out(line: str, text: str, mark: str) -> None:
    start = line.index("12") + 1
    assert shown(line, start, start + 2) == (text, mark)


@pytest.mark.parametrize("room", [20, 21, 40, 80])
@pytest.mark.parametrize("filler", ["a", "日", "e\u0301", "\t", "🦠", "\x1b"])
@pytest.mark.parametrize("before", [0, 1, 10, 50, 5000])
@pytest.mark.parametrize("after", [0, 10, 5000])
def test_long_lines_are_cut_around_the_mark(
    room: int, filler: str, before: int, after: int
) -> None:
    line = f"{filler * before}MEANT{filler * after}"
    start = len(filler) * before + 1
    text, mark = shown(line, start, start + 5, room)
    assert columns(text) <= room
    assert marked(text, mark) == "MEANT"
    everything, _ = shown(line, start, start + 5, 100_000)
    assert text.removeprefix("…").removesuffix("…") in everything
    assert text.startswith("…") or everything.startswith(text.removesuffix("…"))
    assert text.endswith("…") or everything.endswith(text.removeprefix("…"))


def test_mark_that_is_longer_than_the_line_may_be() -> None:
    text, mark = shown(f"x = {'9' * 500}", 5, 505, 40)
    assert columns(text) <= 40
    assert text.endswith("…")
    assert len(mark) <= len(text)
    assert mark.strip("^ ") == ""
    assert mark.count("^") >= 20


@pytest.mark.parametrize("line", ["", "x", "日本"])
def test_mark_behind_the_end(line: str) -> None:
    text, mark = shown(line, len(line) + 1, len(line) + 2)
    assert text == line
    assert mark == " " * columns(line) + "^"


def test_value_of_several_lines_is_marked_to_the_end_of_its_first() -> None:
    span = Span(line=3, column=5, end_line=9, end_column=2)
    _, mark = excerpt("x = [  # y  ", span, Style(), "red")
    assert mark == "    |     ^^^^^^"


def test_time_does_not_grow_with_the_line() -> None:
    line = "a" * 2_000_000
    for column in range(1, 2_000_000, 2000):
        text, _ = shown(line, column, column + 1)
        assert len(text) <= ROOM


@pytest.mark.parametrize(
    "text", ["abc", "日本語", "cafe\u0301", "🦠", "ｱ", "Ａ", "한", "ᄀ\u1161\u11a8", "ก็", "ע֑"]
)
def test_width(text: str) -> None:
    assert width(text) == columns(text)
