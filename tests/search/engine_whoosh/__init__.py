"""Tests of ``services.search.engine_whoosh``.

stock_whoosh  a program that asks an index with whoosh-reloaded alone
"""
