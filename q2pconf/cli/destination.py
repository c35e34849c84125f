"""Where a new file goes, what is there already, and how it is written."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from q2pconf import chain
from q2pconf._dataclasses import dataclass
from q2pconf.directories import config_folders
from q2pconf.document import Document
from q2pconf.errors import InputError, Q2pconfError, RefusedError, UsageError
from q2pconf.releases import Release
from q2pconf.save import make_folder, replace_text, save_text

__all__ = ["NAMED", "Destination", "destination"]

NAMED = ("user", "site", "conda")
"""Places that go by their purpose; their folder is made where it is missing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """A file to write. ``content`` is what is in it now, None for no file; ``text`` the same where
    it is text, ``document`` where that is TOML; ``named``: its folder is made if it is missing."""

    path: str
    content: bytes | None = None
    text: str | None = None
    document: Document | None = None
    named: bool = False

    @property
    def exists(self) -> bool:
        """Whether there is something of that name."""
        return os.path.lexists(self.path)

    def check(self) -> None:
        """Whether a file can be written there, before anybody answers questions for it.

        Raises InputError or RefusedError.
        """
        target = os.path.realpath(self.path)
        folder = os.path.dirname(target)
        while self.named and not os.path.lexists(folder):
            folder = os.path.dirname(folder)
        if os.path.isdir(target) or self.path.endswith(os.sep):
            raise InputError(f"cannot write {self.path}: it is a folder; name a file in it")
        if not os.path.isdir(folder):
            raise InputError(
                f"cannot write {self.path}: there is no folder {folder}; create it first"
            )
        if not os.access(folder, os.W_OK | os.X_OK):
            raise RefusedError(
                f"cannot write {self.path}: you may not write in the folder {folder}"
            )
        if self.exists and self.text is None:
            raise RefusedError(f"{self.path} exists and is not a text file; name another with -o")

    def write(self, text: str, *, replace: bool) -> str | None:
        """Write the file and return the name of the back-up, if there was something to keep."""
        if self.named:
            make_folder(os.path.dirname(self.path))
        there = self.exists
        if there and not replace and not os.path.isdir(self.path):
            raise RefusedError(
                f"{self.path} exists already; nothing was changed (--force changes in it what you"
                " name; with --preset it is written anew)"
            )
        self._unchanged()
        if self.text is not None and self.text != text:
            name = replace_text(self.path, text, self.text).name
            return os.path.join(os.path.dirname(self.path), name)
        save_text(self.path, text, overwrite=there)
        return None

    def _unchanged(self) -> None:
        """Refuse where the file is not the one that was looked at, or nothing to be kept."""
        if _bytes(self.path) != self.content:
            raise RefusedError(
                f"{self.path} was changed by somebody else meanwhile; nothing was written"
            )
        if self.content is not None and self.text is None:
            raise RefusedError(f"{self.path} exists and is not a text file; name another with -o")


def _bytes(path: str) -> bytes | None:
    """What is in a file; None where there is none. Raises RefusedError where it is not readable."""
    if not os.path.isfile(path):
        return None
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise RefusedError(f"{path} exists and cannot be read: {error.strerror}") from error


def destination(
    options: argparse.Namespace, release: Release, env: Mapping[str, str], platform: str
) -> Destination | None:
    """The file that the options name, None for standard output."""
    path = _path(options, release, env, platform)
    if path is None:
        return None
    text = document = None
    content = _bytes(path)
    if content is not None:
        with suppress(UnicodeDecodeError):
            text = content.decode("utf-8")
        with suppress(Q2pconfError):
            found = Document.from_bytes(content, path)
            _ = found.data
            document = found
    return Destination(
        path=path, content=content, text=text, document=document, named=options.to in NAMED
    )


def _path(
    options: argparse.Namespace, release: Release, env: Mapping[str, str], platform: str
) -> str | None:
    if options.output == "" or options.to == "":
        raise UsageError("-o needs the name of a file, or - to print it")
    if options.to is None:
        return None if options.output == "-" else options.output or chain.FILE_NAME
    if options.to not in NAMED:
        if os.sep not in options.to and not options.to.endswith(".toml"):
            raise UsageError(f"--to {options.to}: user, site, conda, or the path of a file")
        return str(options.to)
    if options.to == "conda":
        prefix = options.env or env.get("CONDA_PREFIX")
        if not prefix:
            raise UsageError(
                "--to conda: no conda environment is active; activate one, or use --env"
            )
        return os.path.join(prefix, "etc", chain.FILE_NAME)
    library = release.loader.directories
    places = config_folders(library, env, os.path.expanduser("~"), platform)
    folder = places.user if options.to == "user" else places.site
    return os.path.join(folder, chain.FILE_NAME)
