"""The management address: probes and measurements on an event loop of their own, and operators' pages."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from shared.process.heartbeat import BEAT_S, Heartbeat
from shared.process.loop_thread import on_loop_thread
from shared.process.tasks import running_task
from shared.web.health import Check, Health
from shared.web.metrics import Metrics
from shared.web.security import DATA_POLICY, security_headers
from shared.web.service import OPERATORS, new_application
from shared.web.serving import open_socket, serving
from tests.web.applications import hello


def service(health: Health | None = None, *, is_managed_elsewhere: bool = False) -> web.Application:
    """A service with one address."""
    app = new_application(
        health=health or Health(),
        metrics=Metrics(),
        headers=security_headers(policy=DATA_POLICY, is_https=False),
        translate=lambda _error: None,
        is_managed_elsewhere=is_managed_elsewhere,
    )
    app.router.add_get("/", hello)
    return app


async def test_operators_pages_may_have_an_address_of_their_own() -> None:
    health = Health()
    health.add("content", lambda: Check(is_ok=False, detail="not yet"))
    app = service(health, is_managed_elsewhere=True)
    management = open_socket("127.0.0.1", 0)
    port = management.getsockname()[1]
    async with (
        serving(app, open_socket("127.0.0.1", 0), management=management) as address,
        aiohttp.ClientSession() as session,
    ):
        operators = f"http://127.0.0.1:{port}"
        statuses = {}
        for url in (address, operators):
            for path in ("/", "/healthz", "/readyz", "/metrics"):
                async with session.get(f"{url}{path}") as response:
                    statuses[url, path] = response.status
                    assert response.headers["X-Request-Id"]
        assert statuses == {
            (address, "/"): 200,
            (address, "/healthz"): 200,
            (address, "/readyz"): 404,
            (address, "/metrics"): 404,
            (operators, "/"): 404,
            (operators, "/healthz"): 200,
            (operators, "/readyz"): 503,
            (operators, "/metrics"): 200,
        }


async def get(url: str) -> tuple[int, Any]:
    """Status and JSON of one GET on a connection of its own."""
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.json(content_type=None)


async def until(url: str, status: int) -> Any:
    """What ``url`` answers as soon as it answers with ``status``."""
    async with asyncio.timeout(60):
        while True:
            found, body = await get(url)
            if found == status:
                return body
            await asyncio.sleep(0.02)


async def test_a_stuck_event_loop_is_seen_at_the_management_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.web.health.STUCK_S", 1.0)
    is_over, is_stuck = threading.Event(), threading.Event()

    async def stick(_request: web.Request) -> web.Response:
        is_stuck.set()
        while not is_over.is_set():  # blockbuster forbids to wait here
            pass
        return web.Response()

    app, management = service(), open_socket("127.0.0.1", 0)
    app.router.add_get("/stick", stick)
    operators = f"http://127.0.0.1:{management.getsockname()[1]}"
    # The service runs in a thread, for this test has to ask while it is stuck.
    served = partial(serving, app, open_socket("127.0.0.1", 0), management=management)
    async with on_loop_thread(served, "service") as address:
        await until(f"{operators}/healthz", 200)
        stuck = asyncio.create_task(get(f"{address}/stick"))
        try:
            alive = await until(f"{operators}/healthz", 503)
            ready = await until(f"{operators}/readyz", 503)
        finally:
            is_over.set()
        assert is_stuck.is_set()
        assert alive["status"] == "stuck"
        assert ready["checks"]["event loop"]["detail"].startswith("the event loop of the service has been stuck for")
        await stuck
        await until(f"{operators}/healthz", 200)


async def test_operators_pages_of_a_service_are_made_on_its_own_loop() -> None:
    app, management = service(), open_socket("127.0.0.1", 0)

    async def where(_request: web.Request) -> web.Response:
        return web.json_response(threading.current_thread().name)

    async def refused(_request: web.Request) -> web.Response:
        raise web.HTTPNotFound

    def routes(target: web.Application) -> None:
        target.router.add_get("/where", where)
        target.router.add_get("/refused", refused)

    app[OPERATORS] = routes
    operators = f"http://127.0.0.1:{management.getsockname()[1]}"
    async with serving(app, open_socket("127.0.0.1", 0), management=management):
        assert await get(f"{operators}/where") == (200, threading.current_thread().name)
        assert (await get(f"{operators}/refused"))[0] == 404
        assert (await get(f"{operators}/nothing"))[0] == 404


async def test_a_failure_on_the_other_loop_is_raised_in_the_caller() -> None:
    async def broken(_app: web.Application) -> None:
        raise LookupError("no content")

    app = service()
    app.on_startup.append(broken)
    with pytest.raises(LookupError, match="no content"):
        async with on_loop_thread(partial(serving, app, open_socket("127.0.0.1", 0)), "failing"):
            pass
    assert "failing" not in {thread.name for thread in threading.enumerate() if thread.is_alive()}


async def test_the_lag_of_the_event_loop_is_measured() -> None:
    late: list[float] = []
    now = [5.0]
    heartbeat = Heartbeat(lambda: now[0])
    heartbeat.on_beat = late.append
    assert heartbeat.silent_s == 0.0
    async with running_task(heartbeat.run()), asyncio.timeout(60):
        await asyncio.sleep(0)
        now[0] += BEAT_S + 3.0
        assert heartbeat.silent_s == pytest.approx(BEAT_S + 3.0)
        while not late:
            await asyncio.sleep(0.01)
    assert late == [pytest.approx(3.0)]
    assert heartbeat.silent_s == 0.0
