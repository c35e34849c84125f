"""Contents of configuration files, good and bad, for the comparison of ``which``.

What TOML forbids and only tomlkit before 0.15 takes (`[x.a.b]`, then `a = 1` in `[x]`) is not among
them: q2pconf calls it an error there, as the standard does.
"""

from __future__ import annotations

__all__ = ["EXECUTORS", "contents", "given_contents"]

EXECUTORS = '[[parsl.executors]]\nclass = "ThreadPoolExecutor"\nlabel = "default"\n'


def contents() -> list[bytes]:
    """Files as people have them, good and bad."""
    texts = [
        "",
        "# nothing\n",
        "[parsl]\n",
        EXECUTORS,
        f"{EXECUTORS}[parsl.executor_mapping.p]\na = 'x'\n",
        f"[executor_mapping.p]\na = 'x'\n{EXECUTORS}",
        f"[executor_mapping]\n{EXECUTORS}",
        f"[executor_mapping]\na = 'x'\n{EXECUTORS}",
        f"executor_mapping = 3\n{EXECUTORS}",
        "parsl = 3\n",
        "parsl = []\n",
        "[parsl]\nstrategy = None\n",
        "[parsl]\nmax_workers = max(psutil.cpu_count() - 1, 1)\n",
        "[parsl]\n...\n",
        "[parsl\n",
        "[[parsl.executors]\nlabel = 'a'\n",
        "[parsl]\na = 1\na = 2\n",
        "[parsl]\n[parsl]\n",
        "[parsl]\na = “x”\n",
        "[parsl]\r\na = 1\r\n",
        "[parsl]\ra = 1\r",
        "\ufeff[parsl]\n",
        "[parsl]\na = '\x00'\n",
        "[parsl]\na = 1 \x0c\n",
        "[parsl]\na = " + "[" * 3000,
        "[parsl]\na = " + "9" * 5000 + "\n",
        '[parsl]\na = """\n[[parsl.executors]]\n[tool]\n[parsl.executors.x]\n"""\n',
        "[parsl]\na = [\n[1, 2],\n[3]\n]\n",
        "[parsl.a.b]\n[parsl]\na.c = 1\n",
        "executors: 3\n",
        '{"parsl": {}}\n',
        "[parsl]\nname = 'æ'\n",
    ]
    encoded = [text.encode("utf-8") for text in texts]
    return [*encoded, "[parsl]\nname = 'æ'\n".encode("latin-1"), "[parsl]\n".encode("utf-16")]


def given_contents() -> list[bytes]:
    """Files for --parallel-config, all of which load."""
    mapping = "[parsl.executor_mapping.p]\na = 'default'\n"
    top = "[executor_mapping.p]\na = 'default'\n"
    texts = (
        EXECUTORS,
        EXECUTORS + mapping,
        EXECUTORS + top,
        mapping,
        top + mapping,
        top + "[parsl]\n",
        "[parsl]\n",
        "[parsl]\n[parsl.executor_mapping]\n",
        "[parsl]\nstrategy = 'None'\n",
    )
    return [text.encode() for text in texts]
