"""Requests to a cluster that is a fake here: what is sent again, what is refused and why, and what waits for what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Never

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.search.app import create_app
from services.search.cpu import InlineCpu
from services.search.engine import IndexNotWritable
from services.search.engine_opensearch import store
from services.search.engine_opensearch.cluster.bulk import action, send
from services.search.engine_opensearch.cluster.connection import Cluster, ClusterUnavailable, Connection, Refused
from services.search.engine_opensearch.cluster.lease import Lease
from services.search.engine_opensearch.indexes.writer import Writer
from services.search.engine_opensearch.store import OpenSearchStore
from services.search.handlers import GENERATIONS
from services.search.indexing.feed import StaticFeed
from shared.web.settings import Settings
from tests.search_service.articles import SITE

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
    app = create_app(settings, store=lambda cpu: OpenSearchStore(cluster, None, cpu), feed=StaticFeed())
    client = await aiohttp_client(app)
    is_slow = True
    asking = asyncio.create_task(app[GENERATIONS].try_refresh())
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


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"one\ntwo\n", b"nul\0"])
@pytest.mark.parametrize("field", ["password_file", "token_file", "ca_file"])
async def test_a_file_of_credentials_that_cannot_be_used_is_named(
    tmp_path: Any, field: str, content: bytes | None
) -> None:
    path = tmp_path / "given"
    if content is not None:
        await asyncio.to_thread(path.write_bytes, content)
    connection = Connection(replace(Cluster(("https://127.0.0.1:9",), user="u"), **{field: path}))
    with pytest.raises(ClusterUnavailable) as caught:
        await connection.request("GET", "/")
    assert str(caught.value).startswith(f'PERSPECTIVE_OPENSEARCH_{field.upper()}="{path}": ')


class KilledPool(Writer):
    """Loses a process of its pool."""

    async def sync(self, *_: object) -> Never:
        raise ChildProcessError("one of its processes was killed")


def test_a_build_whose_process_was_killed_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "Writer", KilledPool)
    with pytest.raises(IndexNotWritable, match="was killed"):
        OpenSearchStore(Cluster(("http://127.0.0.1:9",), "killed"), None, InlineCpu()).sync(SITE)


async def test_an_edit_of_synonyms_or_own_words_is_another_generation(tmp_path: Path) -> None:
    """Both decide what a query means: under the old name, caches would keep the answers, and no reader would reopen."""
    synonyms, words = tmp_path / "synonyms.toml", tmp_path / "words.txt"

    async def generation(_request: web.Request) -> web.Response:
        return web.json_response({"_source": {"name": "first"}})

    server = await server_of(generation)
    index = OpenSearchStore(Cluster((address(server),)), synonyms, InlineCpu(), words_path=words)
    names = [await index.current()]
    for path, text in ((words, "kubelet\n"), (words, "kubelet etcd\n")):
        await asyncio.to_thread(path.write_text, text, "utf-8")
        names.append(await index.current())
    assert names[0] == "first"
    assert len(set(names)) == 3
    await asyncio.to_thread(synonyms.write_text, '[[groups]]\nterms = ["mTLS", "mutual TLS"]\n', "utf-8")
    assert await index.current() not in names
    await index.close()
    await server.close()
