"""Tests of ``services.exporting``."""
