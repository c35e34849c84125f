"""The only place that knows where the schemas and presets are, however q2pconf is installed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Traversable

__all__ = ["folder", "read_text"]


def folder(name: str) -> Traversable:
    """The shipped folder ``schemas`` or ``presets``.

    A wheel carries both inside the package; in a checkout they lie beside it.

    Raises FileNotFoundError where neither place has it (a broken installation).
    """
    inside = files("q2pconf") / name
    if inside.is_dir():
        return inside
    checkout = Path(__file__).resolve().parent.parent
    beside = checkout / name
    if (checkout / "pyproject.toml").is_file() and beside.is_dir():
        return beside
    raise FileNotFoundError(
        f"q2pconf's own folder {name!r} is missing: this installation is broken, install it again"
    )


def read_text(folder_name: str, file_name: str) -> str:
    """The text of one shipped file.

    Raises FileNotFoundError where there is no such file.
    """
    return (folder(folder_name) / file_name).read_text(encoding="utf-8")
