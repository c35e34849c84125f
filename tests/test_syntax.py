"""syntax: each usual slip has words of its own, and one does not hide the others."""

from __future__ import annotations

import sys

import pytest

from q2pconf import syntax
from q2pconf.checks import check_document
from q2pconf.document import Document
from q2pconf.findings import Finding, Severity, Span
from q2pconf.releases import find

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HEAD = '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\n'
LINE = 4


def findings(line: str) -> tuple[Finding, ...]:
    """What is said of a file whose fourth line is this one, and all else is right."""
    return check_document(Document(text=f"{HEAD}{line}\n"), find("2026.4")).findings


def only(line: str) -> Finding:
    (finding,) = findings(line)
    assert finding.severity is Severity.ERROR
    assert finding.consequence is not None
    assert finding.consequence.startswith("QIIME 2 stops while it reads the file")
    assert finding.span is not None
    assert finding.span.line == LINE
    return finding


def marked(line: str, span: Span | None) -> str:
    assert span is not None
    assert span.end_line == span.line == LINE
    return line[span.column - 1 : span.end_column - 1]


@pytest.mark.parametrize(
    "value",
    [
        "...",
        "…",
        "max(psutil.cpu_count() - 1, 1)",
        "$(nproc)",
        "min(4, 8)",
        "os.cpu_count()",
        "num_cpus",
        "NUMCPUS",
        "ncpus - 1",
        "n*2",
    ],
)
@pytest.mark.parametrize("comment", ["", " # as in the manual"])
def test_template_text(value: str, comment: str) -> None:
    line = f"max_workers_per_node = {value}{comment}"
    finding = only(line)
    assert finding.code == "Q2P004"
    assert finding.message == f"`{value}` is text copied from documentation, not a value"
    assert "`max_workers_per_node = 4`" in (finding.hint or "")
    assert marked(line, finding.span) == value


def test_template_call_for_an_address() -> None:
    line = 'address = address_by_interface("ib0")'
    finding = only(line)
    assert finding.code == "Q2P004"
    assert 'address = "10.1.2.3"' in (finding.hint or "")
    assert marked(line, finding.span) == 'address_by_interface("ib0")'


@pytest.mark.parametrize("line", ["...", "  ...  ", "....."])
def test_template_dots_on_a_line_of_their_own(line: str) -> None:
    finding = only(line)
    assert finding.code == "Q2P004"
    assert finding.hint == "write the missing lines, or delete it"
    assert marked(line, finding.span) == line.strip()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('working_dir = "..."', id="dots in quotes"),
        pytest.param("working_dir = 'max(1, 2)'", id="call in quotes"),
        pytest.param("# max_workers_per_node = ...", id="comment"),
        pytest.param("working_dir = '''\n...\n'''", id="dots in a string of several lines"),
    ],
)
def test_template_text_where_it_is_fine(line: str) -> None:
    assert findings(line) == ()


@pytest.mark.parametrize(
    ("line", "value", "hint"),
    [
        pytest.param(
            "worker_debug = True",
            "True",
            "TOML writes it in small letters: `worker_debug = true`",
            id="True",
        ),
        pytest.param(
            "encrypted=False#x",
            "False",
            "TOML writes it in small letters: `encrypted = false`",
            id="False before a comment",
        ),
        pytest.param(
            "mem_per_worker = None",
            "None",
            "TOML has no such value; delete the line and Parsl uses its default",
            id="None",
        ),
        pytest.param(
            "mem_per_worker = null",
            "null",
            "TOML has no such value; delete the line and Parsl uses its default",
            id="null",
        ),
        pytest.param(
            "working_dir = “/data”", "“/data”",
            'use straight quotes: `working_dir = "/data"`', id="curly double quotes",
        ),
        pytest.param(
            "working_dir = ‘/data’", "‘/data’",
            'use straight quotes: `working_dir = "/data"`', id="curly single quotes",
        ),
        pytest.param(
            "working_dir = /data", "/data",
            'put text in quotes: `working_dir = "/data"`', id="bare path",
        ),
        pytest.param(
            "cpu_affinity = block # cores", "block",
            'put text in quotes: `cpu_affinity = "block"`', id="bare word",
        ),
        pytest.param(
            "cpu_affinity = größe 🦠", "größe 🦠",
            'put text in quotes: `cpu_affinity = "größe 🦠"`', id="bare words, wide",
        ),
    ],
)  # fmt: skip
def test_value_hint(line: str, value: str, hint: str) -> None:
    finding = only(line)
    assert finding.code == "Q2P001"
    assert finding.message == f"`{value}` is no value that TOML knows"
    assert finding.hint == hint
    assert marked(line, finding.span) == value


@pytest.mark.parametrize("value", ["24:00:00", "1:30:00", "99:00"])
def test_unquoted_time(value: str) -> None:
    text = f'{HEAD}provider.class = "SlurmProvider"\nprovider.walltime = {value}\n'
    text += 'provider.worker_init = "module load qiime2"\n'
    (finding,) = check_document(Document(text=text), find("2026.4")).findings
    assert finding.code == "Q2P001"
    assert finding.hint == f'put the time in quotes: `provider.walltime = "{value}"`'
    assert finding.span == Span(line=5, column=21, end_line=5, end_column=21 + len(value))


