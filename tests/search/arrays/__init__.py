"""Tests of ``services.search.arrays``."""
