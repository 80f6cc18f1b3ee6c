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

#: How often an answer is computed while the files of its engine keep changing.
ATTEMPTS = 3
#: Above this number of words, more words change the cost of a search little.
MANY_WORDS = 8
#: Lengths of completions to warm up: from the first letters on.
WARM_UP_CHARS = 4
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
        """Whether nothing was written to its files since ``check``. Called beside each answer: it takes a few µs."""
        ...

    def check(self) -> bool:
        """Whether its files hold what was written; those that have changed are read."""
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
    """A LocalEngine as a SearchEngine.

    It gives no answer from damaged files: their stamps are compared before and after each. If one has changed, its
    bytes are compared with their digest; then the answer is computed again, or IndexDamaged raised.
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
        return await self._run(("suggest", min(len(text), 4)), partial(self.local.suggest, text, limit))

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
            # Before too: reading what is mapped of a truncated file would end the process.
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
        """Compare files that have changed with their digests, once for all answers that wait. Raises IndexDamaged."""
        async with self._checking:
            if not await asyncio.to_thread(self.local.check):
                raise IndexDamaged("the files of the index are not those that were written")


class EmbeddedStore:
    """A LocalStore as an IndexStore: it reads files in threads, and its engines compute on ``cpu``."""

    def __init__(self, local: LocalStore, cpu: Cpu) -> None:
        self._local = local
        self._cpu = cpu

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
        warm_up(engine)
        return engine

    async def close(self) -> None:
        """See IndexStore."""
        await asyncio.to_thread(self._local.close)


def search_shape(query: SearchQuery) -> Hashable:
    """Searches of equal shape cost about the same."""
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
    """Run typical queries, so that tables, stemmer, word lists and pages of the index are loaded."""
    engine.search(SearchQuery("wrods that nobody wrote"))  # even with an empty index, this reads the word lists
    found = engine.search(SearchQuery("", size=1))
    for hit in found.hits:
        title = "".join(text for text, _ in hit.title)
        engine.search(SearchQuery(title, partial=True))
        if found.building is None:  # a larger index follows soon, and weighing all completions takes the longest
            engine.suggest(title[:WARM_UP_CHARS], 1)
