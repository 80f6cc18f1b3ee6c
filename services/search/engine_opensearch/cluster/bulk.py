"""Bulk requests: every item is checked; items that were rejected for lack of capacity or lost are sent again."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Iterator
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
#: Batches of a full build that are being written at a time: a node writes the documents of one request one by one.
BATCHES_IN_FLIGHT = 2
#: Pauses, in seconds, before a document is sent again that the cluster had no capacity for; each is twice the last.
FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 30.0
MAX_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Action:
    """The lines of a bulk request that write or delete the document ``id``."""

    id: str
    lines: bytes


def action(index: str, name: str, body: dict[str, Any] | None, term: int = 1, *, is_edit: bool = False) -> Action:
    """The action that writes ``body`` as the document ``name``, or with ``body`` None deletes it.

    A write with a lower ``term`` than the last one of its document is refused. With ``is_edit`` the index must be an
    alias: a late edit would create an index of that name.
    """
    where: dict[str, Any] = {"_index": index, "_id": name, "version": term, "version_type": "external_gte"}
    if body is None:
        return Action(name, orjson.dumps({"delete": where}) + b"\n")
    if is_edit:
        where["require_alias"] = True
    return Action(name, orjson.dumps({"index": where}) + b"\n" + orjson.dumps(body) + b"\n")


async def send_all(
    connection: Connection,
    batches: AsyncIterable[Iterable[Action]],
    between: Callable[[], Awaitable[None]] | None,
) -> None:
    """Write ``batches`` by ``send``, BATCHES_IN_FLIGHT at a time. Raises what ``send`` raises."""
    running: deque[asyncio.Task[None]] = deque()
    try:
        async for actions in batches:
            if len(running) == BATCHES_IN_FLIGHT:
                await running.popleft()
            running.append(asyncio.create_task(send(connection, actions, between)))
        while running:
            await running.popleft()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


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


async def _send(connection: Connection, chunk: list[Action]) -> list[Action]:
    """Send one request; return the actions that were rejected for lack of capacity."""
    body = b"".join(one.lines for one in chunk)
    try:
        answer = await connection.request("POST", "/_bulk", body, headers={"content-type": "application/x-ndjson"})
    except ClusterUnavailable as error:
        # The outcome is unknown. A repeated write gives the same result: identifiers and versions are ours.
        log.warning("a bulk request is sent again", error=str(error))
        return chunk
    except Refused as error:
        if error.status == 413:
            return await _send_halves(connection, chunk)
        if error.status == 429 and error.kind not in BLOCKED:
            return chunk
        raise
    return _refused(chunk, answer["items"]) if answer["errors"] else []


async def _send_halves(connection: Connection, chunk: list[Action]) -> list[Action]:
    """Send ``chunk``, which a proxy in front of the cluster found too large, in two requests."""
    half = len(chunk) // 2
    if not half:
        raise IndexNotWritable(
            f"{chunk[0].id}: a proxy in front of the cluster refuses its {len(chunk[0].lines):,} bytes: raise the "
            "largest size of a request (client_max_body_size of nginx)"
        )
    return [*await _send(connection, chunk[:half]), *await _send(connection, chunk[half:])]


def _refused(chunk: list[Action], items: list[dict[str, Any]]) -> list[Action]:
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
        raise IndexNotWritable(f"{one.id}: OpenSearch refused the document: {problem.get('reason', problem)}")
    return again


def _chunks(actions: Iterable[Action]) -> Iterator[list[Action]]:
    chunk: list[Action] = []
    size = 0
    for one in actions:
        if chunk and (size + len(one.lines) > CHUNK_BYTES or len(chunk) >= CHUNK_DOCUMENTS):
            yield chunk
            chunk, size = [], 0
        chunk.append(one)
        size += len(one.lines)
    if chunk:
        yield chunk
