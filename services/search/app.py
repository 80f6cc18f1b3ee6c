"""The composition root of the search service: builds every part and connects them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from services.search import handlers
from services.search.answering.answers import Answer, Answers
from services.search.answering.flights import Flights
from services.search.answering.generations import Generations
from services.search.answering.measures import SearchCollector
from services.search.answering.readiness import add_checks
from services.search.cpu import ThreadedCpu
from services.search.engine import Cpu, IndexStore
from services.search.handlers import ANSWERS, FEED, GENERATIONS, SETTINGS
from services.search.indexing.feed import IndexerFeed
from shared.process.byte_cache import ByteCache
from shared.process.tasks import running_task
from shared.web.health import Health
from shared.web.metrics import Metrics
from shared.web.security import DATA_POLICY, security_headers
from shared.web.service import new_application
from shared.web.settings import Settings

#: Threads for answers that are not short. More threads would only compete for the interpreter lock.
ANSWER_THREADS = 2

Context = Callable[[web.Application], AsyncIterator[None]]

ROUTES = (
    web.get("/v1/search", handlers.search),
    web.get("/v1/suggest", handlers.suggest),
    web.get("/v1/related/{slug}", handlers.related),
    web.get("/v1/status", handlers.status),
    web.get("/openapi.json", handlers.openapi),
)


def create_app(
    settings: Settings, *, store: Callable[[Cpu], IndexStore], feed: IndexerFeed, worker: str = ""
) -> web.Application:
    """Build the service. ``store`` makes the index store for a Cpu, ``feed`` reports the state of the indexer.

    ``worker`` is the number of this process, if several share the port.
    """
    health = Health()
    metrics = Metrics(worker=worker) if worker else Metrics()
    app = new_application(
        health=health,
        metrics=metrics,
        headers=security_headers(policy=DATA_POLICY, is_https=settings.is_https),
        translate=lambda error: handlers.translate(error, feed.state),
        is_managed_elsewhere=settings.search_management_port is not None,
    )
    cache: ByteCache[Hashable, bytes] = ByteCache(settings.search_cache_bytes)
    executor = ThreadPoolExecutor(ANSWER_THREADS, thread_name_prefix="answer")
    cpu = ThreadedCpu(executor)
    flights: Flights[Answer] = Flights()

    def start_over() -> None:
        cache.clear()
        cpu.meter.forget()

    index = store(cpu)
    generations = Generations(index, on_swap=start_over)
    app[SETTINGS] = settings
    app[FEED] = feed
    app[GENERATIONS] = generations
    app[ANSWERS] = Answers(generations, flights, cache)
    add_checks(health, generations, feed)
    metrics.registry.register(SearchCollector(generations, cpu, flights, cache, feed))
    app.router.add_routes(ROUTES)
    app.cleanup_ctx.append(_closing(index, flights, executor))
    app.cleanup_ctx.append(_following(generations, feed))
    return app


def _closing(index: IndexStore, flights: Flights[Answer], executor: ThreadPoolExecutor) -> Context:
    """At shutdown, finish the answers in flight, then close the store and the threads."""

    async def context(_app: web.Application) -> AsyncIterator[None]:
        yield
        await flights.drain()
        await index.close()
        executor.shutdown(wait=False)

    return context


def _following(generations: Generations, feed: IndexerFeed) -> Context:
    """Open an existing index before the service listens, then follow the newest generation until shutdown."""

    async def context(_app: web.Application) -> AsyncIterator[None]:
        is_newer = asyncio.Event()
        feed.listen(lambda state: is_newer.set() if state.generation != generations.name else None)
        await generations.try_refresh()
        async with running_task(generations.follow(is_newer)), running_task(feed.run()):
            yield
        generations.close()

    return context
