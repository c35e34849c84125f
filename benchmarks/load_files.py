"""Load configuration files as QIIME 2 does; run by the Python of an environment that has rachis."""

import sys

from rachis.sdk.parallel_config import load_config_from_file

failed = 0
for name in sys.argv[1:]:
    try:
        load_config_from_file(name)
    except Exception as error:
        failed = 1
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
raise SystemExit(failed)
