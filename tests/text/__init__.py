"""Tests of ``shared.text``."""
