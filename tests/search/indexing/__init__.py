"""Tests of ``services.search.indexing``."""
