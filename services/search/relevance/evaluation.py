"""Ranking metrics from 0 to 1. Pure; they take gains, not documents.

A *gain* is the grade of the document at a rank, 0 if it is not relevant. Rankings are best first, and may be shorter
than ``k``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence


def ndcg(gains: Sequence[float], judged: Collection[float], k: int = 10) -> float:
    """Normalised discounted cumulated gain at ``k``, gains linear; 0 if nothing was judged relevant.

    ``judged`` are the grades of all relevant documents, found or not. (Järvelin, Kekäläinen: "Cumulated gain-based
    evaluation of IR techniques", 2002, with the discount log2(rank + 1).)
    """
    ideal = _dcg(sorted(judged, reverse=True)[:k])
    return _dcg(gains[:k]) / ideal if ideal else 0.0


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def reciprocal_rank(gains: Sequence[float], k: int = 10, least: float = 1) -> float:
    """One over the rank of the first document with a gain of at least ``least``; 0 if none is among the first ``k``."""
    return next((1.0 / rank for rank, gain in enumerate(gains[:k], 1) if gain >= least), 0.0)


def recall(gains: Sequence[float], judged: Collection[float], k: int = 100) -> float:
    """The share of the relevant documents among the first ``k``; 0 if nothing was judged relevant."""
    relevant = sum(grade > 0 for grade in judged)
    return sum(gain > 0 for gain in gains[:k]) / relevant if relevant else 0.0


def mean(values: Collection[float]) -> float:
    """The arithmetic mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0
