"""The search port: what an engine must do, whatever it is made of. One contract test suite proves it for every engine.

It knows no engine. Errors an engine raises:

    SearchError
        IndexUnavailable      there is no index that can be read (yet): answer 503 and try again later
        IndexNotWritable      the index directory cannot be written or the disk is full: keep the old generation
        UnknownArticle        the article asked about is not in the index: answer 404
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.content.article import Article
from shared.search.contract import RelatedArticle, SearchQuery, SearchResults, Suggestion


class SearchError(Exception):
    """The root of what an engine raises."""


class IndexUnavailable(SearchError):
    """There is no index that can be read (yet)."""


class IndexNotWritable(SearchError):
    """The index directory cannot be written, or the disk is full. Nothing that was served is lost."""


class UnknownArticle(SearchError):
    """The article asked about is not in the index."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one sync did. ``generation`` names the index after it; it changes exactly when anything else is not zero."""

    generation: str
    added: int
    changed: int
    removed: int
    seconds: float

    @property
    def is_change(self) -> bool:
        """Whether a new generation was published."""
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """One generation, described: for /v1/status, /readyz and metrics."""

    generation: str
    articles: int
    sections: int
    terms: int
    size_bytes: int
    updated: datetime


class SearchEngine(Protocol):
    """One generation of the index, open for reading.

    It is a snapshot: every answer comes from the generation it was opened on, whatever is written meanwhile, and the
    same
    question gets the same answer. Calls do not block on I/O beyond page faults, share no mutable state that matters,
    and
    may come from any thread. ``search`` answers any text: nothing a reader types is an error. ``total`` and facets
    are exact.
    Equal scores are ordered by publication (newest first), then slug, so that paging neither repeats nor omits a hit.
    """

    @property
    def generation(self) -> str:
        """The name of this generation: equal names mean equal answers."""
        ...

    def search(self, query: SearchQuery) -> SearchResults:
        """The page of hits that ``query`` asks for; ``took_ms`` is the time it took in the engine."""
        ...

    def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """Completions of ``text``, best first, without duplicates."""
        ...

    def related(self, slug: str, limit: int = 4) -> tuple[RelatedArticle, ...]:
        """Articles like ``slug``, most alike first. Raises UnknownArticle."""
        ...

    def status(self) -> EngineStatus:
        """What this generation holds."""
        ...

    def close(self) -> None:
        """Give its files back. Idempotent."""
        ...


class IndexStore(Protocol):
    """Where generations live. One process writes at a time; any number read.

    ``sync`` makes the index hold exactly the given articles, touching only what differs by digest, and publishes the
    result as a
    new generation atomically: a reader sees the old one or the new one. Without a difference it publishes nothing.
    When it fails or the process is killed, the last complete generation stays. ``open`` raises IndexUnavailable where
    there is none; a damaged or outdated index counts as none, and the next ``sync`` rebuilds it.
    """

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """Bring the index up to date. ``progress`` is told (done, total) documents. Raises IndexNotWritable."""
        ...

    def current(self) -> str | None:
        """The name of the newest complete generation, or None. Cheap enough to ask ten times a second."""
        ...

    def open(self) -> SearchEngine:
        """Open the newest complete generation. Raises IndexUnavailable."""
        ...
