"""Live reload for authors: open pages are told of each new site, and of what keeps an edit from becoming one.

Server-sent events (HTML Living Standard, 9.2). Only routed when live reload is on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import orjson
from aiohttp import web

#: Seconds of silence after which a comment is sent, so that a closed page is noticed.
HEARTBEAT_S = 15.0


class LiveReload:
    """What open pages are told. Every page that connects first hears what holds now."""

    def __init__(self) -> None:
        self._version = 0
        self._problems: tuple[str, ...] = ()
        self._news = asyncio.Event()
        self._is_closed = False

    def tell(self, problems: Iterable[str], *, is_new_site: bool) -> None:
        """The content was looked at again: ``problems`` as ``path:line: message``, none if all is well."""
        self._problems = tuple(problems)
        self._version += is_new_site
        self._wake()

    def close(self) -> None:
        """End every stream, so that a shutdown does not wait for open pages."""
        self._is_closed = True
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """The events of one open page: ``state`` with the version of the site and the problems."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        with suppress(ConnectionError):  # the reader closed the page: the one way in which most streams end
            while not self._is_closed:
                news = self._news
                await response.write(self._event())
                while not await _set_within(news, HEARTBEAT_S):
                    await response.write(b": still here\n\n")
        return response

    def _event(self) -> bytes:
        state = orjson.dumps({"version": self._version, "problems": self._problems})
        return b"event: state\ndata: " + state + b"\n\n"


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


LIVE = web.AppKey("live", LiveReload)
