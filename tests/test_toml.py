"""_toml: the standard reader, with an end to keys that no reader takes."""

from __future__ import annotations

import pytest

from q2pconf import _toml

MANY = 100_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"a{'.a' * MANY} = 1\n", id="key"),
        pytest.param(f"[a{' . a' * MANY}]\n", id="header with spaces"),
        pytest.param(f"x = {{a{'.a' * MANY} = 1}}\n", id="inline table"),
        pytest.param(f'"x"{".y" * MANY} = "a.b"  # c.d\n', id="quoted"),
    ],
)
def test_endless_keys_are_refused(text: str) -> None:
    with pytest.raises(RecursionError):
        _toml.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f'x = "{".a" * MANY}"\n', id="string"),
        pytest.param(f"x = '''\n{'.a' * MANY} = 1\n'''\n", id="text of several lines"),
        pytest.param(f'x = """\n\\"{".a" * MANY} = 1"\n"""\n', id="text with escapes"),
        pytest.param(f"x = 1  # {'.a' * MANY}\n", id="comment"),
        pytest.param(f"x = [{'1.5, ' * 2000}]\n", id="numbers"),
        pytest.param("".join(f"a.b{i} = 1.5\n" for i in range(2000)), id="keys"),
    ],
)
def test_dots_elsewhere_are_fine(text: str) -> None:
    assert _toml.loads(text)
