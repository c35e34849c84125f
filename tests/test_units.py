"""units: walltimes as people write them, and as Parsl reads them."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from q2pconf import units
from q2pconf.errors import UsageError


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


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "0 seconds"),
        (60, "1 minute"),
        (5400, "1 hour 30 minutes"),
        (86400, "1 day"),
        (7 * 86400 + 61, "7 days 1 minute 1 second"),
    ],
)
def test_spoken(duration: int, text: str) -> None:
    assert units.spoken(duration) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("24h", "24:00:00"),
        ("24 hours", "24:00:00"),
        ("1-12:00", "36:00:00"),
        ("1-12:00:00", "36:00:00"),
        ("1-12", "36:00:00"),
        ("90 min", "01:30:00"),
        ("90m", "01:30:00"),
        ("90\N{NO-BREAK SPACE}min", "01:30:00"),
        ("2 days", "48:00:00"),
        ("1 week", "168:00:00"),
        ("1d 12h", "36:00:00"),
        ("1d12h", "36:00:00"),
        ("1 day, 12 hours", "36:00:00"),
        ("1 day and 12 hours", "36:00:00"),
        ("1 day, 12:00:00", "36:00:00"),
        ("12h30", "12:30:00"),
        ("12:30 h", "12:30:00"),
        ("36:00:00", "36:00:00"),
        (" 100 : 30 : 00 ", "100:30:00"),
        ("1.5h", "01:30:00"),
        ("366 days", "8784:00:00"),
    ],
)
def test_read_walltime_takes_what_is_clear(text: str, wanted: str) -> None:
    assert units.read_walltime(text) == (wanted, None)


@pytest.mark.parametrize(
    ("text", "wanted", "said"),
    [
        ("12:30", "12:30:00", "'12:30' is read as 12 hours 30 minutes (hours:minutes)"),
        ("0:45", "00:45:00", "'0:45' is read as 45 minutes (hours:minutes)"),
        (
            "90s",
            "00:02:00",
            "'90s' is rounded up to 2 minutes: Slurm and LSF do not count seconds",
        ),
        (
            "1-00:00:01",
            "24:01:00",
            "'1-00:00:01' is rounded up to 1 day 1 minute: Slurm and LSF do not count seconds",
        ),
    ],
)
def test_read_walltime_says_what_it_assumed(text: str, wanted: str, said: str) -> None:
    assert units.read_walltime(text) == (wanted, said)


def test_an_endless_walltime_is_the_longest_there_is() -> None:
    found = units.read_walltime("unlimited", longest=7 * 86400 + 30)
    assert found == ("168:00:00", "'unlimited' is read as the longest here, 7 days")
    with pytest.raises(UsageError, match="write the longest that your queue allows, as in 24h"):
        units.read_walltime("UNLIMITED")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("45", "write for example 45h for hours or 45m for minutes"),
        ("0", "write for example 24h for hours or 24m for minutes"),
        ("1e3", "a number without a unit"),
        (24, "write for example 24h for hours or 24m for minutes"),
        (1.5, "a number without a unit"),
        (True, "is needed, not True"),
        (None, "is needed, not None"),
        ("", "nothing is there"),
        ("  ", "nothing is there"),
        ("-1h", "cannot be negative"),
        ("-1-00:00:00", "cannot be negative"),
        ("\N{MINUS SIGN}1h", "cannot be negative"),
        ("0h", "no time at all"),
        ("0:00", "no time at all"),
        ("0.001s", "no time at all"),
        ("367 days", "longer than a year"),
        ("9000:00:00", "longer than a year"),
        ("99999999999h", "longer than a year"),
        ("9" * 5000 + "h", "far too large"),
        ("01:75:00", "more than 59 minutes or seconds"),
        ("0:75", "more than 59 minutes or seconds"),
        ("1:00:60", "more than 59 minutes or seconds"),
        ("1,5h", "decimals with a point"),
        ("soon", "write for example 24h, 90 min or 36:00:00"),
        ("1 month", "is not a walltime"),
        ("1:2:3:4", "is not a walltime"),
        ("24h or so", "is not a walltime"),
        ("\N{ARABIC-INDIC DIGIT THREE}h", "plain letters and digits"),
        ("\x1b[31m1h", r"\\x1b"),
    ],
)
def test_read_walltime_refuses_with_a_reason(value: object, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        units.read_walltime(value)
    assert len(str(caught.value)) < 250
    assert str(caught.value).isprintable()


def test_read_walltime_whatever_the_form() -> None:
    """A duration written in any clear form is read the same, up to the next whole minute."""
    random = Random(1)
    for _ in range(2000):
        duration = int(10 ** random.uniform(0, 7.49))
        days, rest = divmod(duration, 86400)
        hours, rest = divmod(rest, 3600)
        minutes, seconds = divmod(rest, 60)
        forms = (
            units.walltime(duration),
            f"{days}-{hours:02}:{minutes:02}:{seconds:02}",
            f"{days}d {hours}h {minutes}m {seconds}s",
            f"{days} days, {hours} hours, {minutes} minutes and {seconds} seconds",
            f"{days} day {hours}:{minutes:02}:{seconds:02}",
            f"{duration} s",
            units.spoken(duration),
        )
        for form in forms:
            found = units.read_walltime(form)
            assert 0 <= found.seconds - duration < 60
            assert found.seconds % 60 == 0
            assert (found.said is None) == (found.seconds == duration)
            assert units.read_walltime(str(found)) == (found.text, None)
            assert units.parsl_minutes(found.text) == found.seconds // 60
            assert units.plain_walltime(found.text)


@pytest.mark.parametrize(
    ("text", "gb"),
    [
        ("96GB", 96),
        ("96 G", 96),
        ("96g", 96),
        ("96GiB", 96),
        ("96 gigabytes", 96),
        ("98304M", 96),
        ("98304 MB", 96),
        ("100663296kb", 96),
        ("103079215104 bytes", 96),
        ("103079215104b", 96),
        ("1.5TB", 1536),
        (".5 TB", 512),
        ("1e3GB", 1000),
        ("1PB", 1024**2),
    ],
)
def test_read_memory_takes_what_is_clear(text: str, gb: int) -> None:
    assert units.read_memory(text) == (gb, None)


@pytest.mark.parametrize(
    ("value", "gb", "said"),
    [
        ("96", 96, "'96' is read as 96 GB"),
        (96, 96, "96 is read as 96 GB"),
        ("1e3", 1000, "'1e3' is read as 1e3 GB"),
        ("0.1TB", 103, "'0.1TB' is rounded up to 103 GB"),
        ("98305M", 97, "'98305M' is rounded up to 97 GB"),
        ("1 byte", 1, "'1 byte' is rounded up to 1 GB"),
        (1.5, 2, "1.5 is read as 1.5 GB and rounded up to 2 GB"),
    ],
)
def test_read_memory_says_what_it_assumed(value: object, gb: int, said: str) -> None:
    assert units.read_memory(value) == (gb, said)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("98304", "write for example 98304MB or 98304GB"),
        (98304, "write for example 98304MB or 98304GB"),
        ("0", "no memory at all"),
        ("0.0GB", "no memory at all"),
        ("-4GB", "cannot be negative"),
        ("1.1PB", "more memory than any node has"),
        ("1e99GB", "more memory than any node has"),
        ("9" * 5000, "far too large"),
        ("lots", "write for example 96GB or 1.5TB"),
        ("4GB/core", "is not an amount of memory"),
        ("1EB", "is not an amount of memory"),
        ("1,000MB", "decimals with a point"),
        ("all", "is not an amount of memory"),
        ("", "nothing is there"),
        (float("nan"), "is not an amount of memory"),
        (float("inf"), "is not an amount of memory"),
        (False, "is needed, not False"),
        ([], "is needed, not"),
    ],
)
def test_read_memory_refuses_with_a_reason(value: object, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        units.read_memory(value)
    assert len(str(caught.value)) < 250


def test_read_memory_whatever_the_unit() -> None:
    """An amount is never read as less than it is, nor as a whole GB more."""
    random = Random(2)
    for _ in range(2000):
        power = random.choice("bkmgtp")
        number = str(round(10 ** random.uniform(-3, 9), random.randrange(6)))
        size = Fraction(number) * 1024 ** "bkmgtp".index(power) / 1024**3
        form = f"{number}{random.choice(('', ' '))}{power}{random.choice(('', 'b', 'ib'))}"
        if power == "b":
            form = f"{number} bytes"
        if not 0 < size <= 1024**2:
            with pytest.raises(UsageError):
                units.read_memory(form)
            continue
        found = units.read_memory(form)
        assert 0 <= found.gb - size < 1
        assert (found.said is None) == (found.gb == size)
        assert units.read_memory(str(found)) == (found.gb, None)


@pytest.mark.parametrize(
    ("value", "number"),
    [("12", 12), ("12 CPUs", 12), ("1 node", 1), ("1e3", 1000), ("12.0", 12), (12, 12), (12.0, 12)],
)
def test_read_count(value: object, number: int) -> None:
    assert units.read_count(value) == (number, None)
    assert units.read_count(str(units.read_count(value))) == (number, None)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("0", "a whole number from 1 on is needed, such as 12, not '0'"),
        ("-3", "a whole number from 1 on"),
        ("12.5", "a whole number from 1 on"),
        ("1,000", "decimals with a point"),
        ("twelve", "a whole number from 1 on"),
        ("12 GB", "a whole number from 1 on"),
        ("1000000", "is more than 100000"),
        ("1e99", "is more than 100000"),
        ("", "nothing is there"),
        (True, "is needed, not True"),
    ],
)
def test_read_count_refuses_with_a_reason(value: object, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        units.read_count(value)


def test_read_count_from_zero_on() -> None:
    assert units.read_count("0", least=0) == (0, None)


def test_no_text_is_more_than_refused() -> None:
    """Whatever is typed, there is an answer or a UsageError of one printable line."""
    random = Random(3)
    pieces = ("1", "09", "-", ":", ".", ",", "e", " ", "h", "m", "d", "day", "GB", "inf", "²", "é")
    for _ in range(5000):
        text = "".join(random.choices(pieces, k=random.randrange(8)))
        for read in (units.read_walltime, units.read_memory, units.read_count):
            found, refused = None, ""
            try:
                found = read(text)
            except UsageError as error:
                refused = str(error)
            assert refused.isprintable()
            assert found is None or read(str(found))[0] == found[0]
