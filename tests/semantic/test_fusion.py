"""Two scores → one."""

from __future__ import annotations

import numpy as np
import pytest

from services.search.semantic.fusion import WORDS, fuse, rescaled

NOT_EXACT = np.zeros(2, dtype=bool)


def test_rescaled_is_nothing_for_unlike_texts_and_one_for_the_same() -> None:
    cosines = np.array([-1, 0.46, 0.73, 1, np.nan], dtype=np.float32)
    assert rescaled(cosines, 0.46) == pytest.approx([0, 0, 0.5, 1, np.nan], nan_ok=True, abs=1e-6)


def test_words_count_as_a_share_of_the_best_and_of_the_query() -> None:
    meaning = np.array([0.0, 0.0])
    assert fuse(np.array([8.0, 4.0]), 1.0, meaning, NOT_EXACT) == pytest.approx([WORDS, WORDS / 2])
    assert fuse(np.array([8.0, 4.0]), 0.5, meaning, NOT_EXACT) == pytest.approx([WORDS / 8, WORDS / 16])


def test_meaning_turns_the_order_where_words_say_little() -> None:
    fused = fuse(np.array([8.0, 7.0]), 0.4, np.array([0.1, 0.5]), NOT_EXACT)
    assert fused[1] > fused[0]


def test_an_exact_match_comes_first_whatever_the_rest_means() -> None:
    fused = fuse(np.array([1.0, 8.0]), 1.0, np.array([0.0, 1.0]), np.array([True, False]))
    assert fused[0] > fused[1]


def test_article_without_a_vector_counts_as_one_of_average_meaning() -> None:
    scores, meaning = np.array([8.0, 8.0, 8.0]), np.array([0.2, np.nan, 0.6])
    fused = fuse(scores, 1.0, meaning, np.zeros(3, dtype=bool))
    assert fused[1] == pytest.approx((fused[0] + fused[2]) / 2)


def test_without_any_vector_the_order_is_that_by_words() -> None:
    fused = fuse(np.array([8.0, 7.0]), 1.0, np.array([np.nan, np.nan]), NOT_EXACT)
    assert fused[0] > fused[1]
    assert not np.isnan(fused).any()


def test_nothing_found_is_no_error() -> None:
    assert len(fuse(np.zeros(0), 0.0, np.zeros(0), np.zeros(0, dtype=bool))) == 0
