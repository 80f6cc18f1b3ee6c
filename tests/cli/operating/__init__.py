"""Query insight."""
