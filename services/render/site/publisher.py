"""The site that is served now, and how it gives way to the next: whole, by one reference.

Everything that takes time (building a site, rendering a page) runs in the publisher's own threads, never on the event
loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import datetime

from services.render.pages.templates import Pages
from services.render.sending.prepared import Prepared
from services.render.site.page_store import Entry, PageStore
from services.render.site.scope import Scope
from services.render.site.site import Made, Maker, Site, build_site
from shared.process.logger import get_logger

log = get_logger("render.publisher")

#: How a scope is built from a Library at a moment and what search knows of likeness.
BuildScope = Callable[[datetime, Mapping[str, tuple[str, ...]]], Scope]


class Publisher:
    """Holds the site and its answers. ``clock`` tells the time, aware."""

    def __init__(self, templates: Pages, store: PageStore, executor: Executor, clock: Callable[[], datetime]) -> None:
        self._templates = templates
        self._store = store
        self._executor = executor
        self._clock = clock
        self._site: Site | None = None
        self._under_way: dict[str, tuple[Site, asyncio.Future[Made]]] = {}
        self._related: Mapping[str, tuple[str, ...]] = {}
        self._build: BuildScope | None = None
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()

    @property
    def site(self) -> Site:
        """The site now. Raises RuntimeError before the first one is published: nothing is served before."""
        if self._site is None:
            raise RuntimeError("no site has been published")
        return self._site

    @property
    def store(self) -> PageStore:
        """The answers at hand, for metrics."""
        return self._store

    async def publish(self, build: BuildScope) -> bool:
        """Serve the site of another Library, or of another moment, from now on. False if it is what is served
        already."""
        async with self._turn:
            self._build = build
            return await self._swap()

    async def relate(self, related: Mapping[str, tuple[str, ...]]) -> None:
        """Serve the same articles with other related ones. Does nothing if they are the same."""
        async with self._turn:
            if related != self._related:
                self._related = related
                await self._swap()

    async def _swap(self) -> bool:
        """Build the site as it is now and serve it, unless it is made from what the one served is made from."""
        if self._build is None:
            return False
        loop = asyncio.get_running_loop()
        scope = await loop.run_in_executor(self._executor, self._build, self._clock(), self._related)
        if self._site is not None and self._site.scope == scope:
            return False
        self._site = await loop.run_in_executor(self._executor, build_site, scope, self._templates)
        self._changed.set()
        self._changed = asyncio.Event()
        return True

    def ready(self, path: str) -> Prepared | None:
        """The answer at ``path`` if it is at hand and true now: what almost every request takes."""
        entry = self._store.get(path)
        return entry.made.prepared if entry is not None and entry.site is self._site else None

    async def prepare(self, path: str) -> Prepared | None:
        """The answer at ``path``, made if need be; None if nothing is there. Readers who ask at once wait for one
        making."""
        site = self.site
        maker = site.makers.get(path)
        if maker is None:
            return None
        under_way = self._under_way.get(path)
        if under_way is None or under_way[0] is not site:
            task = asyncio.ensure_future(self._make(site, path, maker))
            under_way = self._under_way[path] = (site, task)
            task.add_done_callback(lambda done: self._finish(path, done))
        try:
            # One reader who leaves does not take the page from the others.
            made = await asyncio.shield(under_way[1])
        except FileNotFoundError:
            return None
        return made.prepared

    async def _make(self, site: Site, path: str, maker: Maker) -> Made:
        entry = self._store.get(path)
        last = entry.made if entry else None
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._executor, maker.make, last, self._clock())
        if site is self._site:
            self._store.put(path, Entry(site, made))
        return made

    def _finish(self, path: str, done: asyncio.Future[Made]) -> None:
        under_way = self._under_way.get(path)
        if under_way is not None and under_way[1] is done:
            del self._under_way[path]
        if not done.cancelled() and (error := done.exception()):
            # Told to whoever waits as well; looked at here so that nobody waiting is no warning.
            log.debug("page failed", path=path, error=type(error).__name__)

    async def warm_up(self) -> None:
        """Make every page ahead of its first reader, for each site in turn, while there is room. Runs until
        cancelled."""
        while True:
            site = self._site
            if site is not None:
                await self._warm(site)
            if site is self._site:
                await self._changed.wait()

    async def _warm(self, site: Site) -> None:
        for path, maker in site.makers.items():
            if site is not self._site or not self._store.has_room():
                return
            if maker.is_page and self.ready(path) is None:
                await self.prepare(path)
