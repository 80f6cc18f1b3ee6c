"""Related articles: the shortcuts of a segment give what a scan of all postings gives."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.matching.matching import K1
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import Segment
from services.search.arrays.showing import related
from services.search.arrays.showing.related import best_of, distinctive_terms
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.text.terms import is_stop_word
from shared.content.article import Block, Body, Section
from tests.search.corpus import make_article


@pytest.mark.parametrize("seed", range(3))
def test_terms_and_frequencies_are_those_of_a_scan_after_edits_deletions_and_merges(tmp_path: Path, seed: int) -> None:
    generation = _grown(tmp_path, seed)
    assert len(generation.segments) > 1
    assert any(len(segment.deleted) for segment in generation.segments)
    for segment in generation.segments:
        documents, terms = _scan(segment)
        for document in range(segment.documents):
            entries, own = segment.terms_of_document(document)
            assert entries.tolist() == np.flatnonzero(documents == document).tolist()
            assert own.tolist() == terms[documents == document].tolist()
        alive = ~np.isin(documents, segment.deleted)
        for term in range(len(segment.terms)):
            expected = len(set(documents[alive & (terms == term)].tolist()))
            assert segment.document_frequencies[term] == expected


@pytest.mark.parametrize("most", [1, 3, 8, 40])
def test_the_distinctive_terms_are_those_of_a_whole_sort_with_ties_in_the_order_of_terms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(related, "TERMS", most)
    store = WhooshIndexStore(tmp_path)
    # Terms are numbered by their stems, and in this order they are not sorted: run, runner.
    tied = Body(sections=(Section("", "", 1, (Block("prose", "running runner"),)),))
    articles = [make_article(number) for number in range(12)]
    store.sync(replace(one, title="", summary="", text=tied) if one.slug < "article-002" else one for one in articles)
    generation = _opened(store)
    for segment in generation.segments:
        for document in range(segment.documents):
            found = distinctive_terms(generation, segment.base + document)
            expected = _ranked_terms(generation, segment, document, most)
            assert [term for term, _ in found] == [term for term, _ in expected]
            assert [weight for _, weight in found] == pytest.approx([weight for _, weight in expected])


@pytest.mark.parametrize("limit", [1, 3, 8, 50])
@pytest.mark.parametrize("values", [(0.0, 1.0), (0.0, 0.25, 0.5), tuple(range(40))])
def test_the_best_are_those_of_a_whole_sort(values: tuple[float, ...], limit: int) -> None:
    rng = np.random.default_rng(0)
    for size in (0, 1, limit, 40):
        scores, order = rng.choice(values, size).astype(float), rng.permutation(size)
        whole = [number for number in np.lexsort((order, -scores)).tolist() if scores[number] > 0.0]
        assert best_of(scores, order, limit) == whole[:limit]


def _ranked_terms(generation: Generation, segment: Segment, document: int, most: int) -> list[tuple[bytes, float]]:
    postings, terms = segment.terms_of_document(document)
    times = segment.norms[segment.postings.doc_fields[postings]] * segment.postings.counts[postings]
    frequencies = {number: float(times[terms == number].sum()) for number in set(terms.tolist())}
    candidates = sorted(frequencies, key=lambda number: (-frequencies[number], number))[: 8 * most]
    live, ranked = generation.live_documents, []
    for number in candidates:
        term, frequency = segment.terms[number], frequencies[number]
        known = [(one, one.find_term(term)) for one in generation.segments]
        articles = sum(int(one.document_frequencies[there]) for one, there in known if there >= 0)
        if 2 <= articles <= max(2.0, live / 2) and len(term) > 1 and not is_stop_word(term.decode()):
            rarity = math.log1p((live - articles + 0.5) / (articles + 0.5))
            ranked.append((term, rarity * (frequency / (K1 + frequency))))
    return sorted(ranked, key=lambda one: (-round(one[1], 12), one[0]))[:most]


def _grown(tmp_path: Path, seed: int) -> Generation:
    rng = random.Random(seed)  # noqa: S311 # test data
    store = WhooshIndexStore(tmp_path)
    articles = {article.slug: article for article in map(make_article, range(12))}
    store.sync(articles.values())
    for version in (1, 2):
        for number in rng.sample(range(25), 2):
            article = make_article(number, version=version)
            articles[article.slug] = article
        store.sync(articles.values())
    return _opened(store)


def _opened(store: WhooshIndexStore) -> Generation:
    engine = store.open()
    assert isinstance(engine, WhooshEngine)
    return engine.generation_data


def _scan(segment: Segment) -> tuple[Array, Array]:
    """The document and the term of every entry."""
    stem_groups = (
        np.searchsorted(segment.arrays["stem_group_postings"], np.arange(len(segment.postings.doc_fields)), "right") - 1
    )
    terms = segment.arrays["stem_group_terms"][stem_groups] + (segment.postings.term_fields >> schema.FIELD_BITS)
    return segment.postings.doc_fields >> schema.FIELD_BITS, terms
