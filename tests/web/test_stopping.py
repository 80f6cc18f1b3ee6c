"""Starting and stopping: requests in flight, a start that fails or takes long, a caller that gives up."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from shared.web.serving import open_socket, serve_until_stopped, serving
from tests.web.applications import application


async def test_requests_under_way_are_answered_when_the_service_stops() -> None:
    started, release, closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        started.set()
        await release.wait()
        return web.Response(text="done")

    async def resource(_app: web.Application) -> AsyncIterator[None]:
        yield
        closed.set()

    app = web.Application()
    app.router.add_get("/", slow)
    app.cleanup_ctx.append(resource)
    stop = asyncio.Event()
    sock = open_socket("127.0.0.1", 0)
    sock.listen()  # who asks before the service does so waits, and is not refused
    port = sock.getsockname()[1]
    service = asyncio.create_task(serve_until_stopped(app, sock, name="test", stop=stop))
    async with aiohttp.ClientSession() as session, asyncio.timeout(10):
        asking = asyncio.create_task(session.get(f"http://127.0.0.1:{port}/"))
        await started.wait()
        stop.set()
        await asyncio.sleep(0.05)
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://127.0.0.1:{port}/")
        assert not closed.is_set()
        release.set()
        assert await (await asking).text() == "done"
        await service
    assert closed.is_set()


async def test_a_request_that_never_ends_does_not_keep_the_service() -> None:
    started = asyncio.Event()

    async def forever(_request: web.Request) -> web.Response:
        started.set()
        await asyncio.Event().wait()
        return web.Response()

    app = web.Application()
    app.router.add_get("/", forever)
    async with aiohttp.ClientSession() as session, asyncio.timeout(10):
        async with serving(app, open_socket("127.0.0.1", 0), shutdown_timeout_s=0.1) as address:
            asking = asyncio.create_task(session.get(address))
            await started.wait()
        with pytest.raises(aiohttp.ClientError):
            await asking


async def test_the_time_of_a_request_under_way_is_counted_once() -> None:
    loop = asyncio.get_running_loop()
    started, over, cancelled = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def forever(_request: web.Request) -> web.Response:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return web.Response()

    app = web.Application()
    app.router.add_get("/", forever)
    async with aiohttp.ClientSession() as session:
        async with serving(app, open_socket("127.0.0.1", 0), shutdown_timeout_s=2.0) as address:
            asking = asyncio.create_task(session.get(address))
            await started.wait()
            loop.call_later(3.9, over.set)
        assert cancelled.is_set()
        assert not over.is_set()
        with pytest.raises(aiohttp.ClientError):
            await asking


async def test_a_start_that_takes_long_is_ended_by_stopping() -> None:
    starting, closed = asyncio.Event(), asyncio.Event()

    async def resource(_app: web.Application) -> AsyncIterator[None]:
        yield
        closed.set()

    async def slow(_app: web.Application) -> None:
        starting.set()
        await asyncio.Event().wait()

    app = application()
    app.cleanup_ctx.append(resource)
    app.on_startup.append(slow)
    sock, stop = open_socket("127.0.0.1", 0), asyncio.Event()
    port = sock.getsockname()[1]
    service = asyncio.create_task(serve_until_stopped(app, sock, name="test", stop=stop))
    async with asyncio.timeout(10):
        await starting.wait()
        stop.set()
        await service
    assert closed.is_set()
    open_socket("127.0.0.1", port).close()


async def test_a_failed_start_gives_the_reason() -> None:
    async def broken(_app: web.Application) -> None:
        raise LookupError("no content")

    app = application()
    app.on_startup.append(broken)
    with pytest.raises(LookupError, match="no content"):
        await serve_until_stopped(app, open_socket("127.0.0.1", 0), name="test")


async def test_a_caller_who_gives_up_leaves_nothing_behind() -> None:
    closed, is_up = asyncio.Event(), asyncio.Event()

    async def resource(_app: web.Application) -> AsyncIterator[None]:
        is_up.set()
        yield
        closed.set()

    app = application()
    app.cleanup_ctx.append(resource)
    service = asyncio.create_task(serve_until_stopped(app, open_socket("127.0.0.1", 0), name="test"))
    await is_up.wait()
    service.cancel()
    with pytest.raises(asyncio.CancelledError):
        await service
    assert closed.is_set()


async def test_a_resource_that_cannot_open_leaves_the_port_free() -> None:
    async def broken(_app: web.Application) -> None:
        raise LookupError("no content")

    app = application()
    app.on_startup.append(broken)
    sock = open_socket("127.0.0.1", 0)
    port = sock.getsockname()[1]
    with pytest.raises(LookupError):
        async with serving(app, sock):
            pass
    open_socket("127.0.0.1", port).close()


async def test_a_request_that_ends_as_its_time_is_over_is_answered_and_is_no_fault(events: io.StringIO) -> None:
    """While a stop waits, aiohttp cancels a future, and the end of the request then completes it."""
    begun, release = asyncio.Event(), asyncio.Event()
    connections: list[web.RequestHandler] = []

    async def slow(request: web.Request) -> web.Response:
        connections.append(request.protocol)
        begun.set()
        await release.wait()
        return web.Response(text="done")

    app = web.Application()
    app.router.add_get("/", slow)
    async with (
        serving(app, open_socket("127.0.0.1", 0)) as address,
        aiohttp.ClientSession() as session,
        asyncio.timeout(10),
    ):
        asking = asyncio.create_task(session.get(address))
        await begun.wait()
        stopping = asyncio.create_task(connections[0].shutdown(60.0))
        for _ in range(3):
            await asyncio.sleep(0)  # it waits for the request
        release.set()
        stopping.cancel()  # as its time-out does, in the same iteration of the event loop
        async with await asking as response:
            assert await response.text() == "done"
        with contextlib.suppress(asyncio.CancelledError):
            await stopping
    assert "InvalidStateError" not in events.getvalue()
