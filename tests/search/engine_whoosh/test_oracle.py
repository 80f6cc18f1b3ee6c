"""The array engine against the plain scorer, on the same postings: identical hits, order and scores."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from whoosh.index import open_dir

from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.text.query import parse_query
from services.search.text.synonyms import Synonyms
from services.search.understanding.planning import as_typed, title_beginning
from shared.content.article import Article
from shared.search.contract import MAX_SIZE, SearchQuery
from tests.search.corpus import make_article, make_query
from tests.search.oracle import Oracle

ARTICLES = 45
QUERIES = 2_000
WINDOW = 6


def _grown(directory: Path) -> tuple[WhooshIndexStore, list[Article]]:
    """An index that was grown by several syncs: several segments, deleted and replaced documents."""
    store = WhooshIndexStore(directory)
    first = [make_article(seed) for seed in range(30)]
    store.sync(first)
    store.sync([*first, *(make_article(seed) for seed in range(30, ARTICLES))])
    final = [make_article(seed, version=int(seed % 8 == 1)) for seed in range(ARTICLES) if seed % 11]
    store.sync(final)
    return store, final


@pytest.fixture(scope="module")
def engine_and_oracle(tmp_path_factory: pytest.TempPathFactory) -> tuple[WhooshEngine, Oracle]:
    directory = tmp_path_factory.mktemp("index")
    store, articles = _grown(directory)
    store.close()
    engine = store.open()
    assert isinstance(engine, WhooshEngine)
    # A window so small that most queries have hits outside of it.
    engine = WhooshEngine(engine.generation_data, Synonyms.none(), window_size=WINDOW)
    return engine, Oracle(open_dir(str(directory)).reader(), articles, WINDOW)


def test_grown_index_has_several_segments_and_deleted_documents(
    engine_and_oracle: tuple[WhooshEngine, Oracle],
) -> None:
    engine, _ = engine_and_oracle
    generation = engine.generation_data
    assert len(generation.segments) > 1
    assert not generation.is_live.all()


@pytest.mark.parametrize("seed", range(10))
def test_hits_order_and_scores_are_those_of_the_plain_scorer(
    engine_and_oracle: tuple[WhooshEngine, Oracle], seed: int
) -> None:
    engine, oracle = engine_and_oracle
    rng = random.Random(seed)  # noqa: S311 # test data
    not_empty = 0
    for _ in range(QUERIES // 10):
        text, partial = make_query(rng), rng.random() < 0.3
        if partial:  # typed so far
            text = text[: len(text) - rng.randint(0, 4)]
        understood = engine.understand(SearchQuery(text, exact=True, partial=partial))
        built = understood.plan
        expected = oracle.search(built, text, title_beginning(understood.parsed), as_typed(understood.parsed))
        if not any(not group.is_optional for group in built.groups):
            continue  # nothing asked for but exclusions: a list by date, not by score
        not_empty += bool(expected)
        assert engine.search(SearchQuery(text, exact=True, partial=partial, size=1)).total == len(expected), text
        got = _ranked(engine, SearchQuery(text, exact=True, partial=partial, size=MAX_SIZE))
        for (slug, score), (wanted_slug, wanted_score) in zip(got, expected, strict=True):
            assert score == pytest.approx(wanted_score, abs=1e-6), (text, slug, wanted_slug)
        assert _ordered(got) == _ordered(expected), text
        pages = [_ranked(engine, SearchQuery(text, exact=True, partial=partial, size=3, page=page)) for page in (1, 2)]
        assert [*pages[0], *pages[1]] == got[:6], text
    assert not_empty > QUERIES // 20


def _ranked(engine: WhooshEngine, query: SearchQuery) -> list[tuple[str, float]]:
    return [(engine.generation_data.stored(one.document)["slug"], one.score) for one in engine.rank(query)]


def _ordered(hits: list[tuple[str, float]]) -> list[str]:
    """The slugs; those whose scores differ by less than rounding are put in order of slug on both sides."""
    return [slug for slug, _ in sorted(hits, key=lambda hit: (-round(hit[1], 6), hit[0]))]


def test_parsed_query_is_the_one_the_oracle_sees() -> None:
    assert parse_query("outbox pattern").groups
