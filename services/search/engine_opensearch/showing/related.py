"""Related articles: by words that distinguish an article, and by shared tags and series."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import numpy as np

from services.search.arrays.matching.matching import K1
from services.search.arrays.segment.generation import CollectionStatistics
from services.search.engine import UnknownArticle
from services.search.engine_opensearch.finding.answer import stored_of
from services.search.engine_opensearch.finding.queries import ARTICLES
from services.search.engine_opensearch.indexes.columns import Encoded, weights_of_fields
from services.search.engine_opensearch.indexes.generation import ARTICLE
from services.search.engine_opensearch.indexes.lexicon import Lexicon
from services.search.text.terms import is_stop_word
from shared.content.slug import article_url
from shared.search.contract import RelatedArticle

Ask = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

#: Number of words that represent an article. A word in a larger share of the articles is too common to be one.
TERMS = 40
MAX_SHARE = 0.5
#: The number of articles to compare: the most similar ones by the cluster.
POOL = 64
READ = ["stored", "columns"]
#: Boost for a shared tag or series, as a share of the best score by words.
SHARED = (("tags", 0.15), ("series", 0.15))


async def related(
    ask: Ask, lexicon: Lexicon, statistics: CollectionStatistics, slug: str, limit: int
) -> tuple[RelatedArticle, ...]:
    """The ``limit`` articles most similar to ``slug``. Raises UnknownArticle."""
    of_slug = {"query": {"ids": {"values": [ARTICLE + slug]}}, "_source": False, "docvalue_fields": READ}
    hits = (await ask(of_slug))["hits"]["hits"]
    if not hits:
        raise UnknownArticle(f"no article {slug!r} in the index")
    columns = Encoded(hits[0]["fields"]["columns"][0])
    own = stored_of(hits[0])["attributes"]
    words = _distinctive_words(columns, lexicon, statistics)
    wanted = _similar(slug, own, words)
    if wanted is None:
        return ()
    answer = await ask({"size": POOL, "query": wanted, "_source": False, "docvalue_fields": READ})
    others = [
        (_similarity(Encoded(hit["fields"]["columns"][0]), words, statistics), stored_of(hit))
        for hit in answer["hits"]["hits"]
    ]
    # As in the embedded engine, the best score is usually that of the article itself.
    best = max(_similarity(columns, words, statistics), *(score for score, _ in others), 0.0) or 1.0
    scored = [(score / best + _shared(own, stored["attributes"]), stored) for score, stored in others]
    scored.sort(key=lambda one: (-one[0], -(one[1]["attributes"]["year"] or 0), one[1]["slug"]))
    return tuple(
        RelatedArticle(one["slug"], article_url(one["slug"]), one["title"], round(score, 6))
        for score, one in scored[:limit]
        if score > 0.0
    )


def _similar(slug: str, own: dict[str, Any], words: Mapping[str, float]) -> dict[str, Any] | None:
    """The query for other articles with any of ``words``, or of the tags and series of ``own``; None without any."""
    clauses: list[dict[str, Any]] = [
        {"term": {field: {"value": surface, "boost": weight}}}
        for surface, weight in words.items()
        for field in ("prose", "code")
    ]
    kept = [{"terms": {f"is_{name}": [value for value, _ in own[name]]}} for name, _ in SHARED if own[name]]
    clauses += [{"constant_score": {"filter": query, "boost": 1e-6}} for query in kept]
    if not clauses:
        return None
    return {
        "bool": {
            "filter": [ARTICLES],
            "must_not": [{"ids": {"values": [ARTICLE + slug]}}],
            "should": clauses,
            "minimum_should_match": 1,
        }
    }


def _similarity(columns: Encoded, words: Mapping[str, float], statistics: CollectionStatistics) -> float:
    """The sum over ``words`` of the products of their weights in both articles."""
    weights = np.array(list(words.values()))
    numbers = {surface.encode("utf-8", "replace"): number for number, surface in enumerate(words)}
    found = columns.occurrences_of(numbers)
    norms = weights_of_fields(columns.lengths, statistics.averages)
    frequencies = np.bincount(found.numbers, norms[found.fields], len(weights))
    return float(weights @ (frequencies / (K1 + frequencies)))


def _shared(own: dict[str, Any], other: dict[str, Any]) -> float:
    """Similarity by shared tags and series."""
    return sum(
        share * len({value for value, _ in own[name]} & {value for value, _ in other[name]}) for name, share in SHARED
    )


def _distinctive_words(encoded: Encoded, lexicon: Lexicon, statistics: CollectionStatistics) -> dict[str, float]:
    """The most distinctive words of the article with these columns, with their weights."""
    columns = encoded.decode()
    norms = weights_of_fields(columns.lengths, statistics.averages)
    frequencies = np.bincount(columns.terms, norms[columns.fields], len(columns.surfaces))
    most = max(2.0, MAX_SHARE * statistics.articles)
    found = []
    common = sorted(range(len(frequencies)), key=lambda number: (-frequencies[number], columns.surfaces[number]))
    for number in common[: 8 * TERMS]:
        surface, frequency = columns.surfaces[number], float(frequencies[number])
        articles = lexicon.articles(surface)
        if 2 <= articles <= most and len(surface.encode()) > 1 and not is_stop_word(surface):
            rarity = math.log1p((statistics.articles - articles + 0.5) / (articles + 0.5))
            found.append((surface, rarity * frequency / (K1 + frequency)))
    return dict(sorted(found, key=lambda one: (-one[1], one[0]))[:TERMS])
