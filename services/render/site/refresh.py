"""From the content directory to the publisher: the first load, every change after it, and what is wrong with the last
edit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial

from services.render.sending.static_files import StaticFiles
from services.render.site.live import LiveReload
from services.render.site.publisher import Publisher
from services.render.site.scope import Scope
from services.render.site.verification import Verification
from shared.content.folder.loader import LoadResult
from shared.content.library import Library
from shared.content.problem import Problem
from shared.process.logger import get_logger
from shared.process.memory import release_memory
from shared.web.settings import Settings

log = get_logger("render.content")

#: Problems of one bad edit that are logged one by one; the rest are counted.
MAX_LOGGED = 20


class Content:
    """What is served, and the problems that keep the content as it is now from being served."""

    def __init__(self, settings: Settings, publisher: Publisher, files: StaticFiles, live: LiveReload) -> None:
        self._settings = settings
        self._publisher = publisher
        self._files = files
        self._live = live
        self._problems: tuple[Problem, ...] = ()
        self._library: Library | None = None
        self.verification = Verification(self._tell_problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What keeps parts of the content from being served as they are: those keep their last good state, or are left
        out."""
        return self._problems

    async def start(self, first: LoadResult) -> None:
        """Serve the first load. Raises InvalidContent where it gives no site, or has a problem and is held strictly."""
        library = first.require(is_strict=self._settings.strict)
        self._report(first.problems)
        await self._publish(library)
        await asyncio.to_thread(release_memory)

    async def follow(self, results: AsyncIterator[LoadResult]) -> None:
        """Serve what is good in each load, say what is not, and let time pass in the site that is served."""
        async for result in results:
            is_news = self._report(result.problems)
            is_told = await self._publish(result.library or self._library)
            if is_news and not is_told:
                self._tell_problems()

    async def _publish(self, library: Library | None) -> bool:
        """Serve ``library`` as it is visible now; nothing happens where that is what is served already. Whether open
        pages were told of it."""
        if library is None:
            return False
        is_new = await self._publisher.publish(partial(self._scope, library))
        is_news, self._library = is_new or library is not self._library, library
        if is_news:
            self.verification.follow(library)
            self._live.tell(partial(_problems, self._problems, library), is_new_site=is_new)
        if is_new:
            log.info("site published", articles=len(self._publisher.site.scope.view.articles))
        return is_news

    def _tell_problems(self) -> None:
        """Tell open pages what is known to be wrong by now."""
        library, fatal = self._library, self._problems
        self._live.tell(partial(_problems, fatal, library) if library else lambda: fatal, is_new_site=False)

    def _report(self, problems: tuple[Problem, ...]) -> bool:
        """Log ``problems``, if they are others than before; whether they are."""
        if problems == self._problems:
            return False
        self._problems = problems
        if not problems:
            log.info("content is good again")
        for problem in problems[:MAX_LOGGED]:
            log.error("content problem", problem=str(problem))
        if problems:
            log.error("what has problems keeps its last good state, or is left out", problems=len(problems))
        return True

    def _scope(self, library: Library, now: datetime) -> Scope:
        settings = self._settings
        return Scope(
            view=library.visible(now),
            base_url=settings.base_url or library.site.base_url,
            files=self._files,
            max_query_chars=settings.max_query_chars,
            is_live=settings.live_reload,
        )


def _problems(fatal: tuple[Problem, ...], library: Library) -> tuple[Problem, ...]:
    return fatal or library.problems
