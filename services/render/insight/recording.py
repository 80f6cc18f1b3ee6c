"""Requests → ledger. Nothing of a request that a browser asks not to count is read, and nothing of it is kept.

The ledger lives on the event loop; the file, where there is one, is read and written in a thread. A file that cannot be
used is one log line: counting goes on in memory, and the counts are written as soon as the file works again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from urllib.parse import parse_qs, urlsplit

from aiohttp import hdrs, web

from services.render.insight.counts import outcome_of
from services.render.insight.ledger import Ledger
from services.render.insight.store import Store, StoreError
from services.render.insight.visitors import refuses_counting
from services.render.searching.urls import SEARCH_NAMES
from shared.content.slug import ARTICLES_URL
from shared.process.logger import get_logger
from shared.search.contract import SearchQuery, SearchResults
from shared.web.rate_limit import TrustedProxies, client_of_request, parse_trusted_proxies
from shared.web.settings import Settings

#: Searches whose time is kept, for the percentiles.
TIMES = 4096
#: Seconds between two writes, and for the last one when the service stops.
WRITE_S, LAST_WRITE_S = 10.0, 2.0
#: The path of articles, without the mount of the site.
#: A longer Referer is not an address of a results page.
MAX_REFERER_CHARS = 2_000

log = get_logger("render.insight")


class Recorder:
    """Counts what readers search for and open. Its methods never raise."""

    def __init__(self, ledger: Ledger, trusted: TrustedProxies, store: Store | None = None) -> None:
        self.ledger = ledger
        #: Seconds that searches took, the newest last.
        self.times: deque[float] = deque(maxlen=TIMES)
        #: Why the file is not written; "" if it is, or without a file.
        self.problem = ""
        self._trusted = trusted
        self._store = store
        #: Whether the file was read, and its counts are in the ledger.
        self.is_loaded = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="insight")

    def searched(
        self, request: web.BaseRequest, asked: SearchQuery, results: SearchResults | None, took_s: float
    ) -> None:
        """Count a search that was answered with ``results`` (None: the search service was unavailable)."""
        self.times.append(took_s)
        if not asked.text or refuses_counting(request.headers):
            return
        client = client_of_request(request, self._trusted)
        outcome = outcome_of(asked, results)
        if asked.partial:
            self.ledger.typing(client, asked.text, outcome)
        elif asked.page == 1:
            self.ledger.asked(client, asked.text, outcome)

    def opened(self, request: web.BaseRequest, text: str, rank: int) -> None:
        """Count a hit that a script reports as opened."""
        if not refuses_counting(request.headers):
            self.ledger.clicked(client_of_request(request, self._trusted), text, rank)

    def followed(self, request: web.BaseRequest) -> None:
        """Count an article opened from the page of results, which the browser names as the referrer."""
        referer = request.headers.get(hdrs.REFERER, "")
        path = request.path
        if "?" not in referer or ARTICLES_URL not in path or len(referer) > MAX_REFERER_CHARS:
            return
        if refuses_counting(request.headers):
            return
        slug = path.partition(ARTICLES_URL)[2].removesuffix("/")
        text = searched_text(referer, request.host)
        if text and "/" not in slug:
            self.ledger.followed(client_of_request(request, self._trusted), text, slug)

    async def persist(self) -> None:
        """Write counts to the file every WRITE_S until cancelled, and then once more."""
        if self._store is None:
            return
        writing = asyncio.ensure_future(self._write(self._store))
        try:
            while True:
                await asyncio.shield(writing)
                await asyncio.sleep(WRITE_S)
                writing = asyncio.ensure_future(self._write(self._store))
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WRITE_S):
                    await writing
                    await self._write(self._store)
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _write(self, store: Store) -> None:
        """Read the file unless that was done, and write the counts since the last time."""
        loop, ledger = asyncio.get_running_loop(), self.ledger
        first = ledger.first_kept
        try:
            if not self.is_loaded:
                ledger.add_saved(await loop.run_in_executor(self._thread, store.load, first))
                self.is_loaded = True
            unsaved = ledger.take_unsaved()
            try:
                await loop.run_in_executor(self._thread, store.add, unsaved, first)
            except StoreError:
                ledger.put_back(unsaved)
                raise
        except StoreError as error:
            self._tell(str(error))
        else:
            self._tell("")

    def _tell(self, problem: str) -> None:
        """Log a new problem of the file, or its end."""
        if problem and problem != self.problem:
            log.warning("insight file not usable: counting goes on in memory", problem=problem)
        elif self.problem and not problem:
            log.info("insight file is written again")
        self.problem = problem


#: None if nothing is counted.
RECORDER: web.AppKey[Recorder | None] = web.AppKey("recorder")


def make_recorder(settings: Settings, now: Callable[[], datetime], clock: Callable[[], float]) -> Recorder | None:
    """The recorder, or None if the settings turn counting off."""
    if not settings.counts_queries:
        return None

    def today() -> date:
        return now().date()

    ledger = Ledger(
        least_visitors=settings.insight_min_visitors,
        days=settings.insight_days,
        today=today,
        clock=clock,
        is_saved=settings.insight_file is not None,
    )
    store = Store(settings.insight_file) if settings.insight_file else None
    return Recorder(ledger, parse_trusted_proxies(settings.trusted_proxies), store)


def searched_text(referer: str, host: str) -> str:
    """The query of the results page at ``referer``; "" if it is another page, or a rank says nothing."""
    try:
        url = urlsplit(referer)
        given = parse_qs(url.query, max_num_fields=20, errors="replace")
    except ValueError:
        return ""
    if url.netloc.lower() != host.lower() or (SEARCH_NAMES & given.keys()) != {"q"}:
        return ""
    return given["q"][0]
