"""Scores by words and by meaning → one score. Pure.

    score = WORDS · coverage · words + (1 - WORDS) · meaning    (+ 1 for what the query names exactly)

``words`` is the score by words as a share of the best one; ``coverage`` how much of the query, by rarity, the best of
them has: where the words of a question are hardly anywhere, what they say counts less. ``meaning`` is the cosine,
rescaled so that texts with nothing in common have 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

#: What words count, meaning counts the rest. Chosen on the odd half of the questions; see docs/search.md.
WORDS = 0.2


def rescaled(cosines: F32, unlike: float) -> F64:
    """Cosines as closeness from 0 to 1: 0 at ``unlike`` and below. What is not a number stays so."""
    closeness: F64 = np.maximum((cosines.astype(np.float64) - unlike) / (1.0 - unlike), 0.0)
    return closeness


def fuse(scores: F64, coverage: float, meaning: F64, is_exact: npt.NDArray[np.bool_]) -> F64:
    """The score of each article. One without a vector (its ``meaning`` is not a number) counts as one of average
    meaning, so that what is new is found by its words until its vector is made.
    """
    known = ~np.isnan(meaning)
    average = float(meaning[known].mean()) if known.any() else 0.0
    best = float(scores.max(initial=0.0))
    words = scores / best if best > 0 else np.zeros(len(scores))
    fused: F64 = WORDS * coverage * words + (1.0 - WORDS) * np.where(known, meaning, average) + is_exact
    return fused
