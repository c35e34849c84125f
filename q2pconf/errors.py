"""What can go wrong in q2pconf itself, each with the exit code that the command line gives."""

from __future__ import annotations

__all__ = ["InputError", "Q2pconfError", "RefusedError", "UsageError"]


class Q2pconfError(Exception):
    """Base of every error that q2pconf raises on purpose; its text is one line for a person."""

    exit_code = 2


class UsageError(Q2pconfError):
    """The call itself makes no sense: an unknown release, an option with an impossible value."""


class InputError(Q2pconfError):
    """A file cannot be read: missing, a folder, no permission, too large."""


class RefusedError(Q2pconfError):
    """Writing was refused so that nothing is lost, or was impossible."""
