"""Fixes: each makes the file better, and nothing else in it changes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from q2pconf.checks import check_document
from q2pconf.document import Document, DocumentError
from q2pconf.findings import Severity
from q2pconf.fixing import Fixed, fix, settled
from q2pconf.releases import Release, find

HERE = Path(__file__).resolve().parent
INVALID = sorted((HERE / "invalid").glob("*.toml"))

SLURM = """\
# our cluster
[parsl]
[[parsl.executors]]
class = "HighThroughputExecutor"  # the usual
label = "default"
{cap} = 4
[parsl.executors.provider]
class = "SlurmProvider"
partition = "long"
exclusive = false
cores_per_node = 4
walltime = {walltime}
worker_init = "source /opt/conda/etc/profile.d/conda.sh && conda activate qiime2"
"""


@pytest.fixture(scope="module")
def release() -> Release:
    return find("2026.4")


def mended(text: str, release: Release, *, unsafe: bool = False) -> Fixed:
    return fix(Document(text=text), release, unsafe=unsafe)


def comments(text: str) -> list[str]:
    return re.findall(r"^[ \t]*#.*$", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["2023.7", "2024.5", "2026.4"])
@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_every_invalid_file_gets_better_or_stays(path: Path, name: str) -> None:
    release = find(name)
    try:
        document = Document.from_bytes(path.read_bytes(), str(path))
    except DocumentError:
        return  # no text: there is no document that could be mended
    before = check_document(document, release)
    found = fix(document, release, unsafe=True)
    assert found.changed == bool(found.fixed)
    assert len(found.report.errors) <= len(before.errors)
    assert len(found.report.findings) <= len(before.findings)
    assert found.report.findings == check_document(found.document, release).findings
    again = fix(found.document, release, unsafe=True)
    assert again.document.text == found.document.text
    assert comments(document.text) == comments(found.document.text)


def test_safe_fixes_only_unless_asked(release: Release) -> None:
    text = SLURM.format(cap="max_workers", walltime='"24h"').replace("exclusive = false\n", "")
    safe = mended(text, release)
    assert {each.code for each in safe.fixed} == {"Q2P101", "Q2P220"}
    assert safe.document.text == text.replace("max_workers", "max_workers_per_node").replace(
        '"24h"', '"24:00:00"'
    )
    both = mended(text, release, unsafe=True)
    assert 'walltime = "24:00:00"' in both.document.text
    assert "exclusive = false" in both.document.text


def test_line_ends_and_spacing_stay(release: Release) -> None:
    text = SLURM.format(cap="  max_workers  ", walltime='"24h"   # a day').replace("\n", "\r\n")
    found = mended(text, release)
    assert found.document.text == text.replace("max_workers", "max_workers_per_node").replace(
        '"24h"', '"24:00:00"'
    )


def test_keys_in_braces_and_dotted_ones(release: Release) -> None:
    text = (
        'parsl.executors = [{class = "HighThroughputExecutor", label = "default",'
        ' max_workers = "2", provider.class = "LocalProvider"}]\n'
    )
    found = mended(text, release)
    assert found.document.text == text.replace('max_workers = "2"', "max_workers_per_node = 2")
    assert found.report.ok


def test_a_rename_never_overwrites(release: Release) -> None:
    text = SLURM.format(cap="max_workers = 8\nmax_workers_per_node", walltime='"24:00:00"')
    found = mended(text, release)
    assert "max_workers_per_node = 4\n" in found.document.text
    assert "8" not in found.document.text or not found.changed


def test_text_of_several_lines_stays_so(release: Release) -> None:
    options = 'scheduler_options = """\n--comment="a"\n#SBATCH --nice=5\n"""\n'
    text = SLURM.format(cap="max_workers_per_node", walltime='"24:00:00"') + options
    found = mended(text, release)
    assert [each.code for each in found.fixed] == ["Q2P242"]
    assert found.document.text == text.replace("--comment", "#SBATCH --comment")


def test_no_toml_stays(release: Release) -> None:
    document = Document(text="[parsl\nmax_workers = 1\n")
    found = fix(document, release, unsafe=True)
    assert not found.changed
    assert any(each.severity is Severity.ERROR for each in found.report.findings)
    with pytest.raises(DocumentError):
        _ = document.data


