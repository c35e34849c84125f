"""``q2pconf.validate`` as it is imported, and what imports cost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import q2pconf
from q2pconf.releases import find

GOOD = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
ERROR = f"[parsl]\nretry = 1\n\n{GOOD}"
INFO = "[parsl]\n"
BOTH = f"[parsl]\nretry = 1\nretries = -1\n\n{GOOD}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "error.toml").write_text(ERROR)
    (tmp_path / "good.toml").write_text(GOOD)
    (tmp_path / "dir.toml").mkdir()
    return tmp_path


def test_library_takes_text_path_and_data(folder: Path) -> None:
    text = q2pconf.validate(ERROR, "2026.4")
    path = q2pconf.validate(folder / "error.toml", "2026.4")
    name = q2pconf.validate("error.toml", find("2026.4"))
    data = q2pconf.validate({"parsl": {"retry": 1, "executors": []}}, release="2026.4")
    assert (text.path, path.path, name.path, data.path) == (
        None,
        str(folder / "error.toml"),
        "error.toml",
        None,
    )
    assert text.findings == path.findings == name.findings
    assert text.source == ERROR
    assert [finding.code for finding in text.errors] == ["Q2P021"]
    assert {finding.code for finding in data.findings} == {"Q2P021", "Q2P110"}
    assert all(finding.span is None for finding in data.findings)
    document = q2pconf.Document.load("error.toml")
    assert q2pconf.validate(document, "2026.4").findings == text.findings


def test_library_report_sorts_by_severity_and_place() -> None:
    report = q2pconf.validate(BOTH, "2026.4")
    assert not report.ok
    assert [finding.code for finding in report.errors] == ["Q2P021"]
    assert [finding.code for finding in report.warnings] == ["Q2P023"]
    assert [finding.span.line for finding in report.findings if finding.span] == [2, 3]
    assert q2pconf.validate(INFO, "2026.4").ok


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        pytest.param("", ["Q2P010"], id="empty text"),
        pytest.param("   ", ["Q2P010"], id="blank text"),
        pytest.param("x = 1", ["Q2P010"], id="text of one line"),
        pytest.param("x = True", ["Q2P001", "Q2P010"], id="no TOML"),
        pytest.param({}, ["Q2P010"], id="no data"),
        pytest.param({"parsl": []}, ["Q2P011"], id="data of the wrong shape"),
        pytest.param({"parsl": {"executors": [None]}}, None, id="data that no TOML has"),
    ],
)
def test_library_never_fails_on_content(source: Any, codes: list[str] | None) -> None:
    found = sorted(finding.code for finding in q2pconf.validate(source, "2026.4").findings)
    assert found
    assert codes is None or found == codes


@pytest.mark.parametrize(
    "source", ["missing.toml", "missing", "a b", Path("missing"), Path("dir.toml"), "."]
)
def test_library_raises_for_what_cannot_be_read(source: str | Path) -> None:
    with pytest.raises(q2pconf.InputError):
        q2pconf.validate(source)


@pytest.mark.parametrize("call", [q2pconf.validate, q2pconf.explain, q2pconf.migrate])
@pytest.mark.parametrize("source", [None, 3, b"x = 1", bytearray(b"x"), ["x"], {1, 2}])
def test_library_raises_for_what_is_no_source(call: Any, source: Any) -> None:
    with pytest.raises(q2pconf.UsageError, match="a path, TOML text or a Document is wanted, not"):
        call(source)


@pytest.mark.parametrize("call", [q2pconf.validate, q2pconf.explain])
@pytest.mark.parametrize("data", [{1: 2}, {"parsl": {"executors": [{None: 1}]}}])
def test_library_raises_for_keys_that_toml_has_not(call: Any, data: Any) -> None:
    with pytest.raises(q2pconf.UsageError, match=r"the keys of a configuration are text; (1|None)"):
        call(data)


def test_library_takes_data_with_a_circle() -> None:
    data: dict[str, Any] = {"parsl": {}}
    data["parsl"]["parsl"] = data
    assert q2pconf.validate(data, "2026.4").findings


@pytest.mark.parametrize("release", ["1999.1", 3, b"2026.4", ["2026.4"]])
def test_library_raises_for_an_unknown_release(release: Any) -> None:
    with pytest.raises(q2pconf.UsageError):
        q2pconf.validate(GOOD, release)
    with pytest.raises(q2pconf.UsageError):
        q2pconf.migrate(GOOD, to=release)


def test_library_results_are_frozen() -> None:
    report = q2pconf.validate(ERROR, "2026.4")
    with pytest.raises(AttributeError):
        report.findings = ()  # type: ignore[misc]
    with pytest.raises(AttributeError):
        report.findings[0].code = "x"  # type: ignore[misc]


def test_library_face_has_what_it_names() -> None:
    assert set(q2pconf.__all__) <= set(dir(q2pconf))
    assert all(getattr(q2pconf, name) is not None for name in q2pconf.__all__)
    assert not hasattr(q2pconf, "nonsense")


HEAVY = ("jsonschema", "tomlkit", "psutil", "questionary", "tree_sitter", "appdirs", "argparse")


def test_import_loads_nothing_heavy() -> None:
    code = f"import sys, q2pconf; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_validate_of_a_good_file_loads_no_editor(folder: Path) -> None:
    code = (
        "import sys\nfrom q2pconf.cli import main\nmain(['validate', 'good.toml'])\n"
        "unused = ('tomlkit', 'psutil', 'questionary', 'appdirs')\n"
        "print([m for m in unused if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_library_selects_and_ignores() -> None:
    assert [f.code for f in q2pconf.validate(BOTH, "2026.4", select="Q2P023").findings] == [
        "Q2P023"
    ]
    report = q2pconf.validate(BOTH, "2026.4", ignore=["Q2P021"])
    assert report.ok
    assert [f.code for f in report.left_out] == ["Q2P021"]
    with pytest.raises(q2pconf.UsageError, match="no code Q2P9"):
        q2pconf.validate(BOTH, "2026.4", ignore="Q2P9")


def test_library_obeys_comments() -> None:
    report = q2pconf.validate(BOTH.replace("-1", "-1 # q2pconf: ignore[Q2P023]"), "2026.4")
    assert [f.code for f in report.findings] == ["Q2P021"]
    assert [f.code for f in report.ignored] == ["Q2P023"]


def test_each_format_loads_only_its_own_module() -> None:
    modules = ("sarif", "junit", "github", "gitlab", "concise", "jsonlines", "matrix")
    code = (
        "import sys\nfrom q2pconf.cli import main\nmain(['validate', 'good.toml'])\n"
        f"names = [f'q2pconf.render.{{name}}' for name in {modules}]\n"
        "print([m for m in (*names, 'hashlib', 'tree_sitter') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
