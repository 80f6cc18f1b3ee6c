"""OpenSearch passes the contract that every engine has to pass, on a real cluster."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest

from services.search.cpu import InlineCpu
from services.search.engine import SearchEngine
from services.search.engine_opensearch.cluster import connection
from services.search.engine_opensearch.cluster.connection import Cluster
from services.search.engine_opensearch.store import OpenSearchStore
from tests.opensearch.conftest import remove_indices
from tests.search_service.articles import SITE
from tests.search_service.engine_contract import EngineContract


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait longer than readers do: three nodes on a busy machine may be slow, and test_faults tries the deadline."""
    monkeypatch.setattr(connection, "READ_DEADLINE_S", 30.0)


@pytest.fixture(scope="class")
def indexed(urls: tuple[str, ...]) -> Iterator[Cluster]:
    """The cluster with the small site in it: an index takes longer than a question."""
    cluster = Cluster(urls, index=f"test{secrets.token_hex(4)}")
    OpenSearchStore(cluster, None, InlineCpu()).sync(SITE)
    yield cluster
    asyncio.run(remove_indices(cluster))


@pytest.mark.opensearch
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
