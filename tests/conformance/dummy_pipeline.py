"""Runs a pipeline of QIIME 2's dummy plugin in parallel, with qiime2_config.toml in this folder.

For the Python of a release, with QIIMETEST set; prints the sorted numbers that come out, [1, 2].
"""

from __future__ import annotations

from rachis.core.testing.util import get_dummy_plugin

plugin = get_dummy_plugin()

from rachis.core.testing.type import SingleInt  # noqa: E402
from rachis.sdk import Artifact  # noqa: E402
from rachis.sdk.parallel_config import ParallelConfig, load_config_from_file  # noqa: E402

one, two = (Artifact.import_data(SingleInt, number) for number in (1, 2))
config, mapping = load_config_from_file("qiime2_config.toml")
with ParallelConfig(config, mapping):
    future = plugin.pipelines["resumable_pipeline"].parallel([one, two], {"one": one, "two": two})
    results = future._result()
print(sorted(artifact.view(int) for artifact in results.list_return.values()))
