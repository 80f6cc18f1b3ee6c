"""Bound the number of pages in flight that are rendered for one reader: results and error pages.

Such a page takes milliseconds of the event loop, and every other request waits meanwhile. Without a bound, two hundred
readers of results keep prepared pages and /healthz waiting for seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web

from shared.web.rate_limit import RateLimiter

#: Pages in flight. At some six milliseconds each, the last one waits a fifth of a second.
MAX_IN_FLIGHT = 32
#: When a refused client should ask again, in seconds.
RETRY_S = 1


class Busy(Exception):
    """Too many pages are being made: ask again in RETRY_S."""


class Admission:
    """Admits a bounded number of pages, and serves other requests between two of them. Used from one event loop."""

    def __init__(self, max_in_flight: int = MAX_IN_FLIGHT) -> None:
        self.in_flight = 0
        self.on_refusal: Callable[[], None] = lambda: None
        self._max_in_flight = max_in_flight
        self._turn = asyncio.Lock()

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Count one page as in flight inside the context. Raises Busy instead of entering it."""
        if self.in_flight >= self._max_in_flight:
            self.on_refusal()
            raise Busy
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until no other page is rendered, and yield to the event loop once, so that ready answers go first."""
        async with self._turn:
            await asyncio.sleep(0)
            yield


ADMISSION = web.AppKey("admission", Admission)
#: The limit of searches of one client.
RATE_LIMITER = web.AppKey("rate_limiter", RateLimiter)
