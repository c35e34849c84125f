"""Questions as data, and answers into a file; knows no terminal."""

from __future__ import annotations

from q2pconf.wizard.building import Draft, build, preset
from q2pconf.wizard.heading import COUNT
from q2pconf.wizard.questions import (
    Question,
    asked,
    known_answers,
    missing,
    question,
    refusal,
    suggested_preset,
    with_default,
)
from q2pconf.wizard.sizing import provider_of
from q2pconf.wizard.surroundings import Surroundings

__all__ = [
    "COUNT",
    "Draft",
    "Question",
    "Surroundings",
    "asked",
    "build",
    "known_answers",
    "missing",
    "preset",
    "provider_of",
    "question",
    "refusal",
    "suggested_preset",
    "with_default",
]
