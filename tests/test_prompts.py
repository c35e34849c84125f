"""Questions, answered through a terminal's own input."""

from __future__ import annotations

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from q2pconf.prompts import plugin_of


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        pytest.param("dada2\r", "dada2", id="a name"),
        pytest.param(" feature-table \r", "feature-table", id="blanks around it"),
        pytest.param("\r", None, id="left open"),
        pytest.param("feature table\r\x15dada2\r", "dada2", id="refused, then right"),
    ],
)
def test_plugin_of(typed: str, wanted: str | None) -> None:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(typed)
        assert plugin_of("denoise") == wanted


def test_plugin_of_stopped() -> None:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text("\x03")
        with pytest.raises(KeyboardInterrupt):
            plugin_of("denoise")
