"""Tests of ``services.render.searching``."""
