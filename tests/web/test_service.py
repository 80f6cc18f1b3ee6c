"""What every service does with a request, whatever it serves: ids, errors, headers, probes, measurements."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from shared.web.health import Check, Health
from shared.web.metrics import Metrics
from shared.web.problem import MEDIA_TYPE, Present, Problem, present_nothing
from shared.web.request_id import choose_request_id
from shared.web.security import DATA_POLICY, PAGE_POLICY, security_headers
from shared.web.service import new_application

Client = TestClient[web.Request, web.Application]
Ask = Callable[[web.Application], Coroutine[Any, Any, Client]]


class Refused(Exception):
    """An error that the service translates."""


async def hello(_request: web.Request) -> web.Response:
    """A page."""
    return web.Response(text="hello")


async def fault(_request: web.Request) -> web.Response:
    """A fault."""
    raise ZeroDivisionError("secret detail")


async def refuse(_request: web.Request) -> web.Response:
    """An error that is known."""
    raise Refused("not today")


async def move(_request: web.Request) -> web.Response:
    """A redirect."""
    raise web.HTTPMovedPermanently("/")


async def stream(request: web.Request) -> web.StreamResponse:
    """Two pieces."""
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"one")
    await response.write(b"two")
    return response


def translate(error: Exception) -> Problem | None:
    """What errors are to a client."""
    if isinstance(error, Refused):
        return Problem(503, str(error), headers={"Retry-After": "7"}, extra={"reason": "sunday"})
    return None


def application(
    present: Present = present_nothing,
    *,
    health: Health | None = None,
    is_https: bool = False,
) -> web.Application:
    """A service with a few addresses."""
    app = new_application(
        health=health or Health(),
        metrics=Metrics(),
        headers=security_headers(policy=DATA_POLICY, is_https=is_https),
        translate=translate,
        present=present,
    )
    app.router.add_get("/", hello)
    app.router.add_get("/fault", fault)
    app.router.add_get("/refuse", refuse)
    app.router.add_get("/move", move)
    app.router.add_get("/stream", stream)
    app.router.add_get("/articles/{slug}/", hello)
    return app


@pytest.fixture
async def client(aiohttp_client: Ask) -> Client:
    """A client of the service."""
    return await aiohttp_client(application())


# Ids.


@pytest.mark.parametrize("path", ["/", "/fault", "/nothing", "/refuse", "/move", "/stream", "/healthz"])
async def test_every_answer_carries_an_id(client: Client, path: str) -> None:
    response = await client.get(path, allow_redirects=False)
    assert len(response.headers["X-Request-Id"]) == 16
    other = await client.get(path, allow_redirects=False)
    assert other.headers["X-Request-Id"] != response.headers["X-Request-Id"]


async def test_an_id_from_a_proxy_is_kept_and_logged(client: Client, events: io.StringIO) -> None:
    response = await client.get("/fault", headers={"X-Request-Id": "edge-42"})
    assert response.headers["X-Request-Id"] == "edge-42"
    assert (await response.json(content_type=None))["request_id"] == "edge-42"
    logged = [orjson.loads(line) for line in events.getvalue().splitlines()]
    assert [one["request_id"] for one in logged if one["event"] == "request failed"] == ["edge-42"]


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "é", 'a"b', "a\\n", "../../x", "<script>"])
def test_an_id_that_is_no_plain_name_is_replaced(given: str) -> None:
    assert choose_request_id(given) != given


# Errors.


async def test_a_fault_is_500_without_its_secrets_and_logged_with_them(client: Client, events: io.StringIO) -> None:
    response = await client.get("/fault")
    body = await response.text()
    assert (response.status, response.content_type) == (500, MEDIA_TYPE)
    assert "secret" not in body
    assert "ZeroDivisionError" not in body
    assert response.headers["Cache-Control"] == "no-store"
    assert "secret detail" in events.getvalue()


async def test_a_known_error_is_translated_by_the_service(client: Client) -> None:
    response = await client.get("/refuse")
    assert response.status == 503
    assert response.headers["Retry-After"] == "7"
    assert await response.json(content_type=None) == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "not today",
        "reason": "sunday",
        "request_id": response.headers["X-Request-Id"],
    }


async def test_an_unknown_address_and_method_are_problems_too(client: Client) -> None:
    missing = await client.get("/nothing")
    assert (missing.status, missing.content_type) == (404, MEDIA_TYPE)
    refused = await client.post("/")
    assert (refused.status, refused.content_type, refused.headers["Allow"]) == (405, MEDIA_TYPE, "GET,HEAD")


async def test_a_redirect_is_no_error(client: Client) -> None:
    response = await client.get("/move", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (301, "/")


async def test_a_service_may_show_people_a_page_instead(aiohttp_client: Ask) -> None:
    async def present(request: web.Request, problem: Problem) -> web.Response | None:
        if "text/html" in request.headers.get("Accept", ""):
            return web.Response(status=problem.status, text=f"<h1>{problem.status}</h1>", content_type="text/html")
        return None

    client = await aiohttp_client(application(present))
    page = await client.get("/nothing", headers={"Accept": "text/html"})
    assert (page.status, await page.text()) == (404, "<h1>404</h1>")
    assert (await client.get("/nothing")).content_type == MEDIA_TYPE


async def test_a_fault_in_the_error_page_still_gets_an_answer(aiohttp_client: Ask) -> None:
    async def present(_request: web.Request, _problem: Problem) -> web.Response:
        raise LookupError("no template")

    client = await aiohttp_client(application(present))
    response = await client.get("/nothing")
    assert (response.status, response.content_type) == (404, MEDIA_TYPE)


# Headers.


@pytest.mark.parametrize("path", ["/", "/fault", "/nothing", "/move", "/stream", "/metrics"])
async def test_every_answer_protects_its_reader(client: Client, path: str) -> None:
    headers = (await client.get(path, allow_redirects=False)).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers
    assert "aiohttp" not in headers["Server"]
    assert "Python" not in headers["Server"]


async def test_https_is_insisted_on_where_the_site_is_https(aiohttp_client: Ask) -> None:
    client = await aiohttp_client(application(is_https=True))
    assert (await client.get("/")).headers["Strict-Transport-Security"] == "max-age=31536000"


def test_pages_load_from_the_site_alone_and_run_nothing_inline() -> None:
    assert "unsafe" not in PAGE_POLICY
    assert "*" not in PAGE_POLICY
    directives = dict(part.split(" ", 1) for part in PAGE_POLICY.split("; "))
    assert directives.pop("default-src") == "'none'"
    assert set(directives.values()) == {"'self'", "'none'"}
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"


# Probes.


async def test_a_service_without_checks_is_ready(client: Client) -> None:
    assert await (await client.get("/healthz")).json() == {"status": "alive"}
    assert await (await client.get("/readyz")).json() == {"status": "ready", "checks": {}}


@pytest.mark.parametrize(
    ("checks", "expected", "status"),
    [
        ([Check(is_ok=True), Check(is_ok=True)], "ready", 200),
        ([Check(is_ok=True), Check(is_ok=False, detail="why", is_required=False)], "degraded", 200),
        ([Check(is_ok=False, detail="why"), Check(is_ok=False, is_required=False)], "not ready", 503),
    ],
)
async def test_readiness_is_the_result_of_the_checks(
    aiohttp_client: Ask, checks: list[Check], expected: str, status: int
) -> None:
    health = Health()
    for number, check in enumerate(checks):
        health.add(f"check-{number}", lambda check=check: check)  # type: ignore[misc] # bound now
    client = await aiohttp_client(application(health=health))
    response = await client.get("/readyz")
    assert (response.status, (await response.json())["status"]) == (status, expected)
    assert response.headers["Cache-Control"] == "no-store"
    assert [one["ok"] for one in (await response.json())["checks"].values()] == [check.is_ok for check in checks]
    assert (await client.get("/healthz")).status == 200


# Measurements.


async def test_requests_are_counted_by_the_pattern_of_their_route(client: Client) -> None:
    for slug in ("a", "b", "c"):
        await client.get(f"/articles/{slug}/")
    await client.get("/fault")
    await client.get("/move", allow_redirects=False)
    await client.get("/" + "x" * 500)
    await client.request("PROPFIND", "/")
    text = await (await client.get("/metrics")).text()
    for line in (
        'perspective_requests_total{method="GET",route="/articles/{slug}/",status="200"} 3.0',
        'perspective_requests_total{method="GET",route="/fault",status="500"} 1.0',
        'perspective_requests_total{method="GET",route="/move",status="301"} 1.0',
        'perspective_requests_total{method="GET",route="unmatched",status="404"} 1.0',
        'perspective_requests_total{method="other",route="unmatched",status="405"} 1.0',
        'perspective_request_seconds_count{route="/articles/{slug}/"} 3.0',
        "perspective_requests_in_flight 1.0",
    ):
        assert line in text
    assert "x" * 100 not in text
    assert "process_resident_memory_bytes" in text


async def test_a_client_that_disconnects_is_counted(aiohttp_client: Ask) -> None:
    app = application()
    release = asyncio.Event()

    async def wait(_request: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    app.router.add_get("/wait", wait)
    client = await aiohttp_client(app)
    task = asyncio.create_task(client.get("/wait"))
    async with asyncio.timeout(5):
        while "perspective_requests_in_flight 2.0" not in await (await client.get("/metrics")).text():
            await asyncio.sleep(0.01)
    task.cancel()
    release.set()
    async with asyncio.timeout(5):
        while "perspective_requests_in_flight 1.0" not in await (await client.get("/metrics")).text():
            await asyncio.sleep(0.01)