def test_hidden_mistakes_are_found_in_a_second_round(release: Release) -> None:
    text = '[parsl]\n[[parsl.executors]]\nclass = "HTEX"\nlabel = "default"\nmax_workers = "3"\n'
    found = mended(text, release, unsafe=True)
    assert found.report.ok
    assert 'class = "HighThroughputExecutor"' in found.document.text
    assert "max_workers_per_node = 3" in found.document.text


def test_mistakes_in_hundreds_of_executors(release: Release) -> None:
    entry = (
        '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "{}"\nmax_thread = "2" # x\n'
    )
    text = "[parsl]\n" + "".join(entry.format(i or "default") for i in range(300))
    found = mended(text, release)
    assert found.report.ok
    assert found.document.text == text.replace('max_thread = "2"', "max_threads = 2")


CONFIGS = [
    path
    for folder in filter(None, os.environ.get("Q2PCONF_CONFIGS", "").split(os.pathsep))
    for path in sorted(Path(folder).glob("*.toml"))
]
"""Files of people's own, where the variable names folders of them."""


@pytest.mark.parametrize("unsafe", [False, True])
@pytest.mark.parametrize("name", ["2023.7", "2026.4"])
@pytest.mark.parametrize("path", [*INVALID, *CONFIGS], ids=lambda path: path.stem)
def test_what_is_called_fixable_is_mended(path: Path, name: str, unsafe: bool) -> None:
    try:
        document = Document.load(path, keep_mark=True)
    except DocumentError:
        return  # no text: there is no document that could be mended
    told = settled(check_document(document, find(name)), document)
    found = fix(document, find(name), unsafe=unsafe)
    wanted = {(each.code, each.key) for each in told.findings if each.fix}
    sure = {(each.code, each.key) for each in told.findings if each.fix and each.fix.safe}
    left = {(each.code, each.key) for each in found.report.findings}
    assert not (wanted if unsafe else sure) & left
    assert found.changed or not sure
    assert wanted or not found.changed


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("max_workers = 4\nmax_workers_per_node = 4", True),
        ("max_workers_per_node = 4\nmax_workers = 4", True),
        ("max_workers = 8\nmax_workers_per_node = 4", False),
        ("max_worker_per_node = true\nmax_workers_per_node = 1", False),
    ],
)
def test_of_two_names_for_one_key_one_goes(release: Release, text: str, same: bool) -> None:
    text = SLURM.replace("{cap} = 4", text).format(walltime='"24:00:00"')
    (told,) = check_document(Document(text=text), release).errors
    line = text.split("\n").index(next(x for x in text.split("\n") if "_workers_per_node" in x)) + 1
    assert told.hint == (f"delete the line: `max_workers_per_node` is already given in line {line}")
    assert mended(text, release).changed is same
    found = mended(text, release, unsafe=True)
    assert found.report.ok
    assert found.document.text.count("max_worker") == 1


@pytest.mark.parametrize("marks", ["\ufeff", "\ufeff\ufeff"])
def test_a_byte_order_mark_is_taken_away(release: Release, marks: str) -> None:
    text = SLURM.format(cap="max_workers_per_node", walltime='"24:00:00"')
    found = mended(f"{marks}{text}", release)
    assert found.document.text == text
    assert [each.code for each in found.fixed] == ["Q2P002"]


def test_a_byte_order_mark_hides_nothing(release: Release) -> None:
    text = SLURM.format(cap="max_workers", walltime="24:00:00")
    document = Document(text=f"\ufeff{text}")
    report = check_document(document, release)
    assert [(each.code, each.span and each.span.line) for each in report.findings] == [
        ("Q2P002", 1), ("Q2P101", 6), ("Q2P001", 12),
    ]  # fmt: skip
    assert fix(document, release).document.text == text  # no TOML: the rest stays


def test_nothing_is_called_fixable_in_what_is_no_toml(release: Release) -> None:
    text = SLURM.format(cap="max_workers", walltime="24:00:00")
    report = check_document(Document(text=text), release)
    assert [each.code for each in report.findings] == ["Q2P101", "Q2P001"]
    assert not any(each.fix for each in report.findings)


def test_a_class_is_mended_although_that_shows_what_was_hidden(release: Release) -> None:
    text = SLURM.format(cap="max_workers_per_node", walltime='"24:00:00"')
    text = text.replace('"SlurmProvider"', '"slurm"').replace("exclusive = false\n", "")
    found = mended(text, release)
    assert [each.code for each in found.fixed] == ["Q2P212"]
    assert found.report.ok
    assert [each.code for each in found.report.warnings] == ["Q2P240"]
