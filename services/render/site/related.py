"""Which articles are like which, as search knows it: asked in the background, once for each generation of the index and
each site.

A page never waits for it: what is not known yet is filled by tags and series.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType

from services.render.searching.client import SearchClient, SearchClientError
from services.render.site.publisher import Publisher
from shared.process.logger import get_logger

log = get_logger("render.related")

#: Seconds between two looks at the generation: one small question to a neighbour.
POLL_S = 5.0
#: Questions under way at once: they are nobody's, so they leave the service to its readers.
CONCURRENCY = 2


async def load_related(client: SearchClient, slugs: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """For each slug the slugs of like articles, most alike first. Raises SearchClientError if any question has no
    answer."""
    turn = asyncio.Semaphore(CONCURRENCY)
    related: dict[str, tuple[str, ...]] = {}

    async def ask(slug: str) -> None:
        async with turn:
            articles = await client.related(slug)
        related[slug] = tuple(article.slug for article in articles)

    try:
        async with asyncio.TaskGroup() as group:
            for slug in slugs:
                group.create_task(ask(slug))
    except* SearchClientError as errors:
        raise errors.exceptions[0] from errors
    return MappingProxyType(related)


async def follow_related(
    client: SearchClient, publisher: Publisher, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Keep the site's related articles as the index knows them. Runs until cancelled; search may be away at any
    time."""
    known: tuple[str, frozenset[str]] | None = None
    while True:
        slugs = frozenset(publisher.site.scope.view.by_slug)
        try:
            generation = await client.generation()
            if (generation, slugs) != known:
                await publisher.relate(await load_related(client, sorted(slugs)))
                known = (generation, slugs)
        except SearchClientError as error:
            # The state of search is logged and measured by its breaker; this is only the reason why nothing changes.
            log.debug("related articles stay as they are", reason=str(error))
        await pause(POLL_S)
