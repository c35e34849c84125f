"""Questions at a terminal."""

from __future__ import annotations

import re

__all__ = ["plugin_of"]


def plugin_of(action: str) -> str | None:
    """Ask which plugin an action belongs to; None where the person leaves it open.

    Raises KeyboardInterrupt on Ctrl-C.
    """
    import questionary

    answer: str = questionary.text(
        f"Which plugin has the action {action}? (such as feature_table; empty: leave it open)",
        validate=lambda text: (
            not text.strip()
            or bool(re.fullmatch(r"[A-Za-z0-9_-]+", text.strip()))
            or "letters, digits, - and _ only"
        ),
    ).unsafe_ask()
    return answer.strip() or None
