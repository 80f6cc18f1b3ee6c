"""What leaves the socket: one write a response, and the same head on the short way as on aiohttp's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.render.prepared import prepare
from services.render.sending import respond
from shared.web.request_id import add_request_id, request_id_middleware
from tests.render.sites import NOW

BODY = b"<p>the relay reads the outbox</p>" * 100


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    prepared = prepare(BODY, "text/html; charset=utf-8", made=NOW)

    async def page(request: web.Request) -> web.StreamResponse:
        return respond(request, prepared)

    async def changed(request: web.Request) -> web.StreamResponse:
        response = respond(request, prepared)
        response.headers["X-Changed"] = "yes"
        return response

    async def harden(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers["X-Content-Type-Options"] = "nosniff"

    app = web.Application(middlewares=[request_id_middleware])
    app.on_response_prepare.extend([harden, add_request_id])
    app.router.add_get("/", page)
    app.router.add_get("/changed", changed)
    server = TestServer(app)
    async with server:
        yield server


async def say(server: TestServer, *requests: str) -> list[tuple[dict[str, str], bytes]]:
    """Send requests over one connection, one after the other; the answers as status and headers, and body."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    answers = []
    for request in requests:
        writer.write(request.replace("\n", "\r\n").encode())
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        head = {"status": lines[0]} | {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:] if line)}
        is_empty = request.startswith("HEAD") or " 304 " in lines[0]
        answers.append((head, b"" if is_empty else await reader.readexactly(int(head["content-length"]))))
    writer.close()
    return answers


GET = "GET / HTTP/1.1\nHost: x\n\n"


async def test_the_short_way_sends_what_the_long_way_sends(server: TestServer) -> None:
    (first, body), (second, again) = await say(server, GET, GET)
    assert body == again == BODY
    changing = ("x-request-id", "date")
    assert {k: v for k, v in first.items() if k not in changing} == {
        k: v for k, v in second.items() if k not in changing
    }
    assert second["x-content-type-options"] == "nosniff"
    assert first["x-request-id"] != second["x-request-id"]
    assert second["date"].endswith(" GMT")


async def test_requests_that_are_not_ordinary_take_the_long_way(server: TestServer) -> None:
    close = "GET / HTTP/1.1\nHost: x\nConnection: close\n\n"
    old = "GET / HTTP/1.0\n\n"
    head = "HEAD / HTTP/1.1\nHost: x\n\n"
    await say(server, GET)
    ((closed, body),) = await say(server, close)
    assert (closed["connection"], body) == ("close", BODY)
    ((ancient, body),) = await say(server, old)
    assert (ancient["status"], body) == ("HTTP/1.0 200 OK", BODY)
    (empty, _), (full, body) = await say(server, head, GET)
    assert empty["content-length"] == full["content-length"] == str(len(BODY))
    assert body == BODY


async def test_a_header_that_a_handler_adds_is_sent(server: TestServer) -> None:
    changed = "GET /changed HTTP/1.1\nHost: x\n\n"
    heads = [head for head, _ in await say(server, GET, changed, GET, changed)]
    assert ["x-changed" in head for head in heads] == [False, True, False, True]


async def test_each_encoding_keeps_a_head_of_its_own(server: TestServer) -> None:
    packed = "GET / HTTP/1.1\nHost: x\nAccept-Encoding: gzip\n\n"
    answers = await say(server, GET, packed, GET, packed)
    assert [head.get("content-encoding") for head, _ in answers] == [None, "gzip", None, "gzip"]
    assert answers[0][1] == answers[2][1] == BODY
    assert answers[1][1] == answers[3][1] != BODY


async def test_an_answer_leaves_in_one_write(server: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[int] = []
    transport_type = asyncio.selector_events._SelectorSocketTransport  # type: ignore[attr-defined]
    write = transport_type.write

    def count(self: asyncio.Transport, data: bytes) -> None:
        if data.startswith(b"HTTP/") or BODY[:20] in data:
            writes.append(len(data))
        write(self, data)

    await say(server, GET)
    monkeypatch.setattr(transport_type, "write", count)
    await say(server, GET)
    assert len(writes) == 1
    assert writes[0] > len(BODY)
