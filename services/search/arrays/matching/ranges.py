"""Ranges of consecutive numbers, such as the rows of a table that belong to each of several owners."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def ranges(firsts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Concatenate the ranges ``firsts[i]`` to ``firsts[i] + counts[i]``."""
    ends = counts.cumsum()
    if not len(ends):
        return ends
    numbers = np.arange(ends[-1])
    begins = firsts - ends
    begins += counts
    numbers += begins.repeat(counts)
    return numbers
