"""Tests of ``shared.content.parsing``."""
