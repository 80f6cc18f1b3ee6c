"""One generation answers at a time, and the old one is closed after its last answer."""

from __future__ import annotations

import asyncio
import io
import json

import pytest

from services.search.answering.generations import Generations
from services.search.engine import IndexUnavailable
from shared.process.tasks import running_task
from shared.search.contract import SearchQuery
from tests.search_service.articles import SITE
from tests.search_service.engine.memory_engine import DamagedStore, MemoryStore, embedded


async def test_a_lease_before_the_first_generation_is_unavailable() -> None:
    generations = Generations(embedded(MemoryStore()))
    assert not await generations.refresh()
    assert generations.name is None
    with pytest.raises(IndexUnavailable), generations.lease():
        pass


async def test_the_newest_generation_is_opened_once() -> None:
    store = MemoryStore()
    name = store.sync(SITE).generation
    swaps: list[str | None] = []
    generations = Generations(embedded(store), on_swap=lambda: swaps.append(generations.name))
    assert await generations.refresh()
    assert not await generations.refresh()
    assert (generations.name, swaps, len(store.opened)) == (name, [name], 1)


class MergedStore(MemoryStore):
    """Its generation has other files than those that were opened."""

    def current(self) -> str | None:
        """Names them, as a store does after a merge of segments."""
        return f"{super().current()}-merged"


async def test_a_generation_is_reported_once_though_its_merged_files_are_opened(events: io.StringIO) -> None:
    store = MergedStore()
    store.sync(SITE)
    generations = Generations(embedded(store))
    assert await generations.refresh()
    assert await generations.refresh()
    logged = [json.loads(line) for line in events.getvalue().splitlines()]
    assert [one["event"] for one in logged if one["level"] == "info"] == ["generation opened"]


async def test_an_answer_under_way_keeps_its_generation_open() -> None:
    store = MemoryStore()
    store.sync(SITE)
    generations = Generations(embedded(store))
    await generations.refresh()
    with generations.lease() as outer, generations.lease() as engine:
        store.sync(SITE[:1])
        await generations.refresh()
        assert engine is outer
        assert (await engine.search(SearchQuery(""))).total == len(SITE)
        with generations.lease() as newer:
            assert (await newer.search(SearchQuery(""))).total == 1
        assert store.opened[0].closed == 0
    assert [engine.closed for engine in store.opened] == [1, 0]
    generations.close()
    assert [engine.closed for engine in store.opened] == [1, 1]


async def test_closing_waits_for_the_last_answer() -> None:
    store = MemoryStore()
    store.sync(SITE)
    generations = Generations(embedded(store))
    await generations.refresh()
    with generations.lease():
        generations.close()
        assert store.opened[0].closed == 0
    assert store.opened[0].closed == 1


@pytest.mark.parametrize("error", [IndexUnavailable("truncated"), PermissionError("not yours"), KeyError("header")])
async def test_a_generation_that_cannot_be_opened_leaves_the_old_one_and_one_event(
    error: Exception, events: io.StringIO
) -> None:
    store = DamagedStore()
    store.sync(SITE)
    generations = Generations(embedded(store))
    await generations.refresh()
    old = generations.name
    store.error = error
    store.sync(SITE[:2])
    async with running_task(generations.follow(asyncio.Event(), poll_s=0.001)):
        await asyncio.sleep(0.05)
        assert generations.name == old
        assert "cannot be opened" in generations.problem
        assert events.getvalue().count("generation not opened") == 1
        store.error = None
        async with asyncio.timeout(5):
            while generations.name == old:
                await asyncio.sleep(0.001)
        assert generations.problem == ""
        # Content that goes back to what answers leaves nothing to open, and nothing that cannot be opened.
        current, store.error = generations.name, error
        store.sync(SITE)
        async with asyncio.timeout(5):
            while not generations.problem:
                await asyncio.sleep(0.001)
        store.sync(SITE[:2])
        async with asyncio.timeout(5):
            while generations.problem:
                await asyncio.sleep(0.001)
        assert generations.name == current


async def test_following_refreshes_at_once_on_a_report() -> None:
    store, told = MemoryStore(), asyncio.Event()
    generations = Generations(embedded(store))
    async with running_task(generations.follow(told, poll_s=60)):
        await asyncio.sleep(0.01)
        store.sync(SITE)
        told.set()
        async with asyncio.timeout(5):
            while generations.name is None:
                await asyncio.sleep(0.001)
