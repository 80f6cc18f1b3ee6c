"""Tests of ``services.check``."""
