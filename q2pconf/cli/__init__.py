"""The command line: one module per command; the only place that prints, exits and reads argv."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from q2pconf import __version__
from q2pconf.errors import Q2pconfError, RefusedError, UsageError
from q2pconf.render.terminal import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import IO, Any, NoReturn

    from q2pconf.releases import Release

__all__ = [
    "COMMANDS",
    "at_terminal",
    "check_release",
    "chosen_release",
    "columns",
    "complain",
    "is_terminal",
    "main",
    "parser_for",
    "print_result",
    "printable",
    "say",
    "tell",
]

COMMANDS = {
    "completion": "let the shell complete commands, options and values",
    "explain": "say what a configuration file will do",
    "init": "write a configuration file for this machine",
    "migrate": "carry a configuration file over to another release",
    "presets": "list what init can start from",
    "rule": "say what a finding means, or list what is looked for",
    "schema": "list the keys that a release knows, or print its JSON Schema",
    "try": "run a configuration file for real, and see whether its workers answer",
    "validate": "check configuration files",
    "which": "say which file QIIME 2 loads, and why",
}
"""Every command and its purpose; ``q2pconf.cli.<command>`` has ``add_arguments`` and ``run``."""

_MODULES = {"try": "q2pconf.cli.try_"}
"""A keyword cannot be the name of a module."""

OK, PROBLEMS, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; nothing a person types ends in a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(arguments)
    except Q2pconfError as error:
        complain(str(error))
        return error.exit_code
    except KeyboardInterrupt as stop:
        complain(str(stop) or "stopped")
        return INTERRUPTED
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO):
            return _bug(error, arguments)
        _print_no_more()
        complain(f"the output cannot be written: {error.strerror}")
        return USAGE
    except Exception as error:
        return _bug(error, arguments)


def _bug(error: Exception, arguments: Sequence[str]) -> int:
    """Own up to a bug on one line; with --debug the traceback comes instead."""
    if "--debug" in arguments:
        raise error
    complain(
        f"a bug in q2pconf: {type(error).__name__}: {error} (--debug shows where; please report it)"
    )
    return BUG


def complain(text: str) -> None:
    """Say one line on stderr, if there is one."""
    tell(f"q2pconf: {printable(text)}\n")


def tell(text: str) -> None:
    """Text for a person, on stderr: nothing is wrong where nobody can read it."""
    # With stderr closed, print would go to stdout instead.
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def chosen_release(options: argparse.Namespace) -> Release:
    """The release that --release and --env ask for; what is doubtful about it goes to stderr."""
    from q2pconf.releases import choose

    release = choose(
        options.release, os.environ, sys.path, prefix=options.env, python=sys.executable
    )
    if release.caveat:
        complain(f"warning: {release.caveat}")
    elif options.release is None and not options.quiet and is_terminal(sys.stderr):
        _tell_assumed(release, options)
    return release


def check_release(options: argparse.Namespace) -> None:
    """Refuse a --release that there is not, in a command that says the same of every release."""
    if options.release is not None:
        chosen_release(options)


def _tell_assumed(release: Release, options: argparse.Namespace) -> None:
    """Say where a release is only assumed, as no QIIME 2 is active."""
    from q2pconf.releases import detect

    if detect(os.environ, sys.path, options.env) is None:
        say(f"note: no QIIME 2 is active here, {release.name} is assumed (--release, --env)")


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a person is at this stream; it may be closed."""
    return stream is not None and stream.isatty()


def at_terminal() -> bool:
    """Whether a person sits there who can be asked."""
    return all(map(is_terminal, (sys.stdin, sys.stdout, sys.stderr)))


def say(text: str) -> None:
    """One line for a person, on stderr: what is done, why, what to type next."""
    tell(f"{printable(text)}\n")


