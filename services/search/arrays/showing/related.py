"""Related articles: by words that distinguish an article, and by shared tags and series."""

from __future__ import annotations

import numpy as np

from services.search import schema
from services.search.arrays.matching.matching import K1
from services.search.arrays.ranges import is_new, starts_of
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
    found = []
    for number in best_of(scores, generation.order, limit):
        stored = generation.stored(number)
        slug = stored["slug"]
        found.append(RelatedArticle(slug, article_url(slug), stored["title"], round(float(scores[number]), 6)))
    return tuple(found)


def best_of(scores: F64, order: I64, limit: int) -> list[int]:
    """The documents with the ``limit`` highest scores above 0, highest first; ties in ``order``."""
    documents = np.flatnonzero(scores > 0.0)
    if len(documents) > limit > 0:
        values = scores.take(documents)
        documents = documents[values >= np.partition(values, -limit)[-limit]]
    best: list[int] = documents[np.lexsort((order.take(documents), -scores.take(documents)))[:limit]].tolist()
    return best


def _by_words(generation: Generation, document: int) -> F64:
    """Similarity by the most distinctive words of the article: the sum of the products of both saturated weights."""
    vector = distinctive_terms(generation, document)
    scores = np.zeros(generation.documents)
    for segment in generation.segments:
        known = [(number, weight) for term, weight in vector if (number := segment.find_term(term)) >= 0]
        if known:
            scores[segment.base : segment.base + segment.documents] = _sum_of(segment, known)
    return scores


def _sum_of(segment: Segment, terms: list[tuple[int, float]]) -> F64:
    """For each document of ``segment``, the sum of the saturated frequencies of ``terms``, times their weights."""
    postings = [segment.postings_of_term(number) for number, _ in terms]
    doc_fields = np.concatenate([each for each, _ in postings])
    times = np.concatenate([each for _, each in postings])
    lengths = [len(each) for each, _ in postings]
    documents = doc_fields >> schema.FIELD_BITS
    is_first = is_new(documents)
    is_first[starts_of(lengths)[:-1]] = True  # of each term, and of each of its documents
    firsts = np.flatnonzero(is_first)
    frequencies = np.add.reduceat(segment.norms.take(doc_fields) * times, firsts)
    weights = np.repeat([weight for _, weight in terms], lengths).take(firsts)
    weights *= frequencies / (K1 + frequencies)
    documents = documents.take(firsts)
    sums: F64 = np.bincount(documents, weights, minlength=segment.documents).astype(np.float64, copy=False)
    return sums


def distinctive_terms(generation: Generation, document: int) -> list[tuple[bytes, float]]:
    """The terms with the highest saturated frequency times rarity, at most TERMS, each with that weight."""
    segment = generation.segment_of(document)
    postings, terms = segment.terms_of_document(document - segment.base)
    counts = segment.norms.take(segment.postings.doc_fields.take(postings)) * segment.postings.counts.take(postings)
    numbers, place = np.unique(terms, return_inverse=True)
    frequencies = np.bincount(place, counts)
    candidates = np.argsort(-frequencies, kind="stable")[: 8 * TERMS]
    numbers, frequencies = numbers.take(candidates), frequencies.take(candidates)
    articles = segment.document_frequencies.take(numbers).astype(np.int64)
    for other in generation.segments:
        if other is not segment:
            articles += [_document_frequency(other, segment.terms[number]) for number in numbers.tolist()]
    live = generation.live_documents
    weights = np.log1p((live - articles + 0.5) / (articles + 0.5)) * (frequencies / (K1 + frequencies))
    weights[(articles < 2) | (articles > max(2.0, MAX_SHARE * live))] = 0.0
    shown: list[tuple[bytes, float]] = []
    for at in np.argsort(-weights, kind="stable").tolist():
        weight = float(weights[at])
        if not weight or (len(shown) >= TERMS and weight < shown[-1][1]):
            break
        term = segment.terms[numbers[at]]
        if len(term) > 1 and not is_stop_word(term.decode()):
            shown.append((term, weight))
    return sorted(shown, key=lambda one: (-one[1], one[0]))[:TERMS]


def _document_frequency(segment: Segment, term: bytes) -> int:
    number = segment.find_term(term)
    return int(segment.document_frequencies[number]) if number >= 0 else 0


def _by_tags(generation: Generation, document: int) -> F64:
    """Similarity by shared tags and series."""
    scores = np.zeros(generation.documents)
    for name, share in SHARED:
        column = generation.keywords[name]
        own = column.of(document).tolist()
        if own:
            shared = np.zeros(generation.documents)
            for number in own:
                shared[column.documents[column.numbers == number]] += 1.0
            scores += share * shared
    return scores
