"""Tests of ``services.importing``.

sites  small sites in the form of each tool
"""
