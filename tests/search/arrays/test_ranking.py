"""The shortcuts of scoring and ranking give what the plain computations give, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from services.search.arrays.matching.matching import match_group
from services.search.arrays.matching.ranking import SELECTED_AT_ONCE, _nths
from services.search.arrays.matching.scores import COVERAGE_SHARE, TABLED_GROUPS, coverage, idf, shares_of_query
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.text.query import parse_query
from services.search.text.synonyms import Synonyms
from services.search.understanding.planning import make_plan
from tests.search.corpus import make_article

ARTICLES = tuple(make_article(seed) for seed in range(60))
WORDS = "outbox pattern pods memory limit locked row order table".split()


@pytest.mark.parametrize("count", [64, 65, 900, SELECTED_AT_ONCE + 1, 5 * SELECTED_AT_ONCE])
@pytest.mark.parametrize("distinct", [1, 7, 10**6])
def test_the_scores_that_decide_are_those_of_a_full_sort(count: int, distinct: int) -> None:
    scores = np.random.default_rng(count).integers(0, distinct, count).astype(float)
    in_order = sorted(scores.tolist(), reverse=True)
    for first, last in ((1, 1), (10, 64), (64, 64)):
        assert _nths(scores, first, last) == (in_order[first - 1], in_order[last - 1])


@pytest.mark.parametrize("words", range(2, TABLED_GROUPS + 3))
def test_coverage_is_the_same_by_table_and_by_sum(engine: WhooshEngine, words: int) -> None:
    generation = engine.generation_data
    groups = make_plan(parse_query(" ".join(WORDS[:words])), Synonyms.none()).groups
    matches = [match_group(generation, group) for group in groups]
    assert len(matches) == words
    candidates = np.arange(generation.documents)
    shares = shares_of_query(matches, candidates, [idf(generation, match.df) for match in matches])
    expected = (1.0 - COVERAGE_SHARE) + COVERAGE_SHARE * shares
    found = coverage(generation, matches, candidates)
    assert found.tolist() == expected.tolist()
    assert len(set(found.tolist())) > 2
