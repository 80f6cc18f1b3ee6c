"""Related articles from the search service, requested when a page is rendered, within a deadline.

A page without an answer in time shows articles with the same tags or series, and is rendered again once search answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from services.render.searching.client import SearchClient, SearchClientError
from shared.process.logger import get_logger

log = get_logger("render.related")

#: Seconds that a page waits for related articles: an answer takes 3 ms at twelve thousand articles.
DEADLINE_S = 0.05
#: Seconds between two questions for the generation of the index.
POLL_S = 3.0
#: The same after a question without an answer: then the circuit opens within two more seconds, and /readyz is right,
#: without any reader. While it is open, nothing is sent.
SOON_S = 0.5


class RelatedArticles:
    """Requests related articles, and knows when pages that show some must be rendered again."""

    def __init__(self, client: SearchClient, *, deadline_s: float = DEADLINE_S) -> None:
        self._client = client
        self._deadline_s = deadline_s
        self._generation: str | None = None
        #: Whether a page was rendered without an answer since pages were last renewed.
        self._is_missing = False

    async def ask(self, slug: str) -> tuple[str, ...] | None:
        """The slugs of articles related to ``slug``, most similar first; ``None`` without an answer in time."""
        try:
            async with asyncio.timeout(self._deadline_s):
                articles = await self._client.related(slug)
        except (TimeoutError, SearchClientError) as error:
            # The breaker logs and measures the state of search, so this is only a debug line.
            log.debug("page made without related articles of search", slug=slug, reason=str(error) or "too slow")
            self._is_missing = True
            return None
        return tuple(article.slug for article in articles)

    async def follow(
        self, renew: Callable[[], Awaitable[None]], pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """Call ``renew`` for each new generation, and when search answers again. Runs until cancelled."""
        while True:
            pause_s = POLL_S
            try:
                generation = await self._client.generation()
            except SearchClientError as error:
                log.debug("generation of the index unknown", reason=str(error))
                pause_s = SOON_S
            else:
                if generation != self._generation or self._is_missing:
                    self._generation, self._is_missing = generation, False
                    await renew()
            await pause(pause_s)
