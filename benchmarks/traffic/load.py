"""A load generator: keep-alive connections that each send the next request when the last answer is complete.

Its own, because it checks what comes back and times every request by itself. It runs on another core than the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import cast

import uvloop

from benchmarks import InvalidMeasurement


@dataclass(frozen=True, slots=True)
class Load:
    """The result of a load: the latency of each request, and the total time, in seconds."""

    latencies: tuple[float, ...]
    seconds: float

    @property
    def throughput(self) -> float:
        """Requests per second."""
        return len(self.latencies) / self.seconds


def run_load(port: int, targets: Sequence[str], *, connections: int, requests: int) -> Load:
    """Send ``requests`` requests for ``targets`` in turn. Raises InvalidMeasurement for an answer other than 200."""
    queue = _Queue([_request(target) for target in targets], requests)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(port, queue, connections))


@dataclass(slots=True)
class _Queue:
    """The requests still to be sent; all connections take from it."""

    requests: list[bytes]
    left: int
    at: int = 0

    def take(self) -> bytes | None:
        if self.left == 0:
            return None
        self.left -= 1
        self.at += 1
        return self.requests[self.at % len(self.requests)]


def _request(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n".encode("ascii")


async def _run(port: int, queue: _Queue, connections: int) -> Load:
    loop = asyncio.get_running_loop()
    clients = [
        (
            await loop.create_connection(
                lambda: _Client(loop.create_future(), loop.create_future(), queue), "127.0.0.1", port
            )
        )[1]
        for _ in range(connections)
    ]
    started = perf_counter()
    for client in clients:
        client.send_next()
    try:
        await asyncio.gather(*(client.done for client in clients))
        seconds = perf_counter() - started
    finally:
        await _close(clients)
    return Load(tuple(latency for client in clients for latency in client.latencies), seconds)


async def _close(clients: Sequence[_Client]) -> None:
    for client in clients:
        client.abort()
    await asyncio.gather(*(client.lost for client in clients))


class _Client(asyncio.Protocol):
    """One connection. ``done`` is set when nothing is left to send, or with what went wrong; ``lost``: it is closed."""

    def __init__(self, done: asyncio.Future[None], lost: asyncio.Future[None], queue: _Queue) -> None:
        self.done = done
        self.lost = lost
        self.latencies: list[float] = []
        self._queue = queue
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._missing = -1
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without deriving from it

    def send_next(self) -> None:
        """Send the next request, or finish."""
        request = self._queue.take()
        assert self._transport is not None
        if request is None:
            self.done.set_result(None)
            return
        self._sent_at = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """See asyncio. A body is counted, not kept."""
        if self._missing < 0:
            self._buffer += data
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head, data = self._buffer[:end], self._buffer[end + 4 :]
            self._buffer = b""
            if not head.startswith(b"HTTP/1.1 200 "):
                self._fail(f"an answer other than 200: {head[:200]!r}")
                return
            self._missing = _content_length(head)
        self._missing -= len(data)
        if self._missing == 0:
            self._missing = -1
            self.latencies.append(perf_counter() - self._sent_at)
            self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self.lost.set_result(None)
        if not self.done.done():
            self._fail(f"the server closed a connection: {exc}")

    def abort(self) -> None:
        """Close the connection at once."""
        assert self._transport is not None
        self._transport.abort()

    def _fail(self, why: str) -> None:
        if not self.done.cancelled():
            self.done.set_exception(InvalidMeasurement(why))


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise InvalidMeasurement("an answer without Content-Length")
