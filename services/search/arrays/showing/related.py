"""Related articles: by words that distinguish an article, and by shared tags and series."""

from __future__ import annotations

import numpy as np

from services.search import schema
from services.search.arrays.matching.matching import K1
from services.search.arrays.ranges import is_new
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import F64, I64, Segment
from services.search.engine import UnknownArticle
from services.search.text.terms import is_stop_word
from shared.content.slug import article_url
from shared.search.contract import RelatedArticle

#: Number of words that represent an article: enough for its subject, few enough to leave out its phrasing.
TERMS = 40
#: A word in a larger share of the articles is too common to relate two of them.
MAX_SHARE = 0.5
#: Boost for a shared tag or series, as a share of the best score by words.
SHARED = (("tags", 0.15), ("series", 0.15))


def related(generation: Generation, slug: str, limit: int) -> tuple[RelatedArticle, ...]:
    """The ``limit`` articles most similar to ``slug``. Raises UnknownArticle."""
    document = generation.by_slug.get(slug)
    if document is None:
        raise UnknownArticle(f"no article {slug!r} in the index")
    scores = _by_words(generation, document)
    best = float(scores.max(initial=0.0)) or 1.0
    scores = scores / best + _by_tags(generation, document)
    scores[document] = 0.0
    scores[~generation.is_live] = 0.0
    chosen = np.lexsort((generation.order, -scores))[:limit]
    found = []
    for number in chosen.tolist():
        if scores[number] <= 0.0:
            break
        stored = generation.stored(number)
        slug = stored["slug"]
        found.append(RelatedArticle(slug, article_url(slug), stored["title"], round(float(scores[number]), 6)))
    return tuple(found)


def _by_words(generation: Generation, document: int) -> F64:
    """Similarity by the most distinctive words of the article: the sum of the products of both saturated weights."""
    vector = _distinctive_terms(generation, document)
    scores = np.zeros(generation.documents)
    for term, weight in vector:
        for segment in generation.segments:
            number = segment.find_term(term)
            if number >= 0:
                documents, frequencies = _frequencies(segment, number)
                found = frequencies / (K1 + frequencies)
                scores[documents + segment.base] += weight * found
    return scores


def _distinctive_terms(generation: Generation, document: int) -> list[tuple[bytes, float]]:
    """The terms with the highest saturated frequency times rarity, at most TERMS, each with that weight."""
    segment = generation.segment_of(document)
    postings, terms = segment.terms_of_document(document - segment.base)
    weights = segment.norms.take(segment.postings.doc_fields[postings]) * segment.postings.counts[postings]
    distinct, place = np.unique(terms, return_inverse=True)
    frequencies = np.bincount(place, weights)
    shown: list[tuple[bytes, float]] = []
    most = max(2.0, MAX_SHARE * generation.live_documents)
    for index in np.argsort(-frequencies, kind="stable")[: 8 * TERMS].tolist():
        term = segment.terms[int(distinct[index])]
        df = _document_frequency(generation, term)
        if 2 <= df <= most and len(term) > 1 and not is_stop_word(term.decode()):
            rarity = float(np.log1p((generation.live_documents - df + 0.5) / (df + 0.5)))
            shown.append((term, rarity * float(frequencies[index] / (K1 + frequencies[index]))))
    return sorted(shown, key=lambda one: (-one[1], one[0]))[:TERMS]


def _document_frequency(generation: Generation, term: bytes) -> int:
    numbers = ((segment, segment.find_term(term)) for segment in generation.segments)
    return sum(int(segment.document_frequencies[number]) for segment, number in numbers if number >= 0)


def _frequencies(segment: Segment, term: int) -> tuple[I64, F64]:
    """``(documents, weighted frequencies)`` of a term, each document once; zero where deleted."""
    doc_fields, times = segment.postings_of_term(term)
    documents = doc_fields >> schema.FIELD_BITS
    is_first = is_new(documents)
    place = np.cumsum(is_first) - 1
    frequencies: F64 = np.bincount(place, segment.norms.take(doc_fields) * times).astype(np.float64, copy=False)
    return documents[is_first].astype(np.int64), frequencies


def _by_tags(generation: Generation, document: int) -> F64:
    """Similarity by shared tags and series."""
    scores = np.zeros(generation.documents)
    for name, share in SHARED:
        column = generation.keywords[name]
        shared = np.isin(column.numbers, column.of(document)).astype(float)
        scores += share * np.bincount(column.documents, shared, minlength=generation.documents)
    return scores
