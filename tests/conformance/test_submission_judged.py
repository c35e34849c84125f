"""explain --script: for every release and kind of job the script that the judge sees submitted."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from q2pconf import releases, submission
from q2pconf.cluster import Answer
from q2pconf.document import Document
from q2pconf.submission import Script, Submission

if TYPE_CHECKING:
    from conftest import Family

pytestmark = pytest.mark.conformance

HERE = Path(__file__).resolve().parent
EXAMPLES = sorted((HERE.parent / "examples").glob("*.toml"))

NASTY = """\
[parsl]
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
worker_logdir_root = "logs"
[parsl.executors.provider]
class = "{provider}"
worker_init = '''
# "Grüße" von `nobody`; $HOME $$ ${{X}} \\n \\\\ 'single' 100 % {{x}}
if true ; then{end}
\techo 'é ☃ 𝄞'{end}
fi'''
"""
"""Text that must come through to the byte; the providers are those of every release."""

PROVIDERS = (
    "LocalProvider", "SlurmProvider", "PBSProProvider", "TorqueProvider", "LSFProvider",
    "GridEngineProvider", "CondorProvider", "CobaltProvider",
)  # fmt: skip

IN_EACH_RUN = (
    (r"\.block-0\.\d+\.\d+", ".block-0.TIME"),
    (r"port=\d+", "port=PORT"),
    (r" -a \S+", " -a ADDRESSES"),
)


def same_in_each_run(text: str, folder: str) -> str:
    text = text.replace(folder, "BOX")
    for pattern, instead in IN_EACH_RUN:
        text = re.sub(pattern, instead, text)
    return text


def judged(family: Family, files: list[Path]) -> list[dict[str, Any] | None]:
    request = json.dumps({"release": family.release, "files": [str(file) for file in files]})
    command = [str(family.python), "-W", "ignore", str(HERE / "judge_script.py")]
    done = subprocess.run(command, input=request, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any] | None] = json.loads(done.stdout)
    return found


def prepared(family: Family, file: Path, cwd: Path) -> Submission:
    release = releases.find(family.release)
    prefix = str(family.python.parent.parent)
    interpreter = submission.interpreter_for(release, os.environ, [], prefix=prefix)
    nobody = Answer(trouble="is not asked here")
    return submission.prepare(
        Document.load(file),
        release,
        interpreter,
        cwd=str(cwd),
        run=lambda _: nobody,
        detect=lambda: None,
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The examples, and a file with nasty text for each provider."""
    folder = tmp_path_factory.mktemp("nasty")
    for provider in PROVIDERS:
        text = NASTY.format(provider=provider, end="   ")
        if provider in ("TorqueProvider", "CobaltProvider"):
            text = text.replace(
                "[parsl.executors.provider]", "[parsl.executors.provider]\nqueue = 'q'"
            )
        (folder / f"{provider}.toml").write_text(text, encoding="utf-8")
    for example in EXAMPLES:
        text = example.read_text(encoding="utf-8").replace('"/scratch/', '"scratch/')
        (folder / example.name).write_text(text, encoding="utf-8")
    return sorted(folder.iterdir())


def test_scripts_are_those_submitted(family: Family, files: list[Path], tmp_path: Path) -> None:
    compared: set[str] = set()
    for file, real in zip(files, judged(family, files), strict=True):
        found = prepared(family, file, tmp_path)
        ours = {one.label: one for one in found.scripts if one.text is not None}
        assert sorted(ours) == sorted(real or {}), (file.name, found.error)
        for label, (command, words, text) in (real or {}).items():
            compare(ours[label], [command, *words], text, str(tmp_path))
            compared.add(ours[label].provider or "")
    assert compared >= {"LocalProvider", "SlurmProvider", "PBSProProvider", "LSFProvider"}
    assert list(tmp_path.iterdir()) == []


def compare(ours: Script, command: list[str], text: str, folder: str) -> None:
    assert ours.command is not None
    typed = shlex.split(same_in_each_run(ours.command.partition(" < ")[0], folder))
    assert typed == [same_in_each_run(word, folder) for word in command]
    # HTCondor is given a description: the script that the judge sees run lies beside it.
    script = next(iter(ours.files.values()), ours.text) or ""
    assert same_in_each_run(script, folder) == same_in_each_run(text, folder)
