"""The search port over an engine in this process. It never waits for I/O, so all of its work runs on the Cpu.

LocalEngine and LocalStore are the synchronous halves of the port, for engines that need no network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Protocol, TypeVar

from services.search.engine import Capabilities, Cpu, EngineStatus, IndexDamaged, SearchEngine, SyncReport
from shared.content.article import Article
from shared.search.contract import RelatedArticle, SearchQuery, SearchResults, Suggestion

T = TypeVar("T")

#: Attempts at one answer while the files of its engine keep changing.
ATTEMPTS = 3
#: Above this number of words, another word adds little to the cost of a search.
MANY_WORDS = 8
#: Above this number of letters, another letter adds little to the cost of completing them.
MANY_CHARS = 4
#: A page with more hits than this costs noticeably more.
FEW_HITS = 10


class LocalEngine(Protocol):
    """One generation in this process. It keeps the contract of SearchEngine, and any thread may call it."""

    @property
    def generation(self) -> str:
        """See SearchEngine."""
        ...

    def search(self, query: SearchQuery) -> SearchResults:
        """See SearchEngine."""
        ...

    def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """See SearchEngine."""
        ...

    def related(self, slug: str, limit: int = 4) -> tuple[RelatedArticle, ...]:
        """See SearchEngine."""
        ...

    def status(self) -> EngineStatus:
        """See SearchEngine."""
        ...

    def is_unchanged(self) -> bool:
        """Whether nothing was written to its files since ``check``. Called before and after each answer: a few µs."""
        ...

    def check(self) -> bool:
        """Whether its files have the digests that were written. Reads the files whose stamp has changed."""
        ...

    def release_pages(self) -> None:
        """Release the memory of its files that are mapped. What is needed is mapped again."""
        ...

    def close(self) -> None:
        """See SearchEngine."""
        ...


class LocalStore(Protocol):
    """The generations of a LocalEngine. It keeps the contract of IndexStore; every method blocks."""

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """See IndexStore."""
        ...

    def current(self) -> str | None:
        """See IndexStore."""
        ...

    def open(self) -> LocalEngine:
        """See IndexStore."""
        ...

    def verify(self) -> bool:
        """See IndexStore."""
        ...

    def close(self) -> None:
        """See IndexStore."""
        ...


class EmbeddedEngine:
    """Adapts a LocalEngine to SearchEngine, and gives no answer from damaged files.

    The stamps of the files are compared before and after each answer. If one has changed, the bytes are compared with
    their digest; then the answer is computed again, or IndexDamaged raised.
    """

    def __init__(self, local: LocalEngine, cpu: Cpu) -> None:
        self.local = local
        self._cpu = cpu
        self._checking = asyncio.Lock()

    @property
    def generation(self) -> str:
        """See SearchEngine."""
        return self.local.generation

    @property
    def capabilities(self) -> Capabilities:
        """See SearchEngine."""
        return Capabilities()

    async def search(self, query: SearchQuery) -> SearchResults:
        """See SearchEngine."""
        return await self._run(search_shape(query), partial(self.local.search, query))

    async def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """See SearchEngine."""
        return await self._run(("suggest", min(len(text), MANY_CHARS)), partial(self.local.suggest, text, limit))

    async def related(self, slug: str, limit: int = 4) -> tuple[RelatedArticle, ...]:
        """See SearchEngine."""
        return await self._run("related", partial(self.local.related, slug, limit))

    async def status(self) -> EngineStatus:
        """See SearchEngine."""
        return await self._run("status", self.local.status)

    def close(self) -> None:
        """See SearchEngine."""
        self.local.close()

    async def _run(self, shape: Hashable, work: Callable[[], T]) -> T:
        """Run ``work`` on undamaged files. Raises IndexDamaged, and what ``work`` raises."""
        for _ in range(ATTEMPTS):
            # Before too: reading a mapped page beyond the end of a truncated file would kill the process.
            if not self.local.is_unchanged():
                await self._check()
            try:
                result = await self._cpu.run(shape, work)
            except Exception:  # damage can raise anything
                if self.local.is_unchanged():
                    raise
            else:
                if self.local.is_unchanged():
                    return result
        raise IndexDamaged("the files of the index change while they are read")

    async def _check(self) -> None:
        """Compare changed files with their digests, once for all waiting answers. Raises IndexDamaged."""
        async with self._checking:
            if not await asyncio.to_thread(self.local.check):
                raise IndexDamaged("the files of the index are not those that were written")


class EmbeddedStore:
    """Adapts a LocalStore to IndexStore: it reads files in threads, and its engines compute on ``cpu``."""

    def __init__(self, local: LocalStore, cpu: Cpu) -> None:
        self._local = local
        self._cpu = cpu
        #: Whether an engine was warmed up, which loads what all of them share: tables, stemmer, word lists.
        self._is_warm = False

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """See IndexStore."""
        return self._local.sync(articles, progress)

    async def current(self) -> str | None:
        """See IndexStore."""
        return await asyncio.to_thread(self._local.current)

    async def verify(self) -> bool:
        """See IndexStore."""
        return await asyncio.to_thread(self._local.verify)

    async def open(self) -> SearchEngine:
        """See IndexStore. The engine is warmed up before it is returned, so that no reader waits for a cold one."""
        return EmbeddedEngine(await asyncio.to_thread(self._open), self._cpu)

    def _open(self) -> LocalEngine:
        engine = self._local.open()
        # While an index is being built, a larger one follows soon, and typical queries map 130 MB of 40 segments.
        if self._is_warm and engine.status().building is not None:
            return engine
        warm_up(engine)
        self._is_warm = True
        # Warming up reads each completion and each word. An answer needs few of them, and finds them in the page cache.
        engine.release_pages()
        return engine

    async def close(self) -> None:
        """See IndexStore."""
        await asyncio.to_thread(self._local.close)


def search_shape(query: SearchQuery) -> Hashable:
    """The shape of a search for a Cpu: searches of equal shape cost about the same."""
    words = min(query.text.count(" "), MANY_WORDS)
    syntax = frozenset(query.text).intersection('"*')
    return (
        "search",
        words,
        syntax,
        query.partial,
        query.explain,
        bool(query.filters),
        query.size > FEW_HITS,
        not query.text,
    )


def warm_up(engine: LocalEngine) -> None:
    """Run typical queries, which load tables, stemmer, word lists and pages of the index.

    No completion: at 11,905 pages the first one takes 14 ms, but a second and 50 MB until the segments of a first build
    are merged.
    """
    engine.search(SearchQuery("wrods that nobody wrote"))  # even with an empty index, this reads the word lists
    for hit in engine.search(SearchQuery("", size=1)).hits:
        title = "".join(text for text, _ in hit.title)
        engine.search(SearchQuery(title, partial=True))
