"""Tests of ``services.search.text``."""
