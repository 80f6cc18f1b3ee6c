"""Tests of ``services.render.sending``."""
