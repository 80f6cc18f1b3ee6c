"""Sets of document or section numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.search.arrays.array_file import Array

#: Up to this many numbers, binary search is faster; above it, a table of flags is.
FEW_NUMBERS = 256


def union(parts: Sequence[Array], limit: int) -> Array:
    """The distinct numbers of ``parts``, all below ``limit``, ascending."""
    is_in = np.zeros(limit, dtype=bool)
    for part in parts:
        is_in[part] = True
    return is_in.nonzero()[0]


def among(some: Array, lists: Sequence[Array], limit: int) -> Array:
    """Those of ``some`` that are in any of ``lists``. All are below ``limit``, and the lists ascend."""
    if len(lists) == 1 and len(some) <= FEW_NUMBERS:
        (others,) = lists
        if not len(others):
            return others
        is_in = others.take(others.searchsorted(some), mode="clip") == some
    else:
        marked = np.zeros(limit, dtype=bool)
        for one in lists:
            marked[one] = True
        is_in = marked.take(some)
    found: Array = some.take(is_in.nonzero()[0])
    return found
