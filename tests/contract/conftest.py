"""The site as readers meet it: see tests.render.conftest."""

from tests.render.conftest import clock, content, free_address, is_repeating, search, serve

__all__ = ["clock", "content", "free_address", "is_repeating", "search", "serve"]
