"""Follow the content: publish the first load and every change, and report problems."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial

from services.render.site.live import LiveReload
from services.render.site.publisher import Publisher
from services.render.site.scope import Scope, build_scope
from services.render.site.trial import try_templates
from services.render.site.verification import Verification
from services.render.theming.cache import LOOK_S, ThemeCache
from shared.content.folder.loader import LoadResult
from shared.content.library import Library
from shared.content.problem import Problem, StaleBody
from shared.process.logger import get_logger
from shared.web.settings import Settings

log = get_logger("render.content")

#: Problems of one bad edit that are logged one by one; the rest are counted.
MAX_LOGGED = 20
#: Articles and pages up to which broken links are found while serving; of more, `perspective check` finds them.
MAX_LINKED = 1000


class Content:
    """The served content, and the problems of newer content that is not served."""

    def __init__(self, settings: Settings, publisher: Publisher, themes: ThemeCache, live: LiveReload) -> None:
        self._settings = settings
        self._publisher = publisher
        self._themes = themes
        self._live = live
        self._problems: tuple[Problem, ...] = ()
        self._load_problems: tuple[Problem, ...] = ()
        self._theme_problems: tuple[Problem, ...] = ()
        self._library: Library | None = None
        self._loaded: LoadResult | None = None
        self._broken_links: tuple[Problem, ...] = ()
        self._publishing = asyncio.Lock()
        self.verification = Verification(self._notify, finish=self._find_broken_links)

    @property
    def library(self) -> Library | None:
        """The whole site as it was loaded last."""
        return self._library

    @property
    def loaded(self) -> LoadResult | None:
        """The last load, whether it could be published or not: where the next one continues."""
        return self._loaded

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Problems of the current content; its sources keep their last good version or are left out."""
        return self._problems

    async def start(self, first: LoadResult) -> None:
        """Serve the first load.

        Raises InvalidContent if it has no site; in strict mode also for any error, for which all bodies are parsed.
        """
        self._loaded = first
        library = await asyncio.to_thread(first.require, is_strict=self._settings.strict)
        self._load_problems = first.problems
        await self._publish(library)

    async def follow(self, results: AsyncIterator[LoadResult]) -> None:
        """Publish each load, and publish again when an article appears or expires; report problems."""
        async for result in results:
            self._loaded, self._load_problems = result, result.problems
            await self._publish(result.library)

    async def follow_theme(self) -> None:
        """Publish the site again when a file of its theme changes."""
        while True:
            await asyncio.sleep(LOOK_S)
            if await asyncio.to_thread(self._themes.has_changed):
                await self._publish()

    async def _publish(self, newer: Library | None = None) -> None:
        """Publish ``newer``, or else the current Library, as visible now, and notify open pages of what changed."""
        # One at a time: the current Library is the one before until a newer one is published.
        async with self._publishing:
            library = newer or self._library
            is_new = library is not None and await self._publisher.publish(partial(self._scope, library))
            are_other_problems = self._report(self._load_problems + self._theme_problems)
            is_other_library, self._library = library is not self._library, library
            if library is not None and (is_new or is_other_library):
                self.verification.follow(library)
                self._live.announce(partial(_problems, self._problems, library, self._broken_links), is_new_site=is_new)
            elif are_other_problems:
                self._notify()
            if is_new:
                log.info("site published", articles=len(self._publisher.site.scope.view.articles))

    def _notify(self) -> None:
        """Send the problems known so far to open pages."""
        library, fatal, links = self._library, self._problems, self._broken_links
        self._live.announce(partial(_problems, fatal, library, links) if library else lambda: fatal, is_new_site=False)

    async def _find_broken_links(self, library: Library) -> None:
        """Report the broken links of ``library`` to its author: all to open pages, new ones to the log."""
        if not self._settings.live_reload or len(library.articles) + len(library.pages) > MAX_LINKED:
            return
        known = self._broken_links
        links = await asyncio.to_thread(_broken_links, library)
        if links is None or links == known:
            return
        self._broken_links = links
        for problem in [one for one in links if one not in known][:MAX_LOGGED]:
            log.warning("broken link", problem=str(problem))
        self._notify()

    def _report(self, problems: tuple[Problem, ...]) -> bool:
        """Log ``problems`` if they changed; return whether they did."""
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
        theme = self._themes.theme(library.site)
        scope = build_scope(library, now, theme, self._settings)
        failed = (one.under(self._settings.content_dir) for one in try_templates(scope, self._themes.pages))
        wrong = (one for one in (*theme.problems, *failed) if one.severity == "error")
        self._theme_problems = tuple(dict.fromkeys(wrong))
        return scope


def _problems(fatal: tuple[Problem, ...], library: Library, links: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return fatal or tuple(sorted({*library.problems, *links}))


def _broken_links(library: Library) -> tuple[Problem, ...] | None:
    """The links of ``library`` that lead nowhere; None if a file changed since the load: the next load checks again."""
    from services.check.content import with_bodies  # noqa: PLC0415 - only an author needs the checks
    from services.check.links import check_links  # noqa: PLC0415

    try:
        return tuple(sorted(problem.under(library.directory) for problem in check_links(with_bodies(library))))
    except StaleBody:
        return None
