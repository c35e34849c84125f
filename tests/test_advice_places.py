"""advising.places: where in the file the lines of advice are to be written."""

from __future__ import annotations

import pytest
from advice import edited
from test_advising import LOCAL, PUBLISHED, RIGHT, WANTED, words

from q2pconf import _toml
from q2pconf.advising import Intention, advise
from q2pconf.explanation import explain

INLINE = """\
[parsl]
executors = [
 {class = "HighThroughputExecutor", label = "default",
  provider = {class = "SlurmProvider", cores_per_node = 12}}]
"""
DOTTED = """\
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
provider.class = "SlurmProvider"
provider.cores_per_node = 12
provider.init_blocks = 0
"""


def test_it_says_where_in_braces_and_dotted_keys() -> None:
    told = words(INLINE, Intention(actions=5, cpus=12))
    assert "of the provider, behind `cores_per_node = 12` in line 4, with a comma between" in told
    assert 'of the executor, behind `label = "default"` in line 3, with a comma between' in told
    told = words(DOTTED, Intention(actions=5, cpus=12))
    assert "write `provider.max_blocks = 5` in the table of the provider, beside" in told
    assert "beside `provider.init_blocks` in line 6" in told


def test_dotted_keys_keep_what_stands_before_them() -> None:
    text = f'parsl . "strategy" = "none"\n{DOTTED}'
    told = words(text, Intention(actions=5))
    assert 'write `parsl . "strategy" = "simple"` in line 1, instead of `parsl . "str' in told


def test_the_text_of_the_file_is_shown() -> None:
    text = RIGHT.replace("= 25", "= 2_5 # jobs").replace('"24:00:00"', "'24:00:00'")
    told = words(text, Intention(actions=5, walltime="48:00:00"))
    assert "in line 10, instead of `max_blocks = 2_5`" in told
    assert "in line 11, instead of `walltime = '24:00:00'`" in told


def test_a_table_that_is_missing_goes_below_its_executor() -> None:
    text = f'{LOCAL}[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "t"\n'
    (one,) = told = advise(explain(text, "2026.4"), Intention(actions=8))
    assert one.line == 6
    place = "below line 6 (the last line of the executor labelled default)"
    assert f'[parsl.executors.provider] that begins with `class = "LocalProvider"`, {place}' in (
        one.words
    )
    after = edited(text, told)
    assert _toml.loads(after)["parsl"]["executors"][0]["provider"]["max_blocks"] == 4
    assert advise(explain(after, "2026.4"), Intention(actions=8)) == ()


def test_a_table_that_is_missing_in_braces() -> None:
    text = (
        'parsl.executors = [{class = "HighThroughputExecutor", label = "default",'
        ' available_accelerators = ["0", "1"]}]\n'
    )
    told = advise(explain(text, "2026.4"), Intention(actions=8))
    assert advise(explain(edited(text, told), "2026.4"), Intention(actions=8)) == ()


def test_an_executor_without_a_label_is_told_by_its_line() -> None:
    other = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "t"\n'
    told = words(PUBLISHED.replace('label = "default"\n', "") + other, WANTED)
    assert "in the table of the executor in line 2, below [[parsl.executors]] in line 2" in told


@pytest.mark.parametrize("provider", ["{}", '{ class = "Slrum" }'])
def test_a_provider_of_no_class(provider: str) -> None:
    text = f"{LOCAL}provider = {provider}\n"
    (one,) = advise(explain(text, "2026.4"), WANTED)
    assert one.key is None
    assert one.words.startswith("the provider of the executor is")
    assert "name one first" in one.words


def test_two_executors_are_told_apart() -> None:
    text = f'{PUBLISHED}[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "t"\n'
    assert "in the table of the executor labelled default, below" in words(text, WANTED)
