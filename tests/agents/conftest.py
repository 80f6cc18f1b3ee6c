"""The servers that the tests of render use."""

from tests.render.conftest import clock, content, free_address, is_repeating, patience, search, serve

__all__ = ["clock", "content", "free_address", "is_repeating", "patience", "search", "serve"]
