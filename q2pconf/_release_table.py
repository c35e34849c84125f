"""schemas/releases.toml, read. Written by tools/write_release_table.py; do not edit."""

# fmt: off
# ruff: noqa: E501
SOURCE = """\
# The one table of releases: QIIME 2 release → the Parsl it ships → what its loader does.
# A new release is one line under [releases]; the schema of a new Parsl is written by
#   python tools/generate_schemas.py
# run in an environment that has it. A new section under [loaders] is needed only where the loader
# itself changed.

# default = true marks the release that is assumed where none is given or found.
# coming = true marks a release that is not out yet: taken where it is installed or named.
# tomlkit: the TOML reader in the release's lock file (it decides which order of tables loads).
[releases]
"2023.7" = { parsl = "2023.8.28", loader = "2023.7", tomlkit = "0.12.1" }
"2023.9" = { parsl = "2023.10.16", loader = "2023.7", tomlkit = "0.12.1" }
"2024.2" = { parsl = "2023.12.4", loader = "2024.2", tomlkit = "0.12.3" }
"2024.5" = { parsl = "2024.4.15", loader = "2024.2", tomlkit = "0.13.2" }
"2024.10" = { parsl = "2024.4.15", loader = "2024.10", tomlkit = "0.13.2" }
"2025.4" = { parsl = "2024.4.15", loader = "2024.10", tomlkit = "0.13.2" }
"2025.7" = { parsl = "2024.4.15", loader = "2024.10", tomlkit = "0.13.2" }
"2025.10" = { parsl = "2024.4.15", loader = "2024.10", tomlkit = "0.13.2" }
"2026.1" = { parsl = "2024.4.15", loader = "2026.1", tomlkit = "0.14.0" }
"2026.4" = { parsl = "2026.2.23", loader = "2026.1", tomlkit = "0.14.0", default = true }
"2026.7" = { parsl = "2026.2.23", loader = "2026.7", tomlkit = "0.15.1", coming = true }
"2026.10" = { parsl = "2026.2.23", loader = "2026.7", tomlkit = "0.15.1", coming = true }

# Versions of Parsl that no release ships, for those who use the file with a Parsl of their own.
# They are judged as if the newest release's loader read the file.
[parsl]
"2026.10.26" = { loader = "2026.7", tomlkit = "0.15.1" }

# mapping: "flat" is action → label, "per-plugin" is plugin → action → label.
# chain_mapping: the table whose mapping counts when the file is found through the priority chain
#   ("" where the loader drops it in any case).
# directories: the library that says where the user's and the site's config folders are.
# *_label, worker_cap_key: what the default file carries that this loader writes.
# framework: the distribution that carries the loader.
# plain_values: whether Parsl is handed plain Python values; the first loaders hand on tomlkit's own,
#   whose decimal numbers cannot be rounded.
# objects: keys whose table becomes an object, and the module that has the class (the first loaders
#   misspell one module, so their launcher tables always fail).
[loaders."2023.7"]
framework = "qiime2"
mapping = "flat"
chain_mapping = ""
directories = "appdirs"
thread_label = "default"
process_label = "htex"
worker_cap_key = "max_workers"
plain_values = false
[loaders."2023.7".objects]
channel = "parsl.channels"
channels = "parsl.channels"
data_provider = "parsl.data_provider"
data_providers = "parsl.data_provider"
executor = "parsl.executors"
executors = "parsl.executors"
launcher = "parsl.launcher"
launchers = "parsl.launcher"
monitoring = "parsl.monitoring"
provider = "parsl.providers"
providers = "parsl.providers"

[loaders."2024.2"]
framework = "qiime2"
mapping = "flat"
chain_mapping = ""
directories = "appdirs"
thread_label = "default"
process_label = "htex"
worker_cap_key = "max_workers"
plain_values = true
[loaders."2024.2".objects]
channel = "parsl.channels"
channels = "parsl.channels"
data_provider = "parsl.data_provider"
data_providers = "parsl.data_provider"
executor = "parsl.executors"
executors = "parsl.executors"
launcher = "parsl.launchers"
launchers = "parsl.launchers"
monitoring = "parsl.monitoring"
provider = "parsl.providers"
providers = "parsl.providers"

[loaders."2024.10"]
framework = "qiime2"
mapping = "per-plugin"
chain_mapping = "executor_mapping"
directories = "appdirs"
thread_label = "tpool"
process_label = "default"
worker_cap_key = "max_workers"
plain_values = true
[loaders."2024.10".objects]
channel = "parsl.channels"
channels = "parsl.channels"
data_provider = "parsl.data_provider"
data_providers = "parsl.data_provider"
executor = "parsl.executors"
executors = "parsl.executors"
launcher = "parsl.launchers"
launchers = "parsl.launchers"
monitoring = "parsl.monitoring"
provider = "parsl.providers"
providers = "parsl.providers"

[loaders."2026.1"]
framework = "rachis"
mapping = "per-plugin"
chain_mapping = "executor_mapping"
directories = "appdirs"
thread_label = "tpool"
process_label = "default"
worker_cap_key = "max_workers_per_node"
plain_values = true
[loaders."2026.1".objects]
data_provider = "parsl.data_provider"
data_providers = "parsl.data_provider"
executor = "parsl.executors"
executors = "parsl.executors"
launcher = "parsl.launchers"
launchers = "parsl.launchers"
monitoring = "parsl.monitoring"
provider = "parsl.providers"
providers = "parsl.providers"

[loaders."2026.7"]
framework = "rachis"
mapping = "per-plugin"
chain_mapping = "executor_mapping"
directories = "platformdirs"
thread_label = "tpool"
process_label = "default"
worker_cap_key = "max_workers_per_node"
plain_values = true
[loaders."2026.7".objects]
data_provider = "parsl.data_provider"
data_providers = "parsl.data_provider"
executor = "parsl.executors"
executors = "parsl.executors"
launcher = "parsl.launchers"
launchers = "parsl.launchers"
monitoring = "parsl.monitoring"
provider = "parsl.providers"
providers = "parsl.providers"
"""

