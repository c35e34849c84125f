"""Which orders of tables each tomlkit takes, and where to move those it does not.

The verdicts below are those of tomlkit 0.12.1, 0.12.3, 0.13.2, 0.14.0, 0.15.1 and 0.15.2 :
each text was parsed and unwrapped by all six, and the data compared with the standard library's.
So were 58,508 further texts, among them every valid order of up to four headers out of twelve, the
others made by chance; q2pconf.table_reader agreed with tomlkit on each, down to what it says.
Two releases' tomlkit are asked again in tests/conformance/test_which.py.
"""

from __future__ import annotations

import itertools
import time

import pytest

from q2pconf import _toml
from q2pconf.positions import Header, Positions
from q2pconf.releases import all_releases
from q2pconf.table_order import first_misplaced, in_order, out_of_order

VERSIONS = ("0.12.1", "0.12.3", "0.13.2", "0.14.0", "0.15.1", "0.15.2")
A, PROVIDER, LAUNCHER = (
    "[[parsl.executors]]",
    "[parsl.executors.provider]",
    "[parsl.executors.provider.launcher]",
)
INNER, OTHER, KEY = (
    "[parsl.executor_mapping.p]",
    "[executor_mapping.p]",
    'executor_mapping.q.a = "x"',
)
CASES = (
    # what, the lines, and the verdict of 0.12.1 and 0.12.3, of 0.13.2 and 0.14.0, 0.15.1, 0.15.2
    ("as-written", ["[parsl]", A, PROVIDER, A, PROVIDER, INNER], "fine fine fine fine"),
    ("mapping-first", [OTHER, "[parsl]", INNER, A, PROVIDER], "fine fine fine fine"),
    ("tables-between-tables", [INNER, OTHER, "[parsl.x]", "[y]"], "fine fine fine fine"),
    ("mapping-within-executor", [A, INNER, PROVIDER], "stops stops fine fine"),
    ("other-within-executor", [A, "[tool]", PROVIDER], "stops stops stops stops"),
    ("parsl-within-executor", [A, "[parsl]", PROVIDER], "stops stops stops stops"),
    ("other-within-provider", [A, PROVIDER, "[tool]", LAUNCHER], "stops stops stops stops"),
    ("mapping-between-executors", [A, INNER, A], "fine fine fine fine"),
    ("other-between-executors", [A, "[tool]", A], "twice stops fine fine"),
    ("other-between-below-parsl", ["[parsl]", A, "[tool]", A], "fine stops fine fine"),
    ("parsl-between-executors", [A, "[parsl]", A], "fine stops fine fine"),
    ("array-between-executors", [A, "[[x]]", A], "fine fine fine fine"),
    ("array-between-below-parsl", ["[parsl]", A, "[[x]]", A], "fine stops fine fine"),
    ("an-array-of-one-name", ["[[x]]", "[tool]", "[[x]]"], "fine fine fine fine"),
    ("parsl-after-mapping", [INNER, "[parsl]", KEY], "fine fine stops fine"),
    ("parsl-late", ["[parsl.m.p]", "[parsl.m]", "[tool]", "[parsl]", "[parsl.m.q]"],
     "fine fine stops stops"),
    ("parsl-late-with-keys", ["[parsl.monitoring]", "[tool]", "[parsl]", "a = {b = 1}"],
     "fine fine fine fine"),
    ("dotted-then-table", ["[parsl]", KEY, "[tool]", INNER], "fine fine fine fine"),
    ("dotted-at-the-top", ["parsl.a = 1", KEY, 'parsl.b = "x"', INNER, A], "fine fine fine fine"),
    ("dotted-interleaved", ["[x]", "p.a = 1", "q.a = 1", "p.b = 1"], "fine fine fine fine"),
    ("inline-executors", ["[parsl]", "executors = [{a = 1}]", "[tool]", "[parsl.monitoring]"],
     "fine fine fine fine"),
    ("quoted", ['[["parsl".executors]]', "[tool]", "[\"parsl\".'executors'.provider]"],
     "stops stops stops stops"),
)  # fmt: skip


