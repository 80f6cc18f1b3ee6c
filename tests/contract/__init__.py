"""Tests of ``shared.search``, the wire contract between render and search, and of what the last releases answered.

recording  asks a search service over a small site, and keeps its answers in ``recorded/VERSION.json``
shapes     the fields and types of JSON values, and whether one answer carries all of another

``python -m tests.contract.recording`` records this version: once, before its release.
"""
