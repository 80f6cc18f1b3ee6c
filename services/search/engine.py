"""The search port: the contract of every engine, in this process or on other machines.

One suite of tests holds all engines to it. A promise that only some engines can keep is a flag of Capabilities, and the
suite marks the sentences that depend on it. Errors:

    SearchError
        IndexUnavailable      there is no index that can be read, or the engine cannot be reached: 503, try again later
            IndexDamaged      the files of the newest index are damaged: it must not be served
        IndexNotWritable      the index cannot be written (permissions, a full disk): what was served stays
        UnknownArticle        the article asked about is not in the index: 404
        Overloaded            too many questions are waiting: 503, try again in a second
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from shared.content.article import Article
from shared.search.contract import Building, RelatedArticle, SearchQuery, SearchResults, Suggestion

T = TypeVar("T")


class SearchError(Exception):
    """The root of the errors of an engine."""


class IndexUnavailable(SearchError):
    """There is no index that can be read, or the engine cannot be reached (yet)."""


class IndexDamaged(IndexUnavailable):
    """The files of the newest index are damaged. The next sync builds another."""


class IndexNotWritable(SearchError):
    """The index cannot be written, or the disk is full. Nothing that was served is lost."""


class UnknownArticle(SearchError):
    """The article asked about is not in the index."""


class Overloaded(SearchError):
    """Too many questions are waiting; ask again in a second."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The promises of an engine beyond the contract. The embedded engine makes all of them."""

    #: An open engine answers from the generation it was opened on, whatever is written meanwhile. Without it an answer
    #: names its generation, which may be newer or older.
    is_snapshot: bool = True
    #: An index that grew by edits ranks exactly like one built at once from the same articles. Without it, the mean
    #: field lengths are those of the last full build.
    ranks_like_a_rebuild: bool = True
    #: Articles in which the words of the query are close together rank above others with the same words.
    ranks_by_proximity: bool = True
    #: If queries are ranked by meaning, articles without any of the words are found too.
    finds_by_meaning: bool = True


@dataclass(frozen=True, slots=True)
class SyncReport:
    """The result of one sync. ``generation`` names the index after it: a new one exactly if ``is_change``.

    ``stale`` articles stay as they were, because their files have changed since they were loaded: sync them again.
    """

    generation: str
    added: int
    changed: int
    removed: int
    seconds: float
    stale: int = 0

    @property
    def is_change(self) -> bool:
        """Whether a new generation was published."""
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """The state of one generation, for /v1/status, /readyz and metrics."""

    generation: str
    articles: int
    sections: int
    terms: int
    size_bytes: int
    updated: datetime
    building: Building | None = None


class Cpu(Protocol):
    """Runs the computations of an engine. An engine awaits its I/O itself and never submits work that waits."""

    async def run(self, shape: Hashable, work: Callable[[], T], /) -> T:
        """Return or raise what ``work`` does. Work of equal ``shape`` costs about the same. Raises Overloaded."""
        ...


class SearchEngine(Protocol):
    """One generation of the index, open for reading.

    - Methods are called from one event loop and never block it: an engine awaits its I/O and gives computations to the
      Cpu that its store was made with.
    - ``search`` answers any text: nothing a reader types is an error.
    - ``total`` and facets are exact.
    - Equal scores are ordered by publication (newest first), then slug, so that paging neither repeats nor omits a hit.
    - The same question gets the same answer from the same generation.

    Every method that answers raises Overloaded, and IndexUnavailable if the index can no longer be read.
    """

    @property
    def generation(self) -> str:
        """The name of this generation: equal names mean equal answers."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """The promises of this engine beyond the contract."""
        ...

    async def search(self, query: SearchQuery) -> SearchResults:
        """The page of hits for ``query``.

        ``took_ms`` is the time in the engine; ``generation`` names the generation that gave the answer.
        """
        ...

    async def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """Completions of ``text``, best first, without duplicates."""
        ...

    async def related(self, slug: str, limit: int = 4) -> tuple[RelatedArticle, ...]:
        """Articles related to ``slug``, most similar first. Raises UnknownArticle."""
        ...

    async def status(self) -> EngineStatus:
        """Describe this generation."""
        ...

    def close(self) -> None:
        """Release the resources of this generation. Idempotent."""
        ...


class IndexStore(Protocol):
    """The generations of the index. One process writes at a time; any number read.

    ``sync`` makes the index hold exactly the given articles, writing only those whose digest differs, and publishes the
    result as a new generation: a reader sees the old one or the new one. Without a difference it publishes nothing. If
    it fails or the process is killed, the last complete generation stays. A damaged or outdated index counts as none,
    and the next ``sync`` rebuilds it.
    """

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """Bring the index up to date. It blocks, so a service calls it in a thread.

        ``progress`` is called with (done, total) documents. Raises IndexNotWritable.
        """
        ...

    async def current(self) -> str | None:
        """The name of the newest complete generation, or None. Raises IndexDamaged.

        Cheap enough for two calls a second.
        """
        ...

    async def verify(self) -> bool:
        """Check that the newest generation can be read as it was written.

        A damaged generation is retired: ``current`` raises IndexDamaged until the next ``sync`` has built another.
        """
        ...

    async def open(self) -> SearchEngine:
        """Open the newest complete generation. Raises IndexUnavailable if none can be read."""
        ...

    async def close(self) -> None:
        """Finish pending writes of a sync and release connections. Idempotent."""
        ...
