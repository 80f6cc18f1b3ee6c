"""The one exception of the package."""

from __future__ import annotations


class ImportRefused(Exception):
    """An import cannot be done. The message says where, why and what to do; nothing was written."""
