"""Tests of the benchmarks: what they measure, compute and show, on small corpora."""
