"""Tests of ``services.search.meaning``.

articles  the articles of a small site
"""
