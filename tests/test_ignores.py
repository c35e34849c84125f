"""Comments that hide findings."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_toml

from q2pconf import validate
from q2pconf.ignores import _TOKEN, comments

THREADS = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
RETRY = f"[parsl]\nretry = 1{{}}\n{THREADS}"
TEXTS = sorted(Path(__file__).parent.glob("*/*.toml"))


def codes(text: str) -> list[str]:
    return [finding.code for finding in validate(text, "2026.4").findings]


def told(text: str) -> list[str]:
    """The messages about comments."""
    found = validate(text, "2026.4").findings
    return [finding.message for finding in found if finding.code == "Q2P017"]


@pytest.mark.parametrize(
    "comment",
    [
        " # q2pconf: ignore[Q2P021]",
        "# q2pconf: ignore[Q2P021]",
        " #q2pconf:ignore[Q2P021]",
        " # Q2PCONF: IGNORE [ q2p021 ]",
        " # tried twice # q2pconf: ignore[Q2P021]",
        " # q2pconf: ignore[Q2P021] because we are testing",
        " # q2pconf: ignore[Q2P021,Q2P021]",
        "\t# q2pconf: ignore[Q2P021,]",
    ],
)
def test_comment_at_the_end_of_the_line(comment: str) -> None:
    report = validate(RETRY.format(comment), "2026.4")
    assert report.findings == ()
    assert [finding.code for finding in report.ignored] == ["Q2P021"]
    assert report.ok


@pytest.mark.parametrize(
    "above",
    [
        "# q2pconf: ignore[Q2P021]\n",
        "   # q2pconf: ignore[Q2P021]\n",
        "# q2pconf: ignore[Q2P021]\n\n# another comment\n\n",
        "# q2pconf: ignore[Q2P021]\n# q2pconf: ignore[Q2P021]\n",
    ],
)
def test_comment_on_a_line_of_its_own_is_about_the_next(above: str) -> None:
    assert codes(f"[parsl]\n{above}retry = 1\n{THREADS}") == []


def test_comment_above_a_header_is_about_the_table() -> None:
    table = THREADS.replace('label = "default"\n', "")
    assert codes(f"[parsl]\n{table}") == ["Q2P115"]
    assert codes(f"[parsl]\n# q2pconf: ignore[Q2P115]\n{table}") == []
    assert codes(f"[parsl]\n# q2pconf: ignore[Q2P115]\n{table}max_thread = 1\n") == ["Q2P101"]


def test_several_codes() -> None:
    text = f"[parsl]\nretries = -1 {{}}\n[parsl.executor]\n{THREADS}"
    assert codes(text.format("")) == ["Q2P023", "Q2P021"]
    assert codes(text.format("# q2pconf: ignore[Q2P023, Q2P021]")) == ["Q2P017", "Q2P021"]
    both = text.format("# q2pconf: ignore[Q2P023]").replace(
        "[parsl.executor]", "[parsl.executor] # q2pconf: ignore[Q2P021]"
    )
    assert codes(both) == []


def test_value_of_several_lines_is_hidden_from_any_of_its_lines() -> None:
    for number in range(3):
        lines = ["retries = [", "  1,", "]"]
        lines[number] += " # q2pconf: ignore[Q2P022]"
        assert codes("[parsl]\n{}\n{}".format("\n".join(lines), THREADS)) == []


def test_other_lines_and_codes_stay() -> None:
    text = f"[parsl]\nretry = 1\nretrys = 1 # q2pconf: ignore[Q2P021]\n{THREADS}"
    report = validate(text, "2026.4")
    assert [(f.code, f.span and f.span.line) for f in report.findings] == [("Q2P021", 2)]
    assert codes(RETRY.format(" # q2pconf: ignore[Q2P022]")) == ["Q2P021", "Q2P017"]


@pytest.mark.parametrize(
    "line",
    [
        'strategy = "# q2pconf: ignore[Q2P023]"',
        "strategy = '# q2pconf: ignore[Q2P023]'",
        'strategy = """\n# q2pconf: ignore[Q2P023]"""',
        'strategy = """"\\"""# q2pconf: ignore[Q2P023]"""""',
        "strategy = '''\n'' # q2pconf: ignore[Q2P023]\n'''",
        '"# q2pconf: ignore[Q2P023]" = 1',
    ],
)
def test_string_is_no_comment(line: str) -> None:
    assert comments(line) == []


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        pytest.param("ignore", "names no code, so it ignores nothing", id="bare"),
        pytest.param("ignore[]", "names no code", id="empty"),
        pytest.param("ignore Q2P021", "names no code", id="no brackets"),
        pytest.param("ignored", "names no code", id="misspelt"),
        pytest.param("ignore[Q2P021, Q2P999]", "there is no code Q2P999", id="unknown"),
        pytest.param("ignore[Q2P021, Q2P0]", "there is no code Q2P0", id="beginning"),
        pytest.param("ignore[Q2P021, all]", "there is no code ALL", id="word"),
        pytest.param("ignore[Q2P021, Q2P501]", "line 2 has no Q2P501 for QIIME 2", id="unused"),
        pytest.param("ignore[Q2P021, Q2P001]", "Q2P001 cannot be ignored", id="unreadable"),
    ],
)
def test_comment_that_ignores_nothing(comment: str, message: str) -> None:
    (said,) = told(RETRY.format(f" # q2pconf: {comment}"))
    assert message in said


