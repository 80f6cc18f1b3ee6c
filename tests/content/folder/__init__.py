"""Tests of ``shared.content.folder``.

loading   the first load and later ones
watching  events, polling, and the times at which articles appear
"""
