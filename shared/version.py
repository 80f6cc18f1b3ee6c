"""The version of this installation."""

from __future__ import annotations

from importlib import metadata

#: Read once at import, never while answering.
VERSION = metadata.version("perspective")
