"""The search service over HTTP: its answers, and its errors for bad input."""

from __future__ import annotations

import asyncio
from functools import partial

import orjson
import pytest
from yarl import URL

from services.search.answering.answers import Answer, Answers, Question
from services.search.app import create_app
from services.search.embedded import EmbeddedStore
from services.search.engine import IndexUnavailable, Overloaded, UnknownArticle
from services.search.handlers import translate
from services.search.indexing.feed import StaticFeed
from services.search.indexing.state import IndexerState
from services.search.openapi import describe
from shared.search.attributes import BY_PARAMETER, filters
from shared.search.contract import DEADLINE_HEADER, OVERLOADED, SearchQuery
from shared.search.encoding import parse_related, parse_results, parse_suggestions
from shared.search.parameters import BadParameter
from shared.version import VERSION
from shared.web.settings import Settings
from tests.search_service.articles import SITE
from tests.search_service.conftest import Ask, Client, problem_of, swapped
from tests.search_service.engine.memory_engine import MemoryStore
from tests.search_service.engine.search_contract import HOSTILE
from tests.search_service.json_schema import differences


async def test_search_answers_the_contract(client: Client, store: MemoryStore) -> None:
    response = await client.get("/v1/search", params={"q": "relay", "tag": "messaging"})
    assert response.status == 200
    assert response.content_type == "application/json"
    results = parse_results(await response.read())
    assert results.query == SearchQuery("relay", filters=filters(tags=("messaging",)))
    assert [hit.slug for hit in results.hits] == ["transactional-outbox"]
    assert results.generation == store.current()


async def test_search_without_a_query_lists_the_newest(client: Client) -> None:
    for url in ("/v1/search", "/v1/search?q=", "/v1/search?q=%20%00%09"):
        results = parse_results(await (await client.get(url)).read())
        assert results.total == len(SITE)
        assert results.hits[0].slug == "kafka-consumers"


@pytest.mark.parametrize("tag", ["*", None])
async def test_a_missing_resource_is_never_304(client: Client, tag: str | None) -> None:
    tag = tag or (await client.get("/v1/related/zero-trust")).headers["ETag"]
    assert (await client.get("/v1/related/zero-trust", headers={"If-None-Match": tag})).status == 304
    assert (await client.get("/v1/related/nonexistent", headers={"If-None-Match": tag})).status == 404


@pytest.mark.parametrize("deadline", ["0", "-1", "1e3", "x", "999999", "²", ""])
async def test_a_deadline_that_is_none_is_ignored(client: Client, deadline: str) -> None:
    headers = {DEADLINE_HEADER: deadline} if deadline else {}
    assert (await client.get("/v1/search?q=relay", headers=headers)).status == 200


async def test_a_query_that_outlasts_its_deadline_is_given_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_answers: Answers, _question: Question) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(Answers, "answer", never)
    response = await client.get("/v1/search?q=slow", headers={DEADLINE_HEADER: "20"})
    problem = await response.json(content_type=None)
    assert (response.status, problem["type"]) == (503, OVERLOADED)
    assert response.headers["Retry-After"] == "1"


async def test_repeated_tags_are_all_required(client: Client) -> None:
    response = await client.get("/v1/search?tag=messaging&tag=performance")
    assert [hit.slug for hit in parse_results(await response.read()).hits] == ["kafka-consumers"]


async def test_explain_explains_each_hit(client: Client) -> None:
    plain = await (await client.get("/v1/search?q=relay")).json()
    explained = await (await client.get("/v1/search?q=relay&explain=1")).json()
    assert plain["hits"][0]["explanation"] is None
    assert explained["hits"][0]["explanation"]["value"] == explained["hits"][0]["score"]


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 200, "\x00\x01\x02", "a" * 199 + "é"])
async def test_nothing_typed_is_an_error(client: Client, text: str) -> None:
    for path in ("/v1/search", "/v1/suggest"):
        for is_partial in ("0", "1"):
            response = await client.get(path, params={"q": text[:200], "partial": is_partial})
            assert response.status == 200, await response.text()


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("page=0", "page"),
        ("page=abc", "page"),
        ("size=10000", "size"),
        ("year=x", "year"),
        ("sort=best", "sort"),
        ("partial=maybe", "partial"),
        ("tag=" + "x" * 300, "tag"),
        ("series=" + "x" * 300, "series"),
    ],
)
async def test_a_bad_parameter_is_named(client: Client, query: str, parameter: str) -> None:
    problem = await problem_of(client, f"/v1/search?{query}", 400)
    assert problem["parameter"] == parameter
    assert parameter in problem["detail"]


