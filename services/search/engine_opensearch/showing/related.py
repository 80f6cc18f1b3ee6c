"""Related articles: by words that distinguish an article, and by shared tags and series."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

from services.search.arrays.segment.generation import Whole
from services.search.engine import UnknownArticle
from services.search.engine_opensearch.finding.answer import stored_of
from services.search.engine_opensearch.finding.queries import ARTICLES
from services.search.engine_opensearch.indexes.columns import Encoded, weights_of_fields
from services.search.engine_opensearch.indexes.generation import ARTICLE
from services.search.engine_opensearch.indexes.lexicon import Lexicon
from services.search.engine_opensearch.indexes.mapping import K1
from services.search.text.terms import is_stop_word
from shared.search.contract import RelatedArticle

Ask = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

#: Number of words that represent an article, and the share of all articles from which on a word is too common.
TERMS = 40
MAX_SHARE = 0.5
#: Articles to compare.
POOL = 100
#: Boost for a shared tag or series, as a share of the best score by words.
SHARED = (("tags", 0.15), ("series", 0.15))


async def related(ask: Ask, lexicon: Lexicon, whole: Whole, slug: str, limit: int) -> tuple[RelatedArticle, ...]:
    """The ``limit`` articles most similar to ``slug``. Raises UnknownArticle."""
    answer = await ask(
        {"query": {"ids": {"values": [ARTICLE + slug]}}, "_source": False, "docvalue_fields": ["stored", "columns"]}
    )
    if not answer["hits"]["hits"]:
        raise UnknownArticle(f"no article {slug!r} in the index")
    (article,) = answer["hits"]["hits"]
    own = stored_of(article)["attributes"]
    words = _telling_words(article["fields"]["columns"][0], lexicon, whole)
    clauses: list[dict[str, Any]] = [
        {"term": {field: {"value": surface, "boost": weight}}}
        for surface, weight in words
        for field in ("prose", "code")
    ]
    kept = [{"terms": {f"is_{name}": [value for value, _ in own[name]]}} for name, _ in SHARED if own[name]]
    clauses += [{"constant_score": {"filter": query, "boost": 1e-6}} for query in kept]
    if not clauses:
        return ()
    wanted = {
        "bool": {
            "filter": [ARTICLES],
            "must_not": [{"ids": {"values": [ARTICLE + slug]}}],
            "should": clauses,
            "minimum_should_match": 1,
        }
    }
    answer = await ask({"size": POOL, "query": wanted, "_source": False, "docvalue_fields": ["stored"]})
    hits = [(hit["_score"], stored_of(hit)) for hit in answer["hits"]["hits"]]
    best = max((score for score, _ in hits), default=0.0) or 1.0
    scored = [(score / best + _shared(own, stored["attributes"]), stored) for score, stored in hits]
    scored.sort(key=lambda one: (-one[0], -(one[1]["attributes"]["year"] or 0), one[1]["slug"]))
    return tuple(
        RelatedArticle(one["slug"], f"/articles/{one['slug']}/", one["title"], round(score, 6))
        for score, one in scored[:limit]
        if score > 0.0
    )


def _shared(own: dict[str, Any], other: dict[str, Any]) -> float:
    return sum(
        share * len({value for value, _ in own[name]} & {value for value, _ in other[name]}) for name, share in SHARED
    )


def _telling_words(text: str, lexicon: Lexicon, whole: Whole) -> list[tuple[str, float]]:
    """The most distinctive words of the article with these columns, with their weights."""
    columns = Encoded(text).decode()
    norms = weights_of_fields(columns.lengths, whole.averages)
    frequencies = np.bincount(columns.terms, norms[columns.fields], len(columns.surfaces))
    most = max(2.0, MAX_SHARE * whole.articles)
    found = []
    for number in np.argsort(-frequencies, kind="stable")[: 8 * TERMS].tolist():
        surface, frequency = columns.surfaces[number], float(frequencies[number])
        articles = lexicon.articles(surface)
        if 2 <= articles <= most and len(surface) > 1 and not is_stop_word(surface):
            rarity = math.log1p((whole.articles - articles + 0.5) / (articles + 0.5))
            found.append((surface, rarity * frequency / (K1 + frequency)))
    return sorted(found, key=lambda one: (-one[1], one[0]))[:TERMS]
