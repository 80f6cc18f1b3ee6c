"""Content that changes while the site is served: readers get the new site, authors get told."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from aiohttp import ClientResponse

from services.render.site.live import LIVE, MAX_SHOWN
from shared.content.problem import InvalidContent, Problem
from shared.search.contract import RelatedArticle
from tests.render.conftest import Clock, FakeSearch, Serve, eventually, fetch
from tests.render.sites import OUTBOX, TAIL

PATH = "/articles/transactional-outbox/"


async def states(response: ClientResponse) -> AsyncIterator[dict[str, object]]:
    """The events of /_live."""
    async for line in response.content:
        if line.startswith(b"data: "):
            yield orjson.loads(line.removeprefix(b"data: "))


async def test_an_edit_is_served_without_a_restart(serve: Serve, content: Path) -> None:
    client = await serve(watch="auto")
    assert "Fresh words" not in await (await fetch(client, PATH)).text()
    await asyncio.to_thread((content / "articles/transactional-outbox.md").write_text, f"{OUTBOX}\nFresh words.\n")
    await eventually(client, PATH, "Fresh words")


async def test_a_bad_edit_leaves_the_last_good_site_and_is_named(serve: Serve, content: Path) -> None:
    client = await serve(watch="auto")
    path = content / "articles/transactional-outbox.md"
    await asyncio.to_thread(path.write_text, OUTBOX.replace("summary:", "sumary:"))
    await eventually(client, "/readyz", "sumary")
    ready = await fetch(client, "/readyz")
    assert ready.status == 200
    assert "transactional-outbox.md:3" in await ready.text()
    assert (await fetch(client, PATH)).status == 200
    await asyncio.to_thread(path.write_text, OUTBOX + "\nFixed.\n")
    await eventually(client, PATH, "Fixed")
    assert orjson.loads(await (await fetch(client, "/readyz")).read())["checks"]["content"]["ok"] is True


async def test_open_pages_hear_of_new_sites_and_of_problems(serve: Serve, content: Path) -> None:
    client = await serve(watch="auto", live_reload=True)
    assert "live." in await (await fetch(client, "/")).text()
    async with asyncio.timeout(30):
        stream = await fetch(client, "/_live")
        assert stream.content_type == "text/event-stream"
        heard = states(stream)
        first = await anext(heard)
        assert first["problems"] == []
        path = content / "articles/tail-latency.md"
        await asyncio.to_thread(path.write_text, TAIL.replace("title:", "titel:"))
        broken = await anext(heard)
        assert broken["version"] == first["version"]
        assert "titel" in str(broken["problems"])
        await asyncio.to_thread(path.write_text, TAIL + "\nMore.\n")
        fixed = await anext(heard)
        assert fixed["version"] != first["version"]
        assert fixed["problems"] == []
        stream.close()


async def test_open_pages_hear_of_broken_links_until_they_lead_somewhere(serve: Serve, content: Path) -> None:
    client = await serve(watch="auto", live_reload=True)
    path = content / "articles/tail-latency.md"
    async with asyncio.timeout(30):
        stream = await fetch(client, "/_live")
        heard = states(stream)
        await asyncio.to_thread(path.write_text, TAIL + "\n[There](/articles/nope/).\n")
        async for state in heard:
            if "there is no /articles/nope/ on this site" in str(state["problems"]):
                break
        await asyncio.to_thread(path.write_text, TAIL + "\nNo link.\n")
        async for state in heard:
            if not state["problems"]:
                break
        stream.close()


async def test_pages_that_stay_open_do_not_hold_up_a_stop(serve: Serve) -> None:
    client = await serve(live_reload=True)
    stream = await fetch(client, "/_live")
    await anext(states(stream))
    async with asyncio.timeout(5):
        await client.server.close()
    assert b"data:" not in await stream.content.read()
    stream.close()


async def test_of_very_many_problems_the_first_are_shown_and_all_counted(serve: Serve) -> None:
    client = await serve(live_reload=True)
    assert client.app is not None
    problems = tuple(Problem(f"articles/{number:03}.md", 1, "wrong") for number in range(MAX_SHOWN + 10))
    client.app[LIVE].announce(lambda: problems, is_new_site=False)
    stream = await fetch(client, "/_live")
    state = await anext(states(stream))
    assert state["problems"] == [str(problem) for problem in problems[:MAX_SHOWN]]
    assert state["count"] == len(problems)
    stream.close()


async def test_a_page_that_was_closed_is_no_error(serve: Serve, events: io.StringIO) -> None:
    client = await serve(live_reload=True)
    stream = await fetch(client, "/_live")
    await anext(states(stream))
    stream.close()
    assert client.app is not None
    live = client.app[LIVE]
    for _ in range(5):
        live.announce(tuple, is_new_site=True)
        await asyncio.sleep(0.05)
    assert "request failed" not in events.getvalue()


async def test_an_article_appears_when_its_time_comes_without_an_edit(serve: Serve, clock: Clock) -> None:
    clock.now = datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
    client = await serve(watch="off")
    assert (await fetch(client, "/articles/future/")).status == 404
    clock.now += timedelta(seconds=1)
    await eventually(client, "/", "Tomorrow")
    assert (await fetch(client, "/articles/future/")).status == 200


async def test_a_strict_start_on_bad_content_names_every_problem(serve: Serve, content: Path) -> None:
    for name in ("tail-latency", "zero-trust"):
        path = content / f"articles/{name}.md"
        await asyncio.to_thread(path.write_text, "---\ntitel: X\n---\n")
    with pytest.raises(InvalidContent) as error:
        await serve(strict=True)
    assert "tail-latency.md:2" in str(error.value)
    assert "zero-trust.md:2" in str(error.value)


async def test_a_strict_start_sees_the_bodies_too(serve: Serve, content: Path) -> None:
    path = content / "articles/zero-trust.md"
    text = await asyncio.to_thread(path.read_text)
    await asyncio.to_thread(path.write_text, f"{text}\n![A drawing](gone.svg)\n")
    with pytest.raises(InvalidContent, match=r"zero-trust\.md:\d+: .*gone\.svg"):
        await serve(strict=True)


async def test_a_start_on_invalid_content_serves_the_rest_and_reports_it(serve: Serve, content: Path) -> None:
    path = content / "articles/tail-latency.md"
    await asyncio.to_thread(path.write_text, "---\ntitel: X\n---\n")
    client = await serve()
    assert (await fetch(client, "/articles/tail-latency/")).status == 404
    assert (await fetch(client, "/articles/zero-trust/")).status == 200
    ready = await fetch(client, "/readyz")
    assert ready.status == 200
    assert "tail-latency.md:" in await ready.text()


async def test_related_articles_of_search_reach_the_page(serve: Serve, search: FakeSearch) -> None:
    search.related = {"zero-trust": (RelatedArticle("tail-latency", "/articles/tail-latency/", "Tail latency", 0.5),)}
    client = await serve(search_url=search.url)
    await eventually(client, "/articles/zero-trust/", "related-heading")
