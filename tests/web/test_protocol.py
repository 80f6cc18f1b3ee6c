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

from shared.web.access_log import access_log_class
from shared.web.health import Health
from shared.web.metrics import Metrics
from shared.web.problem import MEDIA_TYPE
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
    assert status.split()[1] == b"400"
    assert (headers["Content-Type"], headers["Server"]) == (MEDIA_TYPE, "perspective")
    assert headers["Content-Security-Policy"] == PAGE_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert (problem["status"], problem["title"]) == (400, "Bad Request")
    assert detail in problem["detail"]
    assert b"secret" not in answer
    logged = [orjson.loads(line) for line in events.getvalue().splitlines() if '"access"' in line]
    assert [one["request_id"] for one in logged] == [problem["request_id"]] == [headers["X-Request-Id"]]


async def test_it_is_counted(address: URL) -> None:
    await answer_to(address, b"nonsense\r\n\r\n")
    async with aiohttp.ClientSession() as session, session.get(address / "metrics") as metrics:
        text = await metrics.text()
    assert 'perspective_requests_total{method="other",route="unreadable",status="400"} 1.0' in text
