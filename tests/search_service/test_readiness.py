"""The state of the index over HTTP: generations, readiness, status, metrics."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from services.search.app import create_app
from services.search.embedded import EmbeddedStore
from services.search.engine import IndexUnavailable
from services.search.indexing.feed import StaticFeed
from services.search.indexing.state import IndexerState
from shared.search.encoding import parse_results
from shared.version import VERSION
from shared.web.settings import Settings
from tests.search_service.articles import SITE, make_article
from tests.search_service.conftest import Ask, Client, problem_of, swapped
from tests.search_service.engine.memory_engine import DamagedStore, MemoryStore


async def test_a_new_generation_answers_by_itself_and_the_old_one_is_closed(
    client: Client, store: MemoryStore, feed: StaticFeed
) -> None:
    report = store.sync([*SITE, make_article("quokkas", text="Quokkas sleep.")])
    feed.publish(IndexerState(phase="idle", generation=report.generation))
    await swapped(client, store)
    assert parse_results(await (await client.get("/v1/search?q=quokkas")).read()).total == 1
    assert [engine.closed for engine in store.opened] == [1, 0]


async def test_content_is_valid_only_when_it_was_read(client: Client, feed: StaticFeed) -> None:
    for is_known, expected in ((False, "not read yet"), (True, "valid")):
        feed.publish(IndexerState(is_content_known=is_known))
        checks = (await (await client.get("/readyz")).json())["checks"]
        assert checks["content"] == {"ok": True, "detail": expected}


async def test_without_an_index_every_answer_is_503_with_the_reason(aiohttp_client: Ask, settings: Settings) -> None:
    store, feed = MemoryStore(), StaticFeed(IndexerState(phase="indexing", done=12, total=750))
    client = await aiohttp_client(create_app(settings, store=partial(EmbeddedStore, store), feed=feed))
    for path in ("/v1/search?q=x", "/v1/suggest?q=x", "/v1/related/x", "/v1/status"):
        problem = await problem_of(client, path, 503)
        assert "12 of 750" in problem["detail"]
        assert (await client.get(path)).headers["Retry-After"] == "2"
    assert (await client.get("/v1/search?page=0")).status == 400
    assert (await client.get("/healthz")).status == 200
    ready = await client.get("/readyz")
    assert ready.status == 503
    assert "12 of 750" in (await ready.json())["checks"]["index"]["detail"]
    store.sync(SITE)
    await feed_and_wait(client, feed, store)
    assert (await client.get("/readyz")).status == 200


async def feed_and_wait(client: Client, feed: StaticFeed, store: MemoryStore) -> None:
    """Tell of the newest generation and wait until it answers."""
    feed.publish(IndexerState(phase="idle", generation=store.current()))
    async with asyncio.timeout(5):
        while (await client.get("/v1/status")).status != 200:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("state", "check", "words"),
    [
        (IndexerState(phase="down", error="the indexer was killed by SIGKILL"), "indexer", "SIGKILL"),
        (IndexerState(phase="retrying", error="No space left on device"), "indexer", "No space left"),
        (
            IndexerState(phase="indexing", total=3, error="No space left on device"),
            "indexer",
            "0 of 3 articles, after: No",
        ),
        (IndexerState(meaning="off: no model", is_meaning_missing=True), "meaning", "off: no model"),
        (IndexerState().with_problems(("content/a.md:3: bad",)), "content", "content/a.md:3: bad"),
        (IndexerState().with_problems(tuple(f"p{n}" for n in range(60))), "content", "and 10 more"),
    ],
)
async def test_readiness_names_what_is_wrong_and_the_old_index_answers_on(
    client: Client, feed: StaticFeed, state: IndexerState, check: str, words: str
) -> None:
    feed.publish(state)
    response = await client.get("/readyz")
    body = await response.json()
    assert (response.status, body["status"]) == (200, "degraded")
    assert not body["checks"][check]["ok"]
    assert words in body["checks"][check]["detail"]
    assert (await client.get("/v1/search?q=relay")).status == 200
    following = float(not state.error)
    assert f"perspective_indexer_up {following}" in await (await client.get("/metrics")).text()


async def test_a_generation_that_cannot_be_opened_leaves_the_service_ready_with_the_one_before(
    aiohttp_client: Ask, settings: Settings
) -> None:
    store = DamagedStore()
    store.sync(SITE)
    client = await aiohttp_client(create_app(settings, store=partial(EmbeddedStore, store), feed=StaticFeed()))
    store.error = IndexUnavailable("3 bytes where 9 were written")
    store.sync(SITE[:1])
    async with asyncio.timeout(5):
        while (body := await (await client.get("/readyz")).json())["status"] == "ready":
            await asyncio.sleep(0.01)
    assert body["status"] == "degraded"
    assert "3 bytes where 9" in body["checks"]["index"]["detail"]
    assert (await client.get("/v1/search?q=relay")).status == 200


async def test_status_tells_of_index_and_indexer(client: Client, store: MemoryStore) -> None:
    response = await client.get("/v1/status")
    body = await response.json()
    assert body["generation"] == store.current()
    assert body["articles"] == len(SITE)
    assert body["indexer"]["phase"] == "idle"
    assert body["version"] == VERSION
    assert response.headers["Cache-Control"] == "no-store"


async def test_metrics_tell_of_requests_and_index(client: Client, feed: StaticFeed) -> None:
    feed.publish(IndexerState(restarts=2).with_problems(("a", "b")))
    await client.get("/v1/search?q=relay")
    await client.get("/v1/search?page=0")
    text = await (await client.get("/metrics")).text()
    assert 'perspective_requests_total{method="GET",route="/v1/search",status="200"} 1.0' in text
    assert 'perspective_requests_total{method="GET",route="/v1/search",status="400"} 1.0' in text
    assert "perspective_index_open 1.0" in text
    assert "perspective_indexer_restarts_total 2.0" in text or "perspective_indexer_restarts 2.0" in text
    assert "perspective_content_problems 2.0" in text


async def test_metrics_of_workers_have_a_label_each(
    aiohttp_client: Ask, settings: Settings, store: MemoryStore, feed: StaticFeed
) -> None:
    client = await aiohttp_client(create_app(settings, store=partial(EmbeddedStore, store), feed=feed, worker="3"))
    await client.get("/v1/search")
    text = await (await client.get("/metrics")).text()
    assert 'perspective_requests_total{method="GET",route="/v1/search",status="200",worker="3"} 1.0' in text
    assert 'perspective_index_open{worker="3"} 1.0' in text
