"""What the codes mean that no rule has: those of reading a file, of its shape, and of trust."""

from __future__ import annotations

from collections.abc import Iterator

from q2pconf.findings import Severity

__all__ = ["codes"]

Described = tuple[str, str, tuple[Severity, ...], str]
"""A code, its title, the severities of its findings, and its words."""

_ERROR = (Severity.ERROR,)
_BOTH = (Severity.ERROR, Severity.WARNING)

_OF_READING: tuple[Described, ...] = (
    (
        "Q2P001", "A text that is not TOML", _ERROR,
        """A quote or bracket is missing, text stands without quotes, True with a capital, a key is
        given twice. QIIME 2 stops while it reads the file. Correct the line that is named; where
        the value of one line is to blame, the rest of the file is checked all the same.""",
    ),
    (
        "Q2P002", "A byte order mark at the beginning", _ERROR,
        """Some editors put an invisible mark before the first letter of a file. QIIME 2 stops with
        "Empty key at line 1 col 0". Save the file as plain UTF-8, not as "UTF-8 with BOM", or
        let `q2pconf validate --fix` take the mark away.""",
    ),
    (
        "Q2P003", "A file that is not UTF-8 text", _ERROR,
        """QIIME 2 reads the file as text in the encoding UTF-8 and stops with UnicodeDecodeError
        at the first byte that is none. Save the file with the encoding UTF-8; where it is no text
        at all, name the TOML file itself.""",
    ),
    (
        "Q2P004", "Text copied from documentation", _ERROR,
        """A stand-in such as <your account> or ..., or a piece of Python such as
        psutil.cpu_count(), stands where a value is wanted. The file is no program, nothing in it
        is calculated: QIIME 2 stops while it reads it. Write the value itself.""",
    ),
    (
        "Q2P005", "Tables in an order that QIIME 2 does not read as meant", _BOTH,
        """A table such as [parsl.executors.provider] belongs to the [[parsl.executors]] above it.
        Where another table stands in between, QIIME 2's TOML reader stops, although the file is
        valid TOML, or gives the executor several times and the run stops for labels given twice.
        Move the table right below the one that it belongs to.""",
    ),
    (
        "Q2P006", "TOML that is too new for the release", _BOTH[:1],
        """From version 1.1 on TOML allows line breaks, comments and a last comma in a table in
        braces, and the escapes \\e and \\x41. QIIME 2 reads that from 2026.7 on; earlier releases
        stop while they read the file. Write a table in braces on one line, without a comma at its
        end, or as a [table] of its own, and \\u0041 instead of \\x41.""",
    ),
    (
        "Q2P017", "A comment that ignores nothing", (Severity.INFO,),
        """A comment `# q2pconf: ignore[Q2P501]` hides the findings with these codes on its line, or
        on the next one where it stands alone. This one names a code that does not exist or that
        nothing there has, or names none. It may one day hide a problem. Delete it.""",
    ),
)  # fmt: skip

_OF_TRUST: tuple[Described, ...] = (
    (
        "Q2P701", "Others can write the file, or a folder on its way", (Severity.WARNING,),
        """What worker_init and scheduler_options say runs as commands in your name, on this machine
        and on every node. Whoever can write the file can put commands there; whoever can write a
        folder above it can put another file in its place. Take the right away with the chmod that
        the message names, or keep the file in a folder of your own.""",
    ),
    (
        "Q2P702", "The file, a folder or link on its way belongs to somebody else",
        (Severity.WARNING,),
        """The owner of a file or folder can change it at any time, and what worker_init and
        scheduler_options say then runs in your name, on this machine and on every node. You, root
        and the owner of QIIME 2's environment are trusted. If you do not trust this person as
        much, copy the file into a folder of your own, look through it, and use the copy.""",
    ),
)  # fmt: skip

_WORDS = {
    "0": {
        "owner": "[parsl] or monitoring", "one": "monitoring", "example": "MonitoringHub",
    },
    "1": {
        "owner": "an executor", "one": "an executor", "example": "HighThroughputExecutor",
    },
    "2": {
        "owner": "a provider or launcher", "one": "a provider or launcher",
        "example": "SlurmProvider",
    },
}  # fmt: skip
"""What the codes of a family are about: whose keys, and which kind of table."""

_OF_SHAPE: tuple[tuple[int, str, tuple[Severity, ...], str], ...] = (
    (
        1, "A key that {owner} does not have", _ERROR,
        """Every key of a table is handed to the class of Parsl that the table is for. A key that
        the class does not have stops QIIME 2 while it loads the file: TypeError, unexpected
        keyword argument. The key is misspelt, stands in the wrong table, or belongs to an earlier
        or later Parsl: the message says which. `q2pconf schema CLASS` lists the keys that there
        are in your release, `q2pconf migrate` carries a file over to it.""",
    ),
    (
        2, "A value of the wrong kind, in {owner}", _BOTH,
        """A number stands in quotes, text stands where a number is wanted, one value where a list
        is wanted. Some classes check what they are given: QIIME 2 stops while it loads the file,
        with an error that does not name the line. Others take the value and fail when they use
        it: no job ever starts. What Parsl gets along with is a warning. Write numbers and true or
        false without quotes, text in quotes, lists in brackets.""",
    ),
    (
        3, "A value that is not allowed, in {owner}", _BOTH,
        """A text that is none of those that Parsl knows for this key stops QIIME 2 while it loads
        the file. A number beyond what makes sense, such as less than no retries, loads, and does
        something that is surely not meant: a warning. Write one of the values that are named, or
        delete the line for Parsl's own default.""",
    ),
    (
        4, "A key that {owner} needs is missing", _ERROR,
        """A few keys have no default. Without them QIIME 2 stops while it loads the file:
        TypeError, missing 1 required positional argument. Add the line.""",
    ),
    (
        5, "A key of {owner} that no file can set", _ERROR,
        """Some keys want an object of Python's, such as a function or a pair of numbers, which
        TOML cannot express. Whatever is written, QIIME 2 stops while it loads the file. Delete
        the line: Parsl then uses its default.""",
    ),
    (
        11, "No class for {one}", _ERROR,
        """The key `class` says which of Parsl's classes is meant. Without it QIIME 2 stops
        with KeyError: 'class'. Add a line such as class = "{example}".""",
    ),
    (
        12, "A class for {one} that does not exist", _ERROR,
        """`class` names a class that the Parsl of this release does not have: it is misspelt, or
        belongs to an earlier or later Parsl. QIIME 2 stops with AttributeError while it loads
        the file. Write one of the classes that are named; capitals count.""",
    ),
    (
        13, "No table where {one} is wanted", _ERROR,
        """A table of its own, with a key `class` in it, says what is wanted. Text, a number or a
        list in its place stops QIIME 2 with a TypeError that does not name the key. Write the
        header of the table in brackets, and its keys below it.""",
    ),
)  # fmt: skip


def codes() -> Iterator[Described]:
    """Every code that no rule has."""
    yield from (*_OF_READING, *_OF_TRUST)
    for family, words in _WORDS.items():
        for number, title, severities, text in _OF_SHAPE:
            written = number + 20 if family == "0" else number
            code = f"Q2P{family}{written:02}"
            yield code, title.format_map(words), severities, text.format_map(words)
