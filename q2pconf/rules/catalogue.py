"""Every code with its title, its severities and its words, wherever it comes from."""

from __future__ import annotations

from collections.abc import Mapping

from q2pconf import rules
from q2pconf._dataclasses import dataclass
from q2pconf.findings import Severity
from q2pconf.rules import reading

__all__ = ["FAMILIES", "Entry", "entries"]

FAMILIES: Mapping[str, str] = {
    "0": "the file and its syntax",
    "1": "executors and their keys",
    "2": "providers and launchers",
    "3": "the mapping of actions to executors",
    "4": "differences between releases",
    "5": "how much runs at a time",
    "6": "the environment that QIIME 2 runs in",
    "7": "trust",
}
"""What the hundreds digit of a code says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A code: ``text`` says what it finds, why that matters and what to write instead, in
    paragraphs without line breaks; ``severities`` are those that its findings can have."""

    code: str
    title: str
    severities: tuple[Severity, ...]
    text: str

    @property
    def family(self) -> str:
        """What the code's family is about."""
        return FAMILIES[self.code[3]]


def entries() -> Mapping[str, Entry]:
    """Every code's entry, in the order of the codes."""
    found = {one.code: _of_rule(one) for one in rules.all_rules().values()}
    for code, title, severities, text in reading.codes():
        found[code] = Entry(code=code, title=title, severities=severities, text=_paragraphs(text))
    return dict(sorted(found.items()))


def _of_rule(one: rules.Rule) -> Entry:
    return Entry(
        code=one.code, title=one.title, severities=one.severities, text=_paragraphs(one.doc)
    )


def _paragraphs(doc: str) -> str:
    """The docstring with one line for each paragraph."""
    return "\n\n".join(" ".join(part.split()) for part in doc.split("\n\n"))
