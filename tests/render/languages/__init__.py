"""Tests of the words of pages, feeds and scripts."""
