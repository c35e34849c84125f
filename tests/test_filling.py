"""filling: answers into keys, whatever shape the file has; ``--set`` for all the rest."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from q2pconf import filling, presets
from q2pconf.answers import Answers
from q2pconf.document import Document
from q2pconf.errors import UsageError
from q2pconf.releases import find, newest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SLURM = presets.find("slurm").document
INLINE = Document(
    text="""\
[parsl]
executors = [
  { class = "ThreadPoolExecutor", label = "tpool" },
  { class = "HighThroughputExecutor", label = "default", provider = { class = "SlurmProvider", \
launcher = { class = "SrunLauncher" } } },
]
"""
)
DOTTED = Document(
    text="""\
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
provider.class = "PBSProProvider"
provider.walltime = "01:00:00"
"""
)


def put(document: Document, name: str, value: Any) -> dict[str, Any]:
    """The data with a key set, read by another reader than the one that wrote it."""
    text = filling.put(document, filling.place_of(document, name), value).text
    return tomllib.loads(text)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("retries", ("parsl", "retries")),
        ("parsl.retries", ("parsl", "retries")),
        ("max_threads", ("parsl", "executors", 0, "max_threads")),
        ("tpool.max_threads", ("parsl", "executors", 0, "max_threads")),
        ("default.label", ("parsl", "executors", 1, "label")),
        ("address", ("parsl", "executors", 1, "address")),
        ("cmd_timeout", ("parsl", "executors", 1, "provider", "cmd_timeout")),
        ("provider.cmd_timeout", ("parsl", "executors", 1, "provider", "cmd_timeout")),
        ("default.provider.cmd_timeout", ("parsl", "executors", 1, "provider", "cmd_timeout")),
        ("parsl.executors[1].label", ("parsl", "executors", 1, "label")),
        ("parsl.executors[0].nothing", ("parsl", "executors", 0, "nothing")),
    ],
)
def test_place_of(name: str, path: tuple[str | int, ...]) -> None:
    assert filling.place_of(SLURM, name) == path


def test_place_of_a_launcher_that_the_file_has() -> None:
    found = filling.place_of(INLINE, "launcher.overrides")
    assert found == ("parsl", "executors", 1, "provider", "launcher", "overrides")
    assert filling.place_of(INLINE, "default.launcher.overrides") == found


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", r"--set nothing: Parsl 2026\.2\.23 has no such key$"),
        ("provider.max_threads", "has no such key in provider"),
        ("tpool.provider.cmd_timeout", "has no such key in tpool.provider"),
        ("launcher.overrides", "has no such key in launcher"),
        ("", "has no such key"),
        ("parsl", "has no such key"),
        ("label", r"several tables have that key; write one of: tpool\.label, default\.label"),
        ("class", "several tables have that key|no such key"),
    ],
)
def test_place_of_what_is_nowhere_or_everywhere(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        filling.place_of(SLURM, name)


def test_place_of_goes_by_the_release() -> None:
    old = Document(text=SLURM.text.replace("max_workers_per_node", "max_workers"))
    path = ("parsl", "executors", 1, "max_workers")
    assert filling.place_of(old, "max_workers", find("2023.9")) == path
    with pytest.raises(UsageError, match=r"Parsl 2026\.2\.23 has no such key"):
        filling.place_of(old, "max_workers", newest())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-1.5", -1.5),
        ("inf", float("inf")),
        ("true", True),
        ('"a # b"', "a # b"),
        ("plain words", "plain words"),
        ("a=b", "a=b"),
        ("[1, 2]", [1, 2]),
        ('{ a = 1, "b c" = [true] }', {"a": 1, "b c": [True]}),
        ("", ""),
        ("3\nx = 4", "3\nx = 4"),
        ('"', '"'),
        ("0x1F", 31),
    ],
)
def test_value_of(text: str, value: Any) -> None:
    assert filling.value_of(text) == value


VALUES = [
    7, -2, 1.5, float("inf"), True, False, "", "it's", 'say "x"', "back\\slash", "é\x7f\x01",
    "two\nlines", "two\nlines\n", "\nfirst empty", "three '''\nquotes", "ends with\n'", "cr\r\nlf",
    [], [1, 2], ["a\nb", 'c"'], {}, {"a": 1, "b c": {"d": [True, "x"]}}, [{"a": 1}, {"b": "c"}],
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("document", [SLURM, INLINE, DOTTED], ids=["tables", "inline", "dotted"])
def test_any_value_is_written_as_it_is(document: Document, value: Any) -> None:
    for name in ("retries", "default.address", "provider.cmd_timeout"):
        data: Any = put(document, name, value)
        for part in filling.place_of(document, name):
            data = data[part]
        assert data == value
        assert type(data) is type(value)


@pytest.mark.parametrize("document", [SLURM, INLINE, DOTTED], ids=["tables", "inline", "dotted"])
def test_a_new_value_leaves_the_others(document: Document) -> None:
    data = put(document, "provider.cmd_timeout", 30)
    del data["parsl"]["executors"][-1]["provider"]["cmd_timeout"]
    assert data == document.data


def test_a_new_value_stands_right_below_the_others() -> None:
    document = Document(text="[parsl] # mine\nretries = 1 # one\n\n# end\n[q]\n")
    assert filling.put(document, ("parsl", "run_dir"), "x").text == (
        '[parsl] # mine\nretries = 1 # one\nrun_dir = "x"\n\n# end\n[q]\n'
    )


def test_windows_line_ends_stay() -> None:
    document = Document(text=SLURM.text.replace("\n", "\r\n"))
    text = filling.fill(document, Answers(actions=7, account="lab", cpus=2)).text
    assert text.count("\n") == text.count("\r\n")


@pytest.mark.parametrize("document", [SLURM, INLINE], ids=["tables", "inline"])
def test_fill_slurm(document: Document) -> None:
    answers = Answers(
        actions=9, cpus=3, memory_gb=5, walltime="02:00:00", queue="q", exclusive=True, qos="low"
    )
    pool = filling.fill(document, answers, 4).data["parsl"]["executors"][1]
    provider = pool.pop("provider")
    assert (pool["max_workers_per_node"], pool["cores_per_worker"]) == (4, 3)
    wanted = {
        "max_blocks": 3, "cores_per_node": 12, "mem_per_node": 20, "walltime": "02:00:00",
        "exclusive": True, "partition": "q", "qos": "low",
    }  # fmt: skip
    assert {key: provider[key] for key in wanted} == wanted
    assert "queue" not in provider


def test_fill_pbs() -> None:
    answers = Answers(actions=9, cpus=3, memory_gb=5, partition="q", exclusive=True)
    pool = filling.fill(DOTTED, answers, 4).data["parsl"]["executors"][0]
    assert pool["provider"] == {
        "class": "PBSProProvider", "walltime": "01:00:00", "max_blocks": 3, "cpus_per_node": 12,
        "select_options": "mem=20gb", "queue": "q", "scheduler_options": "#PBS -l place=excl",
    }  # fmt: skip


def test_fill_keeps_other_options_of_pbs() -> None:
    text = DOTTED.text + (
        'provider.select_options = "mem=1gb:ngpus=1"\n'
        'provider.scheduler_options = "#PBS -m n\\n#PBS -l place=excl"\n'
    )
    filled = filling.fill(Document(text=text), Answers(memory_gb=7, exclusive=False))
    provider = filled.data["parsl"]["executors"][0]["provider"]
    assert provider["select_options"] == "mem=7gb:ngpus=1"
    assert provider["scheduler_options"] == "#PBS -m n"


def test_fewer_jobs_at_the_start_than_at_most() -> None:
    text = SLURM.text.replace("init_blocks = 1", "init_blocks = 4\nmin_blocks = 3")
    provider = filling.fill(Document(text=text), Answers(actions=2)).data["parsl"]["executors"][1][
        "provider"
    ]
    counts = [provider[f"{name}_blocks"] for name in ("init", "min", "max")]
    assert counts == [2, 2, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no executor is labelled default"),
        ("parsl = 3", "no executor is labelled default"),
        ('[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "x"', "labelled default"),
        ('[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"', "no provider"),
        ('[[parsl.executors]]\nclass = "Nonsense"\nlabel = "default"', "no provider"),
    ],
)
def test_fill_where_there_is_no_place(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        filling.fill(Document(text=text), Answers(actions=1))


@pytest.mark.parametrize("name", ["walltime", "partition", "account", "qos"])
def test_a_provider_without_the_key(name: str) -> None:
    with pytest.raises(UsageError, match=f"--{name}: LocalProvider has no such key"):
        filling.fill(presets.find("local").document, Answers(**{name: "x"}))


@pytest.mark.parametrize(
    "before",
    ["", "[parsl.executor_mapping.dada2]\nother = 'tpool'\n", "[parsl.executor_mapping]\n"],
)
def test_map_for_each_plugin(before: str) -> None:
    document = Document(text=f"{SLURM.text}\n{before}")
    mapping = (("dada2", "denoise", "tpool"), ("f", "x", "default"), ("f", "y", "tpool"))
    data = filling.map_actions(document, mapping).data["parsl"]["executor_mapping"]
    assert data["dada2"].pop("other", "tpool") == "tpool"
    assert data == {"dada2": {"denoise": "tpool"}, "f": {"x": "default", "y": "tpool"}}


@pytest.mark.parametrize(
    "before", ["", "[parsl.executor_mapping]\nother = 'tpool'\n", "[parsl.executor_mapping]\n"]
)
def test_map_flat(before: str) -> None:
    document = Document(text=f"{SLURM.text}\n{before}")
    mapping = (("dada2", "denoise", "tpool"), ("f", "x", "default"), ("f", "x", "tpool"))
    data = filling.map_actions(document, mapping, find("2024.5")).data["parsl"]["executor_mapping"]
    assert data.pop("other", "tpool") == "tpool"
    assert data == {"denoise": "tpool", "x": "tpool"}


def test_map_within_values() -> None:
    text = f"{SLURM.text}\n[parsl.executor_mapping]\ndada2 = {{ other = 'tpool' }}\n"
    data = filling.map_actions(Document(text=text), (("dada2", "x", "tpool"),)).data
    assert data["parsl"]["executor_mapping"]["dada2"] == {"other": "tpool", "x": "tpool"}
    text = SLURM.text.replace("[parsl]", "[parsl]\nexecutor_mapping = {}")
    data = filling.map_actions(Document(text=text), (("dada2", "x", "tpool"),)).data
    assert data["parsl"]["executor_mapping"] == {"dada2": {"x": "tpool"}}
    data = filling.map_actions(Document(text=text), (("d", "x", "tpool"),), find("2024.5")).data
    assert data["parsl"]["executor_mapping"] == {"x": "tpool"}


def test_map_to_nobody() -> None:
    with pytest.raises(UsageError, match=r"--map a\.b=c: no executor has that label \(tpool, de"):
        filling.map_actions(SLURM, (("a", "b", "c"),))


def test_pbs_is_asked_for_cores_and_memory_once() -> None:
    text = (
        '[[parsl.executors]]\nclass = "HighThroughputExecutor"\nlabel = "default"\n'
        '[parsl.executors.provider]\nclass = "PBSProProvider"\n'
        'select_options = "ncpus=4:MEM=4gb:ngpus=1"\n'
        'scheduler_options = "#PBS -l place=scatter\\n#PBS -m a"\n'
    )
    found = filling.fill(Document(text=text), Answers(cpus=8, memory_gb=10, exclusive=True), 1)
    provider = found.data["parsl"]["executors"][0]["provider"]
    assert provider["cpus_per_node"] == 8
    assert provider["select_options"] == "mem=10gb:ngpus=1"
    assert provider["scheduler_options"].split("\n") == ["#PBS -m a", "#PBS -l place=excl"]
