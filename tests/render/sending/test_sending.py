"""What leaves the socket: one write a response, and the same head on the short way as on aiohttp's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

from services.render.sending.prepared import prepare
from services.render.sending.respond import repeat, respond
from shared.web.health import Health
from shared.web.metrics import Metrics
from shared.web.prepared_first import FIND_PREPARED, is_supported
from shared.web.service import new_application
from shared.web.serving import open_socket, serving
from tests.render.sites import NOW

BODY = b"<p>the relay reads the outbox</p>" * 100


@dataclass
class Served:
    """A service with one page, which is prepared."""

    host: str
    port: int
    metrics: Metrics
    entered: list[str]


@pytest.fixture
async def server() -> AsyncIterator[Served]:
    prepared = prepare(BODY, "text/html; charset=utf-8", made=NOW)

    entered: list[str] = []

    async def page(request: web.Request) -> web.StreamResponse:
        entered.append(request.method)
        return respond(request, prepared)

    async def changed(request: web.Request) -> web.StreamResponse:
        response = respond(request, prepared)
        response.headers["X-Changed"] = "yes"
        return response

    def find_prepared(request: web.BaseRequest) -> tuple[str, web.StreamResponse] | None:
        return repeat(request, prepared) if request.raw_path == "/pages/outbox" else None

    metrics = Metrics()
    headers = {"X-Content-Type-Options": "nosniff"}
    app = new_application(health=Health(), metrics=metrics, headers=headers, translate=lambda _error: None)
    app[FIND_PREPARED] = find_prepared
    app.router.add_get("/pages/{page}", page)
    app.router.add_get("/changed", changed)
    async with serving(app, open_socket("127.0.0.1", 0)) as address:
        url = URL(address)
        yield Served(url.host or "", url.port or 0, metrics, entered)


async def say(server: Served, *requests: str) -> list[tuple[dict[str, str], bytes]]:
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


GET = "GET /pages/outbox HTTP/1.1\nHost: x\n\n"


async def test_the_fast_path_sends_the_same_bytes_as_the_normal_one(server: Served) -> None:
    (first, body), (second, again) = await say(server, GET, GET)
    assert body == again == BODY
    changing = ("x-request-id", "date")
    assert {k: v for k, v in first.items() if k not in changing} == {
        k: v for k, v in second.items() if k not in changing
    }
    assert second["x-content-type-options"] == "nosniff"
    assert first["x-request-id"] != second["x-request-id"]
    assert second["date"].endswith(" GMT")


async def test_a_repeated_answer_is_sent_without_its_handler(server: Served) -> None:
    await say(server, GET, GET, GET)
    assert server.entered == ["GET"]


async def test_requests_that_are_not_ordinary_take_the_long_way(server: Served) -> None:
    close = "GET /pages/outbox HTTP/1.1\nHost: x\nConnection: close\n\n"
    old = "GET /pages/outbox HTTP/1.0\n\n"
    head = "HEAD /pages/outbox HTTP/1.1\nHost: x\n\n"
    await say(server, GET)
    ((closed, body),) = await say(server, close)
    assert (closed["connection"], body) == ("close", BODY)
    ((ancient, body),) = await say(server, old)
    assert (ancient["status"], body) == ("HTTP/1.0 200 OK", BODY)
    (empty, _), (full, body) = await say(server, head, GET)
    assert empty["content-length"] == full["content-length"] == str(len(BODY))
    assert body == BODY


async def test_a_header_that_a_handler_adds_is_sent(server: Served) -> None:
    changed = "GET /changed HTTP/1.1\nHost: x\n\n"
    heads = [head for head, _ in await say(server, GET, changed, GET, changed)]
    assert ["x-changed" in head for head in heads] == [False, True, False, True]


async def test_each_encoding_keeps_a_head_of_its_own(server: Served) -> None:
    packed = "GET /pages/outbox HTTP/1.1\nHost: x\nAccept-Encoding: gzip\n\n"
    answers = await say(server, GET, packed, GET, packed)
    assert [head.get("content-encoding") for head, _ in answers] == [None, "gzip", None, "gzip"]
    assert answers[0][1] == answers[2][1] == BODY
    assert answers[1][1] == answers[3][1] != BODY


async def test_an_answer_leaves_in_one_write(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[int] = []
    transport_type = asyncio.selector_events._SelectorSocketTransport  # type: ignore[attr-defined] # private
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


async def test_prepared_answers_are_counted_under_their_route_with_a_request_id(server: Served) -> None:
    named = "GET /pages/outbox HTTP/1.1\nHost: x\nX-Request-Id: from-the-proxy\n\n"
    *_, (head, _) = await say(server, GET, named, named)
    assert head["x-request-id"] == "from-the-proxy"
    labels = {"method": "GET", "route": "/pages/{page}", "status": "200"}
    value = server.metrics.registry.get_sample_value
    assert await asyncio.to_thread(value, "perspective_requests_total", labels) == 3
    assert await asyncio.to_thread(value, "perspective_request_seconds_count", {"route": "/pages/{page}"}) == 3


async def test_a_client_that_has_the_answer_gets_no_body_whoever_asked_before(server: Served) -> None:
    ((head, _),) = await say(server, GET)
    (_, body), (unchanged, nothing), (other, whole) = await say(
        server,
        GET,
        f"GET /pages/outbox HTTP/1.1\nHost: x\nIf-None-Match: {head['etag']}\n\n",
        'GET /pages/outbox HTTP/1.1\nHost: x\nIf-None-Match: "older"\n\n',
    )
    assert (unchanged["status"], nothing) == ("HTTP/1.1 304 Not Modified", b"")
    assert (other["status"], whole) == ("HTTP/1.1 200 OK", body)


@pytest.mark.parametrize("condition", ['If-Match: "older"', "If-Unmodified-Since: Mon, 01 Jan 1990 00:00:00 GMT"])
async def test_a_client_that_wants_another_version_gets_412_whoever_asked_before(
    server: Served, condition: str
) -> None:
    *_, (refused, nothing) = await say(server, GET, f"GET /pages/outbox HTTP/1.1\nHost: x\n{condition}\n\n")
    assert (refused["status"], nothing) == ("HTTP/1.1 412 Precondition Failed", b"")


async def test_requests_that_come_at_once_are_answered_in_their_order(server: Served) -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    named = [f"GET /pages/outbox HTTP/1.1\r\nHost: x\r\nX-Request-Id: {name}\r\n\r\n" for name in "abcdef"]
    writer.write("".join(named).encode())
    seen = []
    for _ in named:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        seen.append(head.partition("x-request-id: ")[2].partition("\r\n")[0])
        assert await reader.readexactly(len(BODY)) == BODY
    writer.close()
    assert seen == list("abcdef")


def test_another_release_of_aiohttp_turns_the_fast_path_off() -> None:
    class Method(web.StreamResponse):
        def prepared(self) -> bool:  # type: ignore[override] # what was a property
            return True

    class Bare:
        """A writer that counts nothing."""

    assert is_supported(web.StreamResponse, AbstractStreamWriter)
    assert not is_supported(Method, AbstractStreamWriter)
    assert not is_supported(web.StreamResponse, Bare)
