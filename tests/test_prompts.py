"""Questions, answered through a terminal's own input."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from q2pconf import prompts
from q2pconf.prompts import Item, plugin_of
from q2pconf.wizard import Question

ENTER, DOWN, UP, TAB, CLEAR = "\r", "\x1b[B", "\x1b[A", "\t", "\x15"
CTRL_C, CTRL_D = "\x03", "\x04"
ITEMS = [Item("a", "The first"), Item("b", "The second", "it is down"), Item("c", "The third")]


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[PipeInput]:
    """A keyboard, and a screen that nobody looks at."""
    monkeypatch.setenv("TERM", "xterm")
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield pipe


def press(keys: PipeInput, typed: str) -> None:
    """Type this and nothing more: a question too many ends as Ctrl-D does, and never waits."""
    keys.send_text(typed)
    keys.close()


def text(*, default: str | None = None, optional: bool = False) -> Question:
    return Question(name="x", text="Which?", kind="text", default=default, optional=optional)


def choice(*, default: str | None = None, optional: bool = False) -> Question:
    return Question(
        name="x",
        text="Which?",
        kind="choice",
        default=default,
        choices=("a", "c"),
        optional=optional,
    )


def no_x(typed: str) -> str | None:
    return "no x please" if typed == "x" else None


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        pytest.param("dada2\r", "dada2", id="a name"),
        pytest.param(" feature-table \r", "feature-table", id="blanks around it"),
        pytest.param("\r", None, id="left open"),
        pytest.param("feature table\r\x15dada2\r", "dada2", id="refused, then right"),
    ],
)
def test_plugin_of(keys: PipeInput, typed: str, wanted: str | None) -> None:
    press(keys, typed)
    assert plugin_of("denoise") == wanted


@pytest.mark.parametrize(
    ("asked", "typed", "wanted"),
    [
        pytest.param(text(default="16GB"), ENTER, "16GB", id="the default"),
        pytest.param(text(default="16GB"), "8GB" + ENTER, "8GB", id="typed instead of it"),
        pytest.param(text(default="16GB"), "  " + ENTER, "16GB", id="blanks are nothing"),
        pytest.param(text(default="16GB"), TAB + "x\x7f\x7f\x7fMB" + ENTER, "16MB", id="changed"),
        pytest.param(text(), ENTER + "y" + ENTER, "y", id="needed"),
        pytest.param(text(), "x" + ENTER + "y" + ENTER, "y", id="refused, then right"),
        pytest.param(text(default="q"), "x" + ENTER + ENTER, "q", id="refused, then the default"),
        pytest.param(text(optional=True), ENTER, None, id="optional and empty"),
        pytest.param(text(optional=True, default="q"), ENTER, "q", id="optional with a default"),
        pytest.param(text(optional=True, default="q"), "None" + ENTER, None, id="not even that"),
        pytest.param(text(default="q"), "none" + ENTER, "none", id="none is a word elsewhere"),
        pytest.param(choice(default="c"), ENTER, "c", id="the default choice"),
        pytest.param(choice(), ENTER, "a", id="the first choice"),
        pytest.param(choice(default="gone"), ENTER, "a", id="a default that is no choice"),
        pytest.param(choice(default="a"), DOWN + ENTER, "c", id="down"),
        pytest.param(choice(default="a"), UP + ENTER, "c", id="up and around"),
        pytest.param(choice(optional=True), UP + ENTER, None, id="no choice at all"),
    ],
)
def test_ask(keys: PipeInput, asked: Question, typed: str, wanted: str | None) -> None:
    press(keys, typed)
    assert prompts.ask(asked, no_x) == wanted


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        pytest.param("x" + ENTER + "y", "x", id="insisted upon"),
        pytest.param("x" + ENTER + "n" + "z" + ENTER, "z", id="changed"),
        pytest.param("x" + ENTER + ENTER + "z" + ENTER, "z", id="changed by default"),
        pytest.param("z" + ENTER, "z", id="no doubt"),
    ],
)
def test_what_is_in_doubt_is_asked_once_more(keys: PipeInput, typed: str, wanted: str) -> None:
    press(keys, typed)
    assert prompts.ask(text(), lambda _: None, doubt=no_x) == wanted


@pytest.mark.parametrize(
    ("typed", "default", "wanted"),
    [("y", False, True), ("n", True, False), (ENTER, True, True), (ENTER, False, False)],
)
def test_yes(keys: PipeInput, typed: str, default: bool, wanted: bool) -> None:
    press(keys, typed)
    asked = Question(name="x", text="Really?", kind="yes/no", default=default)
    assert prompts.ask(asked, no_x) is wanted


def test_what_is_closed_is_skipped(keys: PipeInput) -> None:
    press(keys, DOWN + ENTER)
    assert prompts.which("Which?", ITEMS, "a") == "c"


def test_a_closed_default_is_not_taken(keys: PipeInput) -> None:
    press(keys, ENTER)
    assert prompts.which("Which?", ITEMS, "b") == "a"


def test_many_can_be_searched(keys: PipeInput) -> None:
    many = [Item(f"{number}", f"partition{number}") for number in range(200)]
    press(keys, "n177" + ENTER)
    assert prompts.which("Which?", many, "5") == "177"


QUESTIONS: dict[str, Callable[[], object]] = {
    "text": lambda: prompts.ask(text(default="q"), no_x),
    "choice": lambda: prompts.ask(choice(), no_x),
    "yes": lambda: prompts.yes("Really?", default=True),
    "plugin": lambda: plugin_of("denoise"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_stopped(keys: PipeInput, name: str) -> None:
    keys.send_text(CTRL_C)
    with pytest.raises(KeyboardInterrupt):
        QUESTIONS[name]()


@pytest.mark.parametrize("name", ["text", "plugin"])
def test_end_of_input_stops(keys: PipeInput, name: str) -> None:
    keys.send_text(CTRL_D)
    with pytest.raises(KeyboardInterrupt):
        QUESTIONS[name]()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A terminal that knows lines only."""
    monkeypatch.setenv("TERM", "dumb")
    return lambda typed: monkeypatch.setattr("sys.stdin", io.StringIO(typed))


Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("asked", "typed", "wanted", "said"),
    [
        (text(default="16GB"), "\n", "16GB", "Which? [16GB] "),
        (text(optional=True), "\n", None, "Which? [none] "),
        (text(), "x\ny\n", "y", "  no x please\n"),
        (choice(default="c"), "\n", "c", "  1  a\n  2  c\nA number, 1 to 2 [2] "),
        (choice(), "3\nb\n2\n", "c", "a number from 1 to 2 is needed"),
        (choice(optional=True), "3\n", None, "  3  (none)\n"),
    ],
)
def test_plain_lines(
    lines: Callable[[str], None],
    capsys: Captured,
    asked: Question,
    typed: str,
    wanted: str | None,
    said: str,
) -> None:
    lines(typed)
    assert prompts.ask(asked, no_x) == wanted
    out = capsys.readouterr().out
    assert said in out
    assert "\x1b" not in out


def test_plain_lines_tell_what_is_closed(lines: Callable[[str], None], capsys: Captured) -> None:
    lines("2\n")
    assert prompts.which("Which?", ITEMS) == "c"
    assert "  -  The second (it is down)\n  2  The third\n" in capsys.readouterr().out


def test_plain_yes(lines: Callable[[str], None]) -> None:
    lines("perhaps\nNO\n")
    assert not prompts.yes("Really?", default=True)
    lines("\n")
    assert prompts.yes("Really?", default=True)


@pytest.mark.parametrize("name", QUESTIONS)
def test_plain_end_of_input_stops(lines: Callable[[str], None], name: str) -> None:
    lines("")
    with pytest.raises(KeyboardInterrupt):
        QUESTIONS[name]()


def test_words_are_not_broken(lines: Callable[[str], None], capsys: Captured) -> None:
    prompts.tell("word " * 40 + "\x1b[31m")
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) < prompts.size()[0]
    assert set(out.split()) == {"word", "\\x1b[31m"}
