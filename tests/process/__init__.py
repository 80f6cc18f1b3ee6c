"""Tests of ``shared.process``."""