def text_of(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def verdict(text: str, tomlkit: str) -> str:
    found = first_misplaced(text, tomlkit)
    return "fine" if found is None else "twice" if found.error is None else "stops"


@pytest.mark.parametrize(
    ("lines", "verdicts"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_verdict_of_each_version(lines: list[str], verdicts: str) -> None:
    text = text_of(lines)
    _toml.loads(text)
    old, middle, new, newest = verdicts.split()
    wanted = (old, old, middle, middle, new, newest)
    assert tuple(verdict(text, tomlkit) for tomlkit in VERSIONS) == wanted


def test_every_release_has_a_tomlkit_that_was_asked() -> None:
    assert {release.tomlkit for release in all_releases()} <= set(VERSIONS)


@pytest.mark.parametrize(
    ("lines", "tomlkit", "move"),
    [
        pytest.param(
            [A, "[tool]", PROVIDER], "0.15.1", "move it up, above [tool] in line 2", id="one-table"
        ),
        pytest.param(
            [A, PROVIDER, "[tool]", A, PROVIDER, LAUNCHER],
            "0.14.0",
            "move it with the 2 tables below it up, above [tool] in line 3",
            id="with-its-tables",
        ),
        pytest.param(
            [A, "[tool]", A, PROVIDER],
            "0.12.3",
            "move it with the table below it up, above [tool] in line 2",
            id="read-twice",
        ),
        pytest.param(
            [INNER, "[parsl]", KEY],
            "0.15.1",
            "move it up, above [parsl.executor_mapping.p] in line 1",
            id="before-its-own",
        ),
    ],
)
def test_move(lines: list[str], tomlkit: str, move: str) -> None:
    found = first_misplaced(text_of(lines), tomlkit)
    assert found is not None
    assert found.move == move


def test_all_are_found_in_one_run() -> None:
    lines = [A, "[tool]", A, PROVIDER, "[tool.x]", LAUNCHER, INNER]
    found = list(out_of_order(Positions.of(text_of(lines)), "0.14.0"))
    assert [one.header.span.line for one in found] == [3, 6]


def test_error_is_what_tomlkit_says() -> None:
    found = first_misplaced(text_of([A, "[tool]", PROVIDER]), "0.14.0")
    assert found is not None
    assert found.error == 'Key "executors" already exists'


def test_moves_keep_the_data_and_are_taken() -> None:
    headers = (A, PROVIDER, LAUNCHER, INNER, OTHER, "[parsl]", "[tool]")
    moved = 0
    for chosen in itertools.product(headers, repeat=4):
        text = "".join(f"{header}\nk{n} = {n}\n" for n, header in enumerate(chosen))
        try:
            data = _toml.loads(text)
        except _toml.TOMLDecodeError:
            continue
        for tomlkit in ("0.12.3", "0.14.0", "0.15.1"):
            positions = Positions.of(text)
            order: list[Header] = list(positions.headers)
            for found in out_of_order(positions, tomlkit):
                assert found.above is not None, text
                at = order.index(found.header)
                block = order[at : at + 1 + found.followers]
                del order[at : at + len(block)]
                to = order.index(found.above)
                order[to:to] = block
                moved += 1
            lines = text.splitlines(keepends=True)
            new = "".join("".join(lines[h.span.line - 1 : h.span.line + 1]) for h in order)
            assert _toml.loads(new) == data, text
            assert first_misplaced(new, tomlkit) is None, text
    assert moved > 300


def test_in_order_takes_a_usual_file() -> None:
    assert in_order(text_of(["[parsl]", A, PROVIDER, A, PROVIDER, LAUNCHER, INNER, OTHER]))


def test_what_is_in_a_string_is_no_header() -> None:
    text = text_of([A, 'a = """', "[tool]", PROVIDER, '"""'])
    assert not in_order(text)
    assert first_misplaced(text, "0.14.0") is None


def test_read_twice_outside_of_parsl_does_no_harm() -> None:
    text = text_of(["[[tool.x]]", "[y]", "[[tool.x]]"])
    assert first_misplaced(text, "0.12.3") is None
    assert first_misplaced(text, "0.13.2") is not None


@pytest.mark.parametrize("headers", [100, 10_000])
def test_many_headers_take_no_long_time(headers: int) -> None:
    text = "".join(f"[[parsl.executors]]\n[tool.x{n}]\n" for n in range(headers // 2))
    start = time.monotonic()
    first_misplaced(text, "0.12.3")
    assert time.monotonic() - start < 5


def test_deep_names_are_no_crash() -> None:
    deep = ".".join("a" * 3000)
    first_misplaced(f"[{deep}]\n[tool]\n[{deep}.b]\n", "0.14.0")
