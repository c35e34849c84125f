"""``q2pconf completion``: what is offered to go on with."""

from __future__ import annotations

import re

import pytest

from q2pconf.cli import COMMANDS, main
from q2pconf.completions import split
from q2pconf.releases import all_releases
from q2pconf.rules.catalogue import entries

Captured = pytest.CaptureFixture[str]

RELEASES = {release.name for release in all_releases()}
PLACES = {"user", "site", "conda", ":files"}


def offered(capsys: Captured, *words: str) -> list[str]:
    """What fish is offered for these words, the last of which is being typed."""
    capsys.readouterr()
    assert main(["completion", "--answer", "fish", "\n".join(("q2pconf", *words))]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return [line.partition("\t")[0] for line in out.splitlines()]


def test_commands_with_their_purpose(capsys: Captured) -> None:
    assert offered(capsys, "") == list(COMMANDS)
    main(["completion", "--answer", "fish", "q2pconf\nwhi"])
    assert capsys.readouterr().out == f"which\t{COMMANDS['which']}\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["va"], {"validate"}, id="command"),
        pytest.param(["--v"], {"--version"}, id="option-of-all"),
        pytest.param(["validate", "--rel"], {"--release"}, id="option"),
        pytest.param(["validate", ""], {":files"}, id="file"),
        pytest.param(["validate", "a.toml", ""], {":files"}, id="second-file"),
        pytest.param(["validate", "--", "-"], {":files"}, id="behind-two-hyphens"),
        pytest.param(["explain", "a.toml", "--form"], {"--format"}, id="option-behind-a-file"),
        pytest.param(["explain", "--format", "json", ""], {":files"}, id="behind-a-value"),
        pytest.param(["explain", "--format=json", ""], {":files"}, id="behind-a-joined-value"),
        pytest.param(["schema", "--format", ""], {"text", "json"}, id="choices"),
        pytest.param(["schema", "--format=j"], {"--format=json"}, id="joined-choice"),
        pytest.param(["init", "--preset", "s"], {"slurm"}, id="preset"),
        pytest.param(["init", "--to", ""], PLACES, id="place"),
        pytest.param(["init", "--answers", "x"], {":files"}, id="file-of-an-option"),
        pytest.param(["init", "--actions", ""], set(), id="number"),
        pytest.param(["init", "--ac"], {"--actions", "--account"}, id="two-options"),
        pytest.param(["init", "--actions", "3", "--ac"], {"--account"}, id="given-once"),
        pytest.param(["init", "--set", "a=1", "--se"], {"--set"}, id="given-often"),
        pytest.param(["which", "--env", ""], {":folders"}, id="folder"),
        pytest.param(["rule", "Q2P60"], {c for c in entries() if "Q2P60" in c}, id="code"),
        pytest.param(["schema", "Slu"], {"SlurmProvider"}, id="class"),
        pytest.param(["schema", "--release", "2026.4", "Cob"], set(), id="class-that-is-gone"),
        pytest.param(["schema", "--release", "2023.7", "Cob"], {"CobaltProvider"}, id="old-class"),
        pytest.param(["completion", ""], {"bash", "zsh", "fish"}, id="shell"),
        pytest.param(["nonsense", ""], {"-h", "--help", "--version"}, id="no-such-command"),
        pytest.param(["rule", "Q2P101", "Q"], set(), id="one-argument-too-many"),
    ],
)
def test_offer(capsys: Captured, words: list[str], expected: set[str]) -> None:
    assert set(offered(capsys, *words)) == expected


def test_releases_newest_first(capsys: Captured) -> None:
    found = offered(capsys, "explain", "--release", "")
    assert found[: len(RELEASES)] == [release.name for release in reversed(all_releases())]
    assert {"installed", "parsl==2026.10.26"} <= set(found)
    assert "all" not in found
    assert "all" in offered(capsys, "validate", "--release", "")
    assert set(offered(capsys, "migrate", "f.toml", "--to", "20")) == RELEASES


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_option_that_the_help_names(capsys: Captured, command: str) -> None:
    assert main([command, "--help"]) == 0
    told = re.findall(r"^  (-\w|--[\w-]+)(?:.*?, (--[\w-]+))?", capsys.readouterr().out, re.M)
    assert set(offered(capsys, command, "-")) == {name for names in told for name in names if name}


@pytest.mark.parametrize(
    ("line", "part", "expected"),
    [
        ("q2pconf validate --release=2026.", "2026.", "2026.10\n2026.7\n2026.4\n2026.1\n"),
        ("q2pconf validate --release parsl==", "", "2026.10.26\n"),
        ("q2pconf schema --format ", "", "text\njson\n"),
        ("q2pconf init --answers 'my fi", "'my fi", ":files\n"),
        ("q2pconf", "", "".join(f"{command}\n" for command in COMMANDS)),
    ],
)
def test_bash_replaces_the_end_of_a_word(
    capsys: Captured, line: str, part: str, expected: str
) -> None:
    assert main(["completion", "--answer", "bash", f"{line}\n{part}"]) == 0
    assert capsys.readouterr().out == expected


def test_zsh_takes_colons_as_text(capsys: Captured) -> None:
    assert main(["completion", "--answer", "zsh", "q2pconf\ninit\n--walltime"]) == 0
    told = "--walltime:for how long\\: 24h, 90 min, 36\\:00\\:00, 1-12\\:00\n"
    assert capsys.readouterr().out == told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a b", ["a", "b"]),
        ("a b ", ["a", "b", ""]),
        ("a 'b c", ["a", "b c"]),
        ('a "b c" ', ["a", "b c", ""]),
        (r"a b\ c", ["a", "b c"]),
        ("a 'b ", ["a", "b "]),
        ("", [""]),
        ("a b\\", ["a", "b"]),
    ],
)
def test_words_of_an_unfinished_line(line: str, words: list[str]) -> None:
    assert split(line) == words


@pytest.mark.parametrize("arguments", [[], ["tcsh"]])
def test_a_shell_must_be_named(capsys: Captured, arguments: list[str]) -> None:
    assert main(["completion", *arguments]) == 2
    assert "bash" in capsys.readouterr().err


def test_help_says_where_it_goes(capsys: Captured) -> None:
    assert main(["completion", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.count("q2pconf completion bash > ") == 1
    assert "--answer" not in out
