"""Ranges of consecutive numbers, such as the rows of a table that belong to each of several owners."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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


def starts_of(counts: Iterable[int] | npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
    """The offset at which each of adjacent ranges of ``counts`` rows begins, and the end of the last."""
    sizes = counts if isinstance(counts, np.ndarray) else np.fromiter(counts, dtype=np.int64)
    starts = np.zeros(len(sizes) + 1, dtype=np.uint32)
    np.cumsum(sizes, out=starts[1:])
    return starts


def is_new(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """True at each index whose value differs from the one before: where a run of equal values begins."""
    found = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found
