"""What is served is the newest content, whatever else changes while it is published."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.render.pages.templates import load_pages
from services.render.sending.static_files import StaticFiles
from services.render.site import refresh
from services.render.site.live import LiveReload
from services.render.site.page_store import PageStore
from services.render.site.publisher import BuildScope, Publisher
from services.render.site.refresh import Content
from services.render.theming.cache import ThemeCache
from services.render.theming.theme import Theme
from shared.content.folder.loader import LoadResult, load_library
from shared.content.parsing.site_config import SiteConfig
from shared.web.settings import Settings
from tests.render.sites import NOW, write_content

NEW = "---\ntitle: New\nsummary: An article.\npublished: 2026-05-01\n---\n\nText.\n"


class HeldCache(ThemeCache):
    """Holds a site that is being built until the test lets it go, and notes a look that found a change."""

    def __init__(self, content_dir: Path) -> None:
        super().__init__(content_dir, StaticFiles({}, {}), load_pages(), lambda: NOW)
        self.is_building, self.goes_on, self.is_found = threading.Event(), threading.Event(), threading.Event()
        self.goes_on.set()

    def theme(self, site: SiteConfig) -> Theme:
        self.is_building.set()
        assert self.goes_on.wait(30)
        return super().theme(site)

    def has_changed(self) -> bool:
        is_changed = super().has_changed()
        if is_changed:
            self.is_found.set()
        return is_changed


class CountingPublisher(Publisher):
    """Counts the sites that it was given."""

    given = 0

    async def publish(self, build: BuildScope) -> bool:
        is_new = await super().publish(build)
        self.given += 1
        return is_new


async def test_a_change_of_the_theme_does_not_bring_back_the_content_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout saves files of both: the change of the theme is found while the site is built."""
    monkeypatch.setattr(refresh, "LOOK_S", 0.01)
    await asyncio.to_thread(write_content, tmp_path)
    themes = await asyncio.to_thread(HeldCache, tmp_path)
    pool = ThreadPoolExecutor(2)
    publisher = CountingPublisher(themes.pages, PageStore(0), pool, lambda: NOW)
    content = Content(Settings(content_dir=tmp_path), publisher, themes, LiveReload())
    first = await load_library(tmp_path)
    await content.start(first)
    await asyncio.to_thread(write_content, tmp_path, {"articles/new.md": NEW, "theme/own.css": "a{}"})
    second = await load_library(tmp_path, first)

    async def results() -> AsyncIterator[LoadResult]:
        yield second

    themes.is_building.clear()
    themes.goes_on.clear()
    following = asyncio.create_task(content.follow(results()))
    await asyncio.to_thread(themes.is_building.wait)
    following_theme = asyncio.create_task(content.follow_theme())
    await asyncio.to_thread(themes.is_found.wait)
    await asyncio.sleep(0.05)  # enough for the look to ask for another site, which waits for this one
    themes.goes_on.set()
    await following
    while publisher.given < 3:
        await asyncio.sleep(0.01)
    following_theme.cancel()
    await asyncio.gather(following_theme, return_exceptions=True)
    await asyncio.to_thread(pool.shutdown)
    assert "/articles/new/" in publisher.site.recipes
    assert content.library is second.library
