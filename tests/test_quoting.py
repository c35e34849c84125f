"""Values as TOML: read back they are the same."""

from __future__ import annotations

from typing import Any

import pytest

from q2pconf import _toml, quoting

VALUES: list[Any] = [
    True, 3, -0.5, float("inf"), "plain", "two\nlines", "'''\n", "ends with '\n'",
    "\x00\u00e9\U0001f9a0",
    [], {}, [1, ["a\nb", {"x": False}]], {"a b": {"c.d": [{}]}, "\u00e9": "\"\\"},
]  # fmt: skip


@pytest.mark.parametrize("in_rows", [False, True])
@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_read_back_it_is_the_same(value: Any, in_rows: bool) -> None:
    written = quoting.written(value, in_rows=in_rows)
    assert _toml.loads(f"x = {written}")["x"] == value
    assert in_rows or "\n" not in written


@pytest.mark.parametrize("value", [None, [None], {"a": [1, None]}])
def test_nothing_cannot_be_said(value: Any) -> None:
    with pytest.raises(TypeError):
        quoting.written(value)
