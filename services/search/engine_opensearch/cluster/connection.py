"""Requests to the cluster: one client per event loop, deadlines, and one error for any failure.

    IndexUnavailable
        ClusterUnavailable    the cluster cannot be reached: the message is the reason for an operator
            NotReached        no connection could be made: the request was never sent
            NotAccepted       the account or the certificate is rejected: an operator can correct the files
        NoIndex               the cluster has no index of this schema
    Refused                   OpenSearch rejected a request: its status and kind tell the cause

Reading and writing need different clients. A read goes to the next node when one hangs. A write is sent once: sent
again after a lost answer, it would meet its own result.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from aiohttp import ClientConnectorError
from opensearchpy import AsyncOpenSearch, JSONSerializer
from opensearchpy.exceptions import (
    ConnectionError as NoConnection,
)
from opensearchpy.exceptions import (
    ConnectionTimeout,
    OpenSearchException,
    SerializationError,
    SSLError,
    TransportError,
)

from services.search.credentials import UnusableFile, load_authorities, read_secret
from services.search.engine import IndexUnavailable, Overloaded
from shared.telemetry.tracing import stage

#: Seconds for a read on one node before the next one is tried, and for all attempts together.
ATTEMPT_S = 1.2
READ_DEADLINE_S = 2.5
#: A write waits for every copy, so it may have to outlast a node that hangs until the cluster drops it.
WRITE_TIMEOUT_S = 45.0
#: Seconds for which a node that did not answer is skipped; doubled after each further failure.
DEAD_S = 5.0
#: Reads in flight at a time.
MAX_IN_FLIGHT = 128
#: After this many consecutive failures, reads fail at once; one per second is let through as a probe.
OPEN_AFTER = 5
PROBE_S = 1.0
#: Errors by which OpenSearch reports that it must not write: the disk is (nearly) full.
BLOCKED = frozenset({"cluster_block_exception", "index_create_block_exception"})


class ClusterUnavailable(IndexUnavailable):
    """The cluster cannot be reached; the message is the reason for an operator."""


class NotReached(ClusterUnavailable):
    """No connection could be made: the request was never sent."""


class NotAccepted(ClusterUnavailable):
    """The cluster rejects the account, or its certificate is rejected here: an operator can correct the files."""


class NoIndex(IndexUnavailable):
    """The cluster has no index of this schema."""


class Refused(Exception):
    """OpenSearch rejected a request with the HTTP ``status`` and the error type ``kind``."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(f"{status} {kind}: {message}")
        self.status = status
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Cluster:
    """The address of the cluster and the credentials. ``index`` is the prefix of its index names."""

    urls: tuple[str, ...]
    index: str = "perspective"
    user: str = ""
    password_file: Path | None = None
    token_file: Path | None = None
    ca_file: Path | None = None


class _Orjson(JSONSerializer):
    """JSON by orjson. Bytes are taken as encoded JSON."""

    def dumps(self, data: Any) -> Any:
        return data if isinstance(data, bytes | str) else orjson.dumps(data)

    def loads(self, s: Any) -> Any:
        try:
            return orjson.loads(s)
        except orjson.JSONDecodeError as error:
            raise SerializationError(s, error) from error


