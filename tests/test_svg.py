"""The picture of an explanation: valid, whole in itself, and with the same figures as the text."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from q2pconf.cli import main
from q2pconf.explanation import explain
from q2pconf.releases import all_releases
from q2pconf.render import facts
from q2pconf.render.svg import as_svg

Captured = pytest.CaptureFixture[str]

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.toml"))
SVG = "{http://www.w3.org/2000/svg}"
PUBLISHED = """\
[parsl]
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
[parsl.executors.provider]
class = "SlurmProvider"
cores_per_node = 12
mem_per_node = 96
max_blocks = 25
walltime = "24:00:00"
"""


def picture(text: str, release: str = "2026.4") -> ET.Element:
    return ET.fromstring(as_svg(explain(text, release)))


def words(root: ET.Element) -> list[str]:
    return ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]


def boxes(root: ET.Element, look: str) -> list[ET.Element]:
    return [one for one in root.iter(f"{SVG}rect") if one.get("class") == look]


def test_one_job_is_drawn_and_said_how_often() -> None:
    root = picture(PUBLISHED)
    assert len(boxes(root, "worker")) == 12
    assert len(boxes(root, "job")) == 3, "two behind the first"
    assert {"one job", "× 25", "jobs at most", "300", "node 1: 12 workers"} <= set(words(root))
    assert "at least 7,200 core-hours: jobs take whole nodes" in words(root)


def test_many_workers_and_nodes_are_not_all_drawn() -> None:
    text = PUBLISHED.replace("= 12", "= 300\nnodes_per_block = 9")
    root = picture(text)
    assert len(boxes(root, "worker")) == 31
    assert len(boxes(root, "idle")) == 2
    assert {"…", "and 6 more nodes", "node 2: idle"} <= set(words(root))


def test_what_is_not_known_is_drawn_as_such() -> None:
    root = picture(PUBLISHED.replace("cores_per_node = 12\n", ""))
    assert boxes(root, "worker") == []
    assert len(boxes(root, "unknown")) == 8
    assert {"?", "node 1: workers unknown"} <= set(words(root))


def test_threads_and_this_machine() -> None:
    threads = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'
    assert {"this machine", "2 threads"} <= set(words(picture(threads)))
    local = '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nmax_workers_per_node = 3\n'
    root = picture(local)
    assert {"this machine", "3 workers"} <= set(words(root))
    assert not any(word.startswith("×") for word in words(root))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_in_every_release(path: Path) -> None:
    for release in all_releases():
        found = explain(path, release)
        root = ET.fromstring(as_svg(found))
        told = " ".join("\n".join(words(root)).split())
        for one, place in facts.by_default_first(found):
            for name, value in facts.rows(one, place):
                assert name in told
                assert value.split()[0] in told
        assert (root.findtext(f"{SVG}desc") or "").startswith(("Executor", "At a time"))
        height = int(root.get("height", ""))
        assert all(int(one.get("y", "0")) < height for one in root.iter(f"{SVG}text"))


def test_it_is_whole_in_itself() -> None:
    text = as_svg(explain(PUBLISHED, "2026.4"))
    assert text.count("http") == 1, "the name of the format only"
    assert "prefers-color-scheme: dark" in text
    for tag in ("<script", "<image", "<foreignObject", "@import", "url("):
        assert tag not in text


def test_text_of_the_file_stays_text() -> None:
    label = '"</text><script>x</script> & \\u0007 \\U0001F9EC ' + "x" * 300 + '"'
    text = PUBLISHED.replace('"default"', label)
    root = picture(text)
    assert root.find(f".//{SVG}script") is None
    assert any(word.startswith("</text><script>x</script> & \ufffd") for word in words(root))


def run(*arguments: str) -> int:
    return main(["explain", "--release", "2026.4", *arguments])


def test_command(tmp_path: Path, capsys: Captured) -> None:
    file, target = tmp_path / "f.toml", tmp_path / "p.svg"
    file.write_text(PUBLISHED)
    assert run(str(file), "--svg", str(target)) == 0
    out, err = capsys.readouterr()
    assert "actions at a time   300" in out
    assert err == f"wrote {target}\n"
    assert ET.parse(target).getroot().tag == f"{SVG}svg"
    assert run(str(file), "--svg", "-") == 0
    assert capsys.readouterr().out == target.read_text(encoding="utf-8")


def test_command_keeps_what_is_there(tmp_path: Path, capsys: Captured) -> None:
    file, target = tmp_path / "f.toml", tmp_path / "p.svg"
    file.write_text(PUBLISHED)
    target.write_text("mine")
    assert run(str(file), "--svg", str(target)) == 2
    out, err = capsys.readouterr()
    assert (out, target.read_text()) == ("", "mine")
    assert "--force replaces it" in err
    assert run(str(file), "--svg", str(target), "--force") == 0
    assert target.read_text(encoding="utf-8").startswith("<svg")
    assert run(str(file), "--svg", str(file), "--force") == 2
    assert file.read_text() == PUBLISHED


@pytest.mark.parametrize(
    "arguments", [["--svg", ""], ["--svg", "-", "--format", "json"], ["--force"]]
)
def test_command_refuses(tmp_path: Path, arguments: list[str]) -> None:
    file = tmp_path / "f.toml"
    file.write_text(PUBLISHED)
    assert run(str(file), *arguments) == 2
