"""The version of this installation."""

from __future__ import annotations

from importlib import metadata

#: Read while importing, as the code itself is: never while answering.
VERSION = metadata.version("perspective")
