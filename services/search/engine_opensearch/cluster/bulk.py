"""Bulk requests: every item is checked; items that were rejected for lack of capacity or lost are sent again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from services.search.engine import IndexNotWritable
from services.search.engine_opensearch.cluster.connection import BLOCKED, ClusterUnavailable, Connection, Refused
from shared.process.logger import get_logger

log = get_logger("index")

#: The largest request, in bytes and in documents.
CHUNK_BYTES = 4 << 20
CHUNK_DOCUMENTS = 500
#: Pauses before a document that the cluster had no capacity for is sent again; each is twice the last.
FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 30.0
MAX_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Action:
    """One document to write, or with ``body`` None to delete.

    A write with a lower ``term`` than the last one of its document is refused. With ``is_edit`` the index must be an
    alias: a late edit would create an index of that name.
    """

    index: str
    id: str
    body: dict[str, Any] | None
    term: int = 1
    is_edit: bool = False

    def lines(self) -> bytes:
        """The lines of a bulk request."""
        where: dict[str, Any] = {"_index": self.index, "_id": self.id, "version": self.term}
        where["version_type"] = "external_gte"
        if self.body is None:
            return orjson.dumps({"delete": where}) + b"\n"
        if self.is_edit:
            where["require_alias"] = True
        return orjson.dumps({"index": where}) + b"\n" + orjson.dumps(self.body) + b"\n"


async def send(
    connection: Connection, actions: Iterable[Action], between: Callable[[], Awaitable[None]] | None
) -> None:
    """Write all ``actions``, calling ``between`` after each request. Raises IndexNotWritable, naming the document."""
    for chunk in _chunks(actions):
        waiting = chunk
        for attempt in range(MAX_ATTEMPTS):
            waiting = await _send(connection, waiting)
            if not waiting:
                break
            pause_s = min(MAX_PAUSE_S, FIRST_PAUSE_S * 2**attempt)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
        else:
            raise IndexNotWritable(
                "the cluster has accepted no writes for minutes: does it answer, and is it large enough?"
            )
        if between is not None:
            await between()


async def _send(connection: Connection, chunk: list[tuple[Action, bytes]]) -> list[tuple[Action, bytes]]:
    """Send one request; return the actions that were rejected for lack of capacity."""
    body = b"".join(lines for _, lines in chunk)
    try:
        answer = await connection.request("POST", "/_bulk", body, headers={"content-type": "application/x-ndjson"})
    except ClusterUnavailable as error:
        # The outcome is unknown. A repeated write gives the same result: identifiers and versions are ours.
        log.warning("a bulk request is sent again", error=str(error))
        return chunk
    except Refused as error:
        if error.status == 413 and len(chunk) > 1:
            half = len(chunk) // 2
            return [*await _send(connection, chunk[:half]), *await _send(connection, chunk[half:])]
        if error.status == 429 and error.kind not in BLOCKED:
            return chunk
        raise
    return _refused(chunk, answer["items"]) if answer["errors"] else []


def _refused(chunk: list[tuple[Action, bytes]], items: list[dict[str, Any]]) -> list[tuple[Action, bytes]]:
    """The items of ``chunk`` to send again, by their results. Raises IndexNotWritable and Refused for other errors."""
    again = []
    for one, item in zip(chunk, items, strict=True):
        (kind, result), *_ = item.items()
        if result["status"] < 300 or (kind == "delete" and result["status"] == 404):
            continue
        problem = result.get("error", {})
        if problem.get("type") in BLOCKED:
            raise Refused(result["status"], problem["type"], str(problem.get("reason")))
        if result["status"] == 429:
            again.append(one)
            continue
        if result["status"] == 409:
            raise IndexNotWritable("another indexer has taken over: this one gives up what it was writing")
        raise IndexNotWritable(f"{one[0].id}: OpenSearch refused the document: {problem.get('reason', problem)}")
    return again


def _chunks(actions: Iterable[Action]) -> Iterator[list[tuple[Action, bytes]]]:
    chunk: list[tuple[Action, bytes]] = []
    size = 0
    for action in actions:
        lines = action.lines()
        if chunk and (size + len(lines) > CHUNK_BYTES or len(chunk) >= CHUNK_DOCUMENTS):
            yield chunk
            chunk, size = [], 0
        chunk.append((action, lines))
        size += len(lines)
    if chunk:
        yield chunk
