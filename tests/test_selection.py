"""Which codes count."""

from __future__ import annotations

import pytest

from q2pconf import validate
from q2pconf.cli import main
from q2pconf.errors import UsageError
from q2pconf.selection import UNREADABLE, choose

TEXT = """\
[parsl]
retry = 1
retries = -1

[[parsl.executors]]
class = "ThreadPoolExecutor"
label = "default"
max_thread = 4
"""


@pytest.mark.parametrize(
    ("select", "ignore", "codes"),
    [
        pytest.param(None, None, ["Q2P021", "Q2P023", "Q2P101"], id="all"),
        pytest.param("Q2P", None, ["Q2P021", "Q2P023", "Q2P101"], id="whole prefix"),
        pytest.param("Q2P0", None, ["Q2P021", "Q2P023"], id="family"),
        pytest.param("q2p02", None, ["Q2P021", "Q2P023"], id="small letters"),
        pytest.param("Q2P021", None, ["Q2P021"], id="code"),
        pytest.param("21,1", None, ["Q2P101"], id="numbers alone"),
        pytest.param(" Q2P021 , Q2P1 ", None, ["Q2P021", "Q2P101"], id="several"),
        pytest.param(["Q2P021", "Q2P1"], None, ["Q2P021", "Q2P101"], id="given twice"),
        pytest.param("Q2P5", None, [], id="none"),
        pytest.param(None, "Q2P0", ["Q2P101"], id="ignore family"),
        pytest.param(None, "Q2P021,Q2P101", ["Q2P023"], id="ignore codes"),
        pytest.param("Q2P0", "Q2P021", ["Q2P023"], id="ignore is longer"),
        pytest.param("Q2P021", "Q2P0", ["Q2P021"], id="select is longer"),
        pytest.param("Q2P021", "Q2P021", [], id="ignore wins a tie"),
        pytest.param("Q2P", "Q2P", [], id="ignore all"),
    ],
)
def test_selection(select: str | list[str] | None, ignore: str | None, codes: list[str]) -> None:
    report = validate(TEXT, "2026.4", select=select, ignore=ignore)
    assert [finding.code for finding in report.findings] == codes
    everything = {f.code for f in (*report.findings, *report.left_out)}
    assert everything == {"Q2P021", "Q2P023", "Q2P101"}


@pytest.mark.parametrize("text", ["[parsl", "x = True", "x = <number>", "\ufeffx = 1"])
def test_what_cannot_be_read_always_counts(text: str) -> None:
    found = {finding.code for finding in validate(text, "2026.4", select="Q2P5").findings}
    assert found
    assert found <= UNREADABLE
    assert not validate(text, "2026.4", ignore="Q2P").ok


@pytest.mark.parametrize(
    ("word", "message"),
    [
        pytest.param("E501", "no code E501; did you mean Q2P501?", id="other letters"),
        pytest.param("Q2P5O1", "did you mean Q2P501?", id="a letter for a digit"),
        pytest.param("Q3P501", "did you mean Q2P501?", id="a wrong digit"),
        pytest.param("Q2P999", "no code Q2P999; `q2pconf rule` lists them all", id="no such code"),
        pytest.param("Q2P5011", "no code Q2P5011", id="too long"),
        pytest.param("all", "no code ALL", id="word"),
        pytest.param("*", "no code", id="star"),
        pytest.param("", "a code is missing", id="empty"),
        pytest.param("Q2P501,,Q2P502", "a code is missing", id="empty between"),
    ],
)
@pytest.mark.parametrize("option", ["select", "ignore"])
def test_unknown_code(
    option: str, word: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        choose(**{"select": None, "ignore": None, option: word})
    assert f"{option}: " in str(caught.value)
    assert message in str(caught.value)
    assert main(["validate", f"--{option}", word, "whatever.toml"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("code", sorted(UNREADABLE))
def test_what_cannot_be_read_cannot_be_ignored(code: str) -> None:
    with pytest.raises(UsageError, match=f"{code} always counts"):
        choose(None, code)
    assert choose(code, None).takes(code)


def test_command_takes_both_several_times(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(str(tmp_path))
    with open("x.toml", "w", encoding="utf-8") as file:
        file.write(TEXT)
    call = ["validate", "x.toml", "--release", "2026.4", "--format", "concise", "-q"]
    assert main([*call, "--select", "Q2P021", "--select", "Q2P1,Q2P023", "--ignore", "101"]) == 1
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == [
        "Q2P021", "Q2P023",
    ]  # fmt: skip
    assert main([*call, "--select", "Q2P023"]) == 0
    assert main([*call, "--select", "Q2P023", "--strict"]) == 1
