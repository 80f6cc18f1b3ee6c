"""Tests of the second stage, which reads queries for their meaning.

models  models small enough to make in a test
"""
