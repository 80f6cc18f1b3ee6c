"""The score by words of each section of some documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from services.search.arrays.matching.by_section import words_by_section
from services.search.arrays.matching.matching import match_group
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.reranking import SectionWords
from services.search.text.query import parse_query
from services.search.text.synonyms import Synonyms
from services.search.understanding.planning import make_plan
from shared.content.article import Article
from tests.search_service.articles import make_article

RELAY = make_article("relay", "Relays", sections=(("Reading", "The outbox table."), ("Writing", "The table.")))
PODS = make_article("pods", "Pods", sections=(("Limits", "Memory of a pod."), ("Outbox", "None."), ("Rest", "Rest.")))
PLAIN = make_article("plain", "Plain", text="Nothing.")
OTHERS = tuple(make_article(f"other-{number}", text="Other words.") for number in range(8))


@pytest.fixture
def store(tmp_path: Path) -> WhooshIndexStore:
    """A store without articles."""
    return WhooshIndexStore(tmp_path)


def read(store: WhooshIndexStore, articles: Iterable[Article], typed: str, slugs: Sequence[str]) -> SectionWords:
    """The sections of ``slugs`` for ``typed``, in an index of ``articles``."""
    store.sync(articles)
    engine = store.open()
    assert isinstance(engine, WhooshEngine)
    generation = engine.generation_data
    matches = [match_group(generation, group) for group in make_plan(parse_query(typed), Synonyms.none()).groups]
    return words_by_section(generation, matches, [generation.by_slug[slug] for slug in slugs])


def test_articles_are_in_the_order_asked_for_with_a_score_for_each_section(store: WhooshIndexStore) -> None:
    found = read(store, (RELAY, PODS, PLAIN, *OTHERS), "outbox", ("plain", "pods", "relay"))
    assert [(own > 0.0).tolist() for own in found.scores] == [[False], [False, True, False], [True, False]]


def test_section_with_more_of_the_query_scores_higher(store: WhooshIndexStore) -> None:
    (own,) = read(store, (RELAY, PODS, PLAIN, *OTHERS), "outbox table", ("relay",)).scores
    assert own[0] > own[1] > 0.0


def test_coverage_is_that_of_one_section_with_the_title(store: WhooshIndexStore) -> None:
    articles = (RELAY, PODS, PLAIN, *OTHERS)
    assert read(store, articles, "relays outbox table", ("relay",)).coverage == pytest.approx(1.0)
    assert 0.2 < read(store, articles, "memory outbox", ("pods",)).coverage < 0.8
    assert read(store, articles, "memory outbox", ("plain",)).coverage == 0.0
    assert read(store, articles, "unknown", ("plain",)).coverage == 0.0


def test_longer_section_with_the_same_words_scores_lower(store: WhooshIndexStore) -> None:
    long = make_article("long", "Long", sections=(("A", "Table." + " And so on." * 99), ("B", "Table."), ("C", "No.")))
    (own,) = read(store, (long, *OTHERS), "table", ("long",)).scores
    assert 0.0 < own[0] < own[1]


def test_documents_of_several_segments_are_read(store: WhooshIndexStore) -> None:
    store.sync((RELAY, *OTHERS))
    found = read(store, (RELAY, *OTHERS, PODS), "outbox", ("pods", "relay"))
    engine = store.open()
    assert isinstance(engine, WhooshEngine)
    assert len(engine.generation_data.segments) > 1
    assert [(own > 0.0).any() for own in found.scores] == [True, True]


def test_scores_do_not_depend_on_how_many_segments_there_are(tmp_path: Path) -> None:
    articles, slugs = (RELAY, *OTHERS, PODS), ("pods", "relay")
    whole, grown = (WhooshIndexStore(tmp_path / name) for name in ("whole", "grown"))
    grown.sync(articles[:-1])
    wanted, found = (read(store, articles, "outbox table", slugs) for store in (whole, grown))
    assert found.coverage == pytest.approx(wanted.coverage)
    assert [own.tolist() for own in found.scores] == [pytest.approx(own.tolist()) for own in wanted.scores]


def test_no_documents_are_no_error(store: WhooshIndexStore) -> None:
    assert read(store, (RELAY, *OTHERS), "outbox", ()) == SectionWords([], 0.0)
