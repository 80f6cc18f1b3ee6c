"""A search service over the engine in memory, and a client for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request
from yarl import URL

from services.search.app import create_app
from services.search.embedded import EmbeddedStore
from services.search.indexing.feed import StaticFeed
from shared.web.settings import Settings
from tests.search_service.articles import SITE
from tests.search_service.engine.memory_engine import MemoryStore

Client = TestClient[Request, Application]
Ask = Callable[..., Coroutine[Any, Any, Client]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that touch nothing of this machine."""
    return Settings(content_dir=tmp_path / "content", index_dir=tmp_path / "index", search_port=0)


@pytest.fixture
def store() -> MemoryStore:
    """A store with the small site."""
    store = MemoryStore()
    store.sync(SITE)
    return store


@pytest.fixture
def feed() -> StaticFeed:
    """A feed without an indexer, whose states a test sets."""
    return StaticFeed()


@pytest.fixture
async def client(aiohttp_client: Ask, settings: Settings, store: MemoryStore, feed: StaticFeed) -> Client:
    """A client of the service over the small site."""
    return await aiohttp_client(create_app(settings, store=partial(EmbeddedStore, store), feed=feed))


async def problem_of(client: Client, url: str | URL, status: int) -> dict[str, Any]:
    """The problem details that ``url`` answers with ``status``."""
    response = await client.get(url)
    assert response.status == status
    assert response.content_type == "application/problem+json"
    body: dict[str, Any] = await response.json(content_type=None)
    assert {"type", "title", "status", "detail", "request_id"} <= body.keys()
    assert body["status"] == status
    assert body["request_id"] == response.headers["X-Request-Id"]
    return body


async def swapped(client: Client, store: MemoryStore) -> None:
    """Wait until the newest generation answers."""
    async with asyncio.timeout(5):
        while (await (await client.get("/v1/status")).json())["generation"] != store.current():
            await asyncio.sleep(0.01)
