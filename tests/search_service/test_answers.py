"""Concurrent equal questions are computed once, and an answer is cached only under the generation that gave it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from dataclasses import replace

import orjson
import pytest

from services.search.answering.answers import Answer, Answers, ask_search
from services.search.answering.flights import Flights
from services.search.answering.generations import VERIFY_S, Generations
from services.search.app import create_app
from services.search.engine import Capabilities, Cpu, IndexDamaged, IndexStore, IndexUnavailable, SearchEngine
from services.search.indexing.feed import StaticFeed
from shared.process.byte_cache import ByteCache
from shared.search.contract import SearchQuery, SearchResults
from shared.web.settings import Settings
from tests.search_service.articles import SITE
from tests.search_service.conftest import Ask
from tests.search_service.engine.memory_engine import MemoryStore, embedded


class RemoteEngine:
    """An engine behind a network that takes ``delay_s`` for each answer; ``answering`` names what answers there."""

    def __init__(self, inner: SearchEngine, delay_s: float) -> None:
        self.inner = inner
        self.delay_s = delay_s
        self.searches = 0
        self.answering = inner.generation
        self.generation = inner.generation
        self.capabilities = Capabilities(is_snapshot=False)
        self.suggest = inner.suggest
        self.related = inner.related
        self.status = inner.status
        self.close = inner.close

    async def search(self, query: SearchQuery) -> SearchResults:
        """Wait for the network, then answer."""
        self.searches += 1
        await asyncio.sleep(self.delay_s)
        return replace(await self.inner.search(query), generation=self.answering)


class RemoteStore:
    """A store whose engines are behind a slow network."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.memory = memory = MemoryStore()
        memory.sync(SITE)
        self._inner = embedded(memory)
        self._delay_s = delay_s
        self.sync = self._inner.sync
        self.current = self._inner.current
        self.verify = self._inner.verify
        self.close = self._inner.close
        self.engine: RemoteEngine | None = None

    async def open(self) -> SearchEngine:
        """The engine, always the same."""
        self.engine = RemoteEngine(await self._inner.open(), self._delay_s)
        return self.engine


async def answers_over(
    store: RemoteStore, clock: Callable[[], float] = time.monotonic
) -> tuple[Answers, Flights[Answer], RemoteEngine]:
    """Answers from the newest generation of ``store``."""
    generations, flights = Generations(store, clock=clock), Flights[Answer]()
    await generations.refresh()
    assert store.engine is not None
    return Answers(generations, flights, ByteCache(1 << 20)), flights, store.engine


async def test_concurrent_equal_questions_are_computed_once() -> None:
    answers, flights, engine = await answers_over(RemoteStore(delay_s=0.01))
    bodies = await asyncio.gather(*(answers.answer(ask_search(SearchQuery("message"))) for _ in range(5)))
    assert len(set(bodies)) == 1
    assert (engine.searches, flights.shared, len(flights)) == (1, 4, 0)


async def test_a_client_that_disconnects_leaves_its_question_to_the_others() -> None:
    answers, flights, engine = await answers_over(RemoteStore(delay_s=0.02))
    first, second = (asyncio.create_task(answers.answer(ask_search(SearchQuery("message")))) for _ in range(2))
    await asyncio.sleep(0.005)
    first.cancel()
    assert orjson.loads((await second).body)["total"] == 2
    assert first.cancelled()
    assert (engine.searches, len(flights)) == (2, 0)


