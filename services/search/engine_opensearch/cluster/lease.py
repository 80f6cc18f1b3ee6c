"""The lease of the writer: one document, taken over when its holder stops renewing it.

Expiry is measured by the clock of the process that waits, from the last change of the document, because clocks of
machines differ. A lease does not stop a holder that slept past its expiry, so its ``term`` also goes into every write
as a version.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from services.search.engine import IndexNotWritable
from services.search.engine_opensearch.cluster.connection import Connection, Refused

#: A holder that has not renewed for this long is gone. Longer than a write may take.
EXPIRY_S = 60.0
#: The largest interval between two renewals while the holder writes.
RENEW_S = 10.0


class Lease:
    """The right of one indexer to write the indices behind ``name``. It outlives the connections that it is given."""

    def __init__(
        self, index: str, name: str, *, clock: Callable[[], float] = time.monotonic, expiry_s: float = EXPIRY_S
    ) -> None:
        self._path = f"/{index}/_doc/{name}"
        self._index = index
        self._clock = clock
        self._expiry_s = expiry_s
        self._owner = secrets.token_hex(8)
        self._seen: tuple[int, int] | None = None
        self._seen_at = 0.0
        self._renewed_at = 0.0
        #: Counts the holders: a write of an earlier holder is rejected.
        self.term = 0

    async def acquire(self, connection: Connection) -> None:
        """Take the lease. Raises IndexNotWritable while another indexer holds it."""
        await self._create_index(connection)
        found = await self._read(connection)
        if found is None:
            return await self._write(connection, 1, {"op_type": "create"})
        place, owner, term = found
        if owner in {"", self._owner}:
            return await self._write(connection, term + 1, _if_at(place))
        if place != self._seen:
            self._seen, self._seen_at = place, self._clock()
        waited = self._clock() - self._seen_at
        if waited < self._expiry_s:
            raise IndexNotWritable("another indexer writes to the cluster: only one may, so this one waits")
        return await self._write(connection, term + 1, _if_at(place))

    async def renew(self, connection: Connection) -> None:
        """Renew the lease. Raises IndexNotWritable if another indexer has taken over."""
        if self._clock() - self._renewed_at < RENEW_S:
            return
        found = await self._read(connection)
        if found is None or found[1:] != (self._owner, self.term):
            raise IndexNotWritable("another indexer has taken over: this one gives up what it was writing")
        await self._write(connection, self.term, _if_at(found[0]))

    async def release(self, connection: Connection) -> None:
        """Release the lease if it is still held."""
        found = await self._read(connection)
        if found is not None and found[1:] == (self._owner, self.term):
            body = {"owner": "", "term": self.term}
            await connection.request("PUT", self._path, body, params=_if_at(found[0]))

    async def _write(self, connection: Connection, term: int, condition: dict[str, str]) -> None:
        try:
            await connection.request("PUT", self._path, {"owner": self._owner, "term": term}, params=condition)
        except Refused as error:
            if error.status != 409:
                raise
            # The response to our own write may have been lost: the document shows who holds the lease.
            found = await self._read(connection)
            if found is None or found[1:] != (self._owner, term):
                raise IndexNotWritable("another indexer was faster: only one may write to the cluster") from error
        self.term = term
        self._renewed_at = self._clock()

    async def _read(self, connection: Connection) -> tuple[tuple[int, int], str, int] | None:
        """``(place, owner, term)`` of the lease, or None before the first."""
        try:
            found = await connection.request("GET", self._path)
        except Refused as error:
            if error.status == 404:
                return None
            raise
        source = found["_source"]
        return (found["_seq_no"], found["_primary_term"]), source["owner"], source["term"]

    async def _create_index(self, connection: Connection) -> None:
        settings = {"number_of_shards": 1, "auto_expand_replicas": "0-2"}
        properties = {"owner": {"type": "keyword"}, "term": {"type": "long"}}
        body = {"settings": settings, "mappings": {"dynamic": "strict", "properties": properties}}
        try:
            await connection.request("PUT", f"/{self._index}", body)
        except Refused as error:
            if error.kind != "resource_already_exists_exception":
                raise


def _if_at(place: tuple[int, int]) -> dict[str, str]:
    return {"if_seq_no": str(place[0]), "if_primary_term": str(place[1])}
