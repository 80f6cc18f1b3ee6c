"""A node that is killed or hangs while readers search and the index changes: no search fails, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from services.search.engine import IndexNotWritable
from services.search.engine_opensearch import engine as engine_module
from services.search.engine_opensearch.cluster import connection as connection_module
from services.search.engine_opensearch.store import OpenSearchStore
from shared.content.article import Article
from shared.search.contract import SearchQuery
from tests.opensearch.conftest import OpenStore
from tests.opensearch.host import NODES, Nodes
from tests.opensearch.searches import RATE, searched_during
from tests.search_service.articles import SITE, make_article
from tests.search_service.engine.store_contract import synced

pytestmark = pytest.mark.opensearch


@pytest.fixture
def tolerant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pass over a node that hangs, and give the others the time that a busy machine needs."""
    monkeypatch.setattr(connection_module, "ATTEMPT_S", 3.0)
    monkeypatch.setattr(connection_module, "READ_DEADLINE_S", 60.0)
    monkeypatch.setattr(engine_module, "SEARCH_S", 120.0)


@pytest.fixture
async def store(nodes: Nodes, open_stores: OpenStore) -> AsyncIterator[OpenSearchStore]:
    """A store with the small site in it, over nodes that are all there."""
    await asyncio.to_thread(nodes.wait_until_green)
    store = open_stores()
    await synced(store, SITE)
    yield store
    await store.close()
    await asyncio.to_thread(nodes.wait_until_green)


@pytest.mark.usefixtures("patient")
async def test_no_search_fails_while_the_cluster_manager_is_killed(nodes: Nodes, store: OpenSearchStore) -> None:
    number = await asyncio.to_thread(nodes.cluster_manager)

    async def fault() -> None:
        await asyncio.to_thread(nodes.run, "kill", str(number))
        await asyncio.sleep(8)

    try:
        searches = await searched_during(store, fault)
    finally:
        await asyncio.to_thread(nodes.run, "node", str(number))
    assert searches.failed == []
    assert len(searches.took_s) > RATE * 4


@pytest.mark.usefixtures("tolerant")
@pytest.mark.parametrize("number", range(1, NODES + 1))
async def test_no_search_fails_while_a_node_hangs(nodes: Nodes, store: OpenSearchStore, number: int) -> None:
    async def fault() -> None:
        await asyncio.to_thread(nodes.run, "pause", str(number))
        await asyncio.sleep(5)
        await asyncio.to_thread(nodes.run, "resume", str(number))
        await asyncio.sleep(1)

    searches = await searched_during(store, fault)
    assert searches.failed == []
    assert (await searches.engine.status()).size_bytes > 0


@pytest.mark.usefixtures("tolerant")
async def test_the_status_is_told_while_a_node_hangs(nodes: Nodes, store: OpenSearchStore) -> None:
    engine = await store.open()
    await asyncio.to_thread(nodes.run, "pause", "1")
    try:
        status = await engine.status()
    finally:
        await asyncio.to_thread(nodes.run, "resume", "1")
    assert (status.articles, status.generation, status.size_bytes) == (len(SITE), engine.generation, 0)


@pytest.mark.usefixtures("tolerant")
@pytest.mark.parametrize("number", range(1, NODES + 1))
async def test_every_service_that_starts_while_a_node_hangs_opens_the_index(
    nodes: Nodes, store: OpenSearchStore, open_stores: OpenStore, number: int
) -> None:
    starting = [open_stores() for _ in range(20)]
    await asyncio.to_thread(nodes.run, "pause", str(number))
    try:
        engines = await asyncio.gather(*(one.open() for one in starting), return_exceptions=True)
    finally:
        await asyncio.to_thread(nodes.run, "resume", str(number))
        for one in starting:
            await one.close()
    assert [engine for engine in engines if isinstance(engine, BaseException)] == []


@pytest.mark.usefixtures("tolerant")
async def test_nothing_is_lost_while_a_node_hangs_and_another_is_killed_under_an_indexer(
    nodes: Nodes, store: OpenSearchStore
) -> None:
    wanted = [make_article(f"n{number:03}", text=f"Message {number} of the storm.") for number in range(300)]
    await asyncio.to_thread(nodes.run, "pause", "2")
    writing = asyncio.create_task(_synced_at_last(store, wanted))
    try:
        await asyncio.sleep(2)
        engine = await store.open()
        assert (await engine.search(SearchQuery("relay"))).total in {0, 1}  # before the edit or after it
    finally:
        await asyncio.to_thread(nodes.run, "resume", "2")
    await asyncio.to_thread(nodes.run, "kill", "3")
    await writing
    assert (await (await store.open()).search(SearchQuery("storm"))).total == len(wanted)
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


@pytest.mark.usefixtures("tolerant")
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
