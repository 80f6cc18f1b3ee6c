"""Tests of ``services.render.theming``."""
