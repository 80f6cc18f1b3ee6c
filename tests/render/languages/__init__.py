"""Tests of the words of pages, feeds and scripts.

texts  the languages there are, and the texts of HTML
"""