def test_place_and_remedy_of_a_comment_that_ignores_nothing() -> None:
    text = RETRY.format(" # q2pconf: ignore")
    found = next(f for f in validate(text, "2026.4").findings if f.code == "Q2P017")
    assert found.hint == "name what to ignore: `# q2pconf: ignore[Q2P021]`"
    assert found.span is not None
    assert (found.span.line, found.span.column, found.span.end_column) == (2, 11, 28)


def test_code_has_its_own_place() -> None:
    text = RETRY.format(" # q2pconf: ignore[Q2P021, Q2P501]")
    (found,) = validate(text, "2026.4").findings
    assert found.span is not None
    line = text.split("\n")[found.span.line - 1]
    assert line[found.span.column - 1 : found.span.end_column - 1] == "Q2P501"


@pytest.mark.parametrize("end", ["", "\n", "\n# end\n"])
def test_comment_with_nothing_below(end: str) -> None:
    (said,) = told(f"{THREADS}# q2pconf: ignore[Q2P501]{end}")
    assert said.startswith("no line follows")


def test_comment_may_be_for_another_release() -> None:
    line = "max_workers = 2 # q2pconf: ignore[Q2P101{}]\n"
    text = THREADS.replace("ThreadPool", "HighThroughput") + line
    assert "Q2P017" not in {f.code for f in validate(text.format(""), "2026.4").findings}
    old = {f.code for f in validate(text.format(""), "2024.5").findings}
    both = {f.code for f in validate(text.format(", Q2P017"), "2024.5").findings}
    assert "Q2P017" in old
    assert "Q2P017" not in both


@pytest.mark.parametrize(
    "comment",
    ["# q2pconf: see the manual", "# q2pconf ignore[Q2P021]", "# ignore[Q2P021]", "# q2pconf: "],
)
def test_other_comments_say_nothing(comment: str) -> None:
    assert codes(RETRY.format(f" {comment}")) == ["Q2P021"]


def test_text_that_is_no_toml_is_always_told() -> None:
    text = f"[parsl]\nretries = True # q2pconf: ignore[Q2P001]\n{THREADS}"
    assert codes(text) == ["Q2P001", "Q2P017"]
    assert codes("[parsl # q2pconf: ignore[Q2P501]\n") == ["Q2P001"]


def test_place_is_that_of_the_file_whatever_its_line_ends() -> None:
    for end in ("\n", "\r\n", "\r"):
        text = RETRY.format(" # q2pconf: ignore[Q2P021]").replace("\n", end)
        assert codes(text) == []


def test_example_of_the_guide() -> None:
    guide = Path(__file__).resolve().parents[1] / "docs" / "guides" / "ci.md"
    (example,) = re.findall(r"^```toml\n(.*?)^```", guide.read_text(encoding="utf-8"), re.M | re.S)
    report = validate(example, "2026.4")
    assert report.findings == ()
    assert [finding.code for finding in report.ignored] == ["Q2P023", "Q2P115"]


def tokens(text: str) -> list[str]:
    return [token.group() for token in _TOKEN.finditer(text) if token.group("comment")]


def real_comments(text: str) -> list[str] | None:
    """What tree-sitter calls a comment; None where it cannot read the text."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))
    waiting, found = [parser.parse(text.encode()).root_node], []
    if waiting[0].has_error:
        return None
    while waiting:
        node = waiting.pop()
        if node.type == "comment":
            found.append((node.start_byte, text.encode()[node.start_byte : node.end_byte].decode()))
        waiting.extend(node.children)
    return [content for _, content in sorted(found)]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_comments_of_real_files_are_those_of_the_grammar(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    expected = real_comments(text)
    assert expected is None or tokens(text) == expected


def test_comments_of_random_texts_are_those_of_the_grammar() -> None:
    dice, read = random.Random(7), 0
    pieces = ['"', "'", '"""', "'''", "#", "\\", "x", " ", "\n", '\\"', "# y"]
    for _ in range(3000):
        inside = "".join(dice.choices(pieces, k=dice.randint(1, 8)))
        text = f"a = {inside}\nb = 1 # end\n"
        expected = real_comments(text)
        if expected is not None:
            read += 1
            assert tokens(text) == expected, text
    assert read > 100


def test_time_is_linear() -> None:
    text = THREADS + "# q2pconf: ignore[Q2P501]\n" * 20_000 + "x = 1\n"
    begin = time.process_time()
    assert len(comments(text)) == 20_000
    assert time.process_time() - begin < 3
