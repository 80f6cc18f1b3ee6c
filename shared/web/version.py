"""The version of this installation."""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata


@lru_cache(maxsize=1)
def version() -> str:
    """The version of the distribution. Reads a file the first time: call it while starting, not while answering."""
    return metadata.version("perspective")
