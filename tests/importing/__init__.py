"""Tests of ``services.importing``."""
