"""Searches of one index behind an alias: always of all shards, and across a switch of the alias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.search.engine_opensearch.cluster.connection import ClusterUnavailable, Connection, Refused
from services.search.engine_opensearch.finding.answer import Answer, checked
from services.search.engine_opensearch.finding.queries import Query

#: Any copy is complete, so a node may answer from its own.
OWN_COPY = {"preference": "_local"}


class IndexReader:
    """The index behind ``alias``, as searches see it."""

    def __init__(self, connection: Connection, alias: str) -> None:
        self._connection = connection
        self._alias = alias

    async def search(self, body: Mapping[str, Any]) -> Answer:
        """Search the whole index. Raises ClusterUnavailable."""
        params = {"allow_partial_search_results": "false", **OWN_COPY}
        return checked(await self._request("POST", "_search", body, params))

    async def count(self, queries: Sequence[Query]) -> list[int]:
        """Count the documents that match each of ``queries``, in one request. Raises ClusterUnavailable."""
        if not queries:
            return []
        aggregations = {str(number): {"filter": query} for number, query in enumerate(queries)}
        answer = await self.search({"size": 0, "track_total_hits": False, "aggs": aggregations})
        return [answer["aggregations"][str(number)]["doc_count"] for number in range(len(queries))]

    async def documents(self, ids: Sequence[str], fields: Sequence[str]) -> list[Answer]:
        """``fields`` of the stored sources of documents, in order; {} for a missing document."""
        params = {"_source_includes": ",".join(fields), "realtime": "false", **OWN_COPY}
        answer = await self._request("POST", "_mget", {"ids": ids}, params)
        return [document.get("_source", {}) for document in answer["docs"]]

    async def size_bytes(self) -> int:
        """The size of the index without its copies."""
        stats = await self._request("GET", "_stats/store", None, {})
        size: int = stats["_all"]["primaries"]["store"]["size_in_bytes"]
        return size

    async def _request(self, method: str, action: str, body: object, params: dict[str, str]) -> Answer:
        path = f"/{self._alias}/{action}"
        try:
            answer: Answer = await self._once_more(method, path, body, params)
        except Refused as error:
            raise ClusterUnavailable(f"the cluster refused a search: {error}") from error
        return answer

    async def _once_more(self, method: str, path: str, body: object, params: dict[str, str]) -> Any:
        try:
            return await self._connection.request(method, path, body, params=params)
        except Refused as error:
            if error.status != 404:
                raise
        # The alias may just have been switched to another index.
        return await self._connection.request(method, path, body, params=params)
