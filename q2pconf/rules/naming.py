"""Rules on the names of plugins and actions in a mapping: those that QIIME 2 never finds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from q2pconf import names, plugins
from q2pconf._dataclasses import dataclass
from q2pconf.findings import Finding, Fix, KeyPath
from q2pconf.model import Config
from q2pconf.rules import Context, info, rule, warning
from q2pconf.rules.mapping import INNER, OUTER

__all__: list[str] = []

PLUGINS = frozenset(
    {
        "alignment", "amrfinderplus", "annotate", "assembly", "boots", "composition", "cutadapt",
        "dada2", "deblur", "demux", "diversity", "diversity_lib", "emperor", "feature_classifier",
        "feature_table", "fondue", "fragment_insertion", "gneiss", "kmerizer", "longitudinal",
        "metadata", "moshpit", "phylogeny", "quality_control", "quality_filter", "rescript", "rgi",
        "sample_classifier", "sapienns", "stats", "taxa", "types", "vizard", "viromics", "vsearch",
    }
)  # fmt: skip
"""Plugins that come with QIIME 2's distributions, now or earlier; there are others."""

_STAND_IN = re.compile(
    r"(?:(?:my|your|some|other|another|the)_?)*(?:plugin|action)(?:_?(?:name|id))?|your_\w+",
    re.IGNORECASE,
)
_IGNORED = "QIIME 2 ignores the line and runs the action on the executor labelled default"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Name:
    """A name in a mapping; ``plugin`` is the table that an action stands in, None for a plugin."""

    path: KeyPath
    text: str
    plugin: str | None
    entries: Mapping[str, Any]

    @property
    def plain(self) -> str:
        """The name in the form in which QIIME 2 looks for it."""
        name = self.text.strip().replace("-", "_").replace(" ", "_")
        return name.removeprefix("q2_") if self.is_plugin else name

    @property
    def is_plugin(self) -> bool:
        return self.plugin is None


@rule("Q2P305", "A plugin or action name with a hyphen", "warning")
def hyphenated_name(config: Config, context: Context) -> Iterator[Finding]:
    """Plugins and actions are named as in Python, with underscores (feature_table, denoise_paired).
    A name with a hyphen, as on the command line, is never found, and nobody says so."""
    for name in _names(config, context):
        if "-" in name.text and re.fullmatch(r"[\w-]+", name.text):
            yield _never_found(
                "Q2P305", name, f"`{name.text}` is never found: names have underscores here, not"
                " hyphens", name.plain,
            )  # fmt: skip


@rule("Q2P306", "A plugin or action name that QIIME 2 never finds", "warning", "info")
def unknown_name(config: Config, context: Context) -> Iterator[Finding]:
    """A mapping is plugin → action → label, with the names that QIIME 2 uses inside Python: dada2
    and not q2_dada2, the plugin outside and the action inside. Nobody says so when a name is never
    found: the line is ignored. (A line for a pipeline is without effect too: only the methods
    and visualizers that it calls are sent to executors.) Write it as in
    [parsl.executor_mapping.dada2] and below it denoise_paired = "default"."""
    prefix = context.release.prefix
    installed = plugins.at_prefix(prefix) if prefix else ()
    for name in _names(config, context):
        if "-" in name.text and re.fullmatch(r"[\w-]+", name.text):
            continue  # Q2P305
        if name.plugin and _STAND_IN.fullmatch(name.plugin):
            continue  # said of the plugin
        yield from _judged(name, installed)


def _judged(name: _Name, installed: tuple[plugins.Plugin, ...]) -> Iterator[Finding]:
    ids = {one for plugin in installed for one in plugin.ids}
    told = _odd(name) or (_misnamed(name, ids) if name.is_plugin else None)
    if told is not None:
        yield told
    elif installed:
        yield from _not_installed(name, installed, ids)


