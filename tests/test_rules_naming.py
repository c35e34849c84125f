"""rules.naming: names in a mapping that QIIME 2 never finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from q2pconf import schema
from q2pconf.findings import Finding
from q2pconf.model import Config
from q2pconf.releases import Release, detect, find
from q2pconf.rules import Context, all_rules


def found(code: str, mapping: dict[str, Any], release: Release | None = None) -> list[Finding]:
    """What the rule says of this mapping below [parsl]."""
    chosen = release or find("2026.4")
    config = Config.from_data({"parsl": {"executor_mapping": mapping}}, schema.of(chosen))
    return list(all_rules()[code].check(config, Context(release=chosen, env={})))


def better(findings: list[Finding]) -> list[str | int | float | bool | None]:
    """The names that are proposed."""
    return [finding.fix.value if finding.fix else None for finding in findings]


@pytest.mark.parametrize(
    ("mapping", "name"),
    [
        ({"feature-table": {"summarize": "x"}}, "feature_table"),
        ({"q2-dada2": {"denoise_paired": "x"}}, "dada2"),
        ({"dada2": {"denoise-paired": "x"}}, "denoise_paired"),
    ],
)
def test_hyphens(mapping: dict[str, Any], name: str) -> None:
    assert better(found("Q2P305", mapping)) == [name]
    assert found("Q2P306", mapping) == []


@pytest.mark.parametrize(
    ("mapping", "name"),
    [
        ({"q2_dada2": {"denoise_paired": "x"}}, "dada2"),
        ({"DADA2": {"denoise_paired": "x"}}, "dada2"),
        ({"feature table": {"summarize": "x"}}, "feature_table"),
        ({"dada2": {"denoise paired": "x"}}, "denoise_paired"),
        ({"dada2": {"denoise.paired": "x"}}, None),
        ({"denoise_paired": {"dada2": "x"}}, None),
        ({"plugin_name": {"action_name": "x"}}, None),
        ({"dada2": {"some_action": "x"}}, None),
        ({"your_plugin": {"x": "x"}}, None),
    ],
)
def test_names_that_are_never_found(mapping: dict[str, Any], name: str | None) -> None:
    assert better(found("Q2P306", mapping)) == [name]
    assert found("Q2P305", mapping) == []


@pytest.mark.parametrize(
    "mapping",
    [
        {"dada2": {"denoise_paired": "x"}},
        {"SCNIC": {"calculate_correlations": "x"}},
        {"unheard_of": {"anything": "x"}},
        {"vsearch": {"vsearch": "x"}},
        {"alignment": {"mafft": "x"}, "phylogeny": {"alignment": "x"}},
        {"actions": {"metadata_action": "x"}},
        {},
    ],
)
def test_names_that_may_be_right(mapping: dict[str, Any]) -> None:
    assert found("Q2P306", mapping) == []


def test_flat_mapping_has_actions_only() -> None:
    flat = find("2024.5")
    assert better(found("Q2P305", {"denoise-paired": "x"}, flat)) == ["denoise_paired"]
    assert found("Q2P306", {"q2_dada2": "x", "DADA2": "x"}, flat) == []
    assert len(found("Q2P306", {"action_name": "x"}, flat)) == 1


@pytest.fixture
def installed(tmp_path: Path) -> Release:
    """A release whose environment has dada2 and a plugin whose actions cannot be read."""
    site = tmp_path / "lib" / "python3.12" / "site-packages"
    for name in ("rachis-2026.4.0", "parsl-2026.2.23", "q2_dada2-1.0", "mine-1.0"):
        (site / f"{name}.dist-info").mkdir(parents=True)
    (site / "q2_dada2").mkdir()
    (site / "q2_dada2" / "plugin_setup.py").write_text(
        "plugin = Plugin(name='dada2')\n"
        "plugin.methods.register_function(function=q2_dada2.denoise_paired)\n",
        encoding="utf-8",
    )
    for package, name, module in (
        ("q2_dada2-1.0", "q2-dada2", "q2_dada2.plugin_setup"),
        ("mine-1.0", "ordinations", "mine.setup"),
    ):
        (site / f"{package}.dist-info" / "entry_points.txt").write_text(
            f"[qiime2.plugins]\n{name} = {module}:plugin\n", encoding="utf-8"
        )
    release = detect({}, prefix=str(tmp_path))
    assert release is not None
    return release


def test_what_is_installed_is_looked_at(installed: Release) -> None:
    fine = {"dada2": {"denoise_paired": "x"}, "ordinations": {"any": "x"}, "mine": {"any": "x"}}
    assert found("Q2P306", fine, installed) == []
    assert better(found("Q2P306", {"ordination": {"any": "x"}}, installed)) == ["ordinations"]
    wrong = found("Q2P306", {"dada2": {"denoise_pair": "x"}}, installed)
    assert better(wrong) == ["denoise_paired"]
    assert wrong[0].message == "the plugin dada2 has no action called `denoise_pair`"


def test_a_plugin_that_is_elsewhere_is_no_warning(installed: Release) -> None:
    (finding,) = found("Q2P306", {"deblur": {"denoise_16S": "x"}}, installed)
    assert finding.severity.value == "info"
    assert found("Q2P306", {"dada2": {"something_else": "x"}}, installed) == []
