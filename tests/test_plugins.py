"""plugins: what QIIME 2 has in an environment, read off the text of its files."""

from __future__ import annotations

from pathlib import Path

from q2pconf import plugins

DADA2 = """
plugin = qiime2.plugin.Plugin(
    name='dada2',
    version=q2_dada2.__version__,
)
plugin.methods.register_function(
    function=q2_dada2.denoise_paired,
)
plugin.methods.register_function(function=denoise_single)
"""


def install(prefix: Path, package: str, entries: str, text: str | None = None) -> None:
    """A package as pip leaves it."""
    site = prefix / "lib" / "python3.10" / "site-packages"
    info = site / f"{package}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "entry_points.txt").write_text(entries, encoding="utf-8")
    if text is not None:
        (site / package).mkdir()
        (site / package / "plugin_setup.py").write_text(text, encoding="utf-8")


def test_a_plugin_with_its_names_and_actions(tmp_path: Path) -> None:
    entry = "[qiime2.plugins]\nq2-dada2 = q2_dada2.plugin_setup:plugin\n"
    install(tmp_path, "q2_dada2", entry, DADA2)
    (found,) = plugins.at_prefix(str(tmp_path))
    assert found.ids == {"dada2", "q2_dada2"}
    assert found.actions == {"denoise_paired", "denoise_single"}
    assert "register_function" in found.text


def test_both_groups_and_a_plugin_without_text(tmp_path: Path) -> None:
    install(tmp_path, "q2_one", "[rachis.plugins]\nq2-One=q2_one.plugin_setup:plugin\n")
    install(tmp_path, "two", "[console_scripts]\ntwo = two:main\n[qiime2.plugins]\ntwo-b = two:p\n")
    found = plugins.at_prefix(str(tmp_path))
    assert [plugin.ids for plugin in found] == [
        {"q2_One", "One", "q2_one", "one"},
        {"two_b", "two"},
    ]
    assert [plugin.text for plugin in found] == ["", ""]


def test_plugins_of_the_frameworks_tests_do_not_count(tmp_path: Path) -> None:
    install(tmp_path, "rachis", "[rachis.plugins]\ndummy-plugin = rachis.core.testing.plugin:d\n")
    assert plugins.at_prefix(str(tmp_path)) == ()


def test_files_that_cannot_be_read_as_what_they_are(tmp_path: Path) -> None:
    install(tmp_path, "broken", "q2-x = no section\n")
    assert plugins.at_prefix(str(tmp_path)) == ()
    assert plugins.at_prefix(str(tmp_path / "nowhere")) == ()


def test_none_is_told_where_some_cannot_be_seen(tmp_path: Path) -> None:
    entry = "[qiime2.plugins]\nq2-dada2 = q2_dada2.plugin_setup:plugin\n"
    install(tmp_path, "q2_dada2", entry, DADA2)
    (tmp_path / "lib" / "python3.10" / "site-packages" / "q2-mine.egg-link").touch()
    assert plugins.at_prefix(str(tmp_path)) == ()
