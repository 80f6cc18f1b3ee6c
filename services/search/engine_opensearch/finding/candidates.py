"""The candidates of a query: the request to the cluster, and its response."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from services.search.engine_opensearch.finding.answer import Answer, facets_of, generation_of, hits_of
from services.search.engine_opensearch.finding.asked import Asked
from services.search.engine_opensearch.finding.hit import COLUMNS, FIELDS, ClusterHit, read_hit
from services.search.engine_opensearch.finding.queries import sorting
from services.search.engine_opensearch.indexes.generation import GENERATION
from services.search.engine_opensearch.indexes.mapping import MAX_RESULTS
from shared.search.attributes import ATTRIBUTES, NEWEST, RELEVANCE
from shared.search.contract import Facets

#: The number of candidates, the best by the cluster's score, that are reranked here.
WINDOW = 64
#: The largest number of values to count per facet.
MAX_VALUES = 10_000

#: Aggregates the name of the generation on the same copy at the same moment as the hits.
NAMED: dict[str, Any] = {
    "global": {},
    "aggs": {"document": {"filter": {"ids": {"values": [GENERATION]}}, "aggs": {"name": {"terms": {"field": "name"}}}}},
}


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates that the cluster returned: hits from rank ``first`` on, and the totals.

    ``is_window``: they are the best by the cluster's score, to be reranked.
    """

    found: tuple[ClusterHit, ...]
    first: int
    is_window: bool
    total: int
    with_all: int
    facets: Facets
    generation: str

    @property
    def have_all(self) -> bool:
        """Whether every hit has all words of the query."""
        return self.with_all == self.total

    def emptied(self) -> Candidates:
        """A copy without hits."""
        return replace(self, found=(), total=0, with_all=0, facets=dict.fromkeys(self.facets, ()))


def body_of(asked: Asked) -> dict[str, Any]:
    """The body of the search for the candidates of ``asked``."""
    first, last, _ = _places(asked)
    query = asked.query
    sort = query.sort if asked.groups or query.sort != RELEVANCE else NEWEST
    order = sorting(sort)
    if asked.groups and sort != RELEVANCE:  # articles with every word come first
        order.insert(0, {"_score": "desc"})
    facets = {
        f"facet_{one.name}": {
            "terms": {"field": f"{'as' if one.kind == 'keyword' else 'is'}_{one.name}", "size": MAX_VALUES}
        }
        for one in ATTRIBUTES
    }
    return {
        "from": first,
        "size": last - first,
        "_source": False,
        "docvalue_fields": [*FIELDS, *([COLUMNS] if asked.groups else [])],
        "sort": order,
        "track_total_hits": True,
        "query": asked.wanted(),
        "aggs": {**facets, "generation": NAMED, "with_all": {"filter": asked.every()}},
    }


def _places(asked: Asked) -> tuple[int, int, bool]:
    """``(first, last, is_window)`` of the hits to fetch: the page, or the whole window if the page is in it."""
    query = asked.query
    first, last = (query.page - 1) * query.size, min(query.page * query.size, MAX_RESULTS)
    if asked.groups and query.sort == RELEVANCE and first < WINDOW:
        return 0, max(WINDOW, last), True
    return first, last, False


def in_window(asked: Asked) -> bool:
    """Whether the page of ``asked`` is among the candidates that are reranked."""
    return _places(asked)[2]


def read_candidates(asked: Asked, answer: Answer) -> Candidates:
    """Parse ``answer``. Raises ClusterUnavailable for an estimate."""
    found, total = hits_of(answer)
    first, _last, is_window = _places(asked)
    return Candidates(
        found=tuple(map(read_hit, found)),
        first=first,
        is_window=is_window,
        total=total,
        with_all=answer["aggregations"]["with_all"]["doc_count"] if asked.groups else total,
        facets=facets_of(answer),
        generation=generation_of(answer),
    )