@pytest.mark.parametrize("path", ["/v1/suggest?size=99", "/v1/related/zero-trust?size=x"])
async def test_other_endpoints_name_bad_parameters_too(client: Client, path: str) -> None:
    assert (await problem_of(client, path, 400))["parameter"] == "size"


async def test_a_long_query_is_cut_and_the_searched_part_is_named(client: Client) -> None:
    whole = "message " * 24 + "outbox"
    answers = [
        await (await client.get("/v1/search", params={"q": text})).json()
        for text in (whole, whole + " tail" * 50, "x" * 5000, " " * 900 + "outbox" + " " * 900)
    ]
    assert [answer["searched"] for answer in answers] == [None, whole, "x" * 200, None]
    assert [answer["query"]["text"] for answer in answers] == [whole, whole, "x" * 200, "outbox"]
    assert answers[0]["hits"] == answers[1]["hits"] != []
    assert (await client.get("/v1/suggest", params={"q": "x" * 201})).status == 200


@pytest.mark.parametrize(
    "target",
    [
        "/v1/search?q=%FF%FE",
        "/v1/search?q=%ZZ%",
        "/v1/search?q=%00%0D%0A",
        "/v1/search?%00=1&&&=&q",
        "/v1/search?q=" + "a" * 7000 + "&q=b",
        "/v1/related/%00",
        "/v1/related/..%2F..%2Fetc%2Fpasswd",
        "/v1/related/" + "x" * 9000,
        "/v1/related/%F0%28%8C%28",
        "/v1/nothing",
        "/v1/search/",
        "/" + "a/" * 4000,
    ],
)
async def test_a_hostile_address_is_never_a_fault_of_the_service(client: Client, target: str) -> None:
    response = await client.get(URL(target, encoded=True))
    assert response.status in {200, 400, 404}
    await response.read()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused_with_the_ones_that_work(client: Client, method: str) -> None:
    response = await client.request(method, "/v1/search", data=b"{}")
    assert response.status == 405
    assert response.headers["Allow"] == "GET,HEAD"
    assert (await response.json(content_type=None))["status"] == 405


