"""Runs of neighbouring numbers: what rows of a table belong to each of several owners."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def ranges(firsts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Consecutive numbers from each of ``firsts`` on, one range behind the other."""
    ends = counts.cumsum()
    if not len(ends):
        return ends
    numbers = np.arange(ends[-1])
    begins = firsts - ends
    begins += counts
    numbers += begins.repeat(counts)
    return numbers
