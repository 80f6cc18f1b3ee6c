"""Tests of ``shared.content.folder.loader``.

results  the problems of a LoadResult, and the HTML of its articles
"""
