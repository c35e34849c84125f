"""The file that a command is about: the one that is named, else the one that QIIME 2 loads."""

from __future__ import annotations

import argparse
import os

from q2pconf.chain import resolve
from q2pconf.cli.validate_inputs import read
from q2pconf.document import Document
from q2pconf.environments import activated
from q2pconf.errors import InputError
from q2pconf.releases import Release

__all__ = ["selected_document"]


def selected_document(options: argparse.Namespace, release: Release, purpose: str) -> Document:
    """The document of ``options.file``, else of the file that the chain selects.

    ``purpose`` completes "no file to …". Raises InputError where there is none, DocumentError
    where it is no text.
    """
    if options.file is not None:
        return read(options.file)
    env = activated(os.environ, options.env)
    found = resolve(env, release=release, home=os.path.expanduser("~"))
    if not found.ok:
        raise InputError(f"QIIME 2 would find no file to {purpose}: {found.error}")
    if found.path is None or not os.path.exists(found.path):
        raise InputError(
            "QIIME 2 would take its built-in default; name a FILE, or write one: q2pconf init"
        )
    return read(found.path)
