"""The wire contract of the search service: queries and answers as frozen values, imported by both sides.

Does not depend on an engine or an HTTP framework. Every value is frozen; ``shared.search.encoding`` turns answers into
JSON and parses them strictly. The values that answers list have no slots: orjson reads them faster from a ``__dict__``,
an answer of ten hits in 41 µs instead of 76.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.search.attributes import RELEVANCE, Filters, Value

#: Characters of a query that are searched; the rest is ignored (PERSPECTIVE_MAX_QUERY_CHARS changes it).
MAX_QUERY_CHARS = 200
#: Hits per page: the maximum, and the default.
MAX_SIZE = 50
DEFAULT_SIZE = 10
#: The last page of results: deep paging has no reader, and its cost grows with the depth.
MAX_PAGE = 1_000
#: The largest number of sections shown under a hit.
MAX_SECTIONS = 3
#: The largest number of other queries offered, and of near misses shown.
MAX_OFFERS = 3
MAX_NEAR = 3

#: Request header: the milliseconds within which the client needs the answer. A query that takes longer gets a 503 whose
#: problem ``type`` is OVERLOADED, as does one that arrives while too many others are in flight.
DEADLINE_HEADER = "X-Deadline-Ms"
MAX_DEADLINE_MS = 60_000
OVERLOADED = "urn:perspective:overloaded"

#: The largest number of hits that a second stage adds for their meaning alone.
MAX_BY_MEANING = 3

#: Text cut into pieces: ``(text, is_match)``. Joined, the texts are the original.
Marked = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """One search as asked, validated. ``sort`` is one of SORTS in ``attributes``.

    ``partial`` says that the last word may be unfinished (as-you-type). ``exact`` says not to correct it.
    """

    text: str
    filters: Filters = ()
    sort: str = RELEVANCE
    page: int = 1
    size: int = DEFAULT_SIZE
    partial: bool = False
    exact: bool = False
    explain: bool = False

    def values(self, name: str) -> tuple[Value, ...]:
        """The values that the attribute ``name`` must have."""
        return dict(self.filters).get(name, ())


@dataclass(frozen=True, slots=True)
class Explanation:
    """A node of the tree that explains a score: ``value`` is the sum (or stated product) of its parts."""

    label: str
    value: float
    parts: tuple[Explanation, ...] = ()


@dataclass(frozen=True)
class SectionHit:
    """A matching section of a hit.

    ``anchor`` is "" for the text before the first heading, whose ``url`` has no fragment.
    """

    heading: str
    anchor: str
    url: str
    snippet: Marked
    is_code: bool = False


@dataclass(frozen=True)
class Hit:
    """One article that answers. ``published`` is an ISO 8601 date. ``series`` is the series' name."""

    slug: str
    url: str
    title: Marked
    summary: str
    published: str
    tags: tuple[str, ...]
    series: str | None
    reading_minutes: int
    score: float
    sections: tuple[SectionHit, ...] = ()
    explanation: Explanation | None = None


@dataclass(frozen=True)
class FacetCount:
    """One value of a facet and how many hits it would leave. ``label`` is its text for people (a series' name)."""

    value: str | int
    count: int
    label: str = ""


#: Exact counts under the current query and filters, by the name of the facet: keywords by count then name, years and
#: numbers from the highest down.
Facets = Mapping[str, tuple[FacetCount, ...]]


@dataclass(frozen=True, slots=True)
class Correction:
    """Nothing matched ``original``; the hits are for ``text``."""

    original: str
    text: str


ReadingKind = Literal["phrase", "exclusion", "field", "filter", "either", "beginning"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A piece of the query that was parsed as an operator, as ``typed``.

    ``instead`` is the whole query with that piece as plain text.
    """

    kind: ReadingKind
    typed: str
    instead: str


@dataclass(frozen=True, slots=True)
class Building:
    """The index is being built: so far it holds the ``indexed`` newest of ``total`` articles."""

    indexed: int
    total: int


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The answer to a search; ``total`` is exact.

    ``matched`` says whether the hits have ``all`` words or only ``some``; ``with_all`` counts those with all words
    (None from an older service).

    ``by_meaning`` are articles that share no word with the query and are close in meaning, closest first. They are no
    hits: neither ``total`` nor ``facets`` count them, and nothing in them is marked. ``ranked_by`` says whether the
    order of the hits is that of their words alone, or of their meaning too. ``building`` is set while the index does
    not hold every article yet; the answer covers those it holds. ``readings`` are the operators in the query.
    ``missing`` are the words that no article has, as typed. ``offers`` are other queries that may have been meant, the
    likeliest first. ``near`` are hits that share a few ordinary words with a text of which the site has nothing: they
    are not answers, and outside ``total`` and the facets. ``searched`` is the part of a longer text that was searched,
    None for all of it.
    """

    query: SearchQuery
    total: int
    took_ms: float
    generation: str
    hits: tuple[Hit, ...]
    facets: Facets = field(default_factory=dict)
    correction: Correction | None = None
    matched: Literal["all", "some"] = "all"
    by_meaning: tuple[Hit, ...] = ()
    ranked_by: Literal["words", "meaning"] = "words"
    building: Building | None = None
    with_all: int | None = None
    readings: tuple[Reading, ...] = ()
    missing: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    near: tuple[Hit, ...] = ()
    searched: str | None = None


SuggestionKind = Literal["title", "heading", "tag", "phrase"]


@dataclass(frozen=True)
class Suggestion:
    """One completion. ``url`` is the address of a title, heading or tag; None for a phrase."""

    text: str
    kind: SuggestionKind
    url: str | None = None


@dataclass(frozen=True)
class RelatedArticle:
    """A related article; lists of them have the most similar first."""

    slug: str
    url: str
    title: str
    score: float
