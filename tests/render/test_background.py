"""Work beside the answers: related articles, and what happens when such work fails."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping

import aiohttp
import pytest

from services.render.searching.breaker import CircuitBreaker
from services.render.searching.client import SearchClient, SearchUnavailable
from services.render.site import background
from services.render.site.background import running
from services.render.site.related import load_related
from shared.search.contract import RelatedArticle
from tests.render.conftest import FakeSearch


def client(session: aiohttp.ClientSession, url: str) -> SearchClient:
    breaker = CircuitBreaker(failures_to_open=99, open_s=1, clock=lambda: 0.0, on_change=lambda _old, _new: None)
    return SearchClient(session, url, breaker)


async def test_related_articles_are_asked_for_one_by_one(search: FakeSearch) -> None:
    search.related = {
        "a": (RelatedArticle("b", "/articles/b/", "B", 0.9), RelatedArticle("c", "/articles/c/", "C", 0.5))
    }
    async with aiohttp.ClientSession() as session:
        related: Mapping[str, tuple[str, ...]] = await load_related(client(session, search.url), ["a", "new"])
    assert related == {"a": ("b", "c"), "new": ()}


async def test_without_search_nothing_is_related(free_address: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(SearchUnavailable):
            await load_related(client(session, free_address), ["a", "b", "c"])


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
