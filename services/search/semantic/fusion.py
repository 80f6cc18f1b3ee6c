"""Scores by words and by meaning → one score. Pure.

    score = WORDS · coverage³ · words + (1 - WORDS) · meaning    (+ 1 for an exact match)

``words`` is the score by words as a share of the best one; ``coverage`` is the share of the query, weighted by rarity,
that the best article has: an article with all words is hard to pass, and if the words of a question are nearly absent,
their scores count little. ``meaning`` is the cosine, rescaled so that unrelated texts have 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

#: Weight of words if the best article has all of the query; meaning has the rest. Both numbers were chosen on the odd
#: halves of the questions, the site's judged queries, Cranfield, MED and NPL; see docs/search.md.
WORDS = 0.4
COVERAGE_POWER = 3


def rescaled(cosines: F32, unlike: float) -> F64:
    """Rescale cosines to closeness from 0 to 1: 0 at ``unlike`` and below. NaN stays NaN."""
    closeness: F64 = np.maximum((cosines.astype(np.float64) - unlike) / (1.0 - unlike), 0.0)
    return closeness


def fuse(scores: F64, coverage: float, meaning: F64, is_exact: npt.NDArray[np.bool_]) -> F64:
    """The score of each article.

    An article without a vector (its ``meaning`` is NaN) gets the average meaning, so that new articles are found by
    their words until their vectors are made.
    """
    is_new = np.isnan(meaning)
    if is_new.any():
        average = 0.0 if is_new.all() else float(meaning[~is_new].mean())
        meaning = np.where(is_new, average, meaning)
    best = float(scores.max(initial=0.0))
    words = scores / best if best > 0 else np.zeros(len(scores))
    fused: F64 = weight_of_words(coverage) * words + (1.0 - WORDS) * meaning + is_exact
    return fused


def weight_of_words(coverage: float) -> float:
    """The weight of words if the best article has this share of the query."""
    return WORDS * coverage**COVERAGE_POWER
