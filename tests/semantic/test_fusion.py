"""Two scores → one."""

from __future__ import annotations

import numpy as np
import pytest

from services.search.semantic.fusion import WORDS, fuse, of_best_sections, rescaled, section_scores, share_of_best

NOT_EXACT = np.zeros(2, dtype=bool)


def test_rescaled_is_nothing_for_unlike_texts_and_one_for_the_same() -> None:
    cosines = np.array([-1, 0.46, 0.73, 1, np.nan], dtype=np.float32)
    assert rescaled(cosines, 0.46) == pytest.approx([0, 0, 0.5, 1, np.nan], nan_ok=True, abs=1e-6)


def test_words_count_as_a_share_of_the_best() -> None:
    assert share_of_best(np.array([8.0, 4.0, 0.0])) == pytest.approx([1.0, 0.5, 0.0])
    assert share_of_best(np.zeros(2)) == pytest.approx([0.0, 0.0])
    assert len(share_of_best(np.zeros(0))) == 0


def test_words_count_little_if_no_section_has_most_of_the_query() -> None:
    nothing, words = np.zeros(2), np.array([1.0, 0.5])
    assert fuse(words, 1.0, nothing, NOT_EXACT) == pytest.approx([WORDS, WORDS / 2])
    assert fuse(words, 0.5, nothing, NOT_EXACT) == pytest.approx([WORDS / 64, WORDS / 128])


def test_meaning_turns_the_order_where_words_say_little() -> None:
    fused = fuse(np.array([1.0, 0.9]), 0.4, np.array([0.06, 0.3]), NOT_EXACT)
    assert fused[1] > fused[0]


def test_an_exact_match_comes_first_whatever_the_rest_means() -> None:
    fused = fuse(np.array([0.1, 1.0]), 1.0, np.array([0.0, 0.6]), np.array([True, False]))
    assert fused[0] > fused[1]


def test_article_counts_by_its_three_best_sections() -> None:
    sections = np.array([0.1, 0.8, 0.4, 0.4, 0.2, 0.8])
    assert of_best_sections(sections, np.array([5, 1])) == pytest.approx([0.5 * 0.8 + 0.25 * 0.4 + 0.25 * 0.4, 0.8])


def test_shares_of_two_sections_add_up_to_one() -> None:
    assert of_best_sections(np.array([0.3, 0.6]), np.array([2])) == pytest.approx([0.5])


def test_section_has_a_score_by_meaning_and_a_little_by_words() -> None:
    assert section_scores(np.array([0.5, 0.5]), np.array([0.0, 1.0])) == pytest.approx([0.3, 0.36])


def test_nothing_found_is_no_error() -> None:
    none = np.zeros(0)
    assert len(fuse(none, 0.0, none, np.zeros(0, dtype=bool))) == 0
