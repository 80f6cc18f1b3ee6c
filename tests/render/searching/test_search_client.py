"""The seam to search, over real sockets: healthy, absent, slow, garbled, endless."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Protocol

import aiohttp
import pytest
from aiohttp import web

from services.render.searching.breaker import BreakerState, CircuitBreaker
from services.render.searching.client import (
    FAILURES_TO_OPEN,
    MAX_ANSWER_BYTES,
    QueryRefused,
    SearchClient,
    SearchUnavailable,
)
from shared.search.attributes import ATTRIBUTES, filters
from shared.search.contract import (
    DEADLINE_HEADER,
    Hit,
    RelatedArticle,
    SearchQuery,
    SearchResults,
    SectionHit,
    Suggestion,
)
from tests.render.conftest import FakeSearch, answer, raw_server

QUERY = SearchQuery("outbox pattern", filters=filters(tags=("a", "b"), year=2026), sort="newest", page=2)
HIT = Hit("x", "/articles/x/", (("X", True),), "About X.", "2026-01-12", ("a",), None, 3, 1.5)
RESULTS = SearchResults(QUERY, 11, 0.5, "g1", (HIT,), {one.facet: () for one in ATTRIBUTES})


def with_hit(**changes: Any) -> SearchResults:
    """An answer with one hit that is like any other, but for ``changes``."""
    return replace(RESULTS, hits=(replace(HIT, **changes),))


class MakeClient(Protocol):
    """Makes a client of the service at ``url``."""

    def __call__(self, url: str, attempt_s: float = 10.0) -> SearchClient: ...


@pytest.fixture
def changes() -> list[tuple[BreakerState, BreakerState]]:
    return []


@pytest.fixture
async def client_for(changes: list[tuple[BreakerState, BreakerState]]) -> AsyncIterator[MakeClient]:
    breaker = CircuitBreaker(
        failures_to_open=FAILURES_TO_OPEN,
        open_s=60.0,
        clock=asyncio.get_running_loop().time,
        on_change=lambda *change: changes.append(change),
    )

    async def no_pause(_seconds: float) -> None:
        return

    async with aiohttp.ClientSession(auto_decompress=False) as session:
        # Generous, since the machine may be busy: only what tests a deadline has a short one.
        def make(url: str, attempt_s: float = 10.0) -> SearchClient:
            return SearchClient(session, url, breaker, attempt_s=attempt_s, total_s=2.5 * attempt_s, pause=no_pause)

        yield make


async def test_a_search_asks_for_what_differs_from_the_defaults(client_for: MakeClient, search: FakeSearch) -> None:
    search.results = lambda _request: answer(RESULTS)
    assert await client_for(search.url).search(QUERY) == RESULTS
    assert search.asked == ["q=outbox+pattern&tag=a&tag=b&year=2026&sort=newest&page=2"]


async def test_suggestions_and_related_articles_are_parsed(client_for: MakeClient, search: FakeSearch) -> None:
    search.suggestions = (Suggestion("outbox pattern", "title", "/articles/x/"),)
    search.related = {"x": (RelatedArticle("y", "/articles/y/", "Y", 0.5),)}
    client = client_for(search.url)
    assert await client.suggest("outb") == search.suggestions
    assert await client.related("x") == search.related["x"]
    assert await client.generation() == "g1"


async def test_an_unknown_article_has_no_related_ones(client_for: MakeClient, search: FakeSearch) -> None:
    async def unknown(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()

    async with raw_server(unknown) as address:
        assert await client_for(address).related("new") == ()


async def test_a_rejection_is_shown_with_its_message(client_for: MakeClient, search: FakeSearch) -> None:
    search.results = lambda _request: web.Response(
        status=400, body=b'{"detail": "page takes a number"}', content_type="application/problem+json"
    )
    client = client_for(search.url)
    with pytest.raises(QueryRefused) as refusal:
        await client.search(QUERY)
    assert refusal.value.detail == "page takes a number"
    with pytest.raises(QueryRefused):
        await client.relay_search((("page", "x"),))


OVERLOAD = b'{"type": "urn:perspective:overloaded", "detail": "ask for less"}'


async def test_an_expensive_query_does_not_open_the_circuit_for_everybody(
    client_for: MakeClient, search: FakeSearch, changes: list[tuple[BreakerState, BreakerState]]
) -> None:
    search.results = lambda _request: web.Response(status=503, body=OVERLOAD, content_type="application/problem+json")
    client = client_for(search.url)
    for _ in range(2 * FAILURES_TO_OPEN):
        with pytest.raises(SearchUnavailable):
            await client.search(QUERY)
    assert changes == []
    assert len(search.asked) == 2 * FAILURES_TO_OPEN, "an overloaded service is not asked twice"


async def test_the_request_carries_the_deadline_of_the_site(client_for: MakeClient, search: FakeSearch) -> None:
    deadlines = []

    def results(request: web.Request) -> web.Response:
        deadlines.append(request.headers[DEADLINE_HEADER])
        return answer(RESULTS)

    search.results = results
    await client_for(search.url, 0.5).search(QUERY)
    assert deadlines == ["400"]


async def test_a_404_of_another_program_is_no_answer_to_a_search(client_for: MakeClient, search: FakeSearch) -> None:
    search.results = lambda _request: web.Response(status=404, body=b"{}", content_type="application/problem+json")
    with pytest.raises(SearchUnavailable):
        await client_for(search.url).search(QUERY)


async def test_refusals_do_not_open_the_circuit(
    client_for: MakeClient, search: FakeSearch, changes: list[tuple[BreakerState, BreakerState]]
) -> None:
    search.results = lambda _request: web.Response(status=400, body=b"{}", content_type="application/problem+json")
    client = client_for(search.url)
    for _ in range(FAILURES_TO_OPEN + 1):
        with pytest.raises(QueryRefused):
            await client.search(QUERY)
    assert changes == []


async def test_a_relayed_answer_is_passed_on_as_it_came(client_for: MakeClient, search: FakeSearch) -> None:
    search.results = lambda _request: answer(RESULTS)
    relayed, _ = await client_for(search.url).relay_search((("q", "ä&=b"), ("explain", "1")))
    assert relayed == answer(RESULTS).body
    assert search.asked == ["q=%C3%A4%26%3Db&explain=1"]


async def test_a_refused_connection_is_unavailable_at_once(client_for: MakeClient, free_address: str) -> None:
    with pytest.raises(SearchUnavailable, match=r"^connection to 127\.0\.0\.1:\d+ failed: Connection refused$"):
        await client_for(free_address).search(QUERY)


async def test_the_reason_of_a_service_that_is_not_ready_is_passed_on(
    client_for: MakeClient, search: FakeSearch
) -> None:
    search.results = lambda _request: web.Response(
        status=503, body=b'{"detail": "The index is not ready: starting"}', content_type="application/problem+json"
    )
    with pytest.raises(SearchUnavailable, match="answered 503: The index is not ready: starting"):
        await client_for(search.url).search(QUERY)


async def test_a_socket_that_never_answers_is_unavailable_within_the_deadline(
    client_for: MakeClient, slow_search: str
) -> None:
    async with asyncio.timeout(10):
        with pytest.raises(SearchUnavailable):
            await client_for(slow_search, 0.1).search(QUERY)


async def test_a_slow_service_is_asked_once_and_opens_the_circuit(
    client_for: MakeClient, slow_search: str, changes: list[tuple[BreakerState, BreakerState]]
) -> None:
    client = client_for(slow_search, 0.1)
    for _ in range(FAILURES_TO_OPEN):
        with pytest.raises(SearchUnavailable):
            await client.search(QUERY)
    assert changes == [("closed", "open")]
    with pytest.raises(SearchUnavailable) as refusal:
        await client.search(QUERY)
    assert 0 < refusal.value.retry_after_s <= 60.0


async def test_a_503_is_retried_once(client_for: MakeClient, search: FakeSearch) -> None:
    turns = iter([web.Response(status=503), answer(RESULTS)])
    search.results = lambda _request: next(turns)
    assert await client_for(search.url).search(QUERY) == RESULTS
    assert len(search.asked) == 2


async def test_it_is_retried_only_once(client_for: MakeClient, search: FakeSearch) -> None:
    search.results = lambda _request: web.Response(status=502)
    with pytest.raises(SearchUnavailable, match="502"):
        await client_for(search.url).search(QUERY)
    assert len(search.asked) == 2


async def test_a_broken_connection_is_retried(client_for: MakeClient) -> None:
    connections = 0

    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        await writer.drain()

    async with raw_server(break_off) as address:
        with pytest.raises(SearchUnavailable):
            await client_for(address).search(QUERY)
    assert connections == 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>hello</html>",
        b"[]",
        b"{}",
        b'{"total": 3}',
        b"\xff\xfe\x00",
        answer(SearchResults(QUERY, 0, 0.5, "g1", (HIT,))).body,
        answer(with_hit(url="javascript:alert(1)")).body,
        answer(with_hit(url="//evil.example/")).body,
        answer(with_hit(url="/\\evil.example/")).body,
        answer(with_hit(published="someday")).body,
        answer(with_hit(sections=(SectionHit("S", "s", "https://evil.example/", ()),))).body,
        answer(with_hit(sections=(SectionHit("S", "s", "/x/#s", ()),) * 4)).body,
    ],
)
async def test_garbage_is_unavailable(client_for: MakeClient, search: FakeSearch, body: bytes) -> None:
    search.results = lambda _request: web.Response(body=body, content_type="application/json")
    with pytest.raises(SearchUnavailable):
        await client_for(search.url).search(QUERY)
    with pytest.raises(SearchUnavailable):
        await client_for(search.url).relay_search((("q", "x"),))


async def test_a_refusal_of_something_else_on_that_address_is_unavailable(
    client_for: MakeClient, search: FakeSearch
) -> None:
    search.results = lambda _request: web.Response(status=404, text="no such file")
    with pytest.raises(SearchUnavailable):
        await client_for(search.url).search(QUERY)


async def test_a_redirect_is_not_followed(client_for: MakeClient, search: FakeSearch) -> None:
    search.results = lambda _request: web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})
    with pytest.raises(SearchUnavailable, match="302"):
        await client_for(search.url).search(QUERY)


async def test_an_endless_answer_is_cut_off(client_for: MakeClient) -> None:
    sent = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            writer.write(b" " * 100_000)
            await writer.drain()
            sent += 100_000

    async with raw_server(pour) as address:
        with pytest.raises(SearchUnavailable):
            await client_for(address).search(QUERY)
    assert sent < 20 * MAX_ANSWER_BYTES


async def test_an_answer_that_is_not_http_is_unavailable(client_for: MakeClient) -> None:
    async def mumble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()

    async with raw_server(mumble) as address:
        with pytest.raises(SearchUnavailable):
            await client_for(address).search(QUERY)
