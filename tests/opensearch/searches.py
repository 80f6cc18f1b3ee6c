"""Searches of a reader who does not stop while something happens to the nodes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from services.search.engine import SearchEngine
from services.search.engine_opensearch.store import OpenSearchStore
from shared.search.contract import SearchQuery

#: Searches a second.
RATE = 5
QUERIES = ("message", "relay outbox", "", "percentile", "certificates")


@dataclass(slots=True)
class Searches:
    """How long each search took, and what failed: one that is not answered before its deadline fails."""

    engine: SearchEngine
    rate: float = RATE
    took_s: list[float] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)

    async def run(self, ended: asyncio.Event) -> None:
        """Search at ``rate`` until ``ended``, whether earlier searches have answered or not."""
        async with asyncio.TaskGroup() as group:
            number = 0
            while not ended.is_set():
                group.create_task(self._one(SearchQuery(QUERIES[number % len(QUERIES)])))
                number += 1
                await asyncio.sleep(1 / self.rate)

    async def _one(self, query: SearchQuery) -> None:
        started = time.perf_counter()
        try:
            await self.engine.search(query)
        except Exception as error:  # noqa: BLE001 - every failure is one
            self.failed.append(error)
        self.took_s.append(time.perf_counter() - started)


async def searched_during(store: OpenSearchStore, fault: Callable[[], Awaitable[None]], rate: float = RATE) -> Searches:
    """The searches while ``fault`` happens."""
    searches, ended = Searches(await store.open(), rate), asyncio.Event()
    running = asyncio.create_task(searches.run(ended))
    try:
        await asyncio.sleep(0.5)
        await fault()
    finally:
        ended.set()
        await running
    return searches
