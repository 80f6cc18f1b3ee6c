"""The port between an engine in this process and a second stage that reorders its hits. Pure.

An engine without this port ranks by words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from services.search.embedded import LocalEngine, LocalStore
from shared.search.contract import Hit, SearchQuery, SearchResults

#: The largest number of articles that a second stage reorders. With 64, nDCG@10 was .002 to .011 lower on Cranfield,
#: MED and NPL; with more than 256 it was the same within .001.
RERANKED = 256


class SectionWords(NamedTuple):
    """The scores by words of the sections of some articles.

    ``scores`` has one array per article with a score, 0 or more, for each section in reading order. ``coverage`` is the
    largest share of the query that one section has, with the title of its article, weighted by rarity, from 0 to 1.
    """

    scores: Sequence[npt.NDArray[np.float64]]
    coverage: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """The best articles that an engine found by words: at most RERANKED, best first.

    ``slugs``, ``scores`` and ``is_exact`` (title, slug, heading or tag is the query, or a pasted one stands there word
    for word) are parallel. ``coverage`` is the share of the query that the first article has, weighted by rarity, from
    0 to 1. ``has`` is true for the slug of any hit, also beyond the candidates. ``by_section`` scores the sections of
    the candidates with these indices.
    """

    slugs: Sequence[str]
    scores: Sequence[float]
    is_exact: Sequence[bool]
    coverage: float
    has: Callable[[str], bool]
    by_section: Callable[[Sequence[int]], SectionWords]


#: Computes new scores, parallel to the candidates, for a text.
Rerank = Callable[[str, Candidates], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Place:
    """A section of an article. ``anchor`` is "" for the text before the first heading."""

    slug: str
    anchor: str


class RerankingEngine(LocalEngine, Protocol):
    """A LocalEngine that lets a second stage reorder its hits."""

    def search(self, query: SearchQuery, rerank: Rerank | None = None) -> SearchResults:
        """Search as LocalEngine does. With ``rerank``, its scores order the best RERANKED hits.

        ``rerank`` is called once, with the text that was searched (corrected, if it was), and without candidates if
        nothing was found. Ties keep the order by words, and so do the hits after the best RERANKED. ``Hit.score`` stays
        the score by words.
        """
        ...

    def show(self, places: Iterable[Place]) -> tuple[Hit, ...]:
        """Hits for ``places`` without a query: nothing is marked, and the one section shows the beginning of its text.

        A table row or a listing is skipped if a sentence follows. Places that this generation does not have are left
        out.
        """
        ...


class RerankingStore(LocalStore, Protocol):
    """A LocalStore of RerankingEngines."""

    def open(self) -> RerankingEngine:
        """See LocalStore."""
        ...
