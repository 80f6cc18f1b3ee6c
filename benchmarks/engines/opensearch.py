"""Our engine on a cluster of OpenSearch, through its public port: the same code that serves.

The cluster is the one that PERSPECTIVE_OPENSEARCH_URLS names. Each directory stands for indices of its own in it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from benchmarks import ToolMissing
from benchmarks.engines import EngineKind, Finish, Top, nothing_left
from benchmarks.engines.perspective import query_of
from benchmarks.query import QueryKind
from benchmarks.running.processes import Memory, memory_of
from services.search.engine import IndexUnavailable, SearchEngine, SyncReport
from services.search.engine_opensearch.cluster.connection import Cluster, Connection
from services.search.opening import open_store
from shared.content.article import Article
from shared.search.contract import SearchQuery
from shared.search.encoding import dump_results
from shared.web.settings import Settings, load_settings

NAME = "Perspective on OpenSearch"
URLS = "PERSPECTIVE_OPENSEARCH_URLS"
REMEDY = f"start one with: bash tests/opensearch/host start 3, and name its addresses in {URLS}"


@dataclass(frozen=True, slots=True)
class Footprint:
    """The index on the nodes: shards, and the bytes of all replicas.

    ``memory`` is that of all nodes, or None if they are on other machines.
    """

    nodes: int
    shards: int
    index_bytes: int
    memory: Memory | None


class OpenSearch:
    """The open engine, with an event loop that its connections belong to."""

    def __init__(self, runner: asyncio.Runner, engine: SearchEngine) -> None:
        self._runner = runner
        self._engine = engine

    def prepared(self, kind: QueryKind, text: str) -> Callable[[], Top]:
        """See Engine. A cluster does not rank alone: this is the whole answer."""
        query = query_of(kind, text)
        return lambda: [hit.slug for hit in self._runner.run(self._engine.search(query)).hits]

    def answer(self, text: str) -> dict[str, Any]:
        """See Engine."""
        results = self._runner.run(self._engine.search(SearchQuery(text)))
        found: dict[str, Any] = orjson.loads(dump_results(results))
        return found


def environ_of(directory: Path) -> dict[str, str]:
    """The settings of a service that searches the indices which ``directory`` stands for."""
    name = hashlib.sha256(str(directory).encode()).hexdigest()[:12]
    given = {name: value for name, value in os.environ.items() if name.startswith("PERSPECTIVE_OPENSEARCH_")}
    return {**given, "PERSPECTIVE_SEARCH_ENGINE": "opensearch", "PERSPECTIVE_OPENSEARCH_INDEX": f"bench{name}"}


def sync(articles: Sequence[Article], directory: Path) -> SyncReport:
    """Index ``articles`` until readers are answered from it. Indexed articles stay."""
    return open_store(_settings(directory)).sync(articles)


def build(articles: Sequence[Article], directory: Path) -> None:
    """Index ``articles``; see ``sync``."""
    sync(articles, directory)


def open_index(directory: Path) -> OpenSearch:
    """Open the newest generation."""
    runner = asyncio.Runner()
    return OpenSearch(runner, runner.run(open_store(_settings(directory)).open()))


def change(directory: Path, articles: Sequence[Article], _changed: Article) -> Finish:
    """Bring the index up to ``articles``, by comparing digests as the service does."""
    build(articles, directory)
    return nothing_left


def check_cluster() -> None:
    """Raise ToolMissing if no cluster answers."""
    try:
        _ask(Path(), "GET", "/")
    except IndexUnavailable as error:
        raise ToolMissing(f"{error}: {REMEDY}") from error


def footprint(directory: Path) -> Footprint:
    """The indices of ``directory`` on the nodes."""
    nodes = _ask(directory, "GET", "/_nodes/process")["nodes"].values()
    prefix = _settings(directory).opensearch_index
    stats = _ask(directory, "GET", f"/{prefix}-*/_stats/store")
    shards = _ask(directory, "GET", f"/_cluster/health/{prefix}-*")["active_primary_shards"]
    return Footprint(
        nodes=len(nodes),
        shards=shards - 1,  # the lease is an index as well
        index_bytes=stats["_all"]["total"]["store"]["size_in_bytes"],
        memory=_memory([node["process"]["id"] for node in nodes]) if _is_here(directory) else None,
    )


def _memory(processes: Sequence[int]) -> Memory:
    """What all ``processes`` keep resident. Mapped files that they share count for each."""
    found = [memory_of(process) for process in processes]
    return Memory(sum(one.resident for one in found), sum(one.own for one in found))


def _is_here(directory: Path) -> bool:
    hosts = {urlsplit(url).hostname for url in _settings(directory).opensearch_urls.split(",")}
    return hosts <= {"127.0.0.1", "::1", "localhost"}


def processor_s() -> float:
    """Seconds of processor time that the nodes have used since they started."""
    nodes = _ask(Path(), "GET", "/_nodes/stats/process")["nodes"].values()
    return float(sum(node["process"]["cpu"]["total_in_millis"] for node in nodes)) / 1000.0


def remove(directory: Path) -> None:
    """Remove the indices of ``directory`` from the cluster."""
    for index in _ask(directory, "GET", f"/{_settings(directory).opensearch_index}-*/_alias"):
        _ask(directory, "DELETE", f"/{index}")


def _settings(directory: Path) -> Settings:
    return load_settings(environ_of(directory))


def _ask(directory: Path, method: str, path: str) -> Any:
    """The answer of the cluster. Raises IndexUnavailable."""
    settings = _settings(directory)

    async def ask() -> Any:
        connection = Connection(Cluster(tuple(settings.opensearch_urls.split(","))), is_writer=True)
        try:
            return await connection.request(method, path)
        finally:
            await connection.close()

    return asyncio.run(ask())


KIND = EngineKind(NAME, build, open_index, change)
