"""Both services over a real index, and what a collector gets of one search."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from services.render.app import create_app as create_render
from services.render.searching.client import SearchClient
from services.search.app import create_app as create_search
from services.search.indexing.feed import StaticFeed
from services.search.opening import open_store
from shared.content.folder.loader import load_now
from shared.telemetry.starting import exporting_traces
from shared.web.settings import Settings
from tests.render.conftest import OwnServer
from tests.render.sites import NOW, write_content
from tests.telemetry.conftest import PATIENCE_S, Collector, Received

TRACE = "0af7651916cd43dd8448eb211c80319c"
#: What a reader sends, none of which may reach a collector.
SECRETS = (b"marmalade", b"sesame", b"203.0.113.77", b"Mozilla", b"referred", b"127.0.0.1", b"telltale")

Get = Callable[..., Any]


@pytest.fixture
def traced(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Traces of this process, sent to the collector."""
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "20"}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with exporting_traces(environ, "both", is_public=True):
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings over a small site, whose index is built."""
    content = write_content(tmp_path / "content")
    settings = Settings(
        content_dir=content, index_dir=tmp_path / "index", cache_dir=tmp_path / "cache", watch="off", semantic="off"
    )
    open_store(settings).sync(load_now(content).require().visible(NOW).articles)
    return settings


@pytest.fixture
async def get(traced: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Get]:
    """Ask the site for a path, with these headers; the headers of the answer."""
    # A busy machine takes longer than a reader would wait for search: here the answer matters, not when it comes.
    patient = partial(SearchClient, attempt_s=PATIENCE_S, total_s=PATIENCE_S)
    monkeypatch.setattr("services.render.app.SearchClient", patient)
    search = create_search(settings, store=partial(open_store, settings), feed=StaticFeed())
    async with TestServer(search) as behind:
        found = settings.model_copy(update={"search_url": str(behind.make_url("")).rstrip("/")})
        async with TestClient[Any, Any](OwnServer(create_render(found, clock=lambda: NOW))) as client:

            async def get(path: str, **headers: str) -> Mapping[str, str]:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                async with client.get(path, headers=named) as response:
                    await response.read()
                    return response.headers

            yield get


async def received(collector: Collector, is_there: Callable[[list[Received]], bool]) -> list[Received]:
    """What the collector got, once ``is_there`` holds for it."""
    return await asyncio.to_thread(collector.wait_for, is_there)


async def test_one_search_is_one_trace_from_the_edge_through_both_services(get: Get, collector: Collector) -> None:
    answered = await get(
        "/?q=marmalade+latency",
        traceparent=f"00-{TRACE}-b7ad6b7169203331-01",
        tracestate="vendor=telltale",
        baggage="q=telltale",
        X_Request_Id="edge-7",
        Cookie="a=sesame",
        X_Forwarded_For="203.0.113.77",
        User_Agent="Mozilla",
        Referer="http://127.0.0.1/?q=referred",
    )
    assert answered["X-Request-Id"] == "edge-7"

    def is_whole(spans: list[Received]) -> bool:
        names = {span.name for span in spans if span.trace_id == TRACE}
        return names >= {"GET /", "GET /v1/search", "understand", "match", "rank", "show"}

    spans = [span for span in await received(collector, is_whole) if span.trace_id == TRACE]
    page = next(span for span in spans if span.name == "GET /")
    asked = next(span for span in spans if span.parent_id == page.span_id)
    answer = next(span for span in spans if span.parent_id == asked.span_id)
    assert (asked.name, answer.name) == ("GET /v1/search", "GET /v1/search")
    assert page.parent_id == "b7ad6b7169203331"
    stages = {span.name for span in spans if span.parent_id == answer.span_id}
    assert stages >= {"understand", "match", "rank", "show"}
    assert page.attributes == {
        "http.request.method": "GET",
        "http.route": "/",
        "http.response.status_code": 200,
        "perspective.request_id": "edge-7",
    }
    # The id of the edge reached the other service, and came back with its answer.
    assert answer.attributes["perspective.request_id"] == "edge-7"
    assert answer.attributes["http.route"] == "/v1/search"
    assert not any(secret in raw for raw in collector.raw for secret in SECRETS)


async def test_prepared_pages_and_errors_are_traced_by_their_pattern(get: Get, collector: Collector) -> None:
    def is_whole(spans: list[Received]) -> bool:
        prepared = {span.name for span in spans if span.attributes.get("perspective.prepared")}
        return "GET /articles/{slug}/" in prepared and "GET /{path}" in {span.name for span in spans}

    async with asyncio.timeout(PATIENCE_S):
        while not is_whole(collector.spans):  # a page that was made again is not prepared yet
            for path in ("/articles/tail-latency/", "/articles/tail-latency/", "/marmalade/sesame"):
                await get(path)
            await asyncio.sleep(0.05)
    found = list(collector.spans)
    missing = next(span for span in found if span.name == "GET /{path}")
    assert (missing.attributes["http.response.status_code"], missing.is_error) == (404, False)
    assert not any(secret in raw for raw in collector.raw for secret in SECRETS)


async def test_a_request_that_is_not_sampled_is_sampled_nowhere(get: Get, collector: Collector) -> None:
    unsampled, sampled = "1" * 32, "2" * 32
    await get("/?q=outbox", traceparent=f"00-{unsampled}-b7ad6b7169203331-00")
    await get("/?q=ordering", traceparent=f"00-{sampled}-b7ad6b7169203331-01")

    def is_there(spans: list[Received]) -> bool:
        return {"show", "GET /"} <= {one.name for one in spans if one.trace_id == sampled}

    found = await received(collector, is_there)
    assert {span.trace_id for span in found if span.name in {"GET /", "GET /v1/search", "show"}} == {sampled}
