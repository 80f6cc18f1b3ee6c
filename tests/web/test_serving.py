"""One application on one port: bad clients, slow clients, and an orderly end."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from yarl import URL

from shared.web import serving as serving_module
from shared.web.serving import MAX_LINE_BYTES, AddressInUse, open_socket, serving
from tests.web.applications import application


@pytest.fixture
async def address() -> AsyncIterator[URL]:
    """The address of a service."""
    async with serving(application(), open_socket("127.0.0.1", 0), keep_alive_s=0.3) as address:
        yield URL(address)


async def answer_to(address: URL, *pieces: bytes) -> bytes:
    """What a raw connection gets for ``pieces``, until it is closed."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


def header_names(answer: bytes) -> list[bytes]:
    """The status line of an answer and the names of its headers."""
    first, *rest = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return [first, *sorted(line.partition(b":")[0] for line in rest)]


def request_for(target: bytes) -> bytes:
    """A request that closes its connection."""
    return b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("target", "statuses"),
    [
        (b"/", {200}),
        (b"/%00", {404}),
        (b"/%ff%fe%zz%", {404}),
        (b"/..%2f..%2fetc/passwd", {404}),
        (b"//evil.example/..//x", {404}),
        (b"/" + b"a" * 10_000, {404}),
        (b"/?q=" + b"%41" * 3_300, {200}),
        (b"/\x00", {400}),
        (b"/\xff\xfe", {400, 404}),
        (b"/" + b"a" * 2 * MAX_LINE_BYTES, {400}),
        (b"http://[::1/", {400}),
        (b"*", {400, 404}),
        (b"", {400}),
    ],
)
async def test_no_request_target_is_a_fault(address: URL, target: bytes, statuses: set[int]) -> None:
    answer = await answer_to(address, request_for(target))
    assert int(answer.split(b" ", 2)[1]) in statuses


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/0.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 2 * MAX_LINE_BYTES + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
async def test_a_request_that_is_not_http_gets_400_and_no_traceback(
    address: URL, events: io.StringIO, request_bytes: bytes
) -> None:
    answer = await answer_to(address, request_bytes)
    assert answer.split(b" ", 2)[1] == b"400"
    assert "Traceback" not in events.getvalue()


@pytest.mark.parametrize("expectation", [b"foo", b"\xad", b"100-continue, foo"])
async def test_an_unknown_expectation_gets_the_answer_of_every_error(
    address: URL, events: io.StringIO, expectation: bytes
) -> None:
    answer = await answer_to(address, b"POST / HTTP/1.1\r\nHost: x\r\nExpect: " + expectation + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 417")
    assert b"application/problem+json" in answer
    assert b"X-Request-Id: " in answer
    assert expectation not in answer.partition(b"\r\n\r\n")[2].replace(b"100-continue.", b"")
    assert "Traceback" not in events.getvalue()


async def test_who_expects_to_continue_is_answered_like_anybody_else(address: URL, events: io.StringIO) -> None:
    head = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n"
    plain = await answer_to(address, head.replace(b"Expect: 100-continue\r\n", b""))
    continued, _, answer = (await answer_to(address, head)).partition(b"\r\n\r\n")
    assert continued == b"HTTP/1.1 100 Continue"
    assert header_names(answer) == header_names(plain)
    for _ in range(5):
        _, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(head)
        writer.transport.abort()
    await asyncio.sleep(0.05)
    assert "Traceback" not in events.getvalue()


async def test_a_client_that_stops_sending_gets_its_answer(address: URL) -> None:
    for _ in range(20):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        writer.write_eof()
        async with asyncio.timeout(10):
            assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_a_client_that_stops_sending_gets_the_answers_to_all_its_requests(address: URL) -> None:
    for count in (2, 9):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * count)
        writer.write_eof()
        async with asyncio.timeout(10):
            assert (await reader.read()).count(b"HTTP/1.1 200") == count
        writer.close()


async def test_a_client_that_never_finishes_its_request_is_dropped(address: URL) -> None:
    assert await answer_to(address, b"GET / HTTP/1.1\r\nHost:") == b""


async def test_a_client_that_sends_nothing_is_dropped(address: URL) -> None:
    assert await answer_to(address) == b""


async def test_a_body_that_never_comes_is_not_waited_for(address: URL) -> None:
    answer = await answer_to(address, b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nxx")
    assert answer.startswith(b"HTTP/1.1 200")


async def test_a_body_that_does_not_match_its_headers_is_no_fault(address: URL, events: io.StringIO) -> None:
    head = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n"
    assert (await answer_to(address, head + b"abcde")).startswith(b"HTTP/1.1 200")
    assert "Traceback" not in events.getvalue()


async def test_the_error_of_a_taken_port_names_it_and_the_fix() -> None:
    with open_socket("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressInUse) as caught:
            open_socket("127.0.0.1", port, setting="PERSPECTIVE_RENDER_PORT")
    assert str(caught.value) == (
        f"port {port} on 127.0.0.1 is taken by another program: stop it, or set PERSPECTIVE_RENDER_PORT to a free port"
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "not a host"])
def test_an_address_of_another_machine_is_reported(host: str) -> None:
    with pytest.raises(AddressInUse, match="PERSPECTIVE_HOST"):
        open_socket(host, 0)


def test_several_processes_may_share_a_port_when_they_say_so() -> None:
    with open_socket("127.0.0.1", 0, share=True) as first:
        port = first.getsockname()[1]
        with open_socket("127.0.0.1", port, share=True) as second:
            assert second.getsockname() == first.getsockname()
        first.listen()
        with pytest.raises(AddressInUse):
            open_socket("127.0.0.1", port)


async def test_who_listens_first_has_the_port() -> None:
    with open_socket("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        second = open_socket("127.0.0.1", port)  # the kernel allows it while nobody listens
        first.listen()
        with pytest.raises(AddressInUse, match=f"port {port} on 127.0.0.1 is taken"):
            async with serving(application(), second):
                pass


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="TCP_USER_TIMEOUT is Linux's")
async def test_a_client_that_takes_nothing_of_its_answer_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_module, "UNREAD_TIMEOUT_MS", 300)
    begun: asyncio.Queue[web.BaseRequest] = asyncio.Queue()

    async def large(request: web.Request) -> web.Response:
        begun.put_nowait(request)
        return web.Response(body=bytes(16 << 20))

    app = application()
    app.router.add_get("/large", large)
    async with serving(app, open_socket("127.0.0.1", 0)) as address, asyncio.timeout(30):
        loop = asyncio.get_running_loop()
        with socket.socket() as client:
            client.setblocking(False)
            await loop.sock_connect(client, (URL(address).host, URL(address).port))
            await loop.sock_sendall(client, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            request = await begun.get()
            while request.transport is not None:
                await asyncio.sleep(0.01)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="TCP_USER_TIMEOUT is Linux's")
async def test_the_time_of_a_client_that_takes_nothing_is_that_of_the_documentation() -> None:
    """A connection has the time-out of the socket that listens."""
    options: asyncio.Queue[int] = asyncio.Queue()

    async def show(request: web.Request) -> web.Response:
        assert request.transport is not None
        accepted: socket.socket = request.transport.get_extra_info("socket")
        options.put_nowait(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
        return web.Response()

    app = application()
    app.router.add_get("/option", show)
    async with serving(app, open_socket("127.0.0.1", 0)) as address:
        await answer_to(URL(address), b"GET /option HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert options.get_nowait() == 60_000
