"""How many tasks begin in one iteration of the event loop.

Hundreds of requests at once would make one iteration last as long as all of their answers, and probes, prepared answers
and new connections would wait for each iteration. So a few begin in each, in the order in which they came; the others
wait for a later one. Nothing is refused here.
"""

from __future__ import annotations

import asyncio
from collections import deque

#: Tasks that begin in one iteration: a few milliseconds of work.
PER_ITERATION = 8


class Admission:
    """Lets ``per_iteration`` tasks begin in each iteration of the running loop, first come, first served."""

    def __init__(self, per_iteration: int = PER_ITERATION) -> None:
        self._per_iteration = per_iteration
        self._left = per_iteration
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        """Return when the task may begin: at once, unless many others begin in this iteration."""
        loop = asyncio.get_running_loop()
        if self._left == self._per_iteration:
            loop.call_soon(self._next_iteration)
        if self._left:
            self._left -= 1
            return
        place = loop.create_future()
        self._waiting.append(place)
        await place

    def _next_iteration(self) -> None:
        self._left = self._per_iteration
        while self._waiting and self._left:
            place = self._waiting.popleft()
            if not place.done():  # else it was cancelled
                place.set_result(None)
                self._left -= 1
        if self._left < self._per_iteration:
            asyncio.get_running_loop().call_soon(self._next_iteration)
