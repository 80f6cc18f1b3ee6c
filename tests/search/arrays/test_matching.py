"""What a query matched is kept for later queries, within a bound, and answers them as if it were read again."""

from __future__ import annotations

import pytest

from services.search.arrays.matching.matching import LARGEST_SHARE, MatchCache, Matched, match_group
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.text.query import parse_query
from services.search.text.synonyms import Synonyms
from services.search.understanding.planning import make_plan
from shared.search.contract import SearchQuery
from tests.search.corpus import make_article

ARTICLES = tuple(make_article(seed) for seed in range(60))
QUERIES = (
    "outbox",
    "outbox pattern",
    "pods memory limit",
    "getUserById",
    '"the relay" table',
    "locked row orders",
    "out*",
)


def matched(engine: WhooshEngine, typed: str, cache: MatchCache) -> list[Matched]:
    groups = make_plan(parse_query(typed), Synonyms.none()).groups
    return [match_group(engine.generation_data, group, cache).matched for group in groups]


@pytest.mark.parametrize("typed", QUERIES)
def test_a_word_is_matched_once(engine: WhooshEngine, typed: str) -> None:
    cache = MatchCache()
    first, second = matched(engine, typed, cache), matched(engine, typed, cache)
    assert all(one is other for one, other in zip(first, second, strict=True))


def test_kept_matches_answer_as_first_read(engine: WhooshEngine) -> None:
    fresh = {typed: WhooshEngine(engine.generation_data, Synonyms.none()).rank(SearchQuery(typed)) for typed in QUERIES}
    warm = WhooshEngine(engine.generation_data, Synonyms.none())
    for _ in range(2):
        for typed in QUERIES:
            assert warm.rank(SearchQuery(typed)) == fresh[typed]
    assert any(fresh.values())


def test_kept_matches_stay_within_their_bytes(engine: WhooshEngine) -> None:
    free = MatchCache()
    largest = max(one.size_bytes for typed in QUERIES for one in matched(engine, typed, free))
    bounded = MatchCache(LARGEST_SHARE * largest)
    for typed in QUERIES:
        matched(engine, typed, bounded)
        assert 0 < bounded.size_bytes <= LARGEST_SHARE * largest
    assert free.size_bytes > LARGEST_SHARE * largest
    # What is larger than its share is not kept.
    narrow = MatchCache(LARGEST_SHARE * largest - 1)
    for typed in QUERIES:
        sizes = [one.size_bytes for one in matched(engine, typed, narrow)]
        assert narrow.size_bytes or largest in sizes
