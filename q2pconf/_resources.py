"""The only place that knows where the schemas and presets are, however q2pconf is installed."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.abc import Traversable
    from typing import Any

__all__ = ["folder", "read_text"]


def folder(name: str) -> Traversable:
    """The shipped folder ``schemas`` or ``presets``.

    A wheel carries both inside the package; in a checkout they lie beside it.

    Raises FileNotFoundError where neither place has it (a broken installation).
    """
    from importlib.resources import files
    from pathlib import Path

    inside = files("q2pconf") / name
    if inside.is_dir():
        return inside
    beside = Path(_checkout()) / name
    if _is_checkout() and beside.is_dir():
        return beside
    raise FileNotFoundError(
        f"q2pconf's own folder {name!r} is missing: this installation is broken, install it again"
    )


def read_text(folder_name: str, file_name: str) -> str:
    """The text of one shipped file.

    Raises FileNotFoundError where there is no such file.
    """
    # What has loaded this module also reads files, from a folder or a zip file; importlib.resources
    # would do it too, and take longer to import than most commands run.
    loader: Any = __spec__.loader
    places = [os.path.dirname(__file__), *([_checkout()] if _is_checkout() else ())]
    for place in places:
        try:
            content: bytes = loader.get_data(os.path.join(place, folder_name, file_name))
        except OSError:
            continue
        return content.decode("utf-8")
    folder(folder_name)
    raise FileNotFoundError(f"q2pconf's own folder {folder_name!r} has no {file_name!r}")


def _checkout() -> str:
    return os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def _is_checkout() -> bool:
    return os.path.isfile(os.path.join(_checkout(), "pyproject.toml"))
