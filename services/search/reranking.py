"""The second stage's side of the search port: an engine in this process that lets its order be changed. Pure.

An engine without it answers by words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.search.embedded import LocalEngine, LocalStore
from shared.search.contract import Hit, SearchQuery, SearchResults

#: Articles whose order a second stage decides, at most. With 64, nDCG@10 was .002 to .011 lower on Cranfield, MED and
#: NPL; with more than 256 it was the same within .001.
RERANKED = 256


@dataclass(frozen=True, slots=True)
class Candidates:
    """What an engine found by words: at most RERANKED articles, best first.

    ``slugs``, ``scores`` and ``is_exact`` (title, slug, heading or tag is the query) are parallel. ``coverage`` is the
    share of the query that the first has, by rarity of its words, from 0 to 1. ``has`` tells of any article whether it
    is among all that was found.
    """

    slugs: Sequence[str]
    scores: Sequence[float]
    is_exact: Sequence[bool]
    coverage: float
    has: Callable[[str], bool]


#: Gives the candidates for a text scores in place of those by words, parallel to them.
Rerank = Callable[[str, Candidates], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Place:
    """A section of an article. ``anchor`` is "" for the text before the first heading."""

    slug: str
    anchor: str


class RerankingEngine(LocalEngine, Protocol):
    """A LocalEngine whose order a second stage may change."""

    def search(self, query: SearchQuery, rerank: Rerank | None = None) -> SearchResults:
        """As LocalEngine does. With ``rerank``, the best RERANKED hits are in the order of the scores that it returns.

        ``rerank`` is called once, with the text that was searched (as corrected, where it was), and without candidates
        where nothing was found. Ties keep the order by words, and so do the hits that follow. ``Hit.score`` stays the
        score by words.
        """
        ...

    def show(self, places: Iterable[Place]) -> tuple[Hit, ...]:
        """Hits for ``places`` without a query: nothing is marked, and the one section shows how its text begins.

        A row of a table or a listing is passed over where a sentence follows. A place that this generation does not
        have is left out.
        """
        ...


class RerankingStore(LocalStore, Protocol):
    """A LocalStore of RerankingEngines."""

    def open(self) -> RerankingEngine:
        """See LocalStore."""
        ...
