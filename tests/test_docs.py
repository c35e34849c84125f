"""The documentation that is written from the rules is what they say now."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
REMEDY = "the rules have changed: run `python tools/write_docs.py`"


def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs", CHECKOUT / "tools" / "write_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


WRITER = writer()


def test_pages_are_as_the_rules_say() -> None:
    written = {
        path: (CHECKOUT / path).read_text(encoding="utf-8") if (CHECKOUT / path).is_file() else ""
        for path in WRITER.files()
    }
    different = [str(path) for path, text in WRITER.files().items() if written[path] != text]
    assert different == [], REMEDY
    assert WRITER.stale() == [], REMEDY


def test_a_page_has_words_example_and_what_is_said_of_it() -> None:
    text = WRITER.files()[Path("docs/rules/Q2P116.md")]
    assert text.startswith("# Q2P116: Labels given twice\n\nError.\n\nEvery executor needs")
    assert '```toml\n[[parsl.executors]]\nclass = "ThreadPoolExecutor"' in text
    assert "`q2pconf validate --release 2026.4 Q2P116.toml` says:" in text
    assert "    do this: give each executor a label of its own\n" in text


def test_what_cannot_be_seen_is_written_out() -> None:
    assert WRITER.shown("\ufeffa = 1\r\n".encode()) == "\\ufeffa = 1\\r\n"
    assert WRITER.shown(b"a = '\xe9'") == "a = '\\xe9'"


def test_text_is_no_markup() -> None:
    assert WRITER.plain("a <b> __init__ max_workers `<c>` *") == (
        r"a \<b> \__init_\_ max_workers `<c>` \*"
    )


def test_readme_without_marks_is_refused() -> None:
    with pytest.raises(SystemExit, match=re.escape(WRITER.BEGIN.strip())):
        WRITER.with_table("# q2pconf\n", {})


@pytest.mark.parametrize("page", sorted(CHECKOUT.glob("docs/**/*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [one for one in targets if not (page.parent / one).exists()] == []
