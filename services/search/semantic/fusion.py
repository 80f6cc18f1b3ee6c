"""Scores by words and by meaning → one score. Pure.

    score = WORDS · coverage⁶ · words + Σ shares · section    (+ 1 for an exact match)
    section = (1 - WORDS) · similarity + SECTION_WORDS · words of the section

``words`` is the score by words, of the article or of the section, as a share of the best one. ``coverage`` is the
largest share of the query, weighted by rarity, that one section has: an article whose section has all words is hard to
pass, and if the words of a question are scattered, they count little. ``similarity`` is the cosine, rescaled so that
unrelated texts have 0. The sum is over the three best sections of the article. A query that is not a question is short:
each article then counts as one section.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: Weight of the words of an article if one section has all of the query; meaning has the rest. These numbers were
#: chosen on the odd halves of the questions, the site's judged queries, Cranfield, MED and NPL; see docs/search.md.
WORDS = 0.4
COVERAGE_POWER = 6
#: Weight of the words of a section, whatever they cover.
SECTION_WORDS = 0.06
#: The shares of the best sections of an article: one that deals with the question in several comes first.
SHARES = (0.5, 0.25, 0.25)


def rescaled(cosines: F32, unlike: float) -> F64:
    """Rescale cosines to similarity from 0 to 1: 0 at ``unlike`` and below. NaN stays NaN."""
    similarity: F64 = np.maximum((cosines.astype(np.float64) - unlike) / (1.0 - unlike), 0.0)
    return similarity


def share_of_best(scores: F64) -> F64:
    """``scores``, of which none is negative, as shares of the highest."""
    best = float(scores.max(initial=0.0))
    shares: F64 = scores / best if best > 0.0 else np.zeros(len(scores))
    return shares


def weight_of_words(coverage: float) -> float:
    """The weight of the words of an article if one section has this share of the query."""
    return WORDS * coverage**COVERAGE_POWER


def section_scores(similarity: F64, words: F64) -> F64:
    """The score of each section, from its similarity and from its score by words as a share of the best."""
    return (1.0 - WORDS) * similarity + SECTION_WORDS * words


def of_best_sections(sections: F64, counts: I64) -> F64:
    """The score of each article by its best sections; it has ``counts`` of the ``sections``, one or more.

    The shares of an article with fewer sections than SHARES add up to 1 as well.
    """
    size = max(len(SHARES), int(counts.max(initial=0)))
    is_own = np.arange(size) < counts[:, np.newaxis]
    table = np.full(is_own.shape, -np.inf)
    table[is_own] = sections
    best = -np.sort(-table, axis=1)[:, : len(SHARES)]
    shares = np.where(np.isfinite(best), SHARES, 0.0)
    scores: F64 = (np.where(np.isfinite(best), best, 0.0) * shares).sum(axis=1) / shares.sum(axis=1)
    return scores


def fuse(words: F64, coverage: float, sections: F64, is_exact: npt.NDArray[np.bool_]) -> F64:
    """The score of each article from its words, as a share of the best, and from its best sections."""
    fused: F64 = weight_of_words(coverage) * words + sections + is_exact
    return fused
