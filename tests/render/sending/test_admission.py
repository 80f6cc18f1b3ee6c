"""Pages that are made for one reader are bounded: the rest of the site answers while many are asked for."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from services.render.sending.admission import ADMISSION, MAX_IN_FLIGHT, Admission, Busy
from tests.render.conftest import Serve, fetch


def test_beyond_the_bound_a_page_is_refused_and_counted() -> None:
    admission = Admission(max_in_flight=1)
    refusals = []
    admission.on_refusal = lambda: refusals.append(1)
    with admission.admitted():
        with pytest.raises(Busy), admission.admitted():
            pass
        assert admission.in_flight == 1
    with admission.admitted():
        assert len(refusals) == 1
    assert admission.in_flight == 0


async def test_other_work_of_the_loop_runs_between_two_pages() -> None:
    admission = Admission()
    order: list[str] = []

    async def page() -> None:
        async with admission.turn():
            order.append("page")

    async def probe() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            order.append("probe")

    await asyncio.gather(page(), page(), page(), probe())
    text = " ".join(order)
    assert "page page page" not in text, text


async def test_readers_of_results_beyond_the_bound_get_503_at_once(serve: Serve) -> None:
    client = await serve()
    app = client.app
    assert app is not None
    with ExitStack() as held:
        for _ in range(MAX_IN_FLIGHT):
            held.enter_context(app[ADMISSION].admitted())
        refused = await fetch(client, "/?q=one")
        text = await refused.text()
        missing = await fetch(client, "/nothing/here")
        assert (refused.status, refused.content_type) == (503, "text/html")
        assert refused.headers["Retry-After"] == "1"
        assert refused.headers["Cache-Control"] == "no-store"
        assert "The site is busy" in text
        assert missing.status == 404
        assert "Page not found" in await missing.text()
        for path in ("/", "/articles/transactional-outbox/", "/healthz"):
            assert (await fetch(client, path)).status == 200
        assert "perspective_pages_refused_total" in await (await fetch(client, "/metrics")).text()
    assert (await fetch(client, "/?q=one")).status == 200


async def test_one_client_that_searches_too_often_is_refused_and_others_are_not(serve: Serve) -> None:
    client = await serve(searches_per_second=1)
    fast, other = {"X-Forwarded-For": "198.51.100.7"}, {"X-Forwarded-For": "198.51.100.8"}
    statuses = [(await fetch(client, path, headers=fast)).status for path in ("/?q=a", "/api/suggest?q=a") * 4]
    assert 429 in statuses
    refused = await fetch(client, "/?q=a", headers=fast)
    assert (refused.status, refused.content_type) == (429, "text/html")
    assert int(refused.headers["Retry-After"]) >= 1
    problem = await fetch(client, "/api/search?q=a", headers=fast)
    assert (problem.status, problem.content_type) == (429, "application/problem+json")
    assert (await fetch(client, "/?q=a", headers=other)).status == 200
    assert (await fetch(client, "/articles/transactional-outbox/", headers=fast)).status == 200
    assert "perspective_rate_limited_total" in await (await fetch(client, "/metrics")).text()
