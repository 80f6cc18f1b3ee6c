"""Tests of ``services.render.pages``."""
