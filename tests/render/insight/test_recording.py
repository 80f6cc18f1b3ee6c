"""Counting real requests: what of them is counted, what never is, and the file beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from services.render.insight import recording
from services.render.insight.counts import Counts, outcome_of
from services.render.insight.ledger import Ledger
from services.render.insight.recording import RECORDER, Recorder, searched_text
from services.render.insight.store import Store
from shared.search.contract import Correction, Hit, SearchQuery, SearchResults
from shared.web.rate_limit import TrustedProxies
from tests.render.conftest import Client, FakeSearch, Serve, answer
from tests.render.sites import NOW

HIT = Hit(
    "transactional-outbox", "/articles/transactional-outbox/", (("Outbox", True),), "", "2026-01-12", (), None, 1, 1.0
)
RESULTS = SearchResults(SearchQuery("outbox"), 2, 0.1, "g1", (HIT, replace(HIT, slug="tail-latency")), with_all=1)

FILTERS = (("tags", ("messaging",)),)


Start = Callable[..., Awaitable[Client]]


@pytest.fixture
def start(serve: Serve, search: FakeSearch, token: Path) -> Start:
    """The site with query insight, over a search service that finds two articles."""
    search.results = lambda _request: answer(RESULTS)

    async def start(**settings: object) -> Client:
        chosen = {"insight_token_file": token, "insight_min_visitors": 1, "search_url": search.url}
        return await serve(**(chosen | settings))

    return start


def totals(client: Client) -> dict[str, Counts]:
    recorder = client.server.app[RECORDER]  # type: ignore[attr-defined] # it is a TestServer
    assert recorder is not None
    return dict(recorder.ledger.totals())


async def get(client: Client, path: str, visitor: int = 1, **headers: str) -> int:
    forwarded = {"X-Forwarded-For": f"203.0.113.{visitor}"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.get(path, headers=forwarded | named) as response:
        await response.read()
        return response.status


async def test_searches_and_opened_articles_are_counted_without_a_script(start: Start) -> None:
    client = await start(insight_min_visitors=2)
    referer = str(client.make_url("/?q=outbox"))
    for visitor in (1, 2):
        assert await get(client, "/?q=Outbox", visitor) == 200
        # The second time, the page is sent by the fast path.
        assert await get(client, "/articles/tail-latency/", visitor, Referer=referer) == 200
    counts = totals(client)["outbox"]
    assert (counts.visitors, counts.last, counts.clicks[:3]) == (2, "all", [0, 2, 0])


async def test_nothing_is_counted_without_a_token_or_a_file(serve: Serve, search: FakeSearch) -> None:
    client = await serve(search_url=search.url)
    assert await get(client, "/?q=outbox") == 200
    assert client.server.app[RECORDER] is None  # type: ignore[attr-defined] # it is a TestServer
    assert (await client.post("/api/opened", data={"q": "outbox", "rank": "1"})).status == 404
    assert (await client.get("/_insight")).status == 404
    assert "data-reports-opened" not in await (await client.get("/archive/")).text()


def recorder_of(path: Path | None = None) -> Recorder:
    ledger = Ledger(least_visitors=1, days=9, today=NOW.date, clock=lambda: 0.0, is_saved=path is not None)
    return Recorder(ledger, TrustedProxies(), Store(path) if path else None)


def request_of(path: str = "/", **headers: str) -> web.BaseRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("GET", path, headers={"Host": "a.example"} | named)


@pytest.mark.parametrize("header", ["Sec_GPC", "DNT"])
def test_reader_who_asks_not_to_be_counted_is_not(header: str) -> None:
    recorder, referer = recorder_of(), "https://a.example/?q=outbox"
    recorder.searched(request_of(**{header: "1"}), SearchQuery("outbox"), RESULTS, 0.1)
    assert recorder.ledger.totals() == {}
    recorder.searched(request_of(**{header: "0"}), SearchQuery("outbox"), RESULTS, 0.1)
    recorder.followed(request_of("/articles/tail-latency/", Referer=referer, **{header: "1"}))
    recorder.opened(request_of(**{header: "1"}), "outbox", 1)
    assert sum(recorder.ledger.totals()["outbox"].clicks) == 0
    recorder.followed(request_of("/articles/tail-latency/", Referer=referer))
    assert sum(recorder.ledger.totals()["outbox"].clicks) == 1


def test_text_alone_is_counted_on_its_first_page_alone() -> None:
    recorder = recorder_of()
    for asked in (SearchQuery(""), SearchQuery("", filters=FILTERS), SearchQuery("outbox", page=2)):
        recorder.searched(request_of(), asked, RESULTS, 0.1)
    assert recorder.ledger.totals() == {}
    assert len(recorder.times) == 3


@pytest.mark.parametrize("asked", [SearchQuery("x", filters=FILTERS), SearchQuery("x", sort="newest")])
def test_filtered_results_say_nothing_about_the_query(asked: SearchQuery) -> None:
    recorder = recorder_of()
    recorder.searched(request_of(), asked, replace(RESULTS, total=0, hits=()), 0.1)
    counts = recorder.ledger.totals()["x"]
    assert (counts.visitors, counts.nothing, counts.last) == (1, 0, "")


@pytest.mark.parametrize(
    ("results", "found"),
    [
        (replace(RESULTS, total=0, hits=(), with_all=0), "nothing"),
        (replace(RESULTS, with_all=0, matched="some"), "some"),
        (replace(RESULTS, with_all=None, matched="some"), "some"),
        (replace(RESULTS, with_all=None), "all"),
        (replace(RESULTS, correction=Correction("outbxo", "outbox")), "corrected"),
        (None, ""),
    ],
)
def test_outcomes_are_those_of_the_search_service(results: SearchResults | None, found: str) -> None:
    assert outcome_of(SearchQuery("x"), results).found == found


FORGED = {
    b"": 204,
    b"q=outbox": 204,
    b"q=outbox&rank=": 204,
    b"q=outbox&rank=-1": 204,
    b"q=outbox&rank=1e3": 204,
    "q=outbox&rank=\u0661".encode(): 204,
    b"q=never&rank=1": 204,
    b"\xff\xfe%%%&&&": 204,
    b"a=1&" * 20: 400,
    b"q=" + b"x" * 4_000: 413,
}


async def test_forged_reports_count_nothing(start: Start) -> None:
    client = await start()
    await get(client, "/?q=outbox")
    headers = {"X-Forwarded-For": "203.0.113.1", "Content-Type": "application/x-www-form-urlencoded"}
    for body, status in FORGED.items():
        assert (await client.post("/api/opened", data=body, headers=headers)).status == status, body
    assert {query: sum(one.clicks) for query, one in totals(client).items()} == {"outbox": 0}
    form = {"q": "outbox", "rank": "1"}
    refused = await client.post("/api/opened", data=form, headers=headers | {"Origin": "https://evil.example"})
    assert refused.status == 403
    statuses = [(await client.post("/api/opened", data=form, headers=headers)).status for _ in range(70)]
    assert set(statuses) == {204, 429}
    assert sum(totals(client)["outbox"].clicks) == 1


@pytest.mark.parametrize(
    ("referer", "text"),
    [
        ("https://a.example/?q=out%20box", "out box"),
        ("https://A.example/blog/?q=x&page=2", "x"),
        ("https://a.example/?q=x&tag=y", ""),
        ("https://b.example/?q=x", ""),
        ("https://a.example/?utm=x", ""),
        ("https://[broken/?q=x", ""),
        ("https://a.example/?" + "q=x&" * 30, ""),
        ("?q=x", ""),
    ],
)
def test_only_results_of_this_site_are_a_referrer(referer: str, text: str) -> None:
    assert searched_text(referer, "a.example") == text


async def run_until(recorder: Recorder, is_done: Callable[[], bool]) -> None:
    task = asyncio.create_task(recorder.persist())
    async with asyncio.timeout(20):
        while not is_done():
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_counts_outlive_the_process(tmp_path: Path) -> None:
    first = recorder_of(tmp_path / "insight.db")
    first.ledger.asked("a", "outbox", outcome_of(SearchQuery("outbox"), RESULTS))
    await run_until(first, lambda: first.is_loaded)
    second = recorder_of(tmp_path / "insight.db")
    second.ledger.asked("b", "outbox", outcome_of(SearchQuery("outbox"), RESULTS))
    await run_until(second, lambda: second.is_loaded)
    assert second.ledger.totals()["outbox"].visitors == 2
    third = recorder_of(tmp_path / "insight.db")
    await run_until(third, lambda: third.is_loaded)
    assert third.ledger.totals()["outbox"].visitors == 2


async def test_unusable_file_leaves_counting_in_memory_and_is_written_once_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "WRITE_S", 0.01)
    path = tmp_path / "insight.db"
    await asyncio.to_thread(path.write_bytes, b"this is no database" * 50)
    recorder = recorder_of(path)
    task = asyncio.create_task(recorder.persist())
    async with asyncio.timeout(20):
        while not recorder.problem:
            await asyncio.sleep(0.01)
        recorder.ledger.asked("a", "outbox", outcome_of(SearchQuery("outbox"), RESULTS))
        assert recorder.ledger.totals()["outbox"].visitors == 1
        await asyncio.to_thread(path.unlink)
        while recorder.problem:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    saved = await asyncio.to_thread(Store(path).load, NOW.date())
    assert [query for (_, query), _ in saved] == ["outbox"]
    assert recorder.ledger.totals()["outbox"].visitors == 1
