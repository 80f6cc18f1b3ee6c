"""Snapshots of vectors in the cluster, written by one indexer at a time: see SnapshotStore of the package semantic.

The vectors have an index of their own, so that a new index of documents needs no new vectors. A snapshot is a bulk of
the differences from the last one, then its name, then one refresh.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from services.search.engine import IndexNotWritable
from services.search.engine_opensearch.cluster.bulk import action, send
from services.search.engine_opensearch.cluster.connection import Cluster, Connection, Refused
from services.search.engine_opensearch.cluster.lease import Lease
from services.search.engine_opensearch.indexes.generation import ARTICLE, BUILDING, GENERATION
from services.search.engine_opensearch.semantic.vectors import (
    ArticleVectors,
    VectorState,
    alias_of,
    create_body,
    join,
    read_state,
    read_vectors,
    split,
)
from services.search.semantic.table import VectorTable
from shared.process.logger import get_logger

T = TypeVar("T")

#: Articles whose vectors are read per request: some hundred kilobytes.
PAGE = 200

log = get_logger("semantic")


class ClusterVectors:
    """The vectors of one site in the cluster. It keeps no connection, and may be used by one thread only."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._lease = Lease(f"{cluster.index}-lease", "vectors")
        #: The contents of the cluster: the state, and a digest for each article.
        self._state: VectorState | None = None
        self._digests: dict[str, str] = {}

    @property
    def limits(self) -> str:
        """See SnapshotStore."""
        if self._state is None or self._state.has_knn:
            return ""
        return "; articles that no word leads to are not found: the cluster lacks the k-NN plugin"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write for as long as the context lasts. Raises IndexNotWritable, IndexUnavailable."""
        self._run(self._lease.acquire)
        try:
            yield
        finally:
            self._run(self._lease.release)

    def open(self, model: str) -> VectorTable | None:
        """All vectors that ``model`` made; None if the cluster has none. Raises IndexUnavailable."""
        self._state, self._digests = None, {}
        return self._run(lambda connection: self._open(connection, alias_of(self._cluster.index, model)))

    def write(self, table: VectorTable, total: int) -> None:
        """Make the index hold exactly ``table``, with vectors of some of ``total`` passages.

        Raises IndexNotWritable and IndexUnavailable.
        """
        self._run(lambda connection: self._write(connection, table, total))

    def remove(self) -> None:
        """Remove the vectors of every model. Raises IndexUnavailable."""
        self._state, self._digests = None, {}
        self._run(lambda connection: self._remove_others(connection, ""))

    def _run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async def run() -> T:
            connection = Connection(self._cluster, is_writer=True)
            try:
                return await work(connection)
            except Refused as error:
                raise IndexNotWritable(f"the cluster refuses the vectors: {error}") from error
            finally:
                await connection.close()

        return asyncio.run(run())

    async def _open(self, connection: Connection, alias: str) -> VectorTable | None:
        try:
            found = await connection.request("GET", f"/{alias}/_doc/{GENERATION}")
        except Refused as error:
            if error.status == 404:
                return None
            raise
        self._state = read_state(found["_source"])
        await connection.request("POST", f"/{alias}/_refresh")
        articles = await self._articles(connection, alias)
        self._digests = {one.rows.slug: digest_of(one) for one in articles}
        return join(articles, self._state.name, self._state.model)

    async def _articles(self, connection: Connection, alias: str) -> list[ArticleVectors]:
        found: list[ArticleVectors] = []
        after: list[Any] = []
        while True:
            body = {
                "size": PAGE,
                "query": {"exists": {"field": "slug"}},
                "_source": False,
                "docvalue_fields": ["slug", "rows"],
                "sort": [{"slug": "asc"}],
                **({"search_after": after} if after else {}),
            }
            hits = (await connection.request("POST", f"/{alias}/_search", body))["hits"]["hits"]
            found += [read_vectors(hit["fields"]) for hit in hits]
            if len(hits) < PAGE:
                return found
            after = hits[-1]["sort"]

    async def _write(self, connection: Connection, table: VectorTable, total: int) -> None:
        if self._state is None and not len(table.vectors):
            return  # no vectors exist yet
        alias = alias_of(self._cluster.index, table.model)
        await self._lease.renew(connection)
        articles = {one.rows.slug: one for one in split(table)}
        state = await self._prepared(connection, alias, table)
        digests = {slug: digest_of(one) for slug, one in articles.items()}
        changed = [slug for slug, digest in digests.items() if self._digests.get(slug) != digest]
        gone = [slug for slug in self._digests if slug not in digests]
        after = replace(state, name=secrets.token_hex(6), done=len(table.vectors), total=total)
        if not changed and not gone and (state.done, state.total) == (after.done, after.total):
            return
        await self._name(connection, alias, replace(after, name=BUILDING + after.name))
        term = self._lease.term
        bodies = ((slug, articles[slug].body(has_knn=state.has_knn)) for slug in changed)
        writes = [action(alias, ARTICLE + slug, body, term, is_edit=True) for slug, body in bodies]
        removals = [action(alias, ARTICLE + slug, None, term) for slug in gone]
        await send(connection, [*writes, *removals], lambda: self._lease.renew(connection))
        await self._name(connection, alias, after)
        await connection.request("POST", f"/{alias}/_refresh")
        self._state, self._digests = after, digests
        if after.done == total:
            await self._remove_others(connection, alias)

    async def _name(self, connection: Connection, alias: str, state: VectorState) -> None:
        await send(connection, [action(alias, GENERATION, state.body(), self._lease.term, is_edit=True)], None)

    async def _prepared(self, connection: Connection, alias: str, table: VectorTable) -> VectorState:
        """The state of an index for ``table``: a new one if there is none, or if k-NN has become available."""
        state = self._state
        if state is not None and state.has_knn:
            return state
        dimensions = max(table.vectors.shape[1], 1)
        index, has_knn = f"{alias}-{secrets.token_hex(4)}", True
        try:
            await connection.request("PUT", f"/{index}", create_body(dimensions, has_knn=True))
        except Refused as error:
            if error.status != 400:
                raise
            if state is not None:
                return state
            has_knn = False
            await connection.request("PUT", f"/{index}", create_body(dimensions, has_knn=False))
        actions: list[dict[str, Any]] = [{"add": {"index": index, "alias": alias}}]
        if state is not None:
            actions.insert(0, {"remove": {"index": f"{alias}-*", "alias": alias}})
        await connection.request("POST", "/_aliases", {"actions": actions})
        self._state, self._digests = VectorState("", table.model, 0, 0, has_knn), {}
        return self._state

    async def _remove_others(self, connection: Connection, alias: str) -> None:
        """Remove the vectors of other models, and replaced indices."""
        path = f"/{self._cluster.index}-vectors-*/_alias"
        for index, about in (await connection.request("GET", path)).items():
            if alias not in about["aliases"]:
                await connection.request("DELETE", f"/{index}")


def digest_of(one: ArticleVectors) -> str:
    """The name of the contents of an article's document."""
    about = repr((one.rows.anchors, one.rows.digest)).encode()
    return hashlib.sha256(about + one.keys.tobytes()).hexdigest()
