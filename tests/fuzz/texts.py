"""What may stand in a file: real configurations with mutations, random trees, bytes."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

TESTS = Path(__file__).resolve().parents[1]
for folder in (TESTS, TESTS / "conformance"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from judge_toml import dump  # noqa: E402
from random_data import anything, keeping  # noqa: E402
from sources import configurations  # noqa: E402

from q2pconf import schema  # noqa: E402
from q2pconf.releases import all_releases, other_parsls  # noqa: E402

__all__ = ["NASTY", "RELEASES", "configs", "contents", "words"]

RELEASES = tuple(release.name for release in (*all_releases(), *other_parsls()))

NASTY = (
    "\0", "\x1b[2J", "\u2028", "\u2029", "\x85", "\r", "\r\n", "\n", "\t", "\ufeff", "\u202e",
    "\U0001f600", "é", "e\u0301", "\x7f", "\x9b31m", '"', "'", '"""', "'''", "\\", "\\u0000",
    "\\ud800", '"\\u001b[31m"', "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "#", "#:schema ",
    "[[parsl.executors]]\n", "[parsl]\n", "[parsl.executors]\n", "[parsl.executor_mapping]\n",
    "[parsl.executors.provider]\n", "[parsl.executors.provider.launcher]\n", "[q2pconf]\n",
    "parsl = 1\n", "parsl.executors = []\n", "executors = {}\n", "label = '\\u001b'\n",
    'label = "\\u2028"\n', 'class = "SlurmProvider"\n', 'provider = {class = "LocalProvider"}\n',
    "# q2pconf: ignore\n", "# q2pconf: ignore[Q2P101]\n", "# q2pconf: ignore-file\n",
    "# q2pconf: ignore[\x1b]\n", "inf", "nan", "-0", "1e999", "9" * 400, "0x" + "f" * 300,
    "-1", "0.0", "1_000", "true", "1979-05-27T07:32:00Z", "00:32:00", "{}", "[]", "[{}]", "[[[]]]",
    '"24:00:00"', '"99999999999:99:99"', '"$(touch x)"', '"`id`"', '"a\\nb"', '"#SBATCH --mem=0"',
    '"""\n#SBATCH --time=1\n#SBATCH --mem 4G\n"""', '"' + "x" * 3000 + '"', "…", "a.b.c.d = 1\n",
    '"" = 1\n', '"\\u001b]0;x\\u0007" = 1\n', "'' = {'' = ''}\n", "__class__ = 1\n", "None",
    "max_blocks = 1000000000000000000000\n", "cores_per_worker = 1e-300\n", "nodes_per_block = 0\n",
    "mem_per_worker = nan\n", "walltime = '00:00:00'\n", "scheduler_options = '\\n#SBATCH -n 9'\n",
)  # fmt: skip
"""What mutations put into texts."""

BASES = tuple(
    {
        **configurations(),
        **{
            path.name: path.read_bytes().decode("utf-8", "surrogateescape")
            for folder in ("invalid", "migrations", "../presets")
            for path in sorted((TESTS / folder).glob("*.toml"))
        },
    }.values()
)


@st.composite
def configs(draw: st.DrawFn) -> str:
    """A configuration: real, random by a release's schema, or random at all; then mutated."""
    kind = draw(st.sampled_from(("real", "real", "real", "schema", "random")))
    if kind == "real":
        text = draw(st.sampled_from(BASES))
    else:
        randomly = random.Random(draw(st.integers(0, 2**32)))
        text = dump(_tree(randomly, kind, draw(st.sampled_from(RELEASES))))
    for _ in range(draw(st.integers(0, 6))):
        text = _mutated(draw, text)
    return text


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """The bytes of a file: mostly a configuration, with bytes changed or not, or anything."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=400))
    content = bytearray(draw(configs()).encode("utf-8", "surrogateescape"))
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 3)))):
        at = draw(st.integers(0, len(content)))
        content[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=4))
    return bytes(content)


def words() -> st.SearchStrategy[str]:
    """What may be typed as a value: words of configurations, nasty ones, any text."""
    plain = ("1", "25", "12", "96GB", "24h", "default", "dada2.denoise_paired=default", "retries=1")
    return st.one_of(
        st.sampled_from(plain + NASTY),
        st.text(max_size=12),
        st.builds("{}{}".format, st.sampled_from(plain), st.sampled_from(NASTY)),
    )


def _tree(randomly: random.Random, kind: str, name: str) -> dict[str, Any]:
    if kind == "random":
        return {word: anything(randomly) for word in ("parsl", "executor_mapping", "x")}
    release = next(r for r in (*all_releases(), *other_parsls()) if r.name == name)
    content = schema.of(release).content
    data = keeping(randomly, content, content)
    return data if isinstance(data, dict) else {"parsl": data}


def _mutated(draw: st.DrawFn, text: str) -> str:
    at, more = draw(st.integers(0, len(text))), draw(st.integers(0, 30))
    how = draw(st.sampled_from(("insert", "cut", "double", "replace", "value", "line", "splice")))
    nasty = draw(st.sampled_from(NASTY))
    if how == "insert":
        return text[:at] + nasty + text[at:]
    if how == "cut":
        return text[:at] + text[at + more :]
    if how == "double":
        return text[: at + more] + text[at:]
    if how == "replace":
        return text[:at] + nasty + text[at + more :]
    lines = text.split("\n")
    number = draw(st.integers(0, len(lines) - 1))
    if how == "value":
        key, sign, _ = lines[number].partition("=")
        lines[number] = f"{key}{sign} {nasty}"
    elif how == "line":
        lines.insert(number, lines.pop(draw(st.integers(0, len(lines) - 1))))
    else:
        other = draw(st.sampled_from(BASES)).split("\n")
        begin = draw(st.integers(0, len(other) - 1))
        lines[number:number] = other[begin : begin + more]
    return "\n".join(lines)
