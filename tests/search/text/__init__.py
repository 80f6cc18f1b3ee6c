"""Tests of ``services.search.text``.

languages  articles in several languages, and queries that find them
"""
