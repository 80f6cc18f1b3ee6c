"""Tests of ``shared.content.markdown``."""
