"""``q2pconf init``: ask what is wanted, show what it comes to, write the file."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from q2pconf import capacity, chain, cluster, presets, schema, wizard
from q2pconf._dataclasses import replace
from q2pconf.answers import read, read_one
from q2pconf.checks import check_document
from q2pconf.cli import OK, at_terminal, chosen_release, print_result, say
from q2pconf.cli.destination import NAMED, Destination, destination
from q2pconf.cli.init_options import add_arguments, given_answers
from q2pconf.cli.presets import folders
from q2pconf.document import Document
from q2pconf.errors import Q2pconfError, UsageError
from q2pconf.host import resolve_cpus, resolve_host
from q2pconf.model import Config
from q2pconf.presets import Preset
from q2pconf.releases import Release
from q2pconf.render.outline import outline
from q2pconf.render.preview import preview, whole
from q2pconf.render.terminal import Style, style
from q2pconf.wizard import Draft, Surroundings

if TYPE_CHECKING:
    from q2pconf.interview import Interview

__all__ = ["add_arguments", "run"]

_SCHEDULERS = {
    "SlurmProvider": ("slurm",),
    "PBSProProvider": ("pbs", "torque"),
    "TorqueProvider": ("torque", "pbs"),
    "GridEngineProvider": ("sge",),
}


def run(options: argparse.Namespace) -> int:
    """Gather the answers, build the file, show it, write it."""
    release = chosen_release(options)
    place = destination(options, release, os.environ, sys.platform)
    given = given_answers(options)
    read(given)
    asks = _asks(options)
    printed = options.dry_run or place is None
    if asks and place is not None and not printed:
        place.check()
    here = _surroundings(given)
    if asks:
        draft = _talk(options, release, None if printed else place, given, here)
    else:
        draft = _quietly(options, release, place, given, here)
    if printed or place is None:
        print_result(draft.document.text)
        return OK
    kept = place.write(draft.document.text, replace=options.force or asks)
    _tell(options, draft, place.path, kept)
    return OK


def _quietly(
    options: argparse.Namespace,
    release: Release,
    place: Destination | None,
    given: Mapping[str, Any],
    here: Surroundings,
) -> Draft:
    """The draft of what is given, without a question; what it comes to goes to stderr."""
    found = _presets()
    start = None
    changes = options.force or options.dry_run
    fits = _fitting(place.document, found) if place and changes else None
    if options.preset is not None:
        chosen = presets.find(options.preset, folders())
    elif fits is not None:
        chosen, start = fits
    elif here.cluster is not None and not options.yes:
        name = wizard.suggested_preset(found, here)
        named = f"{name} for the cluster, " if name != "local" else ""
        raise UsageError(f"--preset is needed: {named}local for this machine")
    else:
        chosen = found[wizard.suggested_preset(found, here)]
    lacking = () if options.yes or start is not None else wizard.missing(chosen, given)
    if lacking:
        flags = ", ".join(f"--{name}" for name in lacking)
        raise UsageError(
            f"no terminal to ask at, and these answers are missing: {flags}"
            " (--yes takes the suggested ones)"
        )
    draft = wizard.build(chosen, given, release, _for(chosen, here), start)
    _check(draft, start)
    if options.verbose:
        for limit in here.cpus.considered:
            say(f"{limit.source}: {limit.detail}")
    if not options.quiet:
        for line in (*_outline(draft), *(f"note: {line}" for line in draft.said)):
            say(line)
        if place and place.exists and options.dry_run and not options.force:
            say(f"note: {place.path} exists already; only with --force would it be written")
    return draft


def _talk(
    options: argparse.Namespace,
    release: Release,
    place: Destination | None,
    given: Mapping[str, Any],
    here: Surroundings,
) -> Draft:
    """The draft that a person agreed to. Raises KeyboardInterrupt where there is no agreement."""
    from q2pconf import interview, prompts

    look = style(options.color, os.environ, is_terminal=True)
    try:
        with prompts.colour(look.colour):
            interview.greet(place.path if place else None, str(release))
            chosen, start = _begin(options, place, here)
            here = _for(chosen, here)
            trial, start = _trial(chosen, given, release, here, start)
            talk = interview.Interview(
                chosen=chosen,
                here=here,
                known=wizard.known_answers(start) if start is not None else {},
                labels=Config.from_data(trial.document.data, schema.of(release)).labels(),
            )
            return _agreed(talk, given, release, start, place, look)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("stopped; nothing was written") from None


def _begin(
    options: argparse.Namespace, place: Destination | None, here: Surroundings
) -> tuple[Preset, Document | None]:
    """The preset, and the file to change if it is to be changed rather than replaced."""
    from q2pconf import interview, prompts

    found = _presets()
    fits = _fitting(place.document, found) if place else None
    asked = fits is not None and options.preset is None
    if fits is not None and asked and place and interview.existing(place.path):
        return fits
    if place and place.exists and not asked:
        why = "" if options.preset else ", but questions cannot change it"
        prompts.tell(
            f"{place.path} exists{why}. A new file replaces it once you agree; the old one is kept"
            " beside it.",
            "strong",
        )
    if options.preset is not None:
        return presets.find(options.preset, folders()), None
    return found[interview.where(found, here)], None


def _trial(
    chosen: Preset,
    given: Mapping[str, Any],
    release: Release,
    here: Surroundings,
    start: Document | None,
) -> tuple[Draft, Document | None]:
    """The file as it would be without a question: what is wrong with options is said at once.

    A file with errors of its own is not built upon.
    """
    from q2pconf import prompts

    draft = wizard.build(chosen, given, release, here, start)
    if start is None:
        _check(draft, start)
        return draft, None
    errors = check_document(draft.document, release).errors
    if not errors:
        return draft, start
    prompts.tell(f"The file has an error: {errors[0].message}.", "wrong")
    prompts.tell("So it is replaced by a new one; the old one is kept beside it.", "strong")
    return _trial(chosen, given, release, here, None)


def _agreed(
    talk: Interview,
    given: Mapping[str, Any],
    release: Release,
    start: Document | None,
    place: Destination | None,
    look: Style,
) -> Draft:
    """Ask, show, change, until the person wants the file."""
    from q2pconf import interview, prompts

    found = talk.answers(given)
    while True:
        try:
            draft = wizard.build(talk.chosen, found, release, _with_count(talk.here, found), start)
            _check(draft, start)
        except UsageError as error:
            prompts.tell(str(error), "wrong")
            found = talk.changed(found)
            continue
        if place is None:
            return draft
        text = draft.document.text
        sys.stdout.write(preview(text, place.text, place.path, prompts.size()[1], look))
        sys.stdout.flush()
        interview.conclude(_outline(draft), draft.said)
        step = interview.decide(place.path)
        while step == "show":
            sys.stdout.write(f"\n{whole(text)}\n")
            step = interview.decide(place.path)
        if step == "write":
            return draft
        if step == "stop":
            raise KeyboardInterrupt
        found = talk.changed(found)


def _surroundings(given: Mapping[str, Any]) -> Surroundings:
    host = resolve_host(os.environ)
    here = Surroundings(
        env=os.environ,
        cpus=resolve_cpus(os.environ, given=None),
        memory_gb=host.memory_gb,
        cluster=cluster.detect(os.environ),
    )
    return _with_count(here, given)


def _with_count(here: Surroundings, found: Mapping[str, Any]) -> Surroundings:
    """The surroundings with the number of CPUs that was answered, if one was."""
    wanted = found.get("max_cpus")
    if wanted is None:
        return here
    count = read_one("max_cpus", wanted)[0]
    return replace(here, cpus=resolve_cpus(os.environ, given=count))


def _for(chosen: Preset, here: Surroundings) -> Surroundings:
    """The surroundings without a cluster that the preset's jobs do not go to."""
    mine = here.cluster and here.cluster.scheduler
    if mine in _SCHEDULERS.get(wizard.provider_of(chosen.document), ()):
        return here
    return replace(here, cluster=None)