@dataclass(slots=True)
class Connection:
    """Requests of one event loop. ``is_writer`` sends each once and waits long."""

    cluster: Cluster
    is_writer: bool = False
    _client: AsyncOpenSearch | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _in_flight: int = 0
    _failures: int = 0
    _probe_at: float = 0.0
    #: Why the last read failed.
    _reason: str = ""

    async def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a request and return the answer. Raises Refused, ClusterUnavailable, Overloaded."""
        operation = next((part for part in path.split("?", maxsplit=1)[0].split("/") if part.startswith("_")), "index")
        with stage(f"opensearch {operation}", "client") as span:
            span.set("db.system.name", "opensearch")
            span.set("db.operation.name", operation)
            span.set("http.request.method", method)
            return await self._request(method, path, body, params, headers)

    async def _request(
        self,
        method: str,
        path: str,
        body: object,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> Any:
        client = await self._opened()
        options: dict[str, Any] = {"params": {**(params or {})}, "body": body, "headers": headers}
        try:
            if self.is_writer:
                return await self._write(client, method, path, options)
            return await self._read(client, method, path, options)
        except NotAccepted:  # the files are read again for the next request
            await self.close()
            raise

    async def _read(self, client: AsyncOpenSearch, method: str, path: str, options: dict[str, Any]) -> Any:
        """Retry until the deadline. After consecutive failures only one request per second is sent."""
        loop = asyncio.get_running_loop()
        if self._in_flight >= MAX_IN_FLIGHT:
            raise Overloaded("the cluster is asked more than it answers: ask again in a second")
        if self._failures >= OPEN_AFTER:
            if loop.time() < self._probe_at:
                raise ClusterUnavailable(self._reason)
            self._probe_at = loop.time() + PROBE_S
        self._in_flight += 1
        try:
            async with asyncio.timeout(READ_DEADLINE_S):
                answer = await _translated(client.transport.perform_request(method, path, **options), self.cluster)
        except TimeoutError as error:
            reason = f"the cluster did not answer within {READ_DEADLINE_S:g} s"
            self._failed(loop, reason)
            raise ClusterUnavailable(reason) from error
        except ClusterUnavailable as error:
            self._failed(loop, str(error))
            raise
        finally:
            self._in_flight -= 1
        self._failures = 0
        return answer

    async def _write(self, client: AsyncOpenSearch, method: str, path: str, options: dict[str, Any]) -> Any:
        """Send once. Only a node that cannot be connected to is skipped for the next."""
        for attempts_left in reversed(range(len(self.cluster.urls))):
            try:
                return await _translated(client.transport.perform_request(method, path, **options), self.cluster)
            except NotReached:
                if not attempts_left:
                    raise
        raise AssertionError("unreachable")

    def _failed(self, loop: asyncio.AbstractEventLoop, reason: str) -> None:
        self._failures += 1
        self._reason = reason
        self._probe_at = loop.time() + PROBE_S

    async def _opened(self) -> AsyncOpenSearch:
        async with self._opening:
            if self._client is None:
                self._client = await self._open()
            return self._client

    async def _open(self) -> AsyncOpenSearch:
        try:
            options = await asyncio.to_thread(_credentials, self.cluster)
        except UnusableFile as error:
            raise ClusterUnavailable(str(error)) from error
        for name in ("opensearch", "opensearchpy.trace"):  # a line for each request, with what readers typed
            logging.getLogger(name).setLevel(logging.CRITICAL)
        retries: dict[str, Any] = (
            {"max_retries": 0} if self.is_writer else {"max_retries": max(2, len(self.cluster.urls) - 1)}
        )
        return AsyncOpenSearch(
            hosts=list(self.cluster.urls),
            serializer=_Orjson(),
            timeout=WRITE_TIMEOUT_S if self.is_writer else ATTEMPT_S,
            retry_on_timeout=not self.is_writer,
            retry_on_status=() if self.is_writer else (502, 504),
            dead_timeout=DEAD_S,
            maxsize=MAX_IN_FLIGHT,
            **retries,
            **options,
        )

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()
            # Connections of skipped nodes are not among those that the client closes.
            for connection in getattr(client.transport.connection_pool, "orig_connections", ()):
                await connection.close()


def _credentials(cluster: Cluster) -> dict[str, Any]:
    """The client's options for accounts and certificates. Reads files. Raises UnusableFile."""
    options: dict[str, Any] = {}
    if cluster.token_file:
        token = read_secret("PERSPECTIVE_OPENSEARCH_TOKEN_FILE", cluster.token_file)
        options["headers"] = {"Authorization": f"Bearer {token}"}
    elif cluster.user:
        password = ""
        if cluster.password_file:
            password = read_secret("PERSPECTIVE_OPENSEARCH_PASSWORD_FILE", cluster.password_file)
        options["http_auth"] = (cluster.user, password)
    if any(url.startswith("https:") for url in cluster.urls):
        # A CA file replaces the authorities of the system: the client alone would add it to them.
        options["ssl_context"] = load_authorities("PERSPECTIVE_OPENSEARCH_CA_FILE", cluster.ca_file)
    return options


async def _translated(request: Any, cluster: Cluster) -> Any:
    """Await ``request``, and translate its errors into the errors of this module."""
    try:
        return await request
    except SerializationError as error:
        raise ClusterUnavailable("the address does not answer as OpenSearch does: is it another server?") from error
    except (ConnectionTimeout, SSLError, NoConnection) as error:
        raise _unreachable(error, cluster) from error
    except TransportError as error:
        raise _refusal(error) from error
    except OpenSearchException as error:
        raise ClusterUnavailable(f"the cluster cannot be asked: {error}") from error


def _unreachable(error: TransportError, cluster: Cluster) -> ClusterUnavailable:
    """The error for a request that got no response."""
    cause = error.info if isinstance(error.info, BaseException) else error
    name = type(cause).__name__
    if "Certificate" in name or isinstance(cause, ssl.SSLError) or "SSL" in name:
        return NotAccepted(f"the cluster's certificate is not accepted (PERSPECTIVE_OPENSEARCH_CA_FILE): {cause}")
    if isinstance(error, ConnectionTimeout):
        return ClusterUnavailable("the cluster does not answer in time")
    kind = NotReached if isinstance(cause, ClientConnectorError) else ClusterUnavailable
    return kind(f"no address of PERSPECTIVE_OPENSEARCH_URLS answers ({', '.join(cluster.urls)}): {cause}")


def _refusal(error: TransportError) -> Exception:
    """The error for a response with an error status."""
    status = error.status_code if isinstance(error.status_code, int) else 0
    kind, message = _kind_of(error)
    if status in {401, 403} and kind not in BLOCKED:
        return NotAccepted(
            "the cluster refuses the account (PERSPECTIVE_OPENSEARCH_USER, _PASSWORD_FILE or _TOKEN_FILE)"
        )
    if status == 503 or (status == 500 and "Time exceeded" in message):
        return ClusterUnavailable(f"shards of the index are missing or too slow: {message or kind}")
    if status in {502, 504}:
        return ClusterUnavailable(f"the proxy in front of the cluster answers {status}")
    return Refused(status, kind, message)


def _kind_of(error: TransportError) -> tuple[str, str]:
    """The type and the reason in an OpenSearch error."""
    info = error.info if isinstance(error.info, dict) else {}
    problem = info.get("error")
    if not isinstance(problem, dict):
        return str(error.error), str(problem or "")
    causes = problem.get("root_cause") or [problem]
    return str(problem.get("type", "")), str(causes[0].get("reason", problem.get("reason", "")))
