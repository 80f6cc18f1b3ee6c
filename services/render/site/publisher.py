"""The current site. The next one replaces it as a whole, by assigning one reference.

Everything that takes time (building a site, rendering a page) runs in the publisher's own threads, never on the event
loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.render.pages.templates import Pages
from services.render.sending.negotiation import choose_encoding
from services.render.sending.prepared import Prepared, encode
from services.render.site.page_store import Entry, PageStore, keep_variant
from services.render.site.recipes import Made, Recipe
from services.render.site.recompression import Recompression
from services.render.site.scope import Scope
from services.render.site.site import Site, build_site
from shared.content.problem import StaleBody
from shared.process.logger import get_logger

log = get_logger("render.publisher")

#: Seconds that a page waits for a changed article to be loaded; loading takes half a second.
STALE_S = 3.0

#: Builds a scope from a Library at a given time.
BuildScope = Callable[[datetime], Scope]
#: Returns the slugs of related articles, most similar first; ``None`` if search does not answer in time.
AskRelated = Callable[[str], Awaitable[tuple[str, ...] | None]]


async def _nothing_related(_slug: str) -> None:
    return None


class Publisher:
    """Holds the site and its answers. ``clock`` returns the time, aware."""

    def __init__(
        self,
        templates: Pages,
        store: PageStore,
        executor: Executor,
        clock: Callable[[], datetime],
        ask_related: AskRelated = _nothing_related,
        *,
        recompression: Recompression | None = None,
    ) -> None:
        self._templates = templates
        self._store = store
        self._executor = executor
        self._clock = clock
        self._site: Site | None = None
        self._in_flight: dict[str, tuple[Site, asyncio.Future[Made]]] = {}
        self._ask_related = ask_related
        self._lock = asyncio.Lock()
        self._recompression = recompression
        self._changed = asyncio.Event()

    @property
    def site(self) -> Site:
        """The current site. Raises RuntimeError before the first one is published: nothing is served before."""
        if self._site is None:
            raise RuntimeError("no site has been published")
        return self._site

    @property
    def store(self) -> PageStore:
        """The cached answers, for metrics."""
        return self._store

    async def publish(self, build: BuildScope) -> bool:
        """Serve another Library or another time from now on. Returns False if it equals the current one."""
        async with self._lock:
            loop = asyncio.get_running_loop()
            scope = await loop.run_in_executor(self._executor, build, self._clock())
            if self._site is not None and self._site.scope == scope:
                return False
            self._site = await loop.run_in_executor(self._executor, build_site, scope, self._templates)
            self._changed.set()
            self._changed = asyncio.Event()
            return True

    async def renew(self) -> None:
        """Revalidate every page on its next request: related articles may have changed."""
        async with self._lock:
            if self._site is not None:
                self._site = replace(self._site)

    def ready(self, path: str) -> Prepared | None:
        """Return the cached answer at ``path`` if it is current: the path of almost every request."""
        entry = self._store.get(path)
        if entry is None or entry.site is not self._site:
            return None
        if not entry.is_asked_again:
            entry.is_asked_again = True
            if self._recompression is not None:
                self._recompression.enqueue(path, entry.made.prepared)
        return entry.made.prepared

    def file(self, path: str) -> Prepared | None:
        """The static file at ``path``: a default one, or one of the site's theme."""
        return None if self._site is None else self._site.scope.files.answers.get(path)

    async def answer(self, path: str, accept_encoding: str = "") -> Prepared | None:
        """Return the answer at ``path``, rendered and compressed if need be; None if nothing is there.

        It has the variant for ``accept_encoding``, the value of that header. Raises as ``prepare``.
        """
        prepared = self.ready(path) or await self.prepare(path, accept_encoding)
        if prepared is None:
            return None
        encoding = choose_encoding(accept_encoding, prepared.encodings)
        if encoding not in prepared.variants:
            loop = asyncio.get_running_loop()
            prepared = await loop.run_in_executor(self._executor, encode, prepared, encoding)
            keep_variant(self._store, path, prepared, encoding)
        return prepared

    async def prepare(self, path: str, accept_encoding: str = "") -> Prepared | None:
        """Return the answer at ``path``, rendered if need be; None if nothing is there.

        Concurrent requests share one rendering, which is compressed as the first of them accepts it. Raises StaleBody
        if the article's file has changed and is not loaded within STALE_S.
        """
        site = self.site
        recipe = site.recipes.get(path)
        if recipe is None:
            return None
        try:
            return await self._prepare(site, path, recipe, accept_encoding)
        except StaleBody:
            # The file has changed, and the load that brings it is under way.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STALE_S):
                    while self._site is site:
                        await self._changed.wait()
            if self._site is site:
                raise
            return await self.prepare(path, accept_encoding)

    async def _prepare(self, site: Site, path: str, recipe: Recipe[Any], accept_encoding: str) -> Prepared | None:
        in_flight = self._in_flight.get(path)
        if in_flight is None or in_flight[0] is not site:
            task = asyncio.ensure_future(self._make(site, path, recipe, accept_encoding))
            in_flight = self._in_flight[path] = (site, task)
            task.add_done_callback(lambda done: self._finish(path, done))
        try:
            # A reader who leaves must not cancel the page for the others.
            made = await asyncio.shield(in_flight[1])
        except FileNotFoundError:
            return None
        return made.prepared

    async def _make(self, site: Site, path: str, recipe: Recipe[Any], accept_encoding: str) -> Made:
        entry = self._store.get(path)
        last = entry.made if entry else None
        related = await self._ask_related(recipe.article) if recipe.article else ()
        if related is None:
            related = last.related if last else ()
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._executor, _made, recipe, last, self._clock(), related, accept_encoding)
        if site is self._site:
            is_same = last is not None and made.prepared.has_bytes_of(last.prepared)
            new = Entry(site, made, is_asked_again=entry is not None and is_same and entry.is_asked_again)
            self._store.put(path, new, new.size_bytes)
        return made

    def _finish(self, path: str, done: asyncio.Future[Made]) -> None:
        in_flight = self._in_flight.get(path)
        if in_flight is not None and in_flight[1] is done:
            del self._in_flight[path]
        if not done.cancelled() and (error := done.exception()):
            # Every waiter gets the exception too; retrieving it here avoids asyncio's warning if there is none.
            log.debug("page failed", path=path, error=type(error).__name__)


def _made(
    recipe: Recipe[Any], last: Made | None, now: datetime, related: tuple[str, ...], accept_encoding: str
) -> Made:
    """Make the answer and its variant for ``accept_encoding`` in one go."""
    made = recipe.make(last, now, related)
    encoding = choose_encoding(accept_encoding, made.prepared.encodings)
    return replace(made, prepared=encode(made.prepared, encoding))