def _asks(options: argparse.Namespace) -> bool:
    """Whether a person sits there who wants to be asked."""
    return not options.yes and at_terminal()


def _presets() -> Mapping[str, Preset]:
    found, broken = presets.load_all(folders())
    for one in broken:
        say(f"note: the preset {one.path} is left out: {one.reason}")
    return found


def _fitting(
    document: Document | None, found: Mapping[str, Preset]
) -> tuple[Preset, Document] | None:
    """The preset that has the same provider as a file, and the file."""
    if document is None:
        return None
    try:
        mine = wizard.provider_of(document)
        fits = (one for one in found.values() if wizard.provider_of(one.document) == mine)
        chosen = next((one for one in fits if one.origin == "built-in"), None)
    except (Q2pconfError, KeyError, TypeError):
        return None
    return (chosen, document) if chosen else None


def _check(draft: Draft, start: Document | None) -> None:
    """What is written here is right: only what was set by hand can make it wrong."""
    errors = check_document(draft.document, draft.release).errors
    if not errors:
        return
    told = f"{errors[0].message}: {errors[0].hint or errors[0].consequence}"
    own = draft.preset is not None and draft.preset.origin != "built-in"
    if own and draft.preset is not None:
        raise UsageError(f"{draft.preset.path}: files of this preset have an error: {told}")
    if draft.answers.settings or draft.answers.worker_init or start is not None:
        raise UsageError(f"the file would have an error: {told}")
    raise RuntimeError(f"the file for {draft.release} would be wrong: {told}")


def _outline(draft: Draft) -> list[str]:
    config = Config.from_data(draft.document.data, schema.of(draft.release))
    return outline(capacity.of_config(config, draft.release))


def _tell(options: argparse.Namespace, draft: Draft, target: str, kept: str | None) -> None:
    """On stderr: what was written, and what to type next."""
    if options.quiet:
        return
    done = "wrote" if not kept else "changed" if draft.preset is None else "replaced"
    say(f"{done} {target} for {draft.release}")
    if kept:
        say(f"the file as it was is {kept}")
    # A name that begins with a dash would be taken for an option.
    file = shlex.quote(f"./{target}" if target.startswith("-") else target)
    named = f" --release {draft.release.name}" if options.release else ""
    say("next:")
    say(f"  q2pconf explain{named} {file}")
    say(f"  q2pconf try {file}   (where QIIME 2 is active: starts it for real)")
    if options.to in NAMED:
        _tell_chain(options, draft.release, target)
    else:
        say(f"  qiime PLUGIN PIPELINE ... --parallel-config {file}")


def _tell_chain(options: argparse.Namespace, release: Release, target: str) -> None:
    """Whether QIIME 2 finds the file by itself, or what comes before it."""
    from q2pconf.environments import activated

    env = activated(os.environ, options.env)
    found = chain.resolve(env, release=release, home=os.path.expanduser("~"))
    if found.path == target:
        say("  qiime PLUGIN PIPELINE ... --parallel   (QIIME 2 finds the file by itself)")
    else:
        say(f"note: QIIME 2 loads {found.path or 'its built-in default'} instead: q2pconf which")
