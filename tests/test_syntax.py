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


COMMA = [
    (
        f'{HEAD}provider = {{class = "LocalProvider",}}\nx = y\n', 4,
        "this is not TOML: a comma before the closing brace",
        'delete the last comma: `provider = {class = "LocalProvider" }`',
    )
]  # fmt: skip
try:
    tomllib.loads("x = {y = 1,}")
except tomllib.TOMLDecodeError:
    pass
else:
    COMMA.clear()  # to readers of TOML 1.1 it is no slip; q2pconf.newer_toml says who refuses it


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


SLIPS = [
    ("strategy simple", 10, "`strategy = \"simple\"`"),
    ("retries : 2", 9, "`retries = 2`"),
    ("retries := 2", 9, "`retries = 2`"),
    ("retries = 2;", 11, "write the number alone: `retries = 2`"),
    ("retries = 2 tries", 11, "write the number alone: `retries = 2`"),
    ("retries = 2 // as ever", 11, "a comment begins with `#`: `retries = 2  # as ever`"),
    ("retries = 2 -- as ever", 11, "a comment begins with `#`: `retries = 2  # as ever`"),
    ('run_dir = "x",', 11, "delete the `,` at the end: `run_dir = \"x\"`"),
    ('run_dir = "x', 13, 'close the quotes: `run_dir = "x"`'),
    ("run_dir = 'x", 13, 'close the quotes: `run_dir = "x"`'),
    ("run_dir = 'x\"", 14, 'close the quotes: `run_dir = "x"`'),
    ('run_dir = x"', 11, 'close the quotes: `run_dir = "x"`'),
    (r'run_dir = "C:\Users\me"', 11, r"use single ones: `run_dir = 'C:\Users\me'`"),
    ("run_dir = 'it's'", 11, "`run_dir = \"it's\"`"),
    ("run_dir\u00a0= \"x\"", 8, "type ordinary spaces"),
    ("\u200bretries = 2", 1, "type ordinary spaces"),
    ("usage_tracking = FALSE", 18, "write `usage_tracking = false`"),
]  # fmt: skip
"""A line in [parsl], the column, and the end of what is said to do."""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("line", "column", "hint"), SLIPS, ids=[line for line, _, _ in SLIPS])
def test_a_slip_hides_nothing_and_is_told_once(line: str, column: int, hint: str, end: str) -> None:
    text = f"[parsl]\n{line}\nstrateggy = 1\n{HEAD}max_worker = 1\n".replace("\n", end)
    first, *others = check_document(Document(text=text), find("2026.4")).findings
    assert (first.code, first.span and (first.span.line, first.span.column)) == (
        "Q2P001", (2, column),
    )  # fmt: skip
    assert hint in (first.hint or "")
    assert [(one.code, one.span and one.span.line) for one in others] == [
        ("Q2P021", 3), ("Q2P101", 7),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("[[parsl.executors]", "[[parsl.executors]]"),
        ("[parsl.executors]]", "[[parsl.executors]]"),
        ("[[[parsl.executors]]]", "[[parsl.executors]]"),
        ("[[parsl.executors] ]  # x", "[[parsl.executors]]"),
    ],
)
def test_brackets_of_a_header(line: str, right: str) -> None:
    text = f'[parsl]\n{line}\nclass = "ThreadPoolExecutor"\nlabel = "default"\nmax_thread = 1\n'
    slip, key = check_document(Document(text=text), find("2026.4")).findings
    assert (slip.code, slip.span and slip.span.line) == ("Q2P001", 2)
    assert (slip.hint or "").endswith(f"`{right}`")
    assert (key.code, key.span and key.span.line) == ("Q2P101", 5)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('[parsl]\nrun_dir = """\nx\nretries = 1\n', 2, 11),
        ("[parsl]\nrun_dir = '''\nx\nretries = 1\n", 2, 11),
        ("[parsl]\nx = 'y\nretries = 1\n", 2, 7),
        ("[parsl]\nx = [\n 1,\n 2\nretries = 1\n", 2, 5),
        ('[parsl]\nx = "\na b c\n"\n', 2, 6),
    ],
)
def test_what_never_ends_is_told_where_it_begins(text: str, line: int, column: int) -> None:
    (finding,) = syntax.explain(text)
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("parsl:\n  executors:\n", "YAML"),
        ('{"parsl": {}}\n', "JSON"),
        ("from parsl.config import Config\nconfig = Config()\n", "Python"),
        ("config = Config(\n    retries=1,\n)\n", "Python"),
        ("#!/bin/bash\n#SBATCH -c 4\nqiime info\n", "a program or job script"),
    ],
)
def test_another_language_is_told_once(text: str, language: str) -> None:
    (finding,) = syntax.explain(text)
    assert finding.message == f"this is not TOML: it looks like {language}"


