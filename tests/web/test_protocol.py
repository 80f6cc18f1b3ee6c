"""Requests that are not HTTP: the answer of this service, and nothing of the library below it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from email.parser import BytesParser
from email.policy import HTTP

import aiohttp
import orjson
import pytest
from aiohttp import web
from yarl import URL

from shared.web import protocol
from shared.web.access_log import access_log_class
from shared.web.health import Health
from shared.web.metrics import Metrics
from shared.web.problem import MEDIA_TYPE
from shared.web.protocol import MAKE_REQUEST, MakeRequest
from shared.web.security import PAGE_POLICY, security_headers
from shared.web.service import new_application
from shared.web.serving import MAX_LINE_BYTES, open_socket, serving

LONG = b"a" * 2 * MAX_LINE_BYTES
UNREADABLE = [
    (b"secret nonsense\r\n\r\n", "The request is not valid HTTP."),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "The request is not valid HTTP."),
    (b"GET / HTTP/1.1\r\nHost: x\r\nsecret header: 1\r\n\r\n", "The request is not valid HTTP."),
    (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: secret\r\n" * 1000 + b"\r\n", "The request is not valid HTTP."),
    (b"GET /secret" + LONG + b" HTTP/1.1\r\nHost: x\r\n\r\n", f"longer than the {MAX_LINE_BYTES} bytes that are read"),
    (b"GET / HTTP/1.1\r\nX: secret" + LONG + b"\r\n\r\n", f"longer than the {MAX_LINE_BYTES} bytes that are read"),
]

#: Request lines in a version that is not spoken, that is written wrong, or without one.
OTHER_VERSIONS = [
    b"GET /\r\n",  # all of a request of HTTP/0.9
    b"GET /\r\n\r\n",
    b"GET /healthz\r\nHost: x\r\n\r\n",
    b"HEAD /\r\n\r\n",
    b"GET / HTTP/0.9\r\n\r\n",
    b"GET / HTTP/0.9\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.2\r\nHost: x\r\n\r\n",
    b"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/3.0\r\nHost: x\r\n\r\n",
    b"GET / http/1.1\r\nHost: x\r\n\r\n",
    b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1\r\n\r\n",
    b"GET / HTTP/\r\n\r\n",
    b"GET / HTTP\r\n\r\n",
    b"GET / HTTP/11\r\n\r\n",
    b"GET / HTTP/01.1\r\n\r\n",
    b"GET / FTP/1.1\r\n\r\n",
    b"GET  HTTP/1.1\r\n\r\n",
    b"GET\r\n\r\n",
    b"HTTP/1.1\r\n\r\n",
]


def application() -> web.Application:
    """A service without addresses of its own."""
    headers = security_headers(policy=PAGE_POLICY, is_https=False)
    return new_application(health=Health(), metrics=Metrics(), headers=headers, translate=lambda _error: None)


@pytest.fixture
async def address(events: io.StringIO) -> AsyncIterator[URL]:
    """The address of the service."""
    log = access_log_class("json", events)
    async with serving(application(), open_socket("127.0.0.1", 0), access_log=log) as address:
        yield URL(address)


async def answer_to(address: URL, request: bytes) -> bytes:
    """What a raw connection gets, until it is closed."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(request)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(("request_bytes", "detail"), UNREADABLE)
async def test_it_is_a_problem_with_an_id_and_the_headers_of_the_service(
    address: URL, events: io.StringIO, request_bytes: bytes, detail: str
) -> None:
    answer = await answer_to(address, request_bytes)
    status, rest = answer.split(b"\r\n", 1)
    head, body = rest.split(b"\r\n\r\n", 1)
    headers = BytesParser(policy=HTTP).parsebytes(head)
    problem = orjson.loads(body)
    assert status.split()[:2] in ([b"HTTP/1.0", b"400"], [b"HTTP/1.1", b"400"])
    assert (headers["Content-Type"], headers["Server"]) == (MEDIA_TYPE, "perspective")
    assert headers["Content-Security-Policy"] == PAGE_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert (problem["status"], problem["title"]) == (400, "Bad Request")
    assert detail in problem["detail"]
    assert b"secret" not in answer
    logged = [orjson.loads(line) for line in events.getvalue().splitlines() if '"access"' in line]
    assert [one["request_id"] for one in logged] == [problem["request_id"]] == [headers["X-Request-Id"]]


@pytest.mark.parametrize("request_bytes", OTHER_VERSIONS)
async def test_other_version_gets_400_in_a_version_that_exists_and_the_connection_ends(
    address: URL, request_bytes: bytes
) -> None:
    answer = await answer_to(address, request_bytes)
    assert answer.split(b" ", 2)[:2] in ([b"HTTP/1.0", b"400"], [b"HTTP/1.1", b"400"])
    assert b"X-Request-Id: " in answer
    assert answer.count(b"HTTP/1.0 400") + answer.count(b"HTTP/1.1 400") == 1


async def test_nothing_is_answered_after_a_request_in_another_version(address: URL) -> None:
    spoken = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = await answer_to(address, b"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n" + spoken)
    assert b"alive" not in answer


@pytest.mark.parametrize("pieces", [(b"GET /healthz", b" HTTP/1.1\r\n", b"Host: x\r\n", b"Connection: close\r\n\r\n")])
async def test_a_head_in_pieces_is_one_request(address: URL, pieces: tuple[bytes, ...]) -> None:
    reader, writer = await asyncio.open_connection(address.host, address.port)
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
    writer.close()


async def test_a_fault_before_the_handler_ends_the_connection(events: io.StringIO) -> None:
    def failing(_make: MakeRequest) -> MakeRequest:
        def make_request(*_rest: object) -> web.BaseRequest:
            raise LookupError("no such path")

        return make_request

    app = application()
    app[MAKE_REQUEST] = failing
    async with serving(app, open_socket("127.0.0.1", 0)) as address:
        assert await answer_to(URL(address), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == b""
    assert "no such path" in events.getvalue()


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-"])
async def test_a_connection_whose_first_head_never_ends_is_closed(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a few hundred clients that send a byte a minute take every descriptor."""
    monkeypatch.setattr(protocol, "FIRST_HEAD_S", 0.05)
    async with serving(application(), open_socket("127.0.0.1", 0)) as started, asyncio.timeout(20):
        url = URL(started)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(sent)
        assert await reader.read() == b""
        writer.close()


async def test_a_connection_that_was_heard_has_no_time_limit_of_its_head(
    address: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers: list[asyncio.TimerHandle | None] = []
    made = protocol.Protocol.connection_made

    def remember(self: protocol.Protocol, transport: asyncio.BaseTransport) -> None:
        made(self, transport)
        timers.append(self._head_timer)

    monkeypatch.setattr(protocol.Protocol, "connection_made", remember)
    assert b" 200 OK" in await answer_to(address, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    (timer,) = timers
    assert timer is not None
    assert timer.cancelled()


async def test_it_is_counted(address: URL) -> None:
    await answer_to(address, b"nonsense\r\n\r\n")
    async with aiohttp.ClientSession() as session, session.get(address / "metrics") as metrics:
        text = await metrics.text()
    assert 'perspective_requests_total{method="other",route="unreadable",status="400"} 1.0' in text
