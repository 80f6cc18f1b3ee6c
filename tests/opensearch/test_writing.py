"""Two indexers, an interrupted edit, a full disk: no reader sees any of it, and the next sync repairs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import numpy as np
import pytest

from services.search import schema
from services.search.app import create_app
from services.search.engine import IndexNotWritable, SearchError
from services.search.engine_opensearch.cluster.bulk import action, send
from services.search.engine_opensearch.cluster.connection import Cluster, Connection, Refused
from services.search.engine_opensearch.cluster.lease import Lease
from services.search.engine_opensearch.indexes import writer
from services.search.engine_opensearch.indexes.columns import with_columns
from services.search.engine_opensearch.indexes.documents import article_body
from services.search.engine_opensearch.indexes.generation import GENERATION, fetch_meta
from services.search.engine_opensearch.indexes.mapping import schema_digest
from services.search.engine_opensearch.indexes.publishing import swap
from services.search.engine_opensearch.store import OpenSearchStore
from services.search.indexing.feed import StaticFeed
from services.search.text.term_table import TermTable
from shared.search.contract import SearchQuery
from shared.web.settings import Settings
from tests.opensearch.conftest import OpenStore
from tests.search_service.articles import SITE, make_article
from tests.search_service.engine.store_contract import slugs, synced

pytestmark = [pytest.mark.opensearch, pytest.mark.usefixtures("patient")]

SCHEMA = schema_digest()


@pytest.fixture
async def connection(cluster: Cluster) -> AsyncIterator[Connection]:
    """A connection that writes."""
    connection = Connection(cluster, is_writer=True)
    yield connection
    await connection.close()


@pytest.fixture
async def store(open_stores: OpenStore) -> AsyncIterator[OpenSearchStore]:
    """A store with the small site in it."""
    store = open_stores()
    await synced(store, SITE)
    yield store
    await store.close()


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def alias_of(cluster: Cluster) -> str:
    return f"{cluster.index}-{SCHEMA}"


async def test_only_one_of_many_indexers_gets_the_lease(cluster: Cluster, connection: Connection) -> None:
    leases = [Lease(f"{cluster.index}-lease", "a") for _ in range(8)]
    outcomes = await asyncio.gather(*(lease.acquire(connection) for lease in leases), return_exceptions=True)
    assert outcomes.count(None) == 1
    assert all(one is None or isinstance(one, SearchError) for one in outcomes)


async def test_a_lease_that_is_not_renewed_is_taken_over_and_its_holder_finds_out(
    cluster: Cluster, connection: Connection
) -> None:
    clock = Clock()
    first, second = (Lease(f"{cluster.index}-lease", "a", clock=clock, expiry_s=60) for _ in range(2))
    await first.acquire(connection)
    for clock.now in (1.0, 30.0, 60.0):
        with pytest.raises(IndexNotWritable, match="another indexer"):
            await second.acquire(connection)
    clock.now = 61.1
    await second.acquire(connection)
    assert (first.term, second.term) == (1, 2)
    with pytest.raises(IndexNotWritable, match="taken over"):
        await first.renew(connection)
    await first.release(connection)  # it is not its own any more
    await second.renew(connection)
    await second.release(connection)
    await first.acquire(connection)
    assert first.term == 3


async def test_a_late_write_under_an_earlier_lease_is_rejected(
    cluster: Cluster, connection: Connection, store: OpenSearchStore
) -> None:
    await synced(store, [*SITE, make_article("another", text="A message.")])
    late = action(alias_of(cluster), GENERATION, {"kind": GENERATION, "name": "late"}, term=1, is_edit=True)
    with pytest.raises(IndexNotWritable, match="taken over"):
        await send(connection, [late], None)


async def test_copies_of_a_new_index_are_made_of_its_files_and_not_by_indexing_every_document_again(
    cluster: Cluster, connection: Connection, store: OpenSearchStore
) -> None:
    found = await connection.request("GET", f"/{alias_of(cluster)}/_recovery")
    copies = [shard for index in found.values() for shard in index["shards"] if not shard["primary"]]
    if not copies:
        pytest.skip("a cluster of one node has no copies")
    assert [shard["translog"]["recovered"] for shard in copies] == [0] * len(copies)


async def test_an_indexer_that_slept_before_its_swap_publishes_nothing(
    cluster: Cluster, connection: Connection, open_stores: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "Lease", partial(Lease, expiry_s=0.0))

    async def slept(*arguments: Any) -> None:
        monkeypatch.setattr(writer, "swap", swap)
        await synced(open_stores(), SITE[:2])  # another indexer takes over
        await swap(*arguments)

    monkeypatch.setattr(writer, "swap", slept)
    with pytest.raises(IndexNotWritable):
        await synced(open_stores(), SITE)
    alias = alias_of(cluster)
    assert len(await connection.request("GET", f"/{alias}-*/_alias/{alias}")) == 1
    store = open_stores()
    assert (await (await store.open()).search(SearchQuery(""))).total == 2
    await store.close()


async def test_a_late_edit_creates_no_index_in_place_of_the_alias(cluster: Cluster, connection: Connection) -> None:
    edit = action(f"{cluster.index}-none", "article:a", {"kind": "article"}, is_edit=True)
    with pytest.raises(IndexNotWritable, match="article:a"):
        await send(connection, [edit], None)
    with pytest.raises(Refused, match="404"):
        await connection.request("GET", f"/{cluster.index}-none")


async def test_an_edit_is_seen_by_an_engine_that_is_open_which_names_its_generation(store: OpenSearchStore) -> None:
    engine = await store.open()
    report = await synced(store, [*SITE, make_article("another", text="Quokkas send a message.")])
    results = await engine.search(SearchQuery("quokkas"))
    assert results.generation == report.generation != engine.generation
    # The words in memory are those of the generation that was opened: what is new is found by the next one.
    assert slugs(await (await store.open()).search(SearchQuery("quokkas"))) == ["another"]


async def test_nothing_of_an_interrupted_edit_is_seen_and_the_next_sync_builds_another_index(
    cluster: Cluster, connection: Connection, store: OpenSearchStore
) -> None:
    alias = alias_of(cluster)
    meta = await fetch_meta(connection, alias, is_visible=False)
    actions = [
        action(alias, GENERATION, meta.building("half").body(), 9, is_edit=True),
        action(alias, "article:zero-trust", None, 9),
    ]
    await send(connection, actions, None)
    engine = await store.open()
    results = await engine.search(SearchQuery(""))
    assert (results.total, results.generation) == (len(SITE), engine.generation)
    report = await synced(store, SITE)
    assert report.added == len(SITE)
    assert (await (await store.open()).search(SearchQuery(""))).total == len(SITE)
    found = await connection.request("GET", f"/{cluster.index}-*/_alias")
    assert len([index for index in found if not index.endswith("-lease")]) == 1


async def test_an_unfinished_build_is_removed(cluster: Cluster, connection: Connection, open_stores: OpenStore) -> None:
    await connection.request("PUT", f"/{alias_of(cluster)}-deadbeef")
    store = open_stores()
    await synced(store, SITE)
    found = await connection.request("GET", f"/{cluster.index}-*/_alias")
    assert f"{alias_of(cluster)}-deadbeef" not in found
    await store.close()


async def test_releases_of_two_versions_search_side_by_side_and_the_version_before_that_goes(
    cluster: Cluster, connection: Connection, open_stores: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"):
        monkeypatch.setattr("services.search.engine_opensearch.store.schema_digest", lambda version=version: version)
        store = open_stores()
        assert await store.current() is None  # an index of another version is none
        await synced(store, SITE)
        await store.close()
    aliases = await connection.request("GET", f"/_alias/{cluster.index}-*")
    assert {alias for about in aliases.values() for alias in about["aliases"]} == {
        f"{cluster.index}-bbbbbbbbbbbb",
        f"{cluster.index}-cccccccccccc",
    }


async def test_a_full_disk_is_named_and_the_last_index_answers_on(
    cluster: Cluster, connection: Connection, store: OpenSearchStore
) -> None:
    # What OpenSearch itself does to every index when the disk is at its flood stage.
    block = {"index.blocks.read_only_allow_delete": True}
    await connection.request("PUT", f"/{alias_of(cluster)}/_settings", block)
    with pytest.raises(IndexNotWritable, match="disk is full"):
        await synced(store, [*SITE, make_article("another")])
    engine = await store.open()
    assert (await engine.search(SearchQuery("relay"))).total == 1
    await connection.request("PUT", f"/{alias_of(cluster)}/_settings", {"index.blocks.read_only_allow_delete": None})
    await synced(store, [*SITE, make_article("another")])
    assert (await (await store.open()).search(SearchQuery(""))).total == len(SITE) + 1


async def test_tokens_stand_in_the_cluster_where_the_analysis_put_them(
    cluster: Cluster, connection: Connection, open_stores: OpenStore
) -> None:
    text = "Call getUserById, C++ and x-request-id over HTTP/2 | twice ¦ or ␀ once."
    article = make_article("one", "Names", text=text)
    store = open_stores()
    await synced(store, [article])
    await store.close()
    ((document, columns),) = with_columns([article], TermTable())
    # What is searched is not stored: the index is given the same text once more, and says what it makes of it.
    texts = {
        field: article_body(document, columns, np.ones(len(schema.FIELDS)))[field] for field in ("at_title", "at_body")
    }
    found = await connection.request("POST", f"/{alias_of(cluster)}/_termvectors", {"doc": texts, "offsets": False})
    terms = {term for field in found["term_vectors"].values() for term in field["terms"]}
    assert terms >= {"call", "get", "user", "by", "id", "c++", "x", "request", "over", "http", "2", "once"}
    vectors = found["term_vectors"]["at_body"]["terms"]
    place = {term: vector["tokens"][0]["position"] for term, vector in vectors.items()}
    assert place["getuserbyid"] == place["get"] == place["call"] + 1
    assert place["user"] == place["get"] + 1


@pytest.mark.parametrize(
    ("typed", "expected"),
    [('"get user by id"', 1), ("getuser*", 1), ('"request id over"', 1), ("c++", 1), ("http/2", 1), ('"user get"', 0)],
)
async def test_words_are_found_as_the_embedded_engine_finds_them(
    open_stores: OpenStore, typed: str, expected: int
) -> None:
    store = open_stores()
    await synced(store, [make_article("one", "Names", text="Call getUserById, C++ and x-request-id over HTTP/2.")])
    engine = await store.open()
    assert (await engine.search(SearchQuery(typed, exact=True))).total == expected
    await store.close()


async def test_index_without_its_shards_is_one_reason_for_an_operator_and_recovers_by_itself(
    cluster: Cluster, connection: Connection, store: OpenSearchStore, aiohttp_client: Any
) -> None:
    alias, red = alias_of(cluster), f"{alias_of(cluster)}-red"
    index = next(iter(await connection.request("GET", f"/_alias/{alias}")))
    settings = Settings(search_engine="opensearch", semantic="off", search_port=0)
    app = create_app(settings, store=lambda cpu: OpenSearchStore(cluster, None, cpu), feed=StaticFeed())
    client = await aiohttp_client(app)
    assert (await client.get("/v1/search?q=relay")).status == 200

    async def move(before: str, after: str) -> None:
        actions = [{"remove": {"index": before, "alias": alias}}, {"add": {"index": after, "alias": alias}}]
        await connection.request("POST", "/_aliases", {"actions": actions})

    async def readiness() -> tuple[bool, str]:
        check = (await (await client.get("/readyz")).json())["checks"]["index"]
        return check["ok"], check["detail"]

    # No node may hold the shards of this index: they are missing, as where all nodes that had them are lost.
    nowhere = {"settings": {"index.routing.allocation.require._name": "nobody"}}
    await connection.request("PUT", f"/{red}?wait_for_active_shards=0", nowhere)
    await move(index, red)
    async with asyncio.timeout(120):
        while "shards of the index are missing" not in (await readiness())[1]:
            await asyncio.sleep(0.1)
    for size in (3, 4, 5):  # it stays the same reason, however often the cluster is asked
        assert (await client.get(f"/v1/search?q=relay&size={size}")).status == 503
        assert "shards of the index are missing" in (await readiness())[1]
    await move(red, index)
    async with asyncio.timeout(120):
        while not (await readiness())[0]:
            await asyncio.sleep(0.1)
    assert (await client.get("/v1/search?q=relay&size=6")).status == 200
