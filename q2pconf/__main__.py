"""``python -m q2pconf``."""

from q2pconf.cli import main

raise SystemExit(main())
