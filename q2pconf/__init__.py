"""Write, check and explain QIIME 2 parallel configuration files."""

from __future__ import annotations

__version__ = "0.1.0"
