"""A node that is killed or hangs while readers search and the index changes: no search fails, nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from services.search.engine import IndexNotWritable, SearchEngine
from services.search.engine_opensearch.cluster.connection import Cluster, Connection
from services.search.engine_opensearch.engine import SEARCH_S
from services.search.engine_opensearch.store import OpenSearchStore
from shared.content.article import Article
from shared.search.contract import SearchQuery
from tests.opensearch.conftest import OpenStore
from tests.opensearch.host import NODES, Nodes
from tests.search_service.articles import SITE, make_article
from tests.search_service.engine_contract import synced

pytestmark = pytest.mark.opensearch

#: Searches a second while a node is down.
RATE = 5
QUERIES = ("message", "relay outbox", "", "percentile", "certificates")


@dataclass(slots=True)
class Searches:
    """Searches of a reader who does not stop: how long each took, and what failed."""

    engine: SearchEngine
    took_s: list[float] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)

    async def run(self, ended: asyncio.Event) -> None:
        """Search at RATE until ``ended``, whether earlier searches have answered or not."""
        async with asyncio.TaskGroup() as group:
            number = 0
            while not ended.is_set():
                group.create_task(self._one(SearchQuery(QUERIES[number % len(QUERIES)])))
                number += 1
                await asyncio.sleep(1 / RATE)

    async def _one(self, query: SearchQuery) -> None:
        started = time.perf_counter()
        try:
            await self.engine.search(query)
        except Exception as error:  # noqa: BLE001 - every failure is one
            self.failed.append(error)
        self.took_s.append(time.perf_counter() - started)

    @property
    def p99_s(self) -> float:
        """What 99 of 100 searches took at most."""
        return sorted(self.took_s)[int(len(self.took_s) * 0.99)]


@pytest.fixture
async def store(nodes: Nodes, open_stores: OpenStore) -> AsyncIterator[OpenSearchStore]:
    """A store with the small site in it, over nodes that are all there."""
    await asyncio.to_thread(nodes.wait_until_green)
    store = open_stores()
    await synced(store, SITE)
    yield store
    await store.close()
    await asyncio.to_thread(nodes.wait_until_green)


async def searched_during(store: OpenSearchStore, fault: Callable[[], Awaitable[None]]) -> Searches:
    """The searches while ``fault`` happens."""
    searches, ended = Searches(await store.open()), asyncio.Event()
    running = asyncio.create_task(searches.run(ended))
    try:
        await asyncio.sleep(0.5)
        await fault()
    finally:
        ended.set()
        await running
    return searches


@pytest.mark.parametrize("number", [1])
async def test_no_search_fails_while_a_node_is_killed(nodes: Nodes, store: OpenSearchStore, number: int) -> None:
    async def fault() -> None:
        await asyncio.to_thread(nodes.run, "kill", str(number))
        await asyncio.sleep(8)

    try:
        searches = await searched_during(store, fault)
    finally:
        await asyncio.to_thread(nodes.run, "node", str(number))
    assert searches.failed == []
    assert len(searches.took_s) > RATE * 4
    assert searches.p99_s < SEARCH_S


@pytest.mark.parametrize("number", range(1, NODES + 1))
async def test_no_search_fails_while_a_node_hangs(nodes: Nodes, store: OpenSearchStore, number: int) -> None:
    async def fault() -> None:
        await asyncio.to_thread(nodes.run, "pause", str(number))
        await asyncio.sleep(5)
        await asyncio.to_thread(nodes.run, "resume", str(number))
        await asyncio.sleep(1)

    searches = await searched_during(store, fault)
    assert searches.failed == []
    assert searches.p99_s < SEARCH_S


async def test_nothing_is_lost_while_a_node_is_killed_under_an_indexer(nodes: Nodes, store: OpenSearchStore) -> None:
    wanted = [make_article(f"n{number:03}", text=f"Message {number} of the storm.") for number in range(300)]
    writing = asyncio.create_task(_synced_at_last(store, wanted))
    await asyncio.sleep(0.2)
    await asyncio.to_thread(nodes.run, "kill", "3")
    await writing
    engine = await store.open()
    assert (await engine.search(SearchQuery("storm"))).total == len(wanted)
    await asyncio.to_thread(nodes.run, "node", "3")


async def _synced_at_last(store: OpenSearchStore, articles: Sequence[Article]) -> None:
    """Sync as the indexer does: again until it works."""
    async with asyncio.timeout(120):
        while True:
            try:
                await synced(store, articles)
            except IndexNotWritable:
                await asyncio.sleep(1)
            else:
                return


async def test_without_any_node_the_reason_is_named_and_searching_recovers_by_itself(
    nodes: Nodes, store: OpenSearchStore
) -> None:
    engine = await store.open()
    for number in range(1, NODES + 1):
        await asyncio.to_thread(nodes.run, "kill", str(number))
    with pytest.raises(Exception, match="PERSPECTIVE_OPENSEARCH_URLS"):
        await engine.search(SearchQuery("relay"))
    with pytest.raises(Exception, match=r"PERSPECTIVE_OPENSEARCH_URLS|asked again"):
        await store.current()
    for number in range(1, NODES + 1):
        await asyncio.to_thread(nodes.run, "node", str(number))
    async with asyncio.timeout(90):
        while True:
            try:
                assert (await engine.search(SearchQuery("relay"))).total == 1
            except AssertionError:
                raise
            except Exception:  # noqa: BLE001 - until it answers
                await asyncio.sleep(0.5)
            else:
                break


async def test_an_index_without_all_its_shards_is_not_half_an_answer(
    nodes: Nodes, cluster: Cluster, store: OpenSearchStore
) -> None:
    engine = await store.open()
    connection = Connection(cluster, is_writer=True)
    try:
        # Closed, its shards are gone while alias and documents stay.
        index = next(iter(await connection.request("GET", f"/_alias/{cluster.index}-*")))
        await connection.request("POST", f"/{index}/_close")
        with pytest.raises(Exception, match=r"refused|shards|closed"):
            await engine.search(SearchQuery("relay"))
        await connection.request("POST", f"/{index}/_open")
    finally:
        await connection.close()
