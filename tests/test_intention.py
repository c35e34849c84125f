"""advising.intention: what people write after --for."""

from __future__ import annotations

import pytest

from q2pconf.advising import Intention, intention, told
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
        ("1 day and 12 hours", Intention(walltime="36:00:00")),
        ("1 day, 12 hours, 4 cpus", Intention(cpus=4, walltime="36:00:00")),
        ("5 days 3:00:00", Intention(walltime="123:00:00")),
        ("a week and 4 cpus", Intention(cpus=4, walltime="168:00:00")),
        ("one action for an hour", Intention(actions=1, walltime="01:00:00")),
        ("ten actions, two days", Intention(actions=10, walltime="48:00:00")),
        ("96 gigs", Intention(memory_gb=96)),
        ("96 GByte", Intention(memory_gb=96)),
        ("96 GBytes", Intention(memory_gb=96)),
        ("2048 megs", Intention(memory_gb=2)),
        ('memory = "96GB"', Intention(memory_gb=96)),
        ("I want to run 25 actions", Intention(actions=25)),
        ("25 jobs maximum, time limit 24h", Intention(actions=25, walltime="24:00:00")),
        ("8 physical cores", Intention(cpus=8)),
        ("25/12/96GB", Intention(actions=25, cpus=12, memory_gb=96)),
        ("25/12/96GB/24h", Intention(actions=25, cpus=12, memory_gb=96, walltime="24:00:00")),
        ("24:00:00,12 cpus", Intention(cpus=12, walltime="24:00:00")),
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
        ("1,500 GB", "'1,500' may be one number or two: write 1500 or 1.5, or a space"),
        ("1,5 TB", "'1,5' may be one number or two: write 15 or 1.5, or a space"),
        ("8GB per core", "said for each action, not for each core: write what one action needs"),
        ("mem-per-cpu 8G", "said for each action, not for each core"),
        ("25 nodes", "nodes are not asked for: say how many actions run at a time, and the CPUs"),
        ("4 workers per node", "nodes are not asked for"),
        ("300 cores in total", "write what one needs, not all of them together"),
        ("300 cpus for 25 actions", "'for 25 actions' may mean all of them together"),
        ("24h 24h", "says more than one time"),
        ("24h, 2 days", "says more than one time"),
        ("2 hours 3:00", "says more than one time"),
        ("twenty five actions", "is not understood"),
        ("10 to 12 actions", "'10 to 12 actions' is not understood"),
        ("96GB/4 cpus", "'/4 cpus' is not understood"),
        ("25/12", "'25/12' is not understood"),
        ("x 12", "is not understood"),
        ("an hour and a half", "'half' is not understood"),
        ("25 x 12 x 96 x 24", "'24' is a number without a unit"),
    ],
)
def test_intention_that_says_nothing(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        intention(text)
    assert said in str(raised.value)
    assert str(raised.value).startswith("--for: ")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "25 x 12 x 96GB x 24h",
            "25 actions at a time, 12 CPUs and 96 GB each, for 24:00:00",
        ),
        ("1 action, 1 cpu", "1 action at a time, 1 CPU each"),
        ("96GB", "96 GB for each action"),
        ("12 cpus, 96GB, 90m", "12 CPUs and 96 GB for each action, for 01:30:00"),
        ("24h", "24:00:00 for each job"),
        ("25 actions", "25 actions at a time"),
    ],
)
def test_told(text: str, shown: str) -> None:
    assert told(intention(text)) == shown
