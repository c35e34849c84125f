"""Write what the documentation takes from the rules: a page for each code, and the README's table.

    python tools/write_docs.py

The words are those of `q2pconf rule`; the example of each page and what q2pconf says of it are
tests/invalid/CODE.toml and CODE.txt.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from q2pconf.render.rule import severities  # noqa: E402
from q2pconf.rules.catalogue import Entry, entries  # noqa: E402

PAGES = Path("docs", "rules")
BEGIN, END = "<!-- rules: written by tools/write_docs.py -->\n", "<!-- end of rules -->\n"


def files(root: Path = ROOT) -> dict[Path, str]:
    """Every generated file and its text, by its path inside the checkout."""
    known = entries()
    made = {PAGES / f"{code}.md": page(entry, root) for code, entry in known.items()}
    made[PAGES / "README.md"] = (
        "# Every code\n\n"
        "`q2pconf rule CODE` says the same at the terminal. Error: QIIME 2 or Parsl will fail, or"
        " the run can never\ndo work. Warning: it runs, but surely not as meant. Info: worth"
        f" knowing.\n{table(known.values(), '')}"
    )
    readme = (root / "README.md").read_text(encoding="utf-8")
    made[Path("README.md")] = with_table(readme, known)
    return made


def page(entry: Entry, root: Path) -> str:
    """The page of one code."""
    text = [f"# {entry.code}: {plain(entry.title)}", severities(entry).capitalize() + "."]
    text += map(plain, entry.text.split("\n\n"))
    example = root / "tests" / "invalid" / f"{entry.code}.toml"
    if example.is_file():
        said = example.with_suffix(".txt").read_text(encoding="utf-8")
        text += [
            "## Example",
            fenced("toml", shown(example.read_bytes())),
            f"`q2pconf validate --release {release(example)} {example.name}` says:",
            fenced("text", said),
        ]
    return "\n\n".join(text) + "\n\n[Every code](README.md)\n"


def table(known: Iterable[Entry], folder: str) -> str:
    """A table of codes for each family; ``folder`` is where the pages are."""
    lines = []
    for family, group in groupby(known, key=lambda one: one.family):
        lines += ["", f"**{family[0].upper()}{family[1:]}**", "", "| code | |  |", "|---|---|---|"]
        lines += [
            f"| [{one.code}]({folder}{one.code}.md) | {plain(one.title)} | {severities(one)} |"
            for one in group
        ]
    return "\n".join(lines) + "\n"


def with_table(readme: str, known: Mapping[str, Entry]) -> str:
    """The README with the table as it should be between its two marks."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"README.md lacks the lines {BEGIN.strip()} and {END.strip()}")
    summary = f"<details><summary>All {len(known)} of them</summary>\n"
    body = f"{summary}{table(known.values(), f'{PAGES.as_posix()}/')}\n</details>\n"
    return before + begin + body + end + after


def shown(content: bytes) -> str:
    """A file as it can be printed: what is no text, and what cannot be seen, is written out."""
    text = content.decode("utf-8", "backslashreplace").replace("\ufeff", "\\ufeff")
    return text.replace("\r\n", "\\r\n").replace("\r", "\\r")


def fenced(language: str, text: str) -> str:
    """A block of code."""
    return f"```{language}\n{text.rstrip()}\n```"


def plain(text: str) -> str:
    """Text whose characters mean nothing to Markdown, except those between backticks."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if part.startswith("`") else re.sub(r"([*<|]|(?<!\w)_|_(?!\w))", r"\\\1", part)
        for part in parts
    )


def release(example: Path) -> str:
    """The release that an example is checked for: the first that its head names."""
    head = example.read_bytes().decode("utf-8", "replace")
    found = re.search(r"\A(?:#.*\n)*?# release: ([^,\n]+)", head)
    return found.group(1) if found else "2026.4"


def stale(root: Path = ROOT) -> list[Path]:
    """The pages that no code has any more."""
    found = (path.relative_to(root) for path in (root / PAGES).glob("*.md"))
    return sorted(set(found) - set(files(root)))


def main() -> int:
    """Write every file that is not as it should be, and delete the pages of no code."""
    for path, text in files().items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
    for path in stale():
        (ROOT / path).unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