def test_a_table_given_twice_hides_nothing() -> None:
    text = f"[parsl]\nretries = 1\n{HEAD}max_worker = 1\n[parsl]\nrun_dir = 1\nx = y\n"
    told = check_document(Document(text=text), find("2026.4")).findings
    assert [(one.code, one.span and one.span.line) for one in told] == [
        ("Q2P101", 6), ("Q2P001", 7),
    ]  # fmt: skip


def test_single_brackets_twice_are_one_mistake() -> None:
    executor = '[parsl.executors]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
    (finding,) = check_document(Document(text=executor * 2), find("2026.4")).findings
    assert finding.hint == "write [[parsl.executors]], in double brackets, above each executor"


@pytest.mark.parametrize("line", ["[" + " " * 300_000 + "x y", "a = ' " + "= " * 300_000])
def test_endless_lines_take_no_time(line: str) -> None:
    assert len(syntax.explain(f"{line}\n")) == 1


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        (
            f"{HEAD}[parsl.executors]\nx = 1\n", 4, "`[parsl.executors]` is given twice, first in"
            " line 1", "write [[parsl.executors]], in double brackets, above each executor",
        ),
        (
            f'[parsl.executors.provider]\nclass = "LocalProvider"\n{HEAD}', 1,
            "[parsl.executors.provider] must follow [[parsl.executors]], and stands before it",
            "move [parsl.executors.provider] and its lines below the lines of [[parsl.executors]]",
        ),
        (
            f"{HEAD}[parsl.executors.provider]\n[parsl.executors.provider]\n", 5,
            "`[parsl.executors.provider]` is given twice, first in line 4",
            "keep one of them, or begin another executor above it: [[parsl.executors]]",
        ),
        *COMMA,
        (
            f'{HEAD}available_accelerators = ["0"\nx = y\n', 4,
            "this is not TOML: the bracket is never closed",
            'close the bracket: `available_accelerators = ["0"]`',
        ),
        (
            f"{HEAD}scheduler_options = #SBATCH -p long\n", 4,
            "`#SBATCH -p long` is no value that TOML knows",
            'put text in quotes: `scheduler_options = "#SBATCH -p long"`',
        ),
        (
            f"{HEAD}account = <account>\n", 4,
            "`<account>` is text copied from documentation, not a value",
            'write what it stands for: the name itself, in quotes, as in `account = "NAME"`',
        ),
        (
            f"{HEAD}mem_per_node = 128000MB\n", 4, "`128000MB` is no value that TOML knows",
            "write the number alone: `mem_per_node = 125`",
        ),
    ],
)  # fmt: skip
def test_words_for_what_is_wrong(text: str, line: int, message: str, hint: str) -> None:
    first = syntax.explain(text)[0]
    assert (first.span and first.span.line, first.message, first.hint) == (line, message, hint)
    if "comma" in message:
        assert first.span is not None
        assert text.split("\n")[line - 1][first.span.column - 1 :] == ",}"