CONTENT = {'releases': {'2023.7': {'parsl': '2023.8.28', 'loader': '2023.7', 'tomlkit': '0.12.1'},
              '2023.9': {'parsl': '2023.10.16', 'loader': '2023.7', 'tomlkit': '0.12.1'},
              '2024.2': {'parsl': '2023.12.4', 'loader': '2024.2', 'tomlkit': '0.12.3'},
              '2024.5': {'parsl': '2024.4.15', 'loader': '2024.2', 'tomlkit': '0.13.2'},
              '2024.10': {'parsl': '2024.4.15', 'loader': '2024.10', 'tomlkit': '0.13.2'},
              '2025.4': {'parsl': '2024.4.15', 'loader': '2024.10', 'tomlkit': '0.13.2'},
              '2025.7': {'parsl': '2024.4.15', 'loader': '2024.10', 'tomlkit': '0.13.2'},
              '2025.10': {'parsl': '2024.4.15', 'loader': '2024.10', 'tomlkit': '0.13.2'},
              '2026.1': {'parsl': '2024.4.15', 'loader': '2026.1', 'tomlkit': '0.14.0'},
              '2026.4': {'parsl': '2026.2.23',
                         'loader': '2026.1',
                         'tomlkit': '0.14.0',
                         'default': True},
              '2026.7': {'parsl': '2026.2.23',
                         'loader': '2026.7',
                         'tomlkit': '0.15.1',
                         'coming': True},
              '2026.10': {'parsl': '2026.2.23',
                          'loader': '2026.7',
                          'tomlkit': '0.15.1',
                          'coming': True}},
 'parsl': {'2026.10.26': {'loader': '2026.7', 'tomlkit': '0.15.1'}},
 'loaders': {'2023.7': {'framework': 'qiime2',
                        'mapping': 'flat',
                        'chain_mapping': '',
                        'directories': 'appdirs',
                        'thread_label': 'default',
                        'process_label': 'htex',
                        'worker_cap_key': 'max_workers',
                        'plain_values': False,
                        'objects': {'channel': 'parsl.channels',
                                    'channels': 'parsl.channels',
                                    'data_provider': 'parsl.data_provider',
                                    'data_providers': 'parsl.data_provider',
                                    'executor': 'parsl.executors',
                                    'executors': 'parsl.executors',
                                    'launcher': 'parsl.launcher',
                                    'launchers': 'parsl.launcher',
                                    'monitoring': 'parsl.monitoring',
                                    'provider': 'parsl.providers',
                                    'providers': 'parsl.providers'}},
             '2024.2': {'framework': 'qiime2',
                        'mapping': 'flat',
                        'chain_mapping': '',
                        'directories': 'appdirs',
                        'thread_label': 'default',
                        'process_label': 'htex',
                        'worker_cap_key': 'max_workers',
                        'plain_values': True,
                        'objects': {'channel': 'parsl.channels',
                                    'channels': 'parsl.channels',
                                    'data_provider': 'parsl.data_provider',
                                    'data_providers': 'parsl.data_provider',
                                    'executor': 'parsl.executors',
                                    'executors': 'parsl.executors',
                                    'launcher': 'parsl.launchers',
                                    'launchers': 'parsl.launchers',
                                    'monitoring': 'parsl.monitoring',
                                    'provider': 'parsl.providers',
                                    'providers': 'parsl.providers'}},
             '2024.10': {'framework': 'qiime2',
                         'mapping': 'per-plugin',
                         'chain_mapping': 'executor_mapping',
                         'directories': 'appdirs',
                         'thread_label': 'tpool',
                         'process_label': 'default',
                         'worker_cap_key': 'max_workers',
                         'plain_values': True,
                         'objects': {'channel': 'parsl.channels',
                                     'channels': 'parsl.channels',
                                     'data_provider': 'parsl.data_provider',
                                     'data_providers': 'parsl.data_provider',
                                     'executor': 'parsl.executors',
                                     'executors': 'parsl.executors',
                                     'launcher': 'parsl.launchers',
                                     'launchers': 'parsl.launchers',
                                     'monitoring': 'parsl.monitoring',
                                     'provider': 'parsl.providers',
                                     'providers': 'parsl.providers'}},
             '2026.1': {'framework': 'rachis',
                        'mapping': 'per-plugin',
                        'chain_mapping': 'executor_mapping',
                        'directories': 'appdirs',
                        'thread_label': 'tpool',
                        'process_label': 'default',
                        'worker_cap_key': 'max_workers_per_node',
                        'plain_values': True,
                        'objects': {'data_provider': 'parsl.data_provider',
                                    'data_providers': 'parsl.data_provider',
                                    'executor': 'parsl.executors',
                                    'executors': 'parsl.executors',
                                    'launcher': 'parsl.launchers',
                                    'launchers': 'parsl.launchers',
                                    'monitoring': 'parsl.monitoring',
                                    'provider': 'parsl.providers',
                                    'providers': 'parsl.providers'}},
             '2026.7': {'framework': 'rachis',
                        'mapping': 'per-plugin',
                        'chain_mapping': 'executor_mapping',
                        'directories': 'platformdirs',
                        'thread_label': 'tpool',
                        'process_label': 'default',
                        'worker_cap_key': 'max_workers_per_node',
                        'plain_values': True,
                        'objects': {'data_provider': 'parsl.data_provider',
                                    'data_providers': 'parsl.data_provider',
                                    'executor': 'parsl.executors',
                                    'executors': 'parsl.executors',
                                    'launcher': 'parsl.launchers',
                                    'launchers': 'parsl.launchers',
                                    'monitoring': 'parsl.monitoring',
                                    'provider': 'parsl.providers',
                                    'providers': 'parsl.providers'}}}}
