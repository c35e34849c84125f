"""units: walltimes as people write them, and as Parsl reads them."""

from __future__ import annotations

import pytest

from q2pconf import units


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("24:00:00", 1440),
        ("0:05:59", 5),
        ("00:00:59", 0),
        ("100:30:00", 6030),
        ("01:60:00", 120),
        (" 1 : 2 : 3 ", 62),
        ("-1:00:00", -60),
        ("24h", None),
        ("90", None),
        ("01:00", None),
        ("1-00:00:00", None),
        ("1:2:3:4", None),
        ("1:2:", None),
        ("a:b:c", None),
        ("1.5:00:00", None),
        ("", None),
    ],
)
def test_parsl_minutes(text: str, minutes: int | None) -> None:
    assert units.parsl_minutes(text) == minutes


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("3600", True),
        ("90:00", True),
        ("24:00:00", True),
        ("100:00:00.5", True),
        (" 1:00:00 ", True),
        ("1:0:0:0", False),
        ("1:000:00", False),
        ("24h", False),
        ("1-00:00:00", False),
        ("-1", False),
        ("", False),
    ],
)
def test_plain_walltime(text: str, taken: bool) -> None:
    assert units.plain_walltime(text) is taken


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("24h", 86400),
        ("24 hours", 86400),
        ("90 min", 5400),
        ("90MIN", 5400),
        ("1.5h", 5400),
        ("1d 12h", 129600),
        ("2days", 172800),
        ("1h 30m 15s", 5415),
        ("45s", 45),
        ("1-12:00:00", 129600),
        ("1-12", 129600),
        ("2-00:30", 174600),
        ("01:30:00", 5400),
        ("  7:05:09  ", 25509),
        ("90", None),
        ("01:30", None),
        ("a day", None),
        ("1 fortnight", None),
        ("h", None),
        ("-1h", None),
        ("1h or so", None),
        ("", None),
        ("   ", None),
    ],
)
def test_seconds(text: str, seconds: int | None) -> None:
    assert units.seconds(text) == seconds


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "00:00:00"),
        (59, "00:00:59"),
        (5400, "01:30:00"),
        (86400, "24:00:00"),
        (360000, "100:00:00"),
    ],
)
def test_walltime(duration: int, text: str) -> None:
    assert units.walltime(duration) == text
    assert units.seconds(text) == duration
    assert units.parsl_minutes(text) == duration // 60
