"""Benchmarks: this project beside the engines and servers that people would choose instead, as tables of ratios.

Nothing of the services imports this package. Errors:

    BenchmarkError
        CorpusMissing         the texts to measure on are not there: says where they are expected
        ToolMissing           a program that is measured beside is not installed: names the package that brings it
        InvalidMeasurement    what was measured is not what was to be measured (an empty answer, a wrong status)
"""

from __future__ import annotations


class BenchmarkError(Exception):
    """The root of what stops a benchmark."""


class CorpusMissing(BenchmarkError):
    """The texts to measure on are not there."""


class ToolMissing(BenchmarkError):
    """A program that is measured beside is not installed."""


class InvalidMeasurement(BenchmarkError):
    """What was measured is not what was to be measured: the figures would mean nothing."""
