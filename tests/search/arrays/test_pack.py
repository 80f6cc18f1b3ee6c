"""In-memory segment → arrays."""

from __future__ import annotations

import numpy as np
import pytest

from services.search.arrays.segment.derived import order_by
from services.search.arrays.segment.memory_segment import invert
from services.search.arrays.segment.pack import pack
from services.search.text.term_table import TermTable
from tests.search_service.articles import SITE


def test_arrays_are_independent_of_the_numbers_of_terms() -> None:
    table = TermTable()
    table.terms_of("zebra yak outbox relay")
    packed, also = pack(invert(SITE, TermTable())), pack(invert(SITE, table))
    assert packed.keys() == also.keys()
    assert [name for name in packed if not np.array_equal(packed[name], also[name])] == []


@pytest.mark.parametrize("stem_groups", [5, 1 << 16, (1 << 16) + 1, 1 << 20])
def test_occurrences_are_in_stable_order_by_stem_group_however_many_groups_there_are(stem_groups: int) -> None:
    of = np.random.default_rng(stem_groups).integers(0, stem_groups, 4000).astype(np.uint32)
    of[:3] = stem_groups - 1, 0, stem_groups - 1
    order, starts = order_by(of, stem_groups)
    assert order.tolist() == sorted(range(len(of)), key=of.__getitem__)
    assert len(starts) == stem_groups + 1
    assert starts[-1] == len(of)
    assert (of[order[starts[-2] :]] == stem_groups - 1).all()
