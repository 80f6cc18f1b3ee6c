"""Tests of ``services.render.site``."""