def print_result(text: str) -> None:
    """The result on stdout; RefusedError where it cannot be written.

    Where its reader has gone (``| head``) the verdict, which is the exit code, stays what it is.
    """
    if sys.stdout is None:
        raise RefusedError("standard output is closed: nothing was printed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _print_no_more()
    except OSError as error:
        _print_no_more()
        reason = error.strerror or str(error)
        raise RefusedError(f"cannot write to standard output: {reason}") from error


def _print_no_more() -> None:
    """What is left in the buffer must not fail once more when Python ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _flush() -> None:
    """What argparse printed; like print_result where its reader has gone."""
    if sys.stdout is not None:
        print_result("")


def _run(arguments: list[str]) -> int:
    module: ModuleType | None
    if arguments and arguments[0] in COMMANDS:
        parser, module = _parser_of(arguments[0])
        arguments = arguments[1:]
    else:
        parser, module = parser_for(next((word for word in arguments if word in COMMANDS), None))
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        _flush()
        return int(stop.code or 0)
    except BrokenPipeError:  # of the help, with Python 3.10
        _print_no_more()
        return OK
    if module is None:
        raise UsageError(f"no command given; choose one of: {', '.join(COMMANDS)}")
    code: int = module.run(options)
    _flush()
    return code


def _parser_of(name: str) -> tuple[argparse.ArgumentParser, ModuleType]:
    """The parser of one command; to make those of all others as well takes time."""
    command = _Parser(
        prog=f"q2pconf {name}",
        description=_sentence(COMMANDS[name]),
        allow_abbrev=False,
        formatter_class=_Help,
    )
    return command, _fill(command, name)


def _fill(command: argparse.ArgumentParser, name: str) -> ModuleType:
    """Give a command its arguments; the module that has them."""
    module = importlib.import_module(_MODULES.get(name, f"q2pconf.cli.{name}"))
    _add_common(command, getattr(module, "MORE_RELEASES", ""))
    module.add_arguments(command)
    return module


def _sentence(purpose: str) -> str:
    return f"{purpose[0].upper()}{purpose[1:]}."


class _Help(argparse.HelpFormatter):
    """argparse makes one for each argument, and each would import shutil for the width."""

    def __init__(self, prog: str, **more: Any) -> None:
        super().__init__(prog, **{"width": columns() - 2, **more})


def columns() -> int:
    """The width of the terminal in characters; 80 where none is known."""
    named = os.environ.get("COLUMNS", "")
    if named.isascii() and named.isdigit() and int(named):
        return int(named)
    try:
        return os.get_terminal_size(1).columns or 80
    except (ValueError, OSError):
        return 80


class _Parser(argparse.ArgumentParser):
    """A parser that repeats what was typed without anything that could steer a terminal."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def parser_for(chosen: str | None) -> tuple[argparse.ArgumentParser, ModuleType | None]:
    """The parser with every command's name, and the arguments of the chosen one only."""
    parser = _Parser(
        prog="q2pconf",
        description="Write, check and explain QIIME 2 parallel configuration files.",
        allow_abbrev=False,
        formatter_class=_Help,
    )
    parser.add_argument("--version", action="version", version=f"q2pconf {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands", prog="q2pconf")
    module = None
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=purpose,
            description=_sentence(purpose),
            allow_abbrev=False,
            formatter_class=_Help,
        )
        if name == chosen:
            module = _fill(command, name)
    return parser, module


def _add_common(command: argparse.ArgumentParser, more: str = "") -> None:
    group = command.add_argument_group("common options")
    group.add_argument(
        "--release",
        metavar="REL",
        help=f"QIIME 2 release (2024.5, 2026.4, …), parsl==VERSION or installed{more};"
        " default: the one in the active environment, else the newest that is out",
    )
    group.add_argument(
        "--env",
        metavar="PREFIX",
        help="judge by what is installed in this conda or Python environment instead",
    )
    group.add_argument("-q", "--quiet", action="store_true", help="print results and warnings only")
    group.add_argument("-v", "--verbose", action="store_true", help="say more")
    group.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colour (default: auto)",
    )
    group.add_argument("--debug", action="store_true", help="show a traceback where q2pconf fails")
