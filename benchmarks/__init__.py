"""Benchmarks: this project beside the engines and servers that people would choose instead, as tables of ratios.

Nothing of the services imports this package.

query       the queries of a corpus, by kind
multiply    a collection several times over, as a larger site
corpus      the texts to measure on, parsed once
engines     the engines that are measured side by side
servers     servers that are measured, each a module to run
running     servers and services as processes of their own
traffic     clients that load a server, or outlast its failures
measuring   interleaved rounds → figures → a report, on a terminal or a page
cases       the benchmarks, one module each
against     this checkout beside an older one
relevance   how good the answers are
face        a running site in Chromium, beside other search interfaces
moving_in   what an import of real sites does
word_lists  makes the word lists of the search service

Errors:

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
