"""Services of adjacent versions understand each other: neither has to be upgraded first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import chain

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared.search.attributes import ATTRIBUTES
from shared.search.encoding import parse_related, parse_results, parse_status, parse_suggestions
from shared.version import VERSION
from tests.contract.recording import TARGETS, Recorded, answers, load, versions
from tests.contract.shapes import fields, missing
from tests.render.conftest import Serve, eventually

PARSERS = {
    "/v1/search": parse_results,
    "/v1/suggest": parse_suggestions,
    "/v1/related": parse_related,
    "/v1/status": parse_status,
}


def address_of(target: str) -> str:
    """The endpoint of a target."""
    return "/" + "/".join(target.partition("?")[0].split("/")[1:3])


def test_this_version_is_recorded_and_asks_everything() -> None:
    assert VERSION in versions(), "run: python -m tests.contract.recording"
    assert {one.target for one in load(VERSION)} == set(TARGETS)


@pytest.mark.parametrize("version", versions())
def test_this_render_reads_every_answer_of_that_search(version: str) -> None:
    for one in load(version):
        if one.status == 200:
            assert PARSERS[address_of(one.target)](orjson.dumps(one.body)) is not None
        else:
            assert isinstance(one.body, dict)
            assert one.body["status"] == one.status


@pytest.mark.parametrize("version", versions())
def test_this_search_answers_what_that_render_asks_with_everything_it_had(version: str) -> None:
    before = load(version)
    after = {one.target: one for one in answers() if one.target in {old.target for old in before}}
    for old in before:
        new = after.get(old.target)
        assert new is not None, f"{old.target} is asked by {version}: keep it among the targets"
        assert (new.status, new.headers.keys()) == (old.status, old.headers.keys()), old.target
        assert new.headers["Content-Type"] == old.headers["Content-Type"]
    for address in PARSERS:
        lost = missing(_fields(before, address), _fields(after.values(), address))
        assert not lost, f"{address}: {version} relies on {sorted(lost)}"


def _fields(recorded: Iterable[Recorded], address: str) -> Iterator[tuple[str, str]]:
    bodies = (one.body for one in recorded if one.status == 200 and address_of(one.target) == address)
    return chain.from_iterable(map(fields, bodies))


def test_a_field_that_is_gone_or_of_another_type_is_seen() -> None:
    before = {"hits": [{"slug": "a", "score": 1.5}, {"slug": "b", "series": None}], "total": 2}
    assert missing(fields(before), fields({**before, "newer": 1})) == set()
    assert missing(fields(before), fields({"hits": [{"slug": "a"}], "total": "2"})) == {
        "$.hits[].score: number",
        "$.hits[].series: null",
        "$.total: number",
    }


@pytest.mark.parametrize("name", [*(one.name for one in ATTRIBUTES), "partial", "exact", "explain"])
def test_an_answer_of_a_search_that_does_not_know_a_filter_yet_is_read(name: str) -> None:
    answer = next(one.body for one in load(VERSION) if one.status == 200 and address_of(one.target) == "/v1/search")
    assert isinstance(answer, dict)
    older = {**answer, "query": {key: value for key, value in answer["query"].items() if key != name}}
    assert parse_results(orjson.dumps(older)).total == answer["total"]


@pytest.fixture(params=versions())
async def released_search(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of a server that answers as that version did, whatever else is asked of it."""
    recorded: dict[str, list[Recorded]] = {}
    for one in await asyncio.to_thread(load, request.param):
        recorded.setdefault(address_of(one.target), []).append(one)

    async def answer(asked: web.Request) -> web.Response:
        known = recorded[address_of(asked.path)]
        one = next((one for one in known if one.target == asked.raw_path), known[0])
        headers = {name: value for name, value in one.headers.items() if name != "Content-Type"}
        kind = one.headers["Content-Type"].partition(";")[0]
        return web.Response(status=one.status, body=orjson.dumps(one.body), content_type=kind, headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def test_readers_of_this_render_get_results_of_a_released_search(serve: Serve, released_search: str) -> None:
    client = await serve(search_url=released_search)
    # On a busy machine an attempt may take longer than a reader waits for it: then the next one counts.
    await eventually(client, "/?q=relay", "<mark>relay</mark>")
    await eventually(client, "/api/search?q=relay", '"slug":"transactional-outbox"')
    await eventually(client, "/api/suggest?q=tra", '"text":"The Transactional Outbox Pattern"')
