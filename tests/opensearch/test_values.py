"""What needs no cluster: columns, words and their counts, answers that are none, and results of bulk requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.search import schema
from services.search.app import create_app
from services.search.engine import IndexNotWritable
from services.search.engine_opensearch.cluster.bulk import action, send
from services.search.engine_opensearch.cluster.connection import Cluster, ClusterUnavailable, Connection, Refused
from services.search.engine_opensearch.cluster.lease import Lease
from services.search.engine_opensearch.finding.answer import checked
from services.search.engine_opensearch.indexes.columns import MANY_WORDS, Encoded, with_columns, word_counts
from services.search.engine_opensearch.indexes.documents import article_body
from services.search.engine_opensearch.indexes.generation import Meta, Totals, read_meta
from services.search.engine_opensearch.indexes.lexicon import (
    MAX_BEGINNING,
    Counts,
    Lexicon,
    add_counts,
    make_base,
    read_base,
)
from services.search.engine_opensearch.indexes.mapping import EMPTY, FREQUENCY, TOGETHER
from services.search.engine_opensearch.store import OpenSearchStore
from services.search.handlers import GENERATIONS
from services.search.indexing.feed import StillFeed
from services.search.text.term_table import TermTable
from shared.web.settings import Settings
from tests.search_service.articles import FIRST_DAY, SITE, make_article


def test_columns_are_read_as_they_were_written() -> None:
    for document, columns in with_columns(SITE, TermTable()):
        read = Encoded(columns.encode()).decode()
        sections = tuple((one.position, one.body_position, one.start) for one in document.sections)
        assert (read.surfaces, read.lengths, read.sections) == (columns.surfaces, document.lengths, sections)
        for name in ("terms", "fields", "positions", "starts", "widths"):
            assert np.array_equal(getattr(read, name), getattr(columns, name)), name


@pytest.mark.parametrize("more", [0, MANY_WORDS])
def test_occurrences_of_a_few_words_are_read_without_the_others(more: int) -> None:
    for _, columns in with_columns(SITE, TermTable()):
        wanted = [surface.encode() for surface in columns.surfaces[:3]]
        absent = [f"absent{number}".encode() for number in range(1 + more)]
        numbers = {surface: 7 + number for number, surface in enumerate([*wanted, *absent])}
        read = Encoded(columns.encode()).occurrences_of(numbers)
        kept = np.flatnonzero(columns.terms < 3)
        assert read.numbers.tolist() == (columns.terms[kept] + 7).tolist()
        for name in ("fields", "positions", "starts", "widths"):
            assert np.array_equal(getattr(read, name), getattr(columns, name)[kept]), name


def test_columns_of_a_long_article_take_wider_numbers() -> None:
    article = make_article("long", text="word " * 70_000)
    ((_, columns),) = with_columns([article], TermTable())
    read = Encoded(columns.encode()).decode()
    assert int(read.starts.max()) > 1 << 16
    assert np.array_equal(read.positions, columns.positions)


def test_tokens_of_one_position_are_joined_and_gaps_are_as_wide_as_a_border_of_blocks() -> None:
    article = make_article("one", "The getUserById call", sections=(("Two parts", "First."), ("More", "Last.")))
    ((document, columns),) = with_columns([article], TermTable())
    body = article_body(document, columns, np.ones(len(schema.FIELDS)))
    assert body["at_title"] == f"the getuserbyid{TOGETHER}get user by id call"
    assert body["at_headings"].split(" ").count(EMPTY) == 12
    weights = dict(token.split(FREQUENCY) for token in body["prose"].split(" "))
    assert all(int(weight) >= 1 for weight in weights.values())
    assert int(weights["call"]) > int(weights["first"])


def test_words_are_counted_by_field_and_by_article_and_taken_off_again() -> None:
    counts: dict[str, Counts] = {}
    rows = with_columns(SITE, TermTable())
    for _, columns in rows:
        add_counts(counts, word_counts([columns]))
    assert counts["message"] == (0, 0, 0, 0, 2, 0, 0, 2)
    add_counts(counts, word_counts([rows[0][1]]), -1)
    assert counts["message"] == (0, 0, 0, 0, 1, 0, 0, 1)
    assert "outbox" not in make_base(counts).rows


def test_the_words_of_a_generation_are_those_of_the_base_as_changed_since() -> None:
    counts: dict[str, tuple[int, ...]] = {}
    for _, columns in with_columns(SITE, TermTable()):
        add_counts(counts, word_counts([columns]))
    base = make_base(counts)
    read = read_base(base.parts())
    assert (read.surfaces, read.counts.tolist()) == (base.surfaces, base.counts.tolist())
    lexicon = Lexicon(read, {"relays": (0, 0, 0, 0, 3, 0, 3), "outbox": (0,) * 7})
    assert (lexicon.articles("relays"), lexicon.articles("outbox"), lexicon.articles("quokka")) == (3, 0, 0)
    assert set(lexicon.of_stem("relay")) == {"relay", "relays"}
    assert [one.surface for one in lexicon.near("mesage", 3)] == ["message"]
    assert "certificates" in lexicon.beginning("certif")
    assert [one.surface for one in lexicon.near_beginning("certofic", 2)] == ["certificates"]


def test_a_prefix_stands_for_the_words_that_most_articles_have() -> None:
    rare = {f"wa{number:05}": (0, 0, 0, 0, 1, 0, 0, 1) for number in range(30_000)}
    lexicon = Lexicon(make_base({**rare, "without": (0, 0, 0, 0, 9, 0, 0, 9)}), {"wonder": (0, 0, 0, 0, 4, 0, 0, 4)})
    found = lexicon.beginning("w")
    assert (found[:3], len(found)) == (["without", "wonder", "wa00000"], MAX_BEGINNING)


def test_mean_length_of_a_field_is_taken_over_the_articles_that_have_it() -> None:
    averages = Totals(4, 9, (8, 0, 0, 0, 40, 6, 0), (4, 0, 0, 0, 4, 1, 0), 0).whole().averages
    assert averages.tolist() == [2, 0, 0, 0, 10, 6, 0]


def test_a_generation_is_read_as_it_was_written() -> None:
    totals = Totals(4, 9, (1, 2, 3, 4, 5, 6), (1, 1, 1, 4, 4, 2), 1_700_000_000)
    meta = Meta("b-2", "b", FIRST_DAY, totals, "b-1", 1, {"word": (0, 0, 0, 0, 1, 0, 1)})
    assert read_meta(orjson.loads(orjson.dumps(meta.body()))) == meta
    assert read_meta(orjson.loads(orjson.dumps(meta.building("b-3").body()))).is_building


@pytest.mark.parametrize(
    "answer",
    [
        {"timed_out": True, "_shards": {"total": 1, "successful": 1, "failed": 0}},
        {"timed_out": False, "_shards": {"total": 2, "successful": 1, "failed": 0}},
        {"timed_out": False, "_shards": {"total": 1, "successful": 1, "failed": 1}},
        {"timed_out": False, "_shards": {"total": 0, "successful": 0, "failed": 0}},
    ],
)
def test_an_answer_without_all_shards_in_time_is_none(answer: dict[str, Any]) -> None:
    with pytest.raises(ClusterUnavailable):
        checked(answer)


Handler = Callable[[web.Request], Any]


async def server_of(handler: Handler) -> TestServer:
    """A server that answers everything by ``handler``."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    server = TestServer(app)
    await server.start_server()
    return server


