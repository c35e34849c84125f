"""What may reach a terminal: harmless characters, and colour only where it is wanted."""

from __future__ import annotations

from collections.abc import Mapping

from q2pconf._dataclasses import dataclass

__all__ = ["Style", "printable", "style"]

CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How text is dressed: in colour or not at all; whether it is for a terminal, where not every
    character is harmless; and how wide a line of a file may be."""

    colour: bool = False
    terminal: bool = False
    columns: int = 160

    def paint(self, text: str, *looks: str) -> str:
        """The text in these looks (``"bold"``, ``"red"``, …)."""
        if not self.colour or not looks:
            return text
        return f"\x1b[{';'.join(CODES[look] for look in looks)}m{text}\x1b[0m"


def style(choice: str, env: Mapping[str, str], *, is_terminal: bool) -> Style:
    """The style for ``--color auto|always|never``.

    On ``auto``, NO_COLOR turns colour off and FORCE_COLOR turns it on (where set to something);
    else it is for terminals only.
    """
    if choice != "auto":
        colour = choice == "always"
    elif env.get("NO_COLOR"):
        colour = False
    else:
        colour = bool(env.get("FORCE_COLOR")) or (is_terminal and env.get("TERM") != "dumb")
    return Style(colour=colour, terminal=is_terminal or colour)


def printable(text: str) -> str:
    """The text on one line, with every character that could steer a terminal written out."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )
