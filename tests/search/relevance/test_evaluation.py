"""The measures, against values computed by hand."""

from __future__ import annotations

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.relevance.evaluation import mean, ndcg, recall, reciprocal_rank

GAINS = st.lists(st.integers(0, 3), max_size=20)


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    found = 3 / log2(3) + 2 / log2(4)
    ideal = 3 / log2(2) + 2 / log2(3)
    assert ndcg([0, 3, 2], [2, 3]) == pytest.approx(found / ideal)


def test_ndcg_counts_missing_documents_and_nothing_past_its_depth() -> None:
    assert ndcg([3], [3, 3]) == pytest.approx(1 / (1 + 1 / log2(3)))
    assert ndcg([0] * 10 + [3], [3]) == 0
    assert ndcg([1], [1] * 50, k=1) == 1


def test_reciprocal_rank_is_of_the_first_gain_that_is_enough() -> None:
    assert reciprocal_rank([0, 1, 2]) == 1 / 2
    assert reciprocal_rank([0, 1, 2], least=2) == 1 / 3
    assert reciprocal_rank([0, 1, 2], k=2, least=2) == 0


def test_recall_is_a_share_of_all_relevant() -> None:
    assert recall([0, 1, 0, 2], [1, 2, 3, 0]) == pytest.approx(2 / 3)
    assert recall([0, 1, 2], [1, 2], k=2) == 1 / 2


def test_nothing_judged_and_nothing_found_are_zero() -> None:
    assert [ndcg([], []), ndcg([1], []), ndcg([], [1])] == [0, 0, 0]
    assert [recall([], []), recall([], [1]), reciprocal_rank([]), mean([])] == [0, 0, 0, 0]


@given(GAINS)
def test_measures_stay_between_zero_and_one_and_the_ideal_order_is_one(gains: list[int]) -> None:
    for value in (ndcg(gains, gains), reciprocal_rank(gains), recall(gains, gains)):
        assert 0 <= value <= 1 + 1e-9
    if any(gains):
        assert ndcg(sorted(gains, reverse=True), gains) == pytest.approx(1)
        assert recall(gains, gains) == 1
