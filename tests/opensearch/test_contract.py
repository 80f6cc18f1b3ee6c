"""OpenSearch passes the contract that every engine has to pass, on a real cluster."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest

from services.search.cpu import InlineCpu
from services.search.engine import SearchEngine
from services.search.engine_opensearch.cluster.connection import Cluster
from services.search.engine_opensearch.store import OpenSearchStore
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.search.contract import SearchQuery, SearchResults
from tests.opensearch.conftest import remove_indices
from tests.search.text.languages import ARTICLES, FOUND
from tests.search_service.articles import SITE
from tests.search_service.engine.engine_contract import EngineContract


@pytest.fixture(scope="class")
def indexed(urls: tuple[str, ...]) -> Iterator[Cluster]:
    """The cluster with the small site in it: an index takes longer than a question."""
    cluster = Cluster(urls, index=f"test{secrets.token_hex(4)}")
    OpenSearchStore(cluster, None, InlineCpu()).sync(SITE)
    yield cluster
    asyncio.run(remove_indices(cluster))


@pytest.mark.opensearch
@pytest.mark.usefixtures("patient")
class TestOpenSearch(EngineContract):
    """See EngineContract."""

    @pytest.fixture
    async def engine(self, indexed: Cluster) -> AsyncIterator[SearchEngine]:
        """An engine over the small site, which no test changes."""
        store = OpenSearchStore(indexed, None, InlineCpu())
        engine = await store.open()
        yield engine
        engine.close()
        await store.close()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[object, ...]]:
    """What the embedded engine answers to queries in many languages."""
    local = WhooshIndexStore(tmp_path_factory.mktemp("index"))
    local.sync(ARTICLES)
    engine = local.open()
    typed = dict.fromkeys((*(typed for typed, _ in FOUND), "verbindung", "dies", "verbindug", "handel"))
    found = {text: answer_of(engine.search(SearchQuery(text))) for text in typed}
    engine.close()
    return found


def answer_of(results: SearchResults) -> tuple[object, ...]:
    """The hits of ``results`` in order, and what was searched or offered instead."""
    return [hit.slug for hit in results.hits], results.correction, results.offers


@pytest.mark.opensearch
async def test_each_language_finds_the_same_as_the_embedded_engine(
    urls: tuple[str, ...], expected: dict[str, tuple[object, ...]]
) -> None:
    cluster = Cluster(urls, index=f"test{secrets.token_hex(4)}")
    store = OpenSearchStore(cluster, None, InlineCpu())
    await asyncio.to_thread(store.sync, ARTICLES)
    engine = await store.open()
    try:
        found = {typed: answer_of(await engine.search(SearchQuery(typed))) for typed in expected}
        assert found == expected
    finally:
        engine.close()
        await store.close()
        await remove_indices(cluster)
