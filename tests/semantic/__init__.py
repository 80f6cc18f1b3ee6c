"""Tests of the second stage, which reads queries for their meaning."""
