"""Publish an index to readers, and remove the indices that it replaces.

One request that names both indices switches the alias: of two writers only one succeeds.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from services.search.engine import IndexNotWritable, IndexUnavailable
from services.search.engine_opensearch.cluster.connection import Connection, Refused
from shared.process.logger import get_logger

log = get_logger("index")

#: Seconds to wait for the copies of a new index before it is published without all of them: a large index is copied at
#: 40 MB a second (indices.recovery.max_bytes_per_sec). The wait is split, so that the lease is renewed in between.
GREEN_S = 20
MAX_WAITS = 30
#: Age from which an index of another version without an alias is removed: a younger one may still be in progress.
UNFINISHED_S = 24 * 3600.0


async def index_behind(connection: Connection, alias: str) -> str | None:
    """The index behind ``alias``, or None."""
    try:
        # Without index names in the path, the security plugin asks for rights on all indices.
        return next(iter(await connection.request("GET", f"/{alias}-*/_alias/{alias}")), None)
    except Refused as error:
        if error.status == 404:
            return None
        raise


async def refresh(connection: Connection, index: str) -> None:
    """Refresh the index on every copy, which publishes its writes. Raises IndexNotWritable if a copy failed."""
    shards = (await connection.request("POST", f"/{index}/_refresh"))["_shards"]
    if shards["failed"]:
        raise IndexNotWritable(f"{shards['failed']} copies of the index did not publish the change")


async def complete(connection: Connection, index: str, articles: int, between: Callable[[], Awaitable[None]]) -> None:
    """Prepare a new index for searches: it has ``articles``, and each node gets a copy.

    ``between`` is called while copies are made. Raises IndexNotWritable.
    """
    await refresh(connection, index)
    counted = await connection.request("POST", f"/{index}/_count", {"query": {"term": {"kind": "article"}}})
    if counted["count"] != articles or counted["_shards"]["successful"] < counted["_shards"]["total"]:
        raise IndexNotWritable(f"the new index has {counted['count']} of {articles} articles: it is not published")
    # Copies are then made of its files. Without it, each node would index every document once more.
    await connection.request("POST", f"/{index}/_flush")
    await connection.request("PUT", f"/{index}/_settings", {"index": {"auto_expand_replicas": "0-2"}})
    await _wait_for_copies(connection, index, between)


async def swap(connection: Connection, alias: str, before: str | None, index: str) -> None:
    """Switch ``alias`` to ``index``, unless it has left ``before`` meanwhile. Raises Refused."""
    actions: list[dict[str, Any]] = [{"add": {"index": index, "alias": alias}}]
    if before is not None:
        actions.insert(0, {"remove": {"index": before, "alias": alias, "must_exist": True}})
    await connection.request("POST", "/_aliases", {"actions": actions})


async def _wait_for_copies(connection: Connection, index: str, between: Callable[[], Awaitable[None]]) -> None:
    # In the path, because the client uses the parameter of that name for itself.
    path = f"/_cluster/health/{index}?wait_for_status=green&wait_for_no_initializing_shards=true&timeout={GREEN_S}s"
    for _ in range(MAX_WAITS):
        try:
            await connection.request("GET", path)
        except Refused:  # 408
            await between()
        else:
            return
    log.warning("published without all copies: the cluster has not made them yet", index=index)


async def remove_leftovers(connection: Connection, prefix: str, alias: str, keep: str | None) -> None:
    """Remove unfinished builds and replaced indices except ``keep``, and all but the newest index of other versions.

    The newest index of another version may belong to a release that still runs during a rolling upgrade.
    """
    others: list[tuple[int, str]] = []
    found = await connection.request("GET", f"/{prefix}-*?expand_wildcards=open")
    for index, about in found.items():
        if index in {keep, f"{prefix}-lease"} or index.startswith(f"{prefix}-vectors-"):
            continue
        created_ms = int(about["settings"]["index"]["creation_date"])
        if index.startswith(f"{alias}-") or (not about["aliases"] and is_old(created_ms / 1000.0)):
            await remove(connection, index)
        elif about["aliases"]:
            others.append((created_ms, index))
    for _, index in sorted(others)[:-1]:
        await remove(connection, index)


def is_old(created_s: float) -> bool:
    """Whether a build begun then would have finished by now."""
    return time.time() - created_s > UNFINISHED_S


async def remove(connection: Connection, index: str) -> None:
    """Remove an index. After a failure, the next sync tries again."""
    try:
        await connection.request("DELETE", f"/{index}", params={"ignore_unavailable": "true"})
    except (Refused, IndexUnavailable) as error:
        log.warning("an index is left over, and is removed by the next sync", index=index, error=str(error))