async def test_no_other_site_may_read_an_answer(client: Client) -> None:
    response = await client.get("/v1/search", headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_head_has_the_headers_of_get(client: Client) -> None:
    for path in ("/v1/search?q=relay", "/v1/suggest?q=t", "/v1/status", "/openapi.json", "/healthz", "/readyz"):
        response = await client.head(path)
        assert response.status == 200
        assert await response.read() == b""


async def test_suggest_completes(client: Client) -> None:
    suggestions = parse_suggestions(await (await client.get("/v1/suggest?q=zer")).read())
    assert [(one.text, one.url) for one in suggestions] == [("Zero trust with mutual TLS", "/articles/zero-trust/")]


async def test_related_articles_or_404(client: Client) -> None:
    related = parse_related(await (await client.get("/v1/related/transactional-outbox?size=1")).read())
    assert [one.slug for one in related] == ["kafka-consumers"]
    problem = await problem_of(client, "/v1/related/no-such-article", 404)
    assert "no article of that name" in problem["detail"]


async def test_an_answer_is_not_sent_again_while_the_index_is_the_same(client: Client, store: MemoryStore) -> None:
    first = await client.get("/v1/search?q=message")
    etag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    again = await client.get("/v1/search?q=message", headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == etag
    store.sync(SITE[:1])
    await swapped(client, store)
    changed = await client.get("/v1/search?q=message", headers={"If-None-Match": etag})
    assert changed.status == 200
    assert changed.headers["ETag"] != etag


async def test_a_client_that_wants_another_version_gets_412(client: Client) -> None:
    for path in ("/v1/search?q=message", "/v1/related/zero-trust"):
        assert (await client.get(path, headers={"If-Match": '"older"'})).status == 412
        assert (await client.get(path, headers={"If-Match": "*"})).status == 200


async def test_a_bad_query_is_400_whatever_the_client_has(client: Client) -> None:
    etag = (await client.get("/v1/search")).headers["ETag"]
    response = await client.get("/v1/search?page=0", headers={"If-None-Match": etag})
    assert response.status == 400


async def test_the_same_search_is_worked_out_once(client: Client) -> None:
    first = await (await client.get("/v1/search?q=message")).read()
    second = await (await client.get("/v1/search?q=%20message%20%20")).read()
    assert first == second  # took_ms too: it is the same answer
    metrics = await (await client.get("/metrics")).text()
    assert 'perspective_search_cache_lookups_total{result="hit"} 1.0' in metrics


async def test_without_a_cache_each_search_is_worked_out(
    aiohttp_client: Ask, settings: Settings, store: MemoryStore, feed: StaticFeed
) -> None:
    no_cache = settings.model_copy(update={"search_cache_bytes": 0})
    client = await aiohttp_client(create_app(no_cache, store=partial(EmbeddedStore, store), feed=feed))
    for _ in range(3):
        assert (await client.get("/v1/search?q=message")).status == 200
    metrics = await (await client.get("/metrics")).text()
    assert 'perspective_search_cache_lookups_total{result="hit"} 0.0' in metrics
    assert 'perspective_search_cache_lookups_total{result="miss"} 3.0' in metrics


async def test_the_description_is_true(client: Client, settings: Settings) -> None:
    document = await (await client.get("/openapi.json")).json()
    assert document == orjson.loads(orjson.dumps(describe(max_query_chars=settings.max_query_chars, version=VERSION)))
    asked = {
        "/v1/search": ["", "?q=message&explain=1", "?q=the&size=50", "?page=0", "?q=" + "x" * 201],
        "/v1/suggest": ["?q=t", "?size=0"],
        "/v1/related/{slug}": ["", "?size=99"],
        "/v1/status": [""],
        "/healthz": [""],
        "/readyz": [""],
    }
    for path, queries in asked.items():
        responses = document["paths"][path]["get"]["responses"]
        for query in queries:
            response = await client.get(path.replace("{slug}", "zero-trust") + query)
            described = responses[str(response.status)]["content"][response.content_type]["schema"]
            assert differences(orjson.loads(await response.read()), described, document) == []


async def test_the_description_is_complete(client: Client) -> None:
    document = await (await client.get("/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    served = {route.resource.canonical for route in client.app.router.routes() if route.resource}
    assert set(document["paths"]) == served
    parameters = {one["name"] for one in document["paths"]["/v1/search"]["get"]["parameters"]}
    assert parameters == {"q", *BY_PARAMETER, "sort", "page", "size", "partial", "exact", "explain"}
    assert "first 200 characters" in document["paths"]["/v1/search"]["get"]["parameters"][0]["description"]


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (BadParameter("page", "page is 0"), 400, None),
        (UnknownArticle("x"), 404, None),
        (IndexUnavailable("none"), 503, "2"),
        (Overloaded("busy"), 503, "1"),
    ],
)
def test_each_error_of_search_has_one_status(error: Exception, status: int, retry_after: str | None) -> None:
    problem = translate(error, IndexerState())
    assert problem is not None
    assert (problem.status, problem.headers.get("Retry-After")) == (status, retry_after)


def test_an_index_that_was_built_and_cannot_be_read_leads_to_the_reason_without_telling_it() -> None:
    problem = translate(IndexUnavailable("10.0.0.7 does not answer"), IndexerState(phase="idle", generation="g1"))
    assert problem is not None
    assert problem.detail == "The index is not ready: it cannot be read now, and /readyz of search says why."


def test_a_fault_is_not_translated() -> None:
    assert translate(ZeroDivisionError(), IndexerState()) is None
