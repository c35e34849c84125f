"""advising.intention: what people write after --for."""

from __future__ import annotations

import pytest

from q2pconf.advising import Intention, intention
from q2pconf.errors import UsageError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("25 actions, 12 cpus, 96GB", Intention(actions=25, cpus=12, memory_gb=96)),
        ("1 action;4 cores", Intention(actions=1, cpus=4)),
        ("98304M", Intention(memory_gb=96)),
        (" 8 threads ", Intention(cpus=8)),
        ("6 steps, 3 hours", Intention(actions=6, walltime="03:00:00")),
        ("2 jobs at a time, 24h", Intention(actions=2, walltime="24:00:00")),
        ("25 workers", Intention(actions=25)),
        ("25 x 12", Intention(actions=25, cpus=12)),
        ("25x12x96GB", Intention(actions=25, cpus=12, memory_gb=96)),
        (
            "25 × 12 cpus × 96 GB RAM, 1 day 12 hours",
            Intention(actions=25, cpus=12, memory_gb=96, walltime="36:00:00"),
        ),
        ("12 cpus x 25", Intention(actions=25, cpus=12)),
        ("25x96GB", Intention(actions=25, memory_gb=96)),
        ("96GB RAM", Intention(memory_gb=96)),
        ("96 gb memory", Intention(memory_gb=96)),
        ("12 cores each", Intention(cpus=12)),
        ("12-core", Intention(cpus=12)),
        (
            "25 actions 12 cpus 96GB 24h",
            Intention(actions=25, cpus=12, memory_gb=96, walltime="24:00:00"),
        ),
        ("25 workers, each with 12 CPUs and 96 GB.", Intention(actions=25, cpus=12, memory_gb=96)),
        ("12 cpus per action, 96GB/action", Intention(cpus=12, memory_gb=96)),
        ("25 at a time", Intention(actions=25)),
        ("90m", Intention(walltime="01:30:00")),
        ("2048M", Intention(memory_gb=2)),
        ("--actions 25 --cpus=12 --memory 96GB", Intention(actions=25, cpus=12, memory_gb=96)),
        (
            "actions = 25; cores: 12; walltime: 1-00:00:00",
            Intention(actions=25, cpus=12, walltime="24:00:00"),
        ),
    ],
)
def test_intention(text: str, wanted: Intention) -> None:
    assert intention(text) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", 'write for example --for "25 actions, 12 cpus, 96GB, 24h"'),
        (",", "does not say what you want"),
        ("25", "'25' is not understood (25 of what?); write for example"),
        ("many actions", "'many actions' is not understood; write for example"),
        ("0 actions", "a whole number from 1 on is needed"),
        ("-3GB", "'-3GB' is not understood"),
        ("1.5 cpus", "'1.5 cpus' is not understood"),
        ("96GB per node", "'per node' is not understood"),
        ("300 cpus in total", "'in total' is not understood"),
        ("25 nodes", "'25 nodes' is not understood"),
        ("2 actions, 3 actions", "'3 actions' says another time"),
        ("4GB, 8GB", "'8GB' says another time"),
        ("25 x 12 x 96 x 24", "'24' is a number without a unit"),
    ],
)
def test_intention_that_says_nothing(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        intention(text)
    assert said in str(raised.value)
    assert str(raised.value).startswith("--for: ")
