"""What readers see while search is down, slow or answers nonsense: every page, from what the site itself has."""

from __future__ import annotations

import asyncio

import orjson
import pytest
from aiohttp import web

from shared.search.contract import Hit, SearchQuery, SearchResults
from tests.render.conftest import Client, FakeSearch, Serve, answer, fetch, raw_server

PAGES = ("/", "/?q=outbox", "/articles/transactional-outbox/", "/?tag=messaging&sort=oldest")
AWAY = "Full-text search is unavailable"


async def assert_all_pages_answer(client: Client) -> None:
    for path in PAGES:
        response = await fetch(client, path)
        text = await response.text()
        assert response.status == 200, path
        assert (AWAY in text) == ("?" in path), path


async def assert_the_api_says_unavailable(client: Client) -> None:
    for path in ("/api/search?q=outbox", "/api/suggest?q=out"):
        response = await fetch(client, path)
        assert response.status == 503
        assert response.content_type == "application/problem+json"
        assert int(response.headers["Retry-After"]) >= 1
        problem = orjson.loads(await response.read())
        assert problem["status"] == 503
        assert problem["request_id"] == response.headers["X-Request-Id"]


async def test_every_page_answers_while_search_is_down(serve: Serve, free_address: str) -> None:
    client = await serve(search_url=free_address)
    await assert_all_pages_answer(client)
    await assert_the_api_says_unavailable(client)


async def test_every_page_answers_while_search_never_answers(serve: Serve, slow_search: str) -> None:
    client = await serve(search_url=slow_search)
    await assert_all_pages_answer(client)
    await assert_the_api_says_unavailable(client)


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nnull",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html></h",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        b"\x00\x01\x02 hello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
    ],
)
async def test_every_page_answers_while_search_talks_nonsense(serve: Serve, garbage: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(garbage)
        await writer.drain()

    async with raw_server(talk) as address:
        client = await serve(search_url=address)
        await assert_all_pages_answer(client)
        await assert_the_api_says_unavailable(client)


async def test_without_search_titles_summaries_and_tags_are_searched(serve: Serve) -> None:
    client = await serve()
    text = await (await fetch(client, "/?q=outbox+relay")).text()
    assert "The Transactional <mark>Outbox</mark> Pattern" in text
    assert "Tail latency" not in text.partition("<main")[2].partition("no-results")[0]


async def test_the_site_is_ready_and_says_what_is_missing(serve: Serve) -> None:
    client = await serve()
    for _ in range(6):
        await fetch(client, "/?q=x")
    response = await fetch(client, "/readyz")
    ready = orjson.loads(await response.read())
    assert response.status == 200
    assert ready["status"] == "degraded"
    search = ready["checks"]["search"]
    assert search["ok"] is False
    assert search["detail"].endswith("failed: Connection refused")
    assert "perspective_search_breaker 2.0" in await (await fetch(client, "/metrics")).text()


async def test_an_api_answer_is_the_answer_of_search(serve: Serve, search: FakeSearch) -> None:
    hit = Hit("x", "/articles/x/", (("X", True),), "About.", "2026-01-12", (), None, 3, 1.0)
    results = SearchResults(SearchQuery("x"), 1, 0.1, "g1", (hit,))
    search.results = lambda _request: answer(results)
    client = await serve(search_url=search.url)
    response = await fetch(client, "/api/search?q=x&partial=1&tag=a&tag=b")
    assert response.status == 200
    assert await response.read() == answer(results).body
    assert search.asked[-1] == "q=x&partial=1&tag=a&tag=b"
    again = await fetch(client, "/api/search?q=x", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status == 304


async def test_a_refusal_of_search_is_passed_on_without_its_headers(serve: Serve, search: FakeSearch) -> None:
    body = b'{"title":"Bad Request","status":400,"detail":"page takes a number","parameter":"page"}'
    headers = {"Cache-Control": "public, max-age=99999", "ETag": '"x"'}
    search.results = lambda _request: web.Response(
        status=400, body=body, content_type="application/problem+json", headers=headers
    )
    response = await fetch(await serve(search_url=search.url), "/api/search?page=x")
    problem = orjson.loads(await response.read())
    assert response.status == 400
    assert response.content_type == "application/problem+json"
    assert (problem["detail"], problem["parameter"]) == ("page takes a number", "page")
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("content_type", ["", "Content-Type: text/html\r\n", "Content-Type: ;;=/\r\n"])
async def test_the_type_of_an_answer_is_the_sites_own(serve: Serve, content_type: str) -> None:
    body = answer(SearchResults(SearchQuery("x"), 0, 0.1, "g1", ())).body
    assert isinstance(body, bytes)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\n{content_type}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()

    async with raw_server(talk) as address:
        response = await fetch(await serve(search_url=address), "/api/search?q=x")
        assert response.status == 200
        assert response.content_type == "application/json"


async def test_readers_cannot_ask_for_explanations(serve: Serve, search: FakeSearch) -> None:
    search.results = lambda _request: answer(SearchResults(SearchQuery("x"), 0, 0.1, "g1", ()))
    await fetch(await serve(search_url=search.url), "/api/search?q=x&explain=1")
    assert search.asked[-1] == "q=x"


@pytest.mark.parametrize(
    ("body", "words"), [(b'{"detail": "page takes a number"}', "page takes a number"), (b"oops", ""), (b"[]", "")]
)
async def test_a_refusal_of_search_is_a_page_to_a_reader(
    serve: Serve, search: FakeSearch, body: bytes, words: str
) -> None:
    search.results = lambda _request: web.Response(status=400, body=body, content_type="application/problem+json")
    response = await fetch(await serve(search_url=search.url), "/?q=x")
    assert response.status == 400
    assert response.content_type == "text/html"
    assert words in await response.text()


async def test_browsers_get_suggestions_in_their_own_form(serve: Serve, search: FakeSearch) -> None:
    from shared.search.contract import Suggestion  # noqa: PLC0415 - only here

    search.suggestions = (Suggestion("outbox pattern", "title", "/articles/x/"), Suggestion("outbox", "tag"))
    response = await fetch(await serve(search_url=search.url), "/opensearch/suggestions?q=outb")
    assert response.content_type == "application/x-suggestions+json"
    assert orjson.loads(await response.read()) == ["outb", ["outbox pattern", "outbox"]]


async def test_browsers_get_no_suggestions_while_search_is_unavailable(serve: Serve) -> None:
    response = await fetch(await serve(), "/opensearch/suggestions?q=outb")
    assert orjson.loads(await response.read()) == ["outb", []]