def _odd(name: _Name) -> Finding | None:
    """A name that nothing can have."""
    quoted = f"`{name.text}`"
    if _STAND_IN.fullmatch(name.text):
        what = "a plugin" if name.is_plugin else "an action"
        message = f"{quoted} stands for the name of {what} in the documentation"
        return _never_found("Q2P306", name, message, None, f"write the name of {what}")
    if re.fullmatch(r"\w+", name.text):
        return None
    plugin, dot, action = name.text.replace("-", "_").partition(".")
    if dot and re.fullmatch(r"\w+", plugin) and re.fullmatch(r"\w+", action):
        hint = f'write [parsl.executor_mapping.{plugin}] and below it `{action} = "…"`'
        message = f"{quoted} is taken for one name, and names have no dots"
        return _never_found("Q2P306", name, message, None, hint)
    better = name.plain if re.fullmatch(r"\w+", name.plain) else None
    message = f"{quoted} is never found: names have letters, digits and underscores only"
    return _never_found("Q2P306", name, message, better, "write the name as Python has it")


def _misnamed(name: _Name, ids: set[str]) -> Finding | None:
    """A table that is called after something else than its plugin."""
    quoted, known = f"`{name.text}`", PLUGINS | ids
    if name.text in known:
        return None
    if name.text.startswith("q2_"):
        message = f"{quoted} is the name of a package; the plugin is called {name.plain}"
        return _never_found("Q2P306", name, message, name.plain)
    if name.text.lower() in known:
        message = f"{quoted} is never found: the plugin is called {name.text.lower()}"
        return _never_found("Q2P306", name, message, name.text.lower())
    inside = list(name.entries)
    if inside and all(key in known for key in inside):
        message = f"`{inside[0]}` is a plugin and {quoted} is not: they have changed places"
        hint = f'write [parsl.executor_mapping.{inside[0]}] and below it `{name.text} = "…"`'
        return _never_found("Q2P306", name, message, None, hint)
    return None


def _not_installed(
    name: _Name, installed: tuple[plugins.Plugin, ...], ids: set[str]
) -> Iterator[Finding]:
    """What the files of the environment say against a name."""
    if name.is_plugin:
        if name.text in ids:
            return
        near = names.alike(name.text, sorted(ids))
        if near is not None and name.text not in PLUGINS:
            message = f"QIIME 2 has no plugin called `{name.text}` here"
            yield _never_found("Q2P306", name, message, near)
        else:
            yield info(
                "Q2P306", name.path, f"the plugin `{name.text}` is not installed here", part="key",
                hint="nothing to do, unless its name is misspelt",
            )  # fmt: skip
        return
    homes = [plugin for plugin in installed if name.plugin in plugin.ids]
    if len(homes) != 1 or re.search(rf"\b{re.escape(name.text)}\b", homes[0].text):
        return
    near = names.alike(name.text, sorted(homes[0].actions))
    if near is not None:
        message = f"the plugin {name.plugin} has no action called `{name.text}`"
        yield _never_found("Q2P306", name, message, near)


def _never_found(
    code: str, name: _Name, message: str, better: str | None, hint: str | None = None
) -> Finding:
    return warning(
        code,
        name.path,
        message,
        part="key",
        consequence=_IGNORED,
        hint=f"write `{better}`" if better else hint,
        fix=Fix(kind="rename", key=name.path, value=better, safe=True) if better else None,
    )


def _names(config: Config, context: Context) -> Iterator[_Name]:
    """Every name of a mapping, in the shape that the release looks for."""
    flat = context.release.loader.mapping == "flat"
    for table in (INNER,) if flat else (INNER, OUTER):
        value: Any = config.data
        for part in table:
            value = value.get(part) if isinstance(value, Mapping) else None
        for key, entry in value.items() if isinstance(value, Mapping) else ():
            path = (*table, str(key))
            if not isinstance(entry, Mapping):
                # Not per plugin: an action up to 2024.5, a mistake of another kind afterwards.
                if flat or "-" in str(key):
                    yield _Name(path=path, text=str(key), plugin="", entries={})
                continue
            yield _Name(path=path, text=str(key), plugin=None, entries=entry)
            for action in entry:
                yield _Name(
                    path=(*path, str(action)), text=str(action), plugin=str(key), entries={}
                )
