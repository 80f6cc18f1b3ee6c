"""Work beside the answers: related articles, and what happens when such work fails."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from services.render.searching.breaker import CircuitBreaker
from services.render.searching.client import FAILURES_TO_OPEN, SearchClient
from services.render.site import background
from services.render.site.background import running
from services.render.site.related import RelatedArticles
from services.render.theming.cache import ThemeCache
from services.render.theming.theme import Theme
from shared.content.parsing.site_config import SiteConfig
from shared.search.contract import RelatedArticle
from tests.render.conftest import FakeSearch, Serve, eventually, fetch


def client(session: aiohttp.ClientSession, url: str) -> SearchClient:
    breaker = CircuitBreaker(failures_to_open=99, open_s=1, clock=lambda: 0.0, on_change=lambda _old, _new: None)
    return SearchClient(session, url, breaker)


async def test_related_articles_are_those_that_search_names(search: FakeSearch) -> None:
    search.related = {
        "a": (RelatedArticle("b", "/articles/b/", "B", 0.9), RelatedArticle("c", "/articles/c/", "C", 0.5))
    }
    async with aiohttp.ClientSession() as session:
        related = RelatedArticles(client(session, search.url), deadline_s=5)
        assert await related.ask("a") == ("b", "c")
        assert await related.ask("new") == ()


class Renewals:
    """Counts the calls, and ends the loop that makes them after the given number of pauses."""

    def __init__(self, pauses: int) -> None:
        self.count = 0
        self._pauses = pauses

    async def renew(self) -> None:
        self.count += 1

    async def pause(self, _seconds: float) -> None:
        self._pauses -= 1
        if not self._pauses:
            raise asyncio.CancelledError


async def test_pages_are_renewed_for_a_new_generation_and_after_a_question_without_an_answer(
    search: FakeSearch, free_address: str
) -> None:
    async with aiohttp.ClientSession() as session:
        related, renewals = RelatedArticles(client(session, search.url), deadline_s=5), Renewals(3)
        with pytest.raises(asyncio.CancelledError):
            await related.follow(renewals.renew, renewals.pause)
        assert renewals.count == 1
        silent, renewals = RelatedArticles(client(session, free_address)), Renewals(2)
        assert await silent.ask("a") is None
        with pytest.raises(asyncio.CancelledError):
            await silent.follow(renewals.renew, renewals.pause)
        assert renewals.count == 0


async def test_a_search_that_stopped_is_known_soon_though_nobody_searches() -> None:
    states: list[str] = []
    pauses: list[float] = []
    breaker = CircuitBreaker(
        failures_to_open=FAILURES_TO_OPEN, open_s=1, clock=lambda: 0.0, on_change=lambda _old, new: states.append(new)
    )

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await server.close()
        if states:
            raise asyncio.CancelledError

    async with aiohttp.ClientSession() as session, TestServer(FakeSearch().application()) as server:
        related = RelatedArticles(SearchClient(session, str(server.make_url("/")), breaker, attempt_s=20, total_s=30))
        with pytest.raises(asyncio.CancelledError):
            await related.follow(Renewals(9).renew, pause)
    assert states == ["open"]
    assert sum(pauses[:-1]) <= 5


async def test_a_page_does_not_wait_for_a_slow_search(search: FakeSearch) -> None:
    search.related = {"a": (RelatedArticle("b", "/articles/b/", "B", 0.9),)}
    async with aiohttp.ClientSession() as session:
        related = RelatedArticles(client(session, search.url), deadline_s=0.0)
        assert await related.ask("a") is None


async def test_work_that_fails_is_logged_and_begun_again(monkeypatch: pytest.MonkeyPatch, events: io.StringIO) -> None:
    monkeypatch.setattr(background, "RESTART_S", 0.01)
    done = asyncio.Event()
    attempts = 0

    async def work() -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise RuntimeError("a fault")
        done.set()

    async with running("the work", work), asyncio.timeout(5):
        await done.wait()
    assert attempts == 3
    assert events.getvalue().count("background work failed") == 2


async def test_work_ends_with_its_context() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    async with running("the work", work):
        await started.wait()
    assert ended.is_set()


class FaultyThemes:
    """Fails to build a theme while ``is_broken``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_broken = False
        build = ThemeCache.theme

        def theme(cache: ThemeCache, site: SiteConfig) -> Theme:
            if self.is_broken:
                raise MemoryError
            return build(cache, site)

        monkeypatch.setattr(ThemeCache, "theme", theme)


async def test_a_fault_never_brings_an_older_site_back(
    serve: Serve, content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "RESTART_S", 0.2)
    themes, article = FaultyThemes(monkeypatch), content / "articles" / "zero-trust.md"
    client = await serve(watch="auto")
    first = await asyncio.to_thread(article.read_text, "utf-8")

    async def edit(title: str) -> None:
        await asyncio.to_thread(article.write_text, re.sub("title: .*", f"title: {title}", first), "utf-8")

    await edit("The second title")
    await eventually(client, "/", "The second title")
    themes.is_broken = True
    with capture_logs() as logs:
        await edit("The third title")
        async with asyncio.timeout(30):
            while "background work failed" not in [entry["event"] for entry in logs]:
                await asyncio.sleep(0.02)
    themes.is_broken = False
    shown = ""
    async with asyncio.timeout(30):
        while "The third title" not in shown:
            shown = await (await fetch(client, "/")).text()
            assert "The second title" in shown or "The third title" in shown
            await asyncio.sleep(0.005)
