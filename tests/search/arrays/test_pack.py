"""Flats → arrays: however they are cut, the same, and without holding both."""

from __future__ import annotations

import numpy as np

from services.search.arrays.segment.memory_segment import invert
from services.search.arrays.segment.pack import pack
from services.search.text.term_table import TermTable
from tests.search_service.articles import SITE


def test_packing_releases_its_input_and_is_independent_of_batches() -> None:
    table = TermTable()
    whole, pieces = [invert(SITE, TermTable())], [invert([article], table) for article in SITE]
    packed, also = pack(whole), pack(pieces)
    assert (whole, pieces) == ([], [])
    assert packed.keys() == also.keys()
    assert [name for name in packed if not np.array_equal(packed[name], also[name])] == []
