"""Related articles: the shortcuts of a segment give what a scan of all postings gives."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import Segment
from services.search.arrays.showing.related import best_of
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
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


@pytest.mark.parametrize("limit", [1, 3, 8, 50])
@pytest.mark.parametrize("values", [(0.0, 1.0), (0.0, 0.25, 0.5), tuple(range(40))])
def test_the_best_are_those_of_a_whole_sort(values: tuple[float, ...], limit: int) -> None:
    rng = np.random.default_rng(0)
    for size in (0, 1, limit, 40):
        scores, order = rng.choice(values, size).astype(float), rng.permutation(size)
        whole = [number for number in np.lexsort((order, -scores)).tolist() if scores[number] > 0.0]
        assert best_of(scores, order, limit) == whole[:limit]


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