async def test_an_exception_of_the_engine_reaches_every_waiter() -> None:
    flights: Flights[int] = Flights()

    async def fail() -> int:
        await asyncio.sleep(0.001)
        raise LookupError("no such thing")

    outcomes = await asyncio.gather(*(flights.run("key", fail) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in outcomes] == [LookupError] * 3
    assert len(flights) == 0


async def test_an_answer_of_another_generation_is_returned_but_not_cached() -> None:
    """Cached under the name of the open generation, old text would be served for as long as that one is the newest."""
    answers, _, engine = await answers_over(RemoteStore())
    engine.answering = "one-before"
    for asked in (1, 2):
        assert (await answers.answer(ask_search(SearchQuery("message")))).generation == "one-before"
        assert engine.searches == asked
    engine.answering = engine.generation
    for _ in range(3):
        assert (await answers.answer(ask_search(SearchQuery("message")))).generation == engine.generation
    assert engine.searches == 3


async def test_a_damaged_generation_is_dropped_with_its_cached_answers_until_another_is_built() -> None:
    store, cache = MemoryStore(), ByteCache[Hashable, bytes](1 << 20)
    store.sync(SITE)
    generations = Generations(embedded(store), on_swap=cache.clear)
    await generations.refresh()
    answers = Answers(generations, Flights[Answer](), cache)
    right = await answers.answer(ask_search(SearchQuery("message")))
    store.opened[-1].changes, store.opened[-1].is_damaged = 1, True
    store.disk.newest, store.disk.is_damaged = None, True
    assert await answers.answer(ask_search(SearchQuery("message"))) == right, "it was computed before"
    with pytest.raises(IndexDamaged):
        await answers.answer(ask_search(SearchQuery("relay")))
    assert generations.name is None
    with pytest.raises(IndexUnavailable):
        await answers.answer(ask_search(SearchQuery("message")))
    store.sync(SITE)
    await generations.refresh()
    assert orjson.loads((await answers.answer(ask_search(SearchQuery("message")))).body)["total"] == 2


def opens(store: RemoteStore) -> Callable[[Cpu], IndexStore]:
    """``store``, ignoring the Cpu."""
    return lambda _cpu: store


async def test_a_slow_network_never_blocks_the_loop(aiohttp_client: Ask, settings: Settings) -> None:
    """Waiting costs no CPU time, so an engine measured by it would look fast, and block every other answer."""
    store = RemoteStore(delay_s=0.5)
    client = await aiohttp_client(create_app(settings, store=opens(store), feed=StaticFeed()))
    assert (await client.get("/v1/search?q=relay")).status == 200  # cached from now on
    for text in ("message", "offset", "request"):
        waiting = asyncio.create_task(client.get(f"/v1/search?q={text}"))
        await asyncio.sleep(0)
        for path in ("/healthz", "/v1/search?q=relay", "/v1/suggest?q=ze"):
            assert (await client.get(path)).status == 200
            assert not waiting.done()
        assert (await waiting).status == 200


async def test_the_etag_names_the_generation_that_answered(aiohttp_client: Ask, settings: Settings) -> None:
    store = RemoteStore()
    client = await aiohttp_client(create_app(settings, store=opens(store), feed=StaticFeed()))
    assert store.engine is not None
    store.engine.answering = "one-before"
    assert "one-before" in (await client.get("/v1/search?q=relay")).headers["ETag"]


@pytest.mark.parametrize("path", ["/v1/suggest?q=ze", "/v1/related/zero-trust", "/v1/status"])
async def test_every_question_is_answered_over_a_network(aiohttp_client: Ask, settings: Settings, path: str) -> None:
    client = await aiohttp_client(create_app(settings, store=opens(RemoteStore()), feed=StaticFeed()))
    assert (await client.get(path)).status == 200


async def test_an_engine_that_fails_on_a_damaged_index_is_unavailable_until_another_is_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = RemoteStore()
    times = [0.0]
    answers, _, engine = await answers_over(store, clock=lambda: times[-1])

    async def fail(_query: SearchQuery) -> SearchResults:
        raise IndexError("index 7 is out of bounds")

    monkeypatch.setattr(engine, "search", fail)
    with pytest.raises(IndexError):
        await answers.answer(ask_search(SearchQuery("relay")))
    store.memory.disk.is_damaged = True
    times.append(VERIFY_S)
    for _ in range(2):
        with pytest.raises(IndexUnavailable):
            await answers.answer(ask_search(SearchQuery("outbox")))
    monkeypatch.undo()
    store.memory.sync(SITE)
    assert await answers._generations.refresh()
    assert b"transactional-outbox" in (await answers.answer(ask_search(SearchQuery("relay")))).body
