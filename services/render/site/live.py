"""Live reload for authors: notify open pages of each new site and of content problems.

Server-sent events (HTML Living Standard, 9.2). Only routed when live reload is on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import orjson
from aiohttp import web

from shared.content.problem import Problem

#: Seconds of silence after which a comment is sent, so that a closed page is noticed.
HEARTBEAT_S = 15.0
#: The largest number of problems that a page shows, besides their count. An author fixes the first and looks again.
MAX_SHOWN = 50

#: Returns the current problems of the content: called while a page is open, in a thread.
Gather = Callable[[], Sequence[Problem]]


class LiveReload:
    """Broadcasts the state of the content to open pages; a new page gets the current state first."""

    def __init__(self) -> None:
        self._version = 0
        self._gather: Gather = tuple
        self._event: bytes | None = None
        self._news = asyncio.Event()
        self._is_closed = False

    def announce(self, gather: Gather, *, is_new_site: bool) -> None:
        """Announce a load: ``gather`` returns its problems, none if all is well."""
        self._gather = gather
        self._event = None
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
        """The events of one open page: ``state`` with the version of the site, the first problems and their count."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        with suppress(ConnectionError):  # the reader closed the page, as most streams end
            while True:
                news, state = self._news, await self._state()
                if self._is_closed:
                    break
                await response.write(state)
                while not await _set_within(news, HEARTBEAT_S):
                    await response.write(b": still here\n\n")
        return response

    async def _state(self) -> bytes:
        """The event with the current state, encoded once for all open pages."""
        gather = self._gather
        if self._event is None:
            event = await asyncio.to_thread(_encode, self._version, gather)
            if gather is not self._gather:
                return event
            self._event = event
        return self._event


def _encode(version: int, gather: Gather) -> bytes:
    problems = gather()
    shown = [str(problem) for problem in problems[:MAX_SHOWN]]
    state = orjson.dumps({"version": version, "problems": shown, "count": len(problems)})
    return b"event: state\ndata: " + state + b"\n\n"


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


LIVE = web.AppKey("live", LiveReload)
