"""Fixes: each makes the file better, and nothing else in it changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from q2pconf.checks import check_document
from q2pconf.document import Document, DocumentError
from q2pconf.findings import Severity
from q2pconf.fixing import Fixed, fix
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
