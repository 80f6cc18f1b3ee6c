"""Servers for tests of render: the site, and search services that work, fail, hang or answer garbage."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from services.render import app
from services.render.app import create_app
from services.render.searching.client import SearchClient
from shared.search.contract import RelatedArticle, SearchQuery, SearchResults, Suggestion
from shared.search.encoding import dump_related, dump_results, dump_suggestions
from shared.web import prepared_first
from shared.web.protocol import Runner
from shared.web.settings import Settings
from tests.render.sites import NOW, write_content

Client = TestClient[web.Request, web.Application]


class FakeSearch:
    """A search service that returns the test's answers and records its requests."""

    def __init__(self) -> None:
        self.results: Callable[[web.Request], web.StreamResponse] = lambda _request: answer(
            SearchResults(SearchQuery(""), 0, 0.1, "g1", ())
        )
        self.suggestions: tuple[Suggestion, ...] = ()
        self.related: dict[str, tuple[RelatedArticle, ...]] = {}
        self.generation = "g1"
        self.asked: list[str] = []
        self.url = ""

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/search", self._search)
        app.router.add_get("/v1/suggest", self._suggest)
        app.router.add_get("/v1/related/{slug}", self._related)
        app.router.add_get("/v1/status", self._status)
        return app

    async def _search(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.rel_url.raw_query_string)
        return self.results(request)

    async def _suggest(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.rel_url.raw_query_string)
        return json_response(dump_suggestions(self.suggestions))

    async def _related(self, request: web.Request) -> web.StreamResponse:
        return json_response(dump_related(self.related.get(request.match_info["slug"], ())))

    async def _status(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"generation": self.generation, "articles": 3})


def json_response(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def answer(results: SearchResults) -> web.Response:
    """The response of a healthy search service."""
    return json_response(dump_results(results))


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the site wait for search as long as a busy machine may take."""
    monkeypatch.setattr(app, "SearchClient", partial(SearchClient, attempt_s=20.0, total_s=30.0))


@pytest.fixture
async def search(patience: None) -> AsyncIterator[FakeSearch]:
    """A search service that answers."""
    fake = FakeSearch()
    async with TestServer(fake.application()) as server:
        fake.url = str(server.make_url("/"))
        yield fake


@contextlib.asynccontextmanager
async def raw_server(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """A socket that runs ``talk`` for each connection; the value is its address."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept, read, and never answer."""
    while await reader.read(1024):
        pass
    await asyncio.sleep(3600)


@pytest.fixture
async def slow_search() -> AsyncIterator[str]:
    """The address of a search service that accepts and never answers."""
    async with raw_server(silence) as address:
        yield address


@pytest.fixture
def free_address(unused_tcp_port: int) -> str:
    """An address on which nothing listens."""
    return f"http://127.0.0.1:{unused_tcp_port}"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The content directory of the small site."""
    return write_content(tmp_path / "content")


class Clock:
    """A clock that the test sets."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class OwnServer(TestServer):
    """A test server with the service's own connections: prepared responses take the fast path."""

    async def _make_runner(self, **_options: Any) -> Runner:
        return Runner(self.app, shutdown_timeout=0.0)


Serve = Callable[..., Awaitable[Client]]


@pytest.fixture(params=[True, False], ids=["repeated", "public"])
def is_repeating(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether repeated answers take the fast path, or all take that of aiohttp."""
    is_repeating: bool = request.param
    assert prepared_first.IS_SUPPORTED
    monkeypatch.setattr(prepared_first, "IS_SUPPORTED", is_repeating)
    return is_repeating


@pytest.fixture
async def serve(content: Path, clock: Clock, free_address: str, is_repeating: bool) -> AsyncIterator[Serve]:
    """Start the site with these settings, by default without a search service."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**settings: object) -> Client:
            chosen = {"content_dir": content, "search_url": free_address, "watch": "off"} | settings
            site = create_app(Settings.model_validate(chosen), clock=clock)
            # A site that fails to start has opened resources too.
            server = OwnServer(site)
            stack.push_async_callback(server.close)
            await server.start_server()
            return await stack.enter_async_context(TestClient(server))

        yield start


async def fetch(client: Client, path: str, **options: Any) -> ClientResponse:
    """Request exactly ``path``, including its quoting, without following redirects. The body is read, but of a stream.

    A response that is not read keeps its connection, which fails the test that runs when both are collected.
    """
    method = str(options.pop("method", "GET"))
    url = URL(str(client.make_url("/")).rstrip("/") + path, encoded=True)
    response = await client.session.request(method, url, allow_redirects=False, **options)
    if response.content_type != "text/event-stream":
        await response.read()
    return response


async def eventually(client: Client, path: str, text: str) -> None:
    """Wait until ``text`` is on the page."""
    async with asyncio.timeout(30):
        while text not in await (await fetch(client, path)).text():
            await asyncio.sleep(0.05)