def address(server: TestServer) -> str:
    return str(server.make_url("/")).rstrip("/")


async def test_only_items_rejected_for_lack_of_capacity_are_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.search.engine_opensearch.cluster.bulk.FIRST_PAUSE_S", 0.001)
    requests: list[list[str]] = []

    async def bulk(request: web.Request) -> web.Response:
        heads = [orjson.loads(line) for line in (await request.read()).splitlines()]
        ids = [next(iter(head.values()))["_id"] for head in heads if head.keys() & {"index", "delete"}]
        requests.append(ids)
        busy = {"status": 429, "error": {"type": "rejected_execution_exception"}}
        results = {"a": {"status": 201}, "b": busy if len(requests) == 1 else {"status": 200}, "c": {"status": 404}}
        items = [{"delete" if one == "c" else "index": results[one]} for one in ids]
        return web.json_response({"errors": True, "items": items})

    server = await server_of(bulk)
    connection = Connection(Cluster((address(server),)), is_writer=True)
    await send(connection, [action("i", "a", {}), action("i", "b", {}), action("i", "c", None)], None)
    assert requests == [["a", "b", "c"], ["b"]]
    await connection.close()
    await server.close()


async def test_a_request_that_a_proxy_finds_too_large_is_halved() -> None:
    sizes: list[int] = []
    largest = 1

    async def bulk(request: web.Request) -> web.Response:
        sizes.append(len((await request.read()).splitlines()) // 2)
        if sizes[-1] > largest:
            return web.Response(status=413, text="<html>Request Entity Too Large</html>", content_type="text/html")
        return web.json_response({"errors": False, "items": []})

    server = await server_of(bulk)
    connection = Connection(Cluster((address(server),)), is_writer=True)
    await send(connection, [action("i", name, {}) for name in "abcd"], None)
    assert sizes == [4, 2, 1, 1, 2, 1, 1]
    largest = 0
    with pytest.raises(IndexNotWritable, match=r"article:a: a proxy .*client_max_body_size"):
        await send(connection, [action("i", "article:a", {})], None)
    await connection.close()
    await server.close()


async def test_a_write_whose_answer_is_lost_is_sent_once() -> None:
    requests: list[str] = []

    async def lost(request: web.Request) -> web.Response:
        requests.append(request.path)
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    servers = [await server_of(lost), await server_of(lost)]
    connection = Connection(Cluster(tuple(map(address, servers))), is_writer=True)
    with pytest.raises(ClusterUnavailable):
        await connection.request("POST", "/i/_refresh")
    assert requests == ["/i/_refresh"]
    await connection.close()
    for server in servers:
        await server.close()


async def test_lease_is_ours_where_the_answer_to_its_write_was_lost() -> None:
    held: dict[str, Any] = {}

    async def conflicting(request: web.Request) -> web.Response:
        if request.method == "GET":
            found = {"_seq_no": 1, "_primary_term": 1, "_source": held} if held else {"found": False}
            return web.json_response(found, status=200 if held else 404)
        if "_doc" in request.path:
            held.update(orjson.loads(await request.read()))
            return web.json_response({"error": {"type": "version_conflict_engine_exception"}}, status=409)
        return web.json_response({})

    server = await server_of(conflicting)
    connection = Connection(Cluster((address(server),)), is_writer=True)
    lease = Lease("i", "a")
    await lease.acquire(connection)
    assert lease.term == held["term"] == 1
    held["owner"] = "another"
    with pytest.raises(IndexNotWritable, match="another indexer"):
        await Lease("i", "a").acquire(connection)
    await connection.close()
    await server.close()


@pytest.mark.parametrize(
    ("result", "error", "words"),
    [
        ({"status": 400, "error": {"reason": "strict_dynamic_mapping"}}, IndexNotWritable, "article:a: .*strict"),
        ({"status": 409, "error": {}}, IndexNotWritable, "taken over"),
        ({"status": 429, "error": {"type": "cluster_block_exception", "reason": "disk"}}, Refused, "disk"),
    ],
)
async def test_a_document_that_is_refused_ends_the_write(
    result: dict[str, Any], error: type[Exception], words: str
) -> None:
    async def bulk(_request: web.Request) -> web.Response:
        return web.json_response({"errors": True, "items": [{"index": result}]})

    server = await server_of(bulk)
    connection = Connection(Cluster((address(server),)), is_writer=True)
    with pytest.raises(error, match=words):
        await send(connection, [action("i", "article:a", {})], None)
    await connection.close()
    await server.close()


async def test_a_node_that_hangs_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.search.engine_opensearch.cluster.connection.ATTEMPT_S", 0.1)
    asked = {"hanging": 0}

    async def hang(_request: web.Request) -> web.Response:
        asked["hanging"] += 1
        await asyncio.sleep(5)
        return web.json_response({})

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    hanging, healthy = await server_of(hang), await server_of(answer)
    connection = Connection(Cluster((address(hanging), address(healthy))))
    for _ in range(20):
        assert await connection.request("GET", "/") == {"ok": True}
    assert asked["hanging"] <= 1
    await connection.close()
    await healthy.close()
    await hanging.close()


async def test_a_cluster_that_is_down_is_asked_once_a_second_and_the_reason_stays_the_same() -> None:
    asked = 0

    async def refuse(_request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.json_response({"error": {"type": "x", "root_cause": [{"reason": "red"}]}}, status=503)

    server = await server_of(refuse)
    connection = Connection(Cluster((address(server),)))
    for _ in range(20):
        with pytest.raises(ClusterUnavailable, match="shards of the index are missing or too slow: red"):
            await connection.request("GET", "/")
    assert asked < 20
    await connection.close()
    await server.close()


async def test_files_of_the_account_are_read_again_where_it_was_refused(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        is_right = request.headers.get("Authorization") == "Bearer right"
        return web.json_response({"ok": True}) if is_right else web.Response(status=401, text="no")

    token = tmp_path / "token"
    await asyncio.to_thread(token.write_text, "wrong", "utf-8")
    server = await server_of(answer)
    connection = Connection(Cluster((address(server),), token_file=token))
    with pytest.raises(ClusterUnavailable, match="refuses the account"):
        await connection.request("GET", "/")
    await asyncio.to_thread(token.write_text, "right\n", "utf-8")
    assert await connection.request("GET", "/") == {"ok": True}
    await connection.close()
    await server.close()


async def test_slow_cluster_holds_no_other_answer(aiohttp_client: Any, tmp_path: Path) -> None:
    """The service waits for the cluster, and answers something else before the cluster does."""
    is_slow, is_asked, goes_on = False, asyncio.Event(), asyncio.Event()

    async def nothing(_request: web.Request) -> web.Response:
        if is_slow:
            is_asked.set()
            await goes_on.wait()
        return web.json_response({"error": {"type": "index_not_found_exception"}}, status=404)

    server = await server_of(nothing)
    settings = Settings(content_dir=tmp_path, index_dir=tmp_path, search_port=0)
    cluster = Cluster((address(server),))
    app = create_app(settings, store=lambda cpu: OpenSearchStore(cluster, None, cpu), feed=StillFeed())
    client = await aiohttp_client(app)
    is_slow = True
    asking = asyncio.create_task(app[GENERATIONS].look())
    await is_asked.wait()
    assert (await client.get("/healthz")).status == 200
    assert (await client.get("/v1/search?q=relay")).status == 503
    assert not asking.done()
    goes_on.set()
    await asking
    await client.close()
    await server.close()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, "<html>", "another server"),
        (401, "Unauthorized", "refuses the account"),
        (403, '{"error": {"type": "security_exception"}}', "refuses the account"),
        (503, '{"error": {"type": "x", "root_cause": [{"reason": "all shards failed"}]}}', "all shards failed"),
    ],
)
async def test_every_failure_has_one_reason(status: int, body: str, words: str) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(
            status=status, text=body, content_type="application/json" if body[0] == "{" else "text/html"
        )

    server = await server_of(answer)
    connection = Connection(Cluster((address(server),)))
    with pytest.raises(ClusterUnavailable, match=words):
        await connection.request("GET", "/")
    await connection.close()
    await server.close()


async def test_a_missing_file_of_credentials_is_named(tmp_path: Any) -> None:
    connection = Connection(Cluster(("https://127.0.0.1:9",), user="u", password_file=tmp_path / "none"))
    with pytest.raises(ClusterUnavailable, match="none"):
        await connection.request("GET", "/")
