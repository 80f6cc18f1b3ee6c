"""Tests of ``shared.content.folder.watch``.

edits  a folder with one article, an edit of it, and the result that follows
"""
