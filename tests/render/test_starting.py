"""What render answers while it reads a large site for the first time."""

from __future__ import annotations

import orjson
from aiohttp.test_utils import TestClient, TestServer

from services.render.site.starting import Reading, create_starting_app


async def test_it_lives_and_says_how_far_it_is() -> None:
    reading = Reading()
    async with TestClient(TestServer(create_starting_app(reading))) as client:
        assert (await client.get("/healthz")).status == 200
        reading.tell(3_200, 11_905)
        ready = await client.get("/readyz")
        assert ready.status == 503
        assert "3,200 of 11,905 files" in orjson.loads(await ready.read())["checks"]["content"]["detail"]


async def test_every_address_is_there_soon_for_a_person_and_for_a_program() -> None:
    async with TestClient(TestServer(create_starting_app(Reading()))) as client:
        page = await client.get("/articles/any/", headers={"Accept": "text/html"})
        assert (page.status, page.content_type) == (503, "text/html")
        assert "This site is starting" in await page.text()
        for answer in (page, await client.get("/api/search?q=x")):
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.headers["Cache-Control"] == "no-store"
        assert answer.content_type == "application/problem+json"
