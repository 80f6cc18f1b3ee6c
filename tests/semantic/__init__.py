"""Tests of the second stage, which ranks queries by meaning.

articles  articles that questions find by their meaning
models    models small enough to make in a test
"""
