"""Tests of ``services.search.understanding``.

articles  the articles of a small site
"""
