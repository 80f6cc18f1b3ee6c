"""Benchmarks: this project compared with the engines and servers that people would choose instead, as tables of ratios.

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
relevance   the relevance of answers, compared with other engines
interfaces  a running site in Chromium, compared with other search interfaces
moving_in   imports of real sites
word_lists  makes the word lists of the search service

Errors:

    BenchmarkError
        CorpusMissing         the corpus is missing: says where it is expected
        ToolMissing           a program to compare with is not installed: names its package
        InvalidMeasurement    a measurement is invalid (an empty answer, a wrong status)
"""

from __future__ import annotations


class BenchmarkError(Exception):
    """The root of the errors that stop a benchmark."""


class CorpusMissing(BenchmarkError):
    """The corpus is missing."""


class ToolMissing(BenchmarkError):
    """A program to compare with is not installed."""


class InvalidMeasurement(BenchmarkError):
    """A measurement is invalid: its figures would mean nothing."""
