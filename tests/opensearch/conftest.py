"""Whether a cluster is tested, and one running cluster for all its tests."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from services.search.cpu import InlineCpu
from services.search.engine_opensearch import engine
from services.search.engine_opensearch.cluster import connection
from services.search.engine_opensearch.cluster.connection import Cluster, Connection
from services.search.engine_opensearch.store import OpenSearchStore
from tests.opensearch import host
from tests.opensearch.host import Nodes

#: Read at import, because the developer's settings are removed before each test.
ENVIRON = dict(os.environ)

OpenStore = Callable[[], OpenSearchStore]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Three nodes take a minute and two gigabytes, so they start only by marker (``make cluster-test``)."""
    asked = "opensearch" in (config.getoption("markexpr") or "") or ENVIRON.get(host.ADDRESS)
    for item in items:
        if item.get_closest_marker("opensearch"):
            item.add_marker(pytest.mark.timeout(600))  # the first one starts the nodes
    missing = "" if ENVIRON.get(host.REQUIRED) else host.missing(ENVIRON)
    if reason := missing if asked else "starts three nodes of OpenSearch: run make cluster-test":
        for item in items:
            if item.get_closest_marker("opensearch"):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def running() -> Iterator[Nodes | None]:
    """The nodes of this machine, or None if the cluster is given by its address."""
    if ENVIRON.get(host.ADDRESS):
        yield None
        return
    nodes = host.start()
    yield nodes
    nodes.run("stop", "--wipe")


@pytest.fixture(scope="session")
def urls(running: Nodes | None) -> tuple[str, ...]:
    """The addresses of the cluster."""
    return running.urls if running else tuple(ENVIRON[host.ADDRESS].split(","))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait longer than readers do: three nodes on a busy machine may be slow, and test_faults tests the deadlines."""
    monkeypatch.setattr(connection, "ATTEMPT_S", 30.0)
    monkeypatch.setattr(connection, "READ_DEADLINE_S", 60.0)
    monkeypatch.setattr(engine, "SEARCH_S", 120.0)


@pytest.fixture
def nodes(running: Nodes | None) -> Nodes:
    """Nodes that a test may kill and stop."""
    if running is None:
        pytest.skip(f"the cluster of {host.ADDRESS} is not ours to kill")
    return running


@pytest.fixture
async def cluster(urls: tuple[str, ...]) -> AsyncIterator[Cluster]:
    """The cluster, with a name for indices that no other test has."""
    cluster = Cluster(urls, index=f"test{secrets.token_hex(4)}")
    yield cluster
    await asyncio.to_thread(asyncio.run, remove_indices(cluster))


async def remove_indices(cluster: Cluster) -> None:
    """Remove every index of a test."""
    writing = Connection(cluster, is_writer=True)
    try:
        found = await writing.request("GET", f"/{cluster.index}-*/_alias")
        for index in found:
            await writing.request("DELETE", f"/{index}")
    finally:
        await writing.close()


@pytest.fixture
def open_stores(cluster: Cluster) -> OpenStore:
    """Stores over one index of the cluster."""
    return lambda: OpenSearchStore(cluster, None, InlineCpu())