def test_unquoted_none_of_a_strategy() -> None:
    (finding,) = check_document(
        Document(text=f"[parsl]\nstrategy = None\n\n{HEAD}"), find("2026.4")
    ).findings
    assert finding.hint == 'put it in quotes: `strategy = "none"`'


@pytest.mark.parametrize("line", ["mem_per_worker =", "mem_per_worker = # GB", "mem_per_worker="])
def test_no_value(line: str) -> None:
    finding = only(line)
    assert finding.code == "Q2P001"
    assert finding.message == "`mem_per_worker` has no value"
    assert "delete the line of `mem_per_worker`" in (finding.hint or "")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        pytest.param("[parsl.x", "close the brackets: `[parsl.x]`", id="open header"),
        pytest.param("[[parsl.x]  # c", "close the brackets: `[[parsl.x]]`", id="open array"),
        pytest.param('working_dir = "x', "close the quotes", id="open quotes"),
        pytest.param('working_dir = x"', "close the quotes", id="quotes never opened"),
        pytest.param("just some words", "write `key = value`", id="words"),
        pytest.param("// a comment", "begin the line with `#`", id="comment of another language"),
        pytest.param("mem_per_worker: 16", "as in `mem_per_worker = 16`", id="colon"),
        pytest.param("label: default", 'as in `label = "default"`', id="colon and text"),
        pytest.param("[parsl..x]", "https://toml.io", id="anything else"),
    ],
)
def test_hint_for_other_lines(line: str, hint: str) -> None:
    finding = only(line)
    assert finding.code == "Q2P001"
    assert finding.message.startswith("this is not TOML: ")
    assert "(at line" not in finding.message
    assert hint in (finding.hint or "")


BAD = (
    f"[parsl]\nretry = 1\n\n{HEAD}"
    "max_workers_per_node = ...\n"
    "...\n"
    "encrypted = True\n"
    "address = “10.1.2.3”\n"
    'cores_per_worker = "one"\n'
    "mem_per_worker = 8GB\n"
    "[parsl.executors.provider]\n"
    'class = "SlurmProvider"\n'
    "walltime = 24:00:00\n"
    'queue = "long"\n'
    'worker_init = "module load qiime2"\n'
)


def test_several_slips_and_the_rest_of_the_file_in_one_run() -> None:
    report = check_document(Document(text=BAD), find("2026.4"))
    told = [(f.span.line if f.span else None, f.code) for f in report.findings]
    assert told == [
        (2, "Q2P021"),
        (7, "Q2P004"),
        (8, "Q2P004"),
        (9, "Q2P001"),
        (10, "Q2P001"),
        (11, "Q2P102"),
        (12, "Q2P001"),
        (15, "Q2P001"),
        (16, "Q2P201"),
    ]


def test_several_slips_with_crlf_are_the_same() -> None:
    lf = check_document(Document(text=BAD), find("2026.4"))
    crlf = check_document(Document(text=BAD.replace("\n", "\r\n")), find("2026.4"))
    assert crlf.findings == lf.findings


def test_slip_that_hides_the_rest_is_told_alone() -> None:
    report = check_document(Document(text=HEAD + "[parsl.x\nretry = 1\n"), find("2026.4"))
    assert [finding.code for finding in report.findings] == ["Q2P001"]


def test_value_of_a_slip_is_not_judged_again() -> None:
    assert [finding.code for finding in findings("cpu_affinity = True")] == ["Q2P001"]


def test_many_slips_end_at_fifty() -> None:
    text = "".join(f"x{number} = True\n" for number in range(200))
    report = check_document(Document(text=text), find("2026.4"))
    assert [finding.code for finding in report.findings] == ["Q2P001"] * 50


def test_without_bad_lines_keeps_every_other_line() -> None:
    found = syntax.without_bad_lines("a = 1\nb = True\n...\nc = 3 # x\n")
    assert found is not None
    text, changed = found
    assert changed == {2, 3}
    assert tomllib.loads(text) == {"a": 1, "b": 1, "c": 3}
    assert text.count("\n") == 4


def test_without_bad_lines_leaves_what_is_right() -> None:
    assert syntax.without_bad_lines("a = 1\n") == ("a = 1\n", frozenset())


@pytest.mark.parametrize("text", ["[a", 'a = "', "a = [" * 5000])
def test_without_bad_lines_gives_up(text: str) -> None:
    assert syntax.without_bad_lines(text) is None


@pytest.mark.parametrize(
    ("text", "line", "column", "name", "first"),
    [
        ("[parsl]\nretries = 1\n  retries = 2  # no\n", 3, 3, "retries", 2),
        ("[parsl]\n[x]\n[parsl]\n", 3, 1, "[parsl]", 1),
    ],
)
def test_what_is_given_twice(text: str, line: int, column: int, name: str, first: int) -> None:
    (finding,) = syntax.explain(text)
    assert finding.message == f"`{name}` is given twice, first in line {first}"
    assert finding.span == Span(
        line=line, column=column, end_line=line, end_column=column + len(name)
    )


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("mem_per_worker = = 1", "`mem_per_worker = 1`"),
        ('working_dir = "a "b" c"', "`working_dir = 'a \"b\" c'`"),
        ("working_dir = “x”", '`working_dir = "x"`'),
    ],
)
def test_signs_too_many(line: str, hint: str) -> None:
    assert (only(line).hint or "").endswith(hint)
