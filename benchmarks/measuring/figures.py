"""Figures from samples: percentiles, medians over rounds, ratios, and the exponent of a growth. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

__all__ = ["Rounds", "growth_exponent", "median", "median_ratio", "percentile"]


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least ``share`` (0 to 1) of all do not exceed (nearest rank)."""
    if not samples:
        raise ValueError("a percentile of no samples")
    return sorted(samples)[max(math.ceil(share * len(samples)), 1) - 1]


@dataclass(frozen=True, slots=True)
class Rounds:
    """The times of one subject, in seconds: for each round, one sample for each query, in order."""

    samples: tuple[tuple[float, ...], ...]

    def of_queries(self) -> list[float]:
        """The time of each query: its median over the rounds, so that a pause of the machine is not its own."""
        return [median(times) for times in zip(*self.samples, strict=True)]

    def percentile(self, share: float) -> float:
        """The percentile over the queries: at 0.95, one query in twenty takes longer than this."""
        return percentile(self.of_queries(), share)

    def worst(self) -> float:
        """The time of the slowest query."""
        return max(self.of_queries())

    def slowest_query(self) -> int:
        """Its number."""
        times = self.of_queries()
        return times.index(max(times))


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of rounds that were measured side by side.

    Where one had fewer rounds, only those that both had count: they were the same minutes of the machine.
    """
    return median(one / other for one, other in zip(ours, theirs, strict=False))


def growth_exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """``k`` of value ≈ c · size^k, by least squares on logarithms: 0 is constant, 1 is linear."""
    return linear_regression([math.log(size) for size in sizes], [math.log(value) for value in values]).slope
